"""Filters: their values are checked, and they are applied to a snapshot.

Filters keep or drop whole plans (docs/metrics.md §7, "Filters"). A set of filters is a dict,
`where`, of names and values, as in a notebook's parameter; `check_filters` rejects invalid ones
before anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from smartinst.analytics.filter_table import DATE_FIELDS, FILTERS, Filter
from smartinst.analytics.keys import PLAN
from smartinst.analytics.snapshot import Snapshot
from smartinst.billing_types import BILLING_TYPES
from smartinst.errors import InputError
from smartinst.facts import PLAN_STATUSES

_BY_NAME = {rule.name: rule for rule in FILTERS}


def check_filters(where: Mapping[str, Any]) -> dict[str, Any]:
    """The filters in canonical form, without empty ones; InputError names an invalid one."""
    valid: dict[str, Any] = {}
    for name, value in where.items():
        if name not in _BY_NAME:
            raise InputError(f"filter {name!r} is not known; known: {', '.join(_BY_NAME)}")
        value = value.strip() if isinstance(value, str) else value
        if value is not None and value not in ("", [], ()):
            valid[name] = _canonical(_BY_NAME[name], value)
    if valid.get("from", "") > valid.get("to", "9999-12-31"):
        raise InputError(
            "filters from and to: expected from no later than to, "
            f"found {valid['from']} to {valid['to']}"
        )
    if not (valid.keys() & {"from", "to"}):
        valid.pop("date_field", None)
    return valid


def _canonical(rule: Filter, value: Any) -> Any:
    """The value in canonical form; InputError if the filter does not accept it."""
    if rule.kind == "one_of":
        statuses = list(value) if isinstance(value, list | tuple) else [value]
        for status in statuses:
            if status not in PLAN_STATUSES:
                raise InputError(
                    f"filter status: expected one of {', '.join(PLAN_STATUSES)}, found {status!r}"
                )
        return sorted(set(statuses), key=PLAN_STATUSES.index)
    if rule.kind == "between":
        return list(parse_bounds(rule.name, value))
    if not isinstance(value, str):
        raise InputError(f"filter {rule.name}: expected a text, found {value!r}")
    if rule.kind in ("from", "to"):
        return _day(rule.name, value)
    if rule.kind == "date_field" and value not in DATE_FIELDS:
        raise InputError(f"filter date_field: expected purchase, due or paid, found {value!r}")
    return value.upper() if rule.name in ("currency", "country", "billing_type") else value


def check_billing_type(where: Mapping[str, Any], *, has_plans: bool) -> None:
    """InputError for an unknown billing type that no plan in the ledger has.

    `where` as `check_filters` returns it; `has_plans`: whether a plan of this billing type was
    read. A billing type that the platform adds later is stored, and can be requested, by its name.
    """
    requested = where.get("billing_type", BILLING_TYPES[0])
    if requested not in BILLING_TYPES and not has_plans:
        raise InputError(
            f"filter billing_type: expected one of {', '.join(BILLING_TYPES)}, found {requested!r}"
        )


def parse_bounds(name: str, value: Any) -> tuple[int, int | None]:
    """(minimum, maximum) of `MIN`, `MIN:MAX` or a pair; the maximum is None if not given."""
    parts = (
        value.split(":")
        if isinstance(value, str)
        else list(value)
        if isinstance(value, list | tuple)
        else [value]
    )
    numbers = [_integer(part) for part in parts]
    minimum, maximum = (*numbers, None)[:2]
    if len(parts) > 2 or minimum is None or (maximum is None and parts[1:] not in ([], [None])):
        raise InputError(f"filter {name}: expected MIN or MIN:MAX, found {value!r}")
    if maximum is not None and maximum < minimum:
        raise InputError(
            f"filter {name}: expected MIN or MIN:MAX with MIN not above MAX, found {value!r}"
        )
    return minimum, maximum


def _integer(part: Any) -> int | None:
    """A non-negative integer of at most nine digits, or its text; None for anything else."""
    text = part.strip() if isinstance(part, str) else str(part) if type(part) is int else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _day(name: str, value: str) -> str:
    """A date as ISO text; InputError for any other text."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise InputError(f"filter {name}: expected a date YYYY-MM-DD, found {value!r}") from None


def apply_filters(snapshot: Snapshot, where: Mapping[str, Any]) -> Snapshot:
    """The snapshot with only the plans that pass every filter.

    `where` as `check_filters` returns it.
    """
    where = {name: value for name, value in where.items() if _BY_NAME[name].kind != "read"}
    if not where:
        return snapshot
    plans = snapshot.plans
    for name, value in where.items():
        plans = _apply_filter(_BY_NAME[name], value, plans, snapshot, where)
    keys = plans.select(PLAN)
    of_plans: dict[str, Any] = {
        name: getattr(snapshot, name).join(keys, on=PLAN, how="semi")
        for name in ("charges", "nets", "movements", "attempts")
    }
    return replace(snapshot, plans=plans, **of_plans)


def _apply_filter(
    rule: Filter, value: Any, plans: pl.LazyFrame, snapshot: Snapshot, where: Mapping[str, Any]
) -> pl.LazyFrame:
    """The plans that pass one filter; a date range may apply to charges (date_field)."""
    column = pl.col(rule.column)
    match rule.kind:
        case "product":
            return plans.filter((pl.col("product_id") == value) | _contains(column, value))
        case "one_of":
            return plans.filter(column.cast(pl.String).is_in(value))
        case "between":
            minimum, maximum = value
            return plans.filter(
                (column >= minimum) & (pl.lit(True) if maximum is None else column <= maximum)
            )
        case "contains":
            return plans.filter(_contains(column, value))
        case "equals":
            return plans.filter(column == value)
        case "code":
            return plans.join(
                snapshot.attempts.filter(pl.col("transaction") == value), on=PLAN, how="semi"
            )
        case "from" if where.get("date_field", "purchase") == "purchase":
            return plans.filter(column >= date.fromisoformat(value))
        case "to" if where.get("date_field", "purchase") == "purchase":
            return plans.filter(column <= date.fromisoformat(value))
        case "from" | "to":
            return plans.join(_dated_charges(snapshot.charges, where), on=PLAN, how="semi")
        case _:
            return plans


def _dated_charges(charges: pl.LazyFrame, where: Mapping[str, Any]) -> pl.LazyFrame:
    """Charges paid in the range, or those due in it that are not released."""
    is_due = where["date_field"] == "due"
    days = pl.col("due_date" if is_due else "paid_date")
    counts = pl.col("state") != "released" if is_due else pl.col("is_paid")
    first_day, last_day = where.get("from"), where.get("to")
    return charges.filter(
        counts
        & (days >= date.fromisoformat(first_day) if first_day else pl.lit(True))
        & (days <= date.fromisoformat(last_day) if last_day else pl.lit(True))
    )


def fold_text(text: pl.Expr) -> pl.Expr:
    """Text in lower case and without accents; the script of the page does the same.

    Lower, upper and lower case in turn make `ẞ`, `ß` and `SS` equal; lower case again after NFKD,
    which turns `𝐀` into an ordinary capital.
    """
    lowercase = text.str.to_lowercase().str.to_uppercase().str.to_lowercase()
    folded_text = lowercase.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return folded_text.str.replace_all("ς", "σ", literal=True)


def _contains(column: pl.Expr, part: str) -> pl.Expr:
    return fold_text(column).str.contains(fold_text(pl.lit(part)), literal=True).fill_null(False)
