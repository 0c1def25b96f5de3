"""An executed notebook by hand, to the compiler's contract: what a seller's report emits, without running anything.

.venv/bin/python -m tests.support.notebook_fixture out.ipynb --locale pt-BR --plans 300 [--hostile]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from smartinst.drawing import palette
from smartinst.drawing.chart_images import chart_svg
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.money import exponent
from tests.support.notebook_sales import AS_OF, sales

Row = dict[str, Any]
SELLERS = {
    "pt-BR": ("acme", "Acme Cursos"),
    "es": ("nube", "Academia Nube"),
    "en": ("loft", "Loft Studio"),
}
VEGALITE = "application/vnd.vegalite.v6+json"
FILTERS = [
    ("product", "product", "product", "Product"),
    ("status", "status", "one_of", "Status"),
    ("from", "purchase_date", "from", "From"),
    ("to", "purchase_date", "to", "To"),
    ("date_field", "purchase_date", "date_field", "Date of"),
    ("issued", "issued_installments", "between", "Issued installments"),
    ("installments", "installments", "between", "Installments"),
    ("transaction", "transactions", "code", "Transaction"),
    ("buyer", "buyer", "contains", "Buyer"),
    ("email", "email", "contains", "E-mail"),
    ("currency", "currency", "equals", "Currency"),
    ("country", "country", "equals", "Country"),
    ("payment_method", "payment_method", "equals", "Payment method"),
    ("billing_type", "billing_type", "read", "Billing type"),
]
DETAIL = [
    ("status", "Status", "status"),
    ("buyer", "Buyer", "text"),
    ("email", "E-mail", "text"),
    ("product", "Product", "text"),
    ("payment_method", "Payment method", "payment"),
    ("purchase_date", "Purchase", "date"),
    ("total_minor", "Total", "money"),
    ("overdue_minor", "Overdue", "money"),
    ("overdue_installments", "Overdue installments", "integer"),
    ("whatsapp", "WhatsApp", "link"),
]


def figure(
    name: str,
    grain: str,
    by: tuple[str, ...],
    sums: tuple[str, ...],
    where: str | None = None,
    raw: bool = False,
) -> Row:
    return {
        "name": name,
        "title": name,
        "grain": grain,
        "by": list(by),
        "sums": list(sums),
        "where": where,
        "raw": raw,
    }


def fold(rows: list[Row], of: Row) -> list[Row]:
    """The figure's fold, as Polars and the page do it."""
    kept = [row for row in rows if not of["where"] or row[of["where"]]]
    if of["raw"]:
        return [{name: row[name] for name in of["by"] + of["sums"]} for row in kept]
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(of["sums"]))
    for row in kept:
        sums = groups[tuple(row[name] for name in of["by"])]
        for at, name in enumerate(of["sums"]):
            sums[at] += row[name]
    made = [
        dict(zip(of["by"] + of["sums"], (*key, *sums), strict=True))
        for key, sums in groups.items()
        if any(sums)
    ]
    return sorted(
        made,
        key=lambda row: [
            (row[name] is None, row[name] or 0 if not isinstance(row[name], str) else row[name])
            for name in of["by"]
        ],
    )


