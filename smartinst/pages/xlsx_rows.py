"""The tables of the workbook that come from the rows of a notebook's dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from smartinst.analytics.currency_order import rows_in_currency_order
from smartinst.analytics.figures import FIGURES
from smartinst.i18n.locales import N_, Locale
from smartinst.report.contact_queue import contact_columns
from smartinst.report.dataset import CHARGE_GRAINS, decoded_frame
from smartinst.report.table import Column, Row, Table
from smartinst.report.tables.columns import (
    CONTACT_COLUMNS,
    WORKBOOK_COLUMNS,
    columns,
    row_values,
)
from smartinst.report.tables.figure_specs import FigureTableSpec
from smartinst.report.tables.figures import TABLE_SPECS, figure_columns, with_ratios
from smartinst.report.tables.labels import HELP_LABELS, refusal
from smartinst.report.tables.state_labels import STATES

Rows = Mapping[str, pl.DataFrame]

PLAN_SUMS: Final = (
    *("total_minor", "collected_minor", "overdue_minor", "to_receive_minor", "refunded_minor"),
    *("released_minor", "overdue_installments"),
)
OF_PLAN: Final = ("plan_id", "buyer", "product")
"""Columns of the plan in the rows of its installments."""
INSTALLMENT_COLUMNS: Final = (
    Column("number", N_("Installment"), "integer"),
    Column("installments", N_("of"), "integer"),
    Column("due_date", N_("Due date"), "date"),
    Column("currency", N_("Currency")),
    Column("amount_minor", N_("Amount"), "money", "currency"),
    Column("charge_state", N_("State"), labels={name: text for name, (text, _) in STATES.items()}),
    Column("paid_date", N_("Paid on"), "date"),
    Column("overdue_minor", N_("Overdue"), "money", "currency"),
    Column("days_past_due", N_("Days past due"), "days"),
    Column("attempts", N_("Attempts"), "integer"),
    Column("refusal", N_("Last refusal")),
    Column("help", N_("Remedy")),
)
CONTACT_SUMS: Final = ("overdue_minor",)
EXPECTED: Final = "expected_minor"
"""The column of the forecast in a report's table of possible values."""
INSTALLMENT_SUMS: Final = ("amount_minor", "overdue_minor")


@dataclass(frozen=True)
class RowSheet:
    """A table of the workbook, and its columns that can be added up."""

    table: Table
    sums: Sequence[str] = ()


