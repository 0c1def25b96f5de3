"""A figure's long table as a short one for paper: a row a month, bucket or count, and its currencies side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.table_cells import SHORT
from smartinst.pages.reading.blocks import Table

CURRENCIES: Final = 6
"""More currencies than this have no column each on a sheet."""

FIRST: Final = ("movement_minor",)
"""Amounts that are shown before any other of their table; else the first is."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class _Plan:
    """Where the parts of a table stand: its key, its currency, its amounts, what all currencies share.

    One amount is crossed, a column a currency; several are listed, each a column with an amount a currency.
    """

    key: int
    currency: int
    amounts: tuple[int, ...]
    shared: tuple[int, ...]


def crossed(table: Table, locale: Locale) -> Table:
    """The table with the amounts of all currencies in one row; as it is where it is short or that would be no shorter.

    Counts and ratios of counts are added up over the currencies. A table that tells what is lost keeps all its amounts,
    each currency's that is not 0; of another one amount is shown, and the others stay in the XLSX. A table from which
    rows were left out that are not 0 throughout is no base for sums.
    """
    plan = _plan(table) if _is_complete(table) else None
    rows = _whole(table, plan) if plan and len(table.rows) > SHORT else None
    if plan is None or not rows or any(row[plan.currency] is None for row in rows):
        return table
    keys, currencies = _seen(rows, plan.key), sorted(_seen(rows, plan.currency))
    if not table.sort:
        keys.sort(key=lambda key: (key is None, key))
    is_listed = len(plan.amounts) > 1
    wide = len(plan.amounts) if is_listed else len(currencies)
    most = len(currencies) if is_listed else CURRENCIES
    if not 1 < len(currencies) <= most or not _is_shorter(table, plan, len(keys), wide):
        return table
    heads = (
        table.columns[plan.key],
        *_heads(table, plan, currencies),
        *(table.columns[at] for at in plan.shared),
    )
    lines = tuple(
        _line(key, [row for row in rows if row[plan.key] == key], currencies, plan) for key in keys
    )
    made = replace(table, columns=heads, rows=lines, figure=None, total_rows=0)
    more = locale.gettext("All rows and figures are in the XLSX")
    if is_listed:
        return replace(made, more=more) if len(rows) < table.total_rows else made
    amount = str(table.columns[plan.amounts[0]].get("label") or "")
    said = " · ".join(
        one for one in (table.caption, locale.gettext("{figure} by currency", figure=amount)) if one
    )
    return replace(made, caption=said, more=more)


def _heads(table: Table, plan: _Plan, currencies: Sequence[str]) -> list[dict[str, Any]]:
    if len(plan.amounts) > 1:
        return [
            {**table.columns[at], "kind": "amounts", "currency_column": None} for at in plan.amounts
        ]
    return [{"name": one, "label": one, "kind": "money", "currency": one} for one in currencies]


def _plan(table: Table) -> _Plan | None:
    """How the table is crossed; null for one that is not by a currency and one other key.

    Lost stands beside every overdue figure (docs/metrics.md §4): such a table is only put together where nothing of it is left out.
    """
    at = {str(column["name"]): place for place, column in enumerate(table.columns)}
    money = {
        str(one["name"]): str(one.get("currency_column"))
        for one in table.columns
        if one.get("kind") == "money"
    }
    by, named = tuple((table.figure or {}).get("by", ())), set(money.values())
    if len(by) != 2 or len(named) != 1 or not named < set(by) <= set(at):
        return None
    (currency,) = named
    key = by[0] if by[1] == currency else by[1]
    shared = tuple(
        place for name, place in at.items() if name not in by and _adds_up(table.columns[place])
    )
    if "lost_minor" in money:
        amounts = tuple(at[name] for name in money)
        is_whole = len(by) + len(amounts) + len(shared) == len(at)
        return _Plan(at[key], at[currency], amounts, shared) if is_whole else None
    amount = next(name for name in (*FIRST, *money) if name in money)
    return _Plan(at[key], at[currency], (at[amount],), shared)


def _is_complete(table: Table) -> bool:
    """Whether only rows without any number were left out of it."""
    parts = [column.get(part) for column in table.columns for part in ("numerator", "denominator")]
    counted = {
        column["name"] for column in table.columns if column.get("kind") in ("integer", "money")
    }
    counted |= {part for part in parts if part}
    return not table.nonzero or counted - set((table.figure or {}).get("by", ())) <= set(
        table.nonzero
    )


def _adds_up(column: dict[str, Any]) -> bool:
    """Whether the column may be summed over currencies: a count, or a ratio of two counts of its own row."""
    if column.get("kind") == "integer":
        return True
    parts = [str(column.get(part) or "_minor") for part in ("numerator", "denominator")]
    own = column.get("kind") == "percent" and column.get("within") is None
    return own and not any(name.endswith("_minor") for name in parts)


def _is_shorter(table: Table, plan: _Plan, keys: int, wide: int) -> bool:
    """Whether crossing to so many columns leaves fewer cells to print; a ratio tells the counts that it is of."""
    parts = {column.get(part) for column in table.columns for part in ("numerator", "denominator")}
    columns = [column for column in table.columns if column["name"] not in parts]
    shared = [at for at in plan.shared if table.columns[at] in columns]
    return keys * (1 + wide + len(shared)) < len(table.rows) * len(columns)


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
    by_currency = {row[plan.currency]: row for row in rows}
    told: list[Any]
    if len(plan.amounts) > 1:
        found = [by_currency[one] for one in currencies if one in by_currency]
        told = [[(row[at], row[plan.currency]) for row in found if row[at]] for at in plan.amounts]
    else:
        told = [
            by_currency[one][plan.amounts[0]] if one in by_currency else None for one in currencies
        ]
    return (key, *told, *(_total([row[at] for row in rows]) for at in plan.shared))


def _total(values: Sequence[Any]) -> Any:
    """The sum of counts, or of both numbers of ratios; what is not known adds nothing, null where none is."""
    known = [one for one in values if one is not None]
    if known and isinstance(known[0], list | tuple):
        return [sum(one[part] or 0 for one in known) for part in (0, 1)]
    return sum(known) if known else None
