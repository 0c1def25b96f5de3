"""The workbook: every plan in full, each figure's table on its own sheet, the words' definitions. No formula cells.

Made from the executed notebook alone: the rows are those of its dataset output, the words those of its tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from smartinst.analytics.figures import FIGURES
from smartinst.i18n.locales import N_, Locale
from smartinst.money import exponent
from smartinst.pages.reading.blocks import Table
from smartinst.pages.reading.report import Report
from smartinst.report.dataset import unpacked
from smartinst.report.mime_bundles import Column
from smartinst.report.tables.figures import figure_columns, with_ratios
from smartinst.report.tables.notes import glossary_table
from smartinst.report.tables.plans import LABELS

MAX_ROWS: Final = 1_000_000
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

DETAIL: Final = (
    *(
        "plan_id",
        "subscriber_code",
        "status",
        "product_id",
        "product",
        "buyer",
        "email",
        "phone",
        "country",
    ),
    *(
        "payment_method",
        "currency",
        "purchase_date",
        "cancellation_date",
        "installments",
        "issued_installments",
    ),
    *(
        "paid_installments",
        "total_minor",
        "collected_minor",
        "overdue_minor",
        "to_receive_minor",
        "refunded_minor",
    ),
    *("released_minor", "overdue_installments", "days_past_due", "whatsapp"),
)


_DETAIL_LABELS: Final = {
    "subscriber_code": N_("Subscriber code"),
    "phone": N_("Phone"),
    "cancellation_date": N_("Cancellation date"),
    "issued_installments": N_("Issued installments"),
    "paid_installments": N_("Paid installments"),
}


def write_workbook(report: Report, target: Path) -> None:
    """The workbook of a report: its rows, figures and tables; without any, what the report is about."""
    cover = report.cover
    locale = Locale(str(cover.get("locale", "en")))
    tables = [block for block in report.blocks if isinstance(block, Table)]
    declared = [table for table in tables if table.role != "foreign"]
    rows = rows_of(report.dataset) if report.dataset else {}
    with _open(target) as book:
        titles = [str(cover[name]) for name in ("seller", "title", "as_of") if cover.get(name)]
        book.set_properties({"title": " · ".join(titles)})
        writer = _Writer(book, locale)
        if rows:
            writer.plans(rows["plans"])
            for figure in FIGURES:
                folded = figure.fold(rows)
                full = folded if figure.raw else with_ratios(folded, folded, figure)
                writer.sheet(
                    locale.gettext(figure.title), figure_columns(figure, locale), full.to_dicts()
                )
        for table in declared if not rows else _texts(declared):
            writer.table(table.title, table)
        frames = [table for table in tables if table.role == "foreign"]
        for number, table in enumerate(frames, 1):
            writer.table(locale.gettext("Table {n}", n=locale.number(number)), table)
        if not writer.names:
            writer.about(cover)


def write_plans(
    details: Iterable[Mapping[str, Any]], names: Sequence[str], target: Path, locale: Locale
) -> None:
    """The detail rows of `smartinst plans`, of these columns, as a workbook: the plans, and what the words mean."""
    frame = pl.DataFrame(list(details), infer_schema_length=None, strict=False)
    with _open(target) as book:
        writer = _Writer(book, locale)
        writer.plans(frame if frame.width else pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
        glossary = glossary_table(locale)
        named = [column.name for column in glossary.columns]
        writer.sheet(
            glossary.title,
            glossary.columns,
            [dict(zip(named, row, strict=True)) for row in glossary.rows],
        )


def _texts(tables: list[Table]) -> list[Table]:
    return [table for table in tables if table.role in ("notes", "glossary", "alerts")]


def rows_of(dataset: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The frames of a dataset output, as the figures fold them."""
    frames = {
        grain: unpacked(dataset[grain]) for grain in ("plans", "charges", "nets", "movements")
    }
    flags = {figure.where for figure in FIGURES if figure.where}
    frames["charges"] = frames["charges"].with_columns(
        pl.col(name).cast(pl.Boolean) for name in sorted(flags)
    )
    return frames


def _open(target: Path) -> Workbook:
    """A workbook to be filled; OSError at once where its folder does not exist."""
    target.touch()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    return xlsxwriter.Workbook(str(target), options)