def rows_of(dataset: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The frames of a dataset output, by grain."""
    grains = ("plans", *CHARGE_GRAINS, "contacts")
    frames = {grain: decoded_frame(dataset[grain]) for grain in grains if grain in dataset}
    flags = {figure.where for figure in FIGURES if figure.where}
    frames["charges"] = frames["charges"].with_columns(
        pl.col(name).cast(pl.Boolean) for name in sorted(flags)
    )
    return rows_in_currency_order(frames)


def plan_sheet(plans: pl.DataFrame, locale: Locale) -> RowSheet:
    """One row per plan."""
    names = tuple(name for name in WORKBOOK_COLUMNS if name in plans.columns)
    table = _table("plans", locale.gettext("Plans"), columns(names, locale), plans)
    return RowSheet(table, PLAN_SUMS)


def installment_sheet(rows: Rows, locale: Locale) -> RowSheet | None:
    """One row per installment, by plan; None if an older notebook lacks the amounts."""
    charges, plans = rows["charges"], rows["plans"].with_row_index("p")
    if "amount_minor" not in charges.columns:
        return None
    of_plan = plans.select("p", *(name for name in OF_PLAN if name in plans.columns))
    charges = (
        charges.cast({"p": pl.UInt32})
        .join(of_plan, on="p", how="left", validate="m:1", maintain_order="left")
        .sort("p", "number", maintain_order=True)
        .with_columns(
            _charge_state(),
            _refusal(charges, locale),
            _remedy(locale),
            pl.when("is_overdue").then(pl.col("overdue_minor", "days_past_due")),
        )
    )
    names = tuple(name for name in OF_PLAN if name in charges.columns)
    installment_columns = tuple(translate_column(column, locale) for column in INSTALLMENT_COLUMNS)
    title = locale.gettext("Installments")
    table = _table("installments", title, (*columns(names, locale), *installment_columns), charges)
    return RowSheet(table, INSTALLMENT_SUMS)


def _charge_state() -> pl.Expr:
    """The state; of a released installment the reason."""
    is_released = (pl.col("state") == "released") & pl.col("released_as").is_not_null()
    return pl.when(is_released).then("released_as").otherwise("state").alias("charge_state")


def _refusal(charges: pl.DataFrame, locale: Locale) -> pl.Expr:
    """The last refusal in the reader's language; null if no attempt was refused."""
    messages = charges["last_refusal"].cast(pl.String)
    texts = {message: refusal(message, locale) for message in messages.drop_nulls().unique()}
    return (
        pl.col("last_refusal")
        .cast(pl.String)
        .replace_strict(texts, default=None, return_dtype=pl.String)
        .alias("refusal")
    )


def _remedy(locale: Locale) -> pl.Expr:
    """What helps against the refusal of an overdue installment; null for any other."""
    labels = {name: locale.gettext(label) for name, label in HELP_LABELS.items()}
    text = (
        pl.col("help").cast(pl.String).replace_strict(labels, default=None, return_dtype=pl.String)
    )
    is_refused = pl.col("is_overdue") & pl.col("last_refusal").is_not_null()
    return pl.when(is_refused).then(text).alias("help")


def contact_sheet(tables: Sequence[Table], rows: Rows, locale: Locale) -> RowSheet | None:
    """The buyers with confirmed debt, first those to contact; None if there are none.

    The recovery queue or the report's own list if it has all of them; else that of the dataset, or
    the plans with debt if the date has no queue.
    """
    if queue := [table for table in tables if table.role == "recovery"]:
        return RowSheet(_queue_table(queue, locale), CONTACT_SUMS)
    for table in tables:
        if table.role == "contacts" and len(table.all_rows or table.rows) >= table.total_rows:
            return RowSheet(table, CONTACT_SUMS)
    plans = rows["plans"].with_row_index("p")
    if "action" in rows.get("contacts", ()):
        return _contact_queue_sheet(plans, rows["contacts"], locale)
    confirmed_minor = pl.col("overdue_minor") - pl.col("unconfirmed_minor")
    debtors = (
        plans.filter(pl.col("has_debt").cast(pl.Boolean) & (confirmed_minor > 0))
        .with_columns(overdue_minor=confirmed_minor)
        .join(_last_refusals(rows["charges"], locale), on="p", how="left", maintain_order="left")
    )
    if debtors.is_empty():
        return None
    names = tuple(name for name in CONTACT_COLUMNS if name in debtors.columns)
    title = locale.gettext("Contact first")
    return RowSheet(_table("contacts", title, columns(names, locale), debtors), CONTACT_SUMS)


def _contact_queue_sheet(
    plans: pl.DataFrame, contacts: pl.DataFrame, locale: Locale
) -> RowSheet | None:
    """The plans to write to, with what to do, in the order of the dataset; None if none."""
    if contacts.is_empty():
        return None
    own = [name for name in contacts.columns if name != "p"]
    rows = contacts.cast({"p": pl.UInt32}).join(
        plans.drop(own, strict=False), on="p", how="left", validate="m:1", maintain_order="left"
    )
    has_retries = contacts["retry_date"].null_count() < contacts.height
    missing = [name for name in ("buyer", "whatsapp") if name not in plans.columns]
    queue_columns = contact_columns(locale, has_retries=has_retries, excluded=missing)
    title = locale.gettext("Contact first")
    return RowSheet(_table("contacts", title, queue_columns, rows), CONTACT_SUMS)


def _queue_table(groups: Sequence[Table], locale: Locale) -> Table:
    """The groups of the recovery queue as one table in its order, with what to do in each row."""
    what_to_do = Column("what_to_do", locale.gettext("What to do"))
    by_name = {column.name: column for table in groups for column in table.columns}
    names = [name for name in by_name if name != "whatsapp"]
    links = [by_name["whatsapp"]] if "whatsapp" in by_name else []
    all_columns = (*(by_name[name] for name in names), what_to_do, *links)
    values = [
        {
            **dict(zip((column.name for column in table.columns), row, strict=True)),
            "what_to_do": table.title,
        }
        for table in groups
        for row in table.all_rows or table.rows
    ]
    values.sort(key=lambda row: row.get("rank") or 0)
    rows = tuple(tuple(row.get(column.name) for column in all_columns) for row in values)
    return Table("contacts", locale.gettext("Contact first"), all_columns, rows)


def _last_refusals(charges: pl.DataFrame, locale: Locale) -> pl.DataFrame:
    """One row per plan with an overdue installment: reason and remedy of its last refusal."""
    overdue = charges.filter("is_overdue").cast({"p": pl.UInt32}).sort("p", "number")
    if "last_refusal" not in charges.columns:
        return overdue.group_by("p").agg(help=pl.col("help").last())
    refusals = overdue.group_by("p").agg(pl.col("last_refusal", "help").drop_nulls().last())
    return refusals.with_columns(_refusal(charges, locale).alias("reason"))


def translate_column(column: Column, locale: Locale) -> Column:
    """The column with heading and labels in the reader's language."""
    labels = column.labels and {name: locale.gettext(text) for name, text in column.labels.items()}
    return replace(column, label=locale.gettext(column.label), labels=labels)


def _table(name: str, title: str, table_columns: tuple[Column, ...], frame: pl.DataFrame) -> Table:
    values: tuple[Row, ...] = row_values(frame, tuple(column.name for column in table_columns))
    return Table(name, title, table_columns, values)


def figure_sheets(rows: Rows, tables: Sequence[Table], locale: Locale) -> Iterator[RowSheet]:
    """One table per figure, with its ratios and differences, and the forecast of the report."""
    for figure in FIGURES:
        spec = TABLE_SPECS.get(figure.name, FigureTableSpec())
        totals = figure.fold(rows)
        frame = totals if figure.raw else with_ratios(totals, figure)
        title = locale.gettext(figure.titled_for(rows).title)
        table = _table(figure.name, title, figure_columns(figure, locale), frame)
        if figure.name == "possible":
            table = _with_forecast(table, tables)
        yield RowSheet(table, () if figure.raw else (*figure.sums, *spec.differences))


def _with_forecast(possible: Table, tables: Sequence[Table]) -> Table:
    """The possible values with what is expected in each currency, if the report says it."""
    for table in (table for table in tables if table.name == possible.name):
        for column in (column for column in table.columns if column.name == EXPECTED):
            expected_minor = {
                table.value("currency", row): table.value(EXPECTED, row) for row in table.rows
            }
            return replace(
                possible,
                columns=(*possible.columns, column),
                rows=tuple(
                    (*row, expected_minor.get(possible.value("currency", row)))
                    for row in possible.rows
                ),
            )
    return possible
