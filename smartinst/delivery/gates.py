"""Gates: checks of a run's notebook and artifacts before its message is sent.

Each failure is a reason that the operator reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from smartinst.drawing.svg import is_empty
from smartinst.errors import ConfigurationError, ReportError
from smartinst.pages.reading.blocks import Chart, Picture
from smartinst.pages.reading.report import Report, read_report
from smartinst.runs.definitions import Definition

Artifacts = Mapping[str, tuple[Path, str]]
"""By format: the file, and its SHA-256 (hexadecimal) when it was written."""


def failed_gates(
    definition: Definition,
    measures: Mapping[str, Any],
    artifacts: Artifacts,
    executed: Path,
    last: Mapping[str, Any] | None,
    now: datetime,
    seller_id: str | None = None,
) -> list[str]:
    """Why this run must not be sent, in English; empty when every gate lets it pass.

    `last` are the measures of the last run of the same report and seller (null: there is none); `now` is aware;
    `seller_id` is whose report it must be (null: whoever's).
    """
    try:
        report = read_report(executed)
        shown_seller = str(report.cover.get("seller_id") or "")
        faults = list(_notebook(report, seller_id))
    except ReportError as error:
        shown_seller, faults = "", [f"notebook: {error}"]
    return [
        *_money(measures),
        *faults,
        *(
            reason
            for kind, (path, sha256) in artifacts.items()
            for reason in _artifact(kind, path, sha256, shown_seller)
        ),
        *_age(definition, measures, now),
        *_rows(definition, measures, last),
    ]


def _money(measures: Mapping[str, Any]) -> Iterator[str]:
    """The notebook's own word, and the parts of each currency's total once more (docs/metrics.md §4)."""
    if measures.get("identity_closes") is not True:
        yield "money: the notebook does not say that its totals close"
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
        found = sum((measures.get(part) or {}).get(currency, 0) for part in parts)
        if found != total:
            yield f"money: {currency}: total {total} does not close, its parts sum to {found}"


def _notebook(report: Report, seller_id: str | None) -> Iterator[str]:
    """A notebook that names its seller itself, instead of taking its parameter, would send one's sales to another."""
    shown = report.cover.get("seller_id")
    if seller_id is not None and shown not in (None, seller_id):
        yield f"notebook: it shows the sales of {shown}, not of {seller_id}"
    for number, block in enumerate((b for b in report.blocks if isinstance(b, Chart | Picture)), 1):
        if isinstance(block, Chart) and block.png is None and is_empty(block.svg):
            yield f"chart {block.title or number}: empty"


def _artifact(kind: str, path: Path, sha256: str, seller_id: str) -> Iterator[str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        yield f"{path.name}: cannot be read: {error.strerror}"
        return
    if hashlib.sha256(content).hexdigest() != sha256.lower():
        yield f"{path.name}: not the file that was made: its SHA-256 differs"
    elif kind == "pdf":
        yield from _pdf(path, _password(seller_id))


def _password(seller_id: str) -> str:
    """The password of the seller's PDFs; empty if they open without one."""
    from smartinst.pages.pdf.encryption import password_of

    try:
        password = password_of(seller_id)
    except ConfigurationError:  # the PDF cannot be opened then, which its own reason says
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


def _age(definition: Definition, measures: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """Data is as old as the end of the day it reaches to."""
    if (limit := definition.gates.max_age) is None:
        return
    through = measures.get("data_through")
    if not isinstance(through, str):
        yield "data: the notebook does not say through which day it reaches"
        return
    age = now.date() - date.fromisoformat(through)
    if age > limit:
        yield f"data: reaches to {through}, {age.days} days ago; max_age is {limit / timedelta(days=1):g} days"


def _rows(
    definition: Definition, measures: Mapping[str, Any], last: Mapping[str, Any] | None
) -> Iterator[str]:
    """The number of plans between two multiples of the last run's; there is nothing to compare with on the first run."""
    before, found = (last or {}).get("plans"), measures.get("plans")
    if not before:
        return
    if not isinstance(found, int):
        yield "rows: the notebook does not say how many plans it shows"
        return
    low, high = definition.gates.rows_min, definition.gates.rows_max
    if low is not None and found < low * before:
        yield f"rows: {found} plans after {before}; fewer than {low:g} times as many"
    if high is not None and found > high * before:
        yield f"rows: {found} plans after {before}; more than {high:g} times as many"
