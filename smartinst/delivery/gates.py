"""Gates: checks of a run's notebook and artifacts before its message is sent.

Each failure is a reason in English for the operator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

from smartinst.delivery.executed_reports import report_at
from smartinst.drawing.svg.prepared import is_empty
from smartinst.errors import ConfigurationError, ReportError
from smartinst.pages.reading.blocks import Chart, Picture
from smartinst.pages.reading.report import Report
from smartinst.runs.definitions import Definition

Artifacts = Mapping[str, tuple[Path, str]]
"""By format: the file, and its SHA-256 (hexadecimal) when it was written."""

MAX_PLACES: Final = 3
MAX_PLACE_LENGTH: Final = 160
"""Limits of the places that a reason lists, and of the characters of one."""


def failed_gates(
    definition: Definition,
    measures: Mapping[str, Any],
    artifacts: Artifacts,
    executed: Path,
    previous: Mapping[str, Any] | None,
    now: datetime,
    seller_id: str | None = None,
) -> list[str]:
    """Reasons, in English, why a run must not be sent; empty if it passes every gate.

    `previous` are the measures of the last run of the same report and seller, if there is one.
    The age of the data counts to the date of `now` in its time zone. `seller_id` is the seller that
    the notebook must show (None: any).
    """
    try:
        report = report_at(executed)
        notebook_seller = str(report.cover.get("seller_id") or "")
        faults = [*_notebook(report, seller_id), *_undrawn(report, definition.gates.undrawn)]
    except ReportError as error:
        notebook_seller, faults = "", [f"notebook: {error}"]
    return [
        *_money(measures),
        *faults,
        *(
            reason
            for kind, (path, sha256) in artifacts.items()
            for reason in _artifact(kind, path, sha256, notebook_seller)
        ),
        *_freshness(definition, measures, now, seller_id),
        *_plan_count(definition, measures, previous),
    ]


def _money(measures: Mapping[str, Any]) -> Iterator[str]:
    """Checks that totals are the sums of their parts, and reported so (docs/metrics.md §4)."""
    if measures.get("identity_closes") is not True:
        yield "money: the notebook does not report that its totals are the sums of their parts"
    parts = (
        "collected_minor",
        "overdue_minor",
        "to_receive_minor",
        "refunded_minor",
        "released_minor",
    )
    totals = dict(measures.get("total_minor") or {})
    if totals:
        totals = {currency: 0 for part in parts for currency in measures.get(part) or {}} | totals
    for currency, total in totals.items():
        parts_sum = sum((measures.get(part) or {}).get(currency, 0) for part in parts)
        if parts_sum != total:
            yield f"money: {currency}: total {total} differs from the sum of its parts, {parts_sum}"


def _notebook(report: Report, seller_id: str | None) -> Iterator[str]:
    """Checks that the notebook shows this seller's sales, and that no chart is empty.

    A notebook with a fixed seller, instead of a parameter, would show one seller's sales to others.
    """
    cover_seller = report.cover.get("seller_id")
    if seller_id is not None and cover_seller not in (None, seller_id):
        yield f"notebook: it shows the sales of {cover_seller}, not of {seller_id}"
    charts = [block for block in report.blocks if isinstance(block, Chart | Picture)]
    for number, block in enumerate(charts, 1):
        if isinstance(block, Chart) and block.png is None and is_empty(block.svg):
            yield f"chart {block.title or number}: empty"


def _undrawn(report: Report, limit: int) -> Iterator[str]:
    """Checks that at most `limit` outputs of the notebook are missing from the report."""
    count = len(report.undrawn)
    if count <= limit:
        return
    places = "; ".join(
        shorten(place, MAX_PLACE_LENGTH, placeholder="…") for place in report.undrawn[:MAX_PLACES]
    )
    omitted = f"; and {count - MAX_PLACES} more" if count > MAX_PLACES else ""
    yield (
        f"outputs: {count} cannot be drawn, undrawn is {limit} ({places}{omitted}): "
        "save a picture with the output, or tag its cell remove-output"
    )


def _artifact(kind: str, path: Path, sha256: str, seller_id: str) -> Iterator[str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        yield f"{path.name}: cannot be read: {error.strerror}"
        return
    if hashlib.sha256(content).hexdigest() != sha256.lower():
        yield f"{path.name}: the file has changed: its SHA-256 differs"
    elif kind == "pdf":
        yield from _pdf(path, _password(seller_id))


def _password(seller_id: str) -> str:
    """The password of the seller's PDFs; empty if they have none."""
    from smartinst.pages.pdf.encryption import password_of

    try:
        password = password_of(seller_id)
    except ConfigurationError:  # the PDF then does not open, which is reported
        return ""
    return password.get_secret_value() if password else ""


def _pdf(path: Path, password: str) -> Iterator[str]:
    import pikepdf

    try:
        with pikepdf.open(path, password=password) as pdf:
            if not len(pdf.pages):
                yield f"{path.name}: has no page"
            is_marked = "/MarkInfo" in pdf.Root and bool(pdf.Root.MarkInfo.get("/Marked", False))
            if not is_marked or "/StructTreeRoot" not in pdf.Root:
                yield f"{path.name}: is not tagged"
    except (pikepdf.PdfError, OSError) as error:
        yield f"{path.name}: does not open: {' '.join(str(error).split())[:200]}"


def _freshness(
    definition: Definition, measures: Mapping[str, Any], now: datetime, seller_id: str | None
) -> Iterator[str]:
    """Checks that there are sales, and that they are recent enough; age counts from the last day.

    Each reason has its remedy.
    """
    seller = seller_id if seller_id and definition.per == "seller" else "ID"
    remedy = f"smartinst sync --seller {seller}, or smartinst ingest, then smartinst runs rerun"
    if measures.get("plans") == 0:
        yield f"data: no sales yet; {remedy}"
        return
    if (limit := definition.gates.max_age) is None:
        return
    last_day = measures.get("data_through")
    if not isinstance(last_day, str):
        yield "data: the notebook does not report the last day of its data"
        return
    age = now.date() - date.fromisoformat(last_day)
    if age > limit:
        max_days = limit / timedelta(days=1)
        yield (
            f"data: last day {last_day}, {age.days} days ago; max_age is {max_days:g} days; "
            f"{remedy}"
        )


def _plan_count(
    definition: Definition, measures: Mapping[str, Any], previous: Mapping[str, Any] | None
) -> Iterator[str]:
    """Checks the number of plans against that of the last run, if there is one."""
    old_count, count = (previous or {}).get("plans"), measures.get("plans")
    if not old_count:
        return
    if not isinstance(count, int):
        yield "rows: the notebook does not report its number of plans"
        return
    rows_min, rows_max = definition.gates.rows_min, definition.gates.rows_max
    if rows_min is not None and count < rows_min * old_count:
        yield f"rows: {count} plans after {old_count}; fewer than {rows_min:g} times as many"
    if rows_max is not None and count > rows_max * old_count:
        yield f"rows: {count} plans after {old_count}; more than {rows_max:g} times as many"