class Builder:
    """Frames of a seller and the cells made so far."""

    def __init__(
        self, locale: str = "en", plans: int = 300, hostile: bool = False, markets: int = 6
    ) -> None:
        self.locale, self.hostile = Locale(locale), hostile
        self.seller_id, self.seller = SELLERS[locale]
        found, charges = sales(plans, hostile=hostile, markets=markets)
        paid = [row for row in charges if row["paid_date"]]
        self.rows: dict[str, list[Row]] = {
            "plans": found,
            "charges": charges,
            "nets": [
                {
                    "p": c["p"],
                    "currency": c["currency"],
                    "commission_currency": "USD" if c["currency"] == "ARS" else c["currency"],
                    "country": c["country"],
                    "paid_month": c["paid_month"],
                    "net_minor": c["collected_minor"]
                    * 9
                    // 10
                    // (1000 if c["currency"] == "ARS" else 1),
                    "estimated_minor": 0,
                }
                for c in paid
                if c["collected_minor"]
            ],
            "movements": [
                {
                    "p": c["p"],
                    "currency": c["currency"],
                    "movement_month": c["paid_month"],
                    "received_minor": c["amount_minor"],
                    "returned_minor": c["refunded_minor"],
                }
                for c in paid
            ],
        }
        self.cells: list[Row] = []

    def t(self, text: str, **values: object) -> str:
        return self.locale.gettext(text, **values)

    def say(self, source: str) -> None:
        self.cells.append(
            {"cell_type": "markdown", "id": f"m{len(self.cells)}", "metadata": {}, "source": source}
        )

    def show(self, *bundles: Row) -> None:
        outputs = [
            {"output_type": "display_data", "data": data, "metadata": {}} for data in bundles
        ]
        self.cells.append(
            {
                "cell_type": "code",
                "id": f"c{len(self.cells)}",
                "metadata": {},
                "source": "book.show()",
                "execution_count": 1,
                "outputs": outputs,
            }
        )

    def chart(
        self, of: Row | None, title: str, spec: Row, sentence: str, wide: bool = False
    ) -> Row:
        """A chart's bundle: spec with its rows, the SVG and the sentence."""
        name = of["name"] if of else "own"
        rows = fold(self.rows[of["grain"]], of) if of else spec.pop("rows")
        meta = {"smartinst": {"figure": of, "title": title, "sentence": sentence, "wide": wide}}
        full = {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "data": {"name": name},
            "datasets": {name: rows},
            "usermeta": meta,
            "config": palette.chart_config(self.locale),
            "description": sentence,
            **spec,
        }
        return {VEGALITE: full, "image/svg+xml": chart_svg(full), "text/plain": sentence}

    def table(
        self,
        name: str,
        title: str,
        columns: list[tuple[str, str, str]],
        rows: list[Row],
        role: str = "figure",
        of: Row | None = None,
        caption: str = "",
        limit: int = 60,
        **more: Any,
    ) -> Row:
        spec = [
            {
                "name": n,
                "label": self.t(label),
                "kind": kind,
                "currency": None,
                "currency_column": more.get("money_by", "currency") if kind == "money" else None,
            }
            for n, label, kind in columns
        ]  # raw values, written by the compiler
        if any(kind == "money" for *_, kind in columns) and more.get(
            "money_by", "currency"
        ) not in [n for n, *_ in columns]:
            spec.append(
                {
                    "name": "currency",
                    "label": "",
                    "kind": "hidden",
                    "currency": None,
                    "currency_column": None,
                }
            )
        left = len(rows) - limit
        data = [[row[str(column["name"])] for column in spec] for row in rows[:limit]]
        return {
            "application/vnd.smartinst.table+json": {
                "name": name,
                "title": title,
                "caption": caption,
                "columns": spec,
                "rows": data,
                "total_rows": len(rows),
                "more": self.t("and {n} more in the XLSX", n=left) if left > 0 else None,
                "figure": of,
                "role": role,
                **{k: v for k, v in more.items() if k in ("sort", "top")},
            },
            "text/html": "<table><tr><td>for foreign viewers</td></tr></table>",
            "text/plain": title,
        }

    def write(self, path: Path) -> Path:
        notebook = {
            "cells": self.cells,
            "metadata": {
                "papermill": {"parameters": {"seller": self.seller_id}},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")
        return path


def columnar(rows: list[Row], names: list[str]) -> Row:
    """Column → values, dictionary-encoded where that is shorter."""
    out: Row = {}
    for name in names:
        values = [row.get(name) for row in rows]
        of = list(dict.fromkeys(values)) if not any(isinstance(v, list) for v in values) else values
        short = len(of) * 2 < len(values) and any(isinstance(v, str) for v in of)
        out[name] = {"of": of, "at": [of.index(v) for v in values]} if short else values
    return out


def dataset(book: Builder, of: int | None = None) -> str:
    """The rows that the page folds, as one JSON string."""
    plans, charges = book.rows["plans"], book.rows["charges"]
    inner = (
        [name for name in charges[0] if name not in ("fate", "bought", "issued")]
        if charges
        else ["p"]
    )
    named = {
        grain: columnar(rows, list(rows[0]) if rows else ["p"])
        for grain, rows in book.rows.items()
        if grain not in ("plans", "charges")
    }
    totals = figure("revenue", "plans", ("currency",), ("plans", *palette.PART_COLORS))
    net = figure(
        "net", "nets", ("currency", "commission_currency"), ("net_minor", "estimated_minor")
    )
    filters = [
        {"name": n, "column": c, "kind": k, "label": book.t(label), "help": ""}
        for n, c, k, label in FILTERS
    ]
    return json.dumps(
        {
            "plans": columnar(plans, list(plans[0]) if plans else ["plan_id"]),
            "charges": columnar(charges, inner),
            **named,
            "filters": filters,
            "exponents": {c: exponent(c) for c in sorted({p["currency"] for p in plans})},
            "as_of": AS_OF.isoformat(),
            "of": of,
            "unfiltered": {"revenue": fold(plans, totals), "net": fold(book.rows["nets"], net)}
            if of
            else None,
        },
        ensure_ascii=False,
    )


def build(
    path: Path,
    locale: str = "en",
    plans: int = 300,
    hostile: bool = False,
    markets: int = 6,
    of: int | None = None,
) -> Path:
    """Writes a whole report's executed notebook."""
    from tests.support.notebook_cells import lay

    book = Builder(locale, plans, hostile, markets)
    lay(book, dataset(book, of), list(PLAN_STATUSES))
    return book.write(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--locale", default="en")
    parser.add_argument("--plans", type=int, default=300)
    parser.add_argument("--markets", type=int, default=6)
    parser.add_argument("--of", type=int)
    parser.add_argument("--hostile", action="store_true")
    wanted = parser.parse_args()
    sys.stdout.write(
        str(
            build(
                wanted.path, wanted.locale, wanted.plans, wanted.hostile, wanted.markets, wanted.of
            )
        )
        + "\n"
    )
