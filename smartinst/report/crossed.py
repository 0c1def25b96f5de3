"""A figure's long table as a short one for paper: a row a month, bucket or count, and a column a currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from smartinst.locale import Locale
from smartinst.report.blocks import Table
from smartinst.report.grid import SHORT

CURRENCIES: Final = 6
"""More currencies than this do not stand side by side on a sheet."""

FIRST: Final = ("movement_minor",)
"""Amounts that are shown before any other of their table; else the first is."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class _Plan:
    """Where the parts of a table stand: its key, its currency, the amount that is crossed, what all currencies share."""

    key: int
    currency: int
    amount: int
    shared: tuple[int, ...]


def crossed(table: Table, words: Locale) -> Table:
    """The table with the amounts of each currency in a column; as it is where it is short or that would be no shorter.

    Counts and ratios of counts are added up over the currencies; other amounts stay in the XLSX.
    """
    plan = _plan(table)
    rows = _whole(table, plan) if plan and len(table.rows) > SHORT else None
    if plan is None or not rows or any(row[plan.currency] is None for row in rows):
        return table
    keys, currencies = _seen(rows, plan.key), sorted(_seen(rows, plan.currency))
    if not table.sort:
        keys.sort(key=lambda key: (key is None, key))
    if not 1 < len(currencies) <= CURRENCIES or not _is_shorter(table, plan, len(keys), len(currencies)):
        return table
    amount = str(table.columns[plan.amount].get("label") or "")
    money = [{"name": one, "label": one, "kind": "money", "currency": one} for one in currencies]
    heads = (table.columns[plan.key], *money, *(table.columns[at] for at in plan.shared))
    lines = tuple(_line(key, [row for row in rows if row[plan.key] == key], currencies, plan) for key in keys)
    said = " · ".join(one for one in (table.caption, words.gettext("{figure} by currency", figure=amount)) if one)
    more = words.gettext("All rows and figures are in the XLSX")
    return replace(table, columns=heads, rows=lines, caption=said, more=more, figure=None, total_rows=0)


def _plan(table: Table) -> _Plan | None:
    """How the table is crossed; null for one that is not by a currency and one other key, or tells what is lost.

    Lost stands beside every overdue figure (METRICS §4), and a column a currency has room for one of them.
    """
    at = {str(column["name"]): place for place, column in enumerate(table.columns)}
    money = {str(one["name"]): str(one.get("currency_column")) for one in table.columns if one.get("kind") == "money"}
    by, named = tuple((table.figure or {}).get("by", ())), set(money.values())
    if len(by) != 2 or len(named) != 1 or not named < set(by) <= set(at) or "lost_minor" in at:
        return None
    (currency,) = named
    key = by[0] if by[1] == currency else by[1]
    amount = next(name for name in (*FIRST, *money) if name in money)
    shared = tuple(place for name, place in at.items() if name not in by and _adds_up(table.columns[place]))
    return _Plan(at[key], at[currency], at[amount], shared)


def _adds_up(column: dict[str, Any]) -> bool:
    """Whether the column may be summed over currencies: a count, or a ratio of two counts of its own row."""
    if column.get("kind") == "integer":
        return True
    parts = [str(column.get(part) or "_minor") for part in ("numerator", "denominator")]
    own = column.get("kind") == "percent" and column.get("within") is None
    return own and not any(name.endswith("_minor") for name in parts)


def _is_shorter(table: Table, plan: _Plan, keys: int, currencies: int) -> bool:
    """Whether crossing leaves fewer amounts and counts to print; a ratio tells the counts that it is of."""
    parts = {column.get(part) for column in table.columns for part in ("numerator", "denominator")}
    columns = [column for column in table.columns if column["name"] not in parts]
    shared = [at for at in plan.shared if table.columns[at] in columns]
    return keys * (1 + currencies + len(shared)) < len(table.rows) * len(columns)


def _whole(table: Table, plan: _Plan) -> Sequence[Row] | None:
    """The rows; of a table that was cut those of whole keys, or null where it is in another order than its key's."""
    if table.total_rows <= len(table.rows):
        return table.rows
    if not table.sort or table.sort[0][0] != table.columns[plan.key]["name"]:
        return None
    last = table.rows[-1][plan.key]
    return [row for row in table.rows if row[plan.key] != last] or None


def _seen(rows: Iterable[Row], at: int) -> list[Any]:
    return list(dict.fromkeys(row[at] for row in rows))


def _line(key: Any, rows: Sequence[Row], currencies: Sequence[str], plan: _Plan) -> Row:
    amounts = {row[plan.currency]: row[plan.amount] for row in rows}
    return (key, *(amounts.get(one) for one in currencies), *(_total([row[at] for row in rows]) for at in plan.shared))


def _total(values: Sequence[Any]) -> Any:
    """The sum of counts, or of both numbers of ratios."""
    if isinstance(values[0], list | tuple):
        return [sum(one[part] or 0 for one in values) for part in (0, 1)]
    return sum(one or 0 for one in values)