@dataclass
class _Writer:
    """Writes sheets with typed cells; formats are made once."""

    book: Workbook
    locale: Locale
    names: set[str] = field(default_factory=set)
    formats: dict[str, Format] = field(default_factory=dict)

    def plans(self, plans: pl.DataFrame) -> None:
        """One row a plan."""
        names = tuple(name for name in DETAIL if name in plans.columns)
        known = {name: label for name, (label, _) in LABELS.items()} | _DETAIL_LABELS
        shown = tuple(
            Column(
                name,
                self.locale.gettext(known[name]),
                LABELS[name][1] if name in LABELS else _kind(name),
                "currency",
            )
            for name in names
        )
        self.sheet(self.locale.gettext("Plans"), shown, plans.select(names).to_dicts())

    def table(self, title: str, table: Table) -> None:
        """One sheet with all rows of a table."""
        columns = tuple(
            Column(
                column["name"],
                column["label"],
                column["kind"],
                column.get("currency_column"),
                labels=column.get("labels"),
            )
            for column in table.columns
        )
        names = [column.name for column in columns]
        rows = [dict(zip(names, row, strict=True)) for row in table.all_rows or table.rows]
        self.sheet(title, columns, rows)

    def about(self, report: Mapping[str, Any]) -> None:
        """One sheet that says what the report is about."""
        told = {
            name: str(report[name]) for name in ("title", "seller", "as_of") if report.get(name)
        }
        self.sheet(
            told.get("title", "Report"),
            (Column("about", ""), Column("says", "")),
            [{"about": k, "says": v} for k, v in told.items()],
        )

    def sheet(self, title: str, shown: tuple[Column, ...], rows: list[dict[str, Any]]) -> None:
        """One sheet: a frozen head with filters, a row a row, columns as wide as they need."""
        sheet = self.book.add_worksheet(self._name(title))
        for at, column in enumerate(shown):
            sheet.write_string(
                0,
                at,
                column.label,
                self._format(
                    "head", {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
                ),
            )
        widths = [min(len(column.label), 14) for column in shown]
        for line, row in enumerate(rows[:MAX_ROWS], 1):
            for at, column in enumerate(shown):
                widths[at] = max(widths[at], self._cell(sheet, line, at, column, row))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, min(width + 2, 60))
        sheet.freeze_panes(1, 0)
        if rows and shown:
            sheet.autofilter(0, 0, min(len(rows), MAX_ROWS), len(shown) - 1)

    def _cell(
        self, sheet: Worksheet, line: int, at: int, column: Column, row: Mapping[str, Any]
    ) -> int:
        """Writes one typed cell; about how many characters wide it is."""
        value = row[column.name]
        if value is None:
            return 0
        if column.kind == "money":
            currency = str(row.get(column.currency_column or "") or "")
            amount = Decimal(int(value)).scaleb(-exponent(currency))
            sheet.write_number(line, at, float(amount), self._money(currency))
            return len(self.locale.money(int(value), currency)) + 1
        if column.kind in ("integer", "days"):
            sheet.write_number(
                line, at, int(value), self._format("integer", {"num_format": "#,##0"})
            )
            return len(str(value))
        if column.kind == "percent":
            return self._percent(sheet, line, at, value)
        if column.kind == "date":
            sheet.write_datetime(
                line, at, _day(value), self._format("date", {"num_format": "yyyy-mm-dd"})
            )
            return 10
        text = _CONTROL.sub("", self._text(column, value))[:32_000]
        sheet.write_string(line, at, text, self._format("text", {"num_format": "@"}))
        return len(text)

    def _percent(self, sheet: Worksheet, line: int, at: int, value: list[int]) -> int:
        if value[1]:
            share = self._format("percent", {"num_format": "0.0%"})
            sheet.write_number(line, at, float(Decimal(value[0]) / Decimal(value[1])), share)
        return 6

    def _text(self, column: Column, value: Any) -> str:
        if column.labels:
            return str(column.labels.get(str(value), value))
        names = {
            "status": self.locale.status,
            "country": self.locale.country,
            "payment": self.locale.payment_type,
        }
        if column.kind in names:
            return names[column.kind](str(value))
        if isinstance(value, list | tuple):
            return " ".join(map(str, value))
        return str(value)

    def _money(self, currency: str) -> Format:
        places = exponent(currency)
        decimals = "." + "0" * places if places else ""
        return self._format(
            f"money {currency}",
            {"num_format": f'#,##0{decimals} "{currency}"' if currency else "#,##0.00"},
        )

    def _format(self, name: str, properties: dict[str, Any]) -> Format:
        if name not in self.formats:
            self.formats[name] = self.book.add_format(properties)
        return self.formats[name]

    def _name(self, title: str) -> str:
        """A sheet's name: at most 31 characters, cut between words, none that Excel forbids, unique."""
        base = re.sub(r"[\[\]:*?/\\']", " ", title).strip() or "Sheet"
        if len(base) > 31:
            base = f"{base[:30].rsplit(' ', 1)[0]}…"
        name, at = base, 2
        while name.casefold() in self.names:
            name, at = f"{base[:28]} {at}", at + 1
        self.names.add(name.casefold())
        return name


def _kind(name: str) -> Any:
    return (
        "date"
        if name.endswith("_date")
        else "integer"
        if name.endswith("_installments")
        else "text"
    )


def _day(value: Any) -> datetime:
    return datetime.combine(value if isinstance(value, date) else date.fromisoformat(value), time())
