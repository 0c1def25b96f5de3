"""The table of filters: CLI options, notebook parameter, page controls and predicates all come from it (docs/contracts.md §5).

Filters keep or drop whole plans (docs/metrics.md §7, "Filters"). A set of filters is a plain dict, `where`: names → values,
as a notebook's parameter holds it; `check` refuses what cannot be meant before anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

import polars as pl

from smartinst.analytics.charges import PLAN
from smartinst.analytics.snapshot import Snapshot
from smartinst.errors import InputError
from smartinst.facts import BILLING_TYPES, PLAN_STATUSES

Kind = Literal[
    "product", "one_of", "between", "contains", "equals", "code", "from", "to", "date_field", "read"
]
DATE_FIELDS: Final = ("purchase", "due", "paid")


@dataclass(frozen=True)
class Filter:
    """One filter: its name in `where`, the plan's column, how it compares, and what a reader is told."""

    name: str
    column: str
    kind: Kind
    label: str
    help: str
    option: str = ""

    @property
    def flag(self) -> str:
        """The command-line option."""
        return self.option or f"--{self.name.replace('_', '-')}"


FILTERS: Final = (
    Filter("product", "product", "product", "Product", "product id, or part of the product's name"),
    Filter(
        "status",
        "status",
        "one_of",
        "Status",
        "one of the seven statuses, in English; may be repeated",
    ),
    Filter("from", "purchase_date", "from", "From", "first day, YYYY-MM-DD"),
    Filter("to", "purchase_date", "to", "To", "last day, YYYY-MM-DD", "--to-date"),
    Filter(
        "date_field",
        "purchase_date",
        "date_field",
        "Date of",
        "which date the range is of: purchase, due or paid",
    ),
    Filter(
        "issued",
        "issued_installments",
        "between",
        "Issued installments",
        "MIN or MIN:MAX, both included",
    ),
    Filter(
        "installments", "installments", "between", "Installments", "MIN or MIN:MAX, both included"
    ),
    Filter("transaction", "transactions", "code", "Transaction", "code of any attempt of the plan"),
    Filter("buyer", "buyer", "contains", "Buyer", "part of the buyer's name"),
    Filter("email", "email", "contains", "E-mail", "part of the buyer's e-mail address"),
    Filter("currency", "currency", "equals", "Currency", "ISO 4217 code of the purchase currency"),
    Filter("country", "country", "equals", "Country", "ISO 3166 code of the buyer's country"),
    Filter(
        "payment_method",
        "payment_method",
        "equals",
        "Payment method",
        "the platform's payment type",
    ),
    Filter(
        "billing_type",
        "billing_type",
        "read",
        "Billing type",
        "SMART_INSTALLMENT, SMART_RECOVERY or BILLET_INSTALLMENT",
    ),
)

_BY_NAME = {one.name: one for one in FILTERS}


def check_filters(where: Mapping[str, Any]) -> dict[str, Any]:
    """The filters in their plain form, empty ones left out.

    InputError names the filter and what was expected.
    """
    plain: dict[str, Any] = {}
    for name, value in where.items():
        if name not in _BY_NAME:
            raise InputError(f"filter {name!r} is not known; known: {', '.join(_BY_NAME)}")
        meant = value.strip() if isinstance(value, str) else value  # pasted with blanks around
        if meant is None or meant in ("", [], ()):
            continue
        plain[name] = _checked(_BY_NAME[name], meant)
    if plain.get("from", "") > plain.get("to", "9999-12-31"):
        raise InputError(
            f"filters from and to: expected from not after to, found {plain['from']} to {plain['to']}"
        )
    if not (plain.keys() & {"from", "to"}):
        plain.pop("date_field", None)
    return plain


def _checked(one: Filter, value: Any) -> Any:
    if one.kind == "one_of":
        wanted = list(value) if isinstance(value, list | tuple) else [value]
        for word in wanted:
            if word not in PLAN_STATUSES:
                raise InputError(
                    f"filter status: expected one of {', '.join(PLAN_STATUSES)}, found {word!r}"
                )
        return sorted(set(wanted), key=PLAN_STATUSES.index)
    if one.kind == "between":
        return list(parse_bounds(one.name, value))
    if not isinstance(value, str):
        raise InputError(f"filter {one.name}: expected a text, found {value!r}")
    if one.kind in ("from", "to"):
        return _day(one.name, value)
    if one.kind == "date_field" and value not in DATE_FIELDS:
        raise InputError(f"filter date_field: expected purchase, due or paid, found {value!r}")
    return value.upper() if one.name in ("currency", "country", "billing_type") else value


def check_billing_type(where: Mapping[str, Any], *, is_held: bool) -> None:
    """InputError for a billing type of no known name of which the ledger holds no plan either.

    `where` as `check` returns it; `is_held`: whether a plan of the type asked for was read. A type
    that the platform names one day is kept under its own name, and asked for by it.
    """
    asked = where.get("billing_type", BILLING_TYPES[0])
    if asked not in BILLING_TYPES and not is_held:
        raise InputError(
            f"filter billing_type: expected one of {', '.join(BILLING_TYPES)}, found {asked!r}"
        )


def parse_bounds(name: str, value: Any) -> tuple[int, int | None]:
    """(least, most) of `MIN`, `MIN:MAX` or a pair; most is null where only the least was given."""
    parts = (
        value.split(":")
        if isinstance(value, str)
        else list(value)
        if isinstance(value, list | tuple)
        else [value]
    )
    numbers = [_whole(part) for part in parts]
    least, most = (*numbers, None)[:2]
    if len(parts) > 2 or least is None or (most is None and parts[1:] not in ([], [None])):
        raise InputError(f"filter {name}: expected MIN or MIN:MAX, found {value!r}")
    if most is not None and most < least:
        raise InputError(
            f"filter {name}: expected MIN or MIN:MAX with MIN not above MAX, found {value!r}"
        )
    return least, most


def _whole(part: Any) -> int | None:
    """A whole number of at most nine digits, or its text; null: it is none."""
    text = part.strip() if isinstance(part, str) else str(part) if type(part) is int else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _day(name: str, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise InputError(f"filter {name}: expected a date YYYY-MM-DD, found {value!r}") from None


def apply_filters(snapshot: Snapshot, where: Mapping[str, Any]) -> Snapshot:
    """The snapshot with only the plans that pass every filter; `where` as `check` returns it."""
    wanted = {name: value for name, value in where.items() if _BY_NAME[name].kind != "read"}
    if not wanted:
        return snapshot
    kept = snapshot.plans
    for name, value in wanted.items():
        kept = _kept(kept, snapshot, _BY_NAME[name], value, wanted)
    keys = kept.select(PLAN)

    def of_kept(frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame.join(keys, on=PLAN, how="semi")

    return replace(
        snapshot,
        plans=kept,
        charges=of_kept(snapshot.charges),
        nets=of_kept(snapshot.nets),
        movements=of_kept(snapshot.movements),
        attempts=of_kept(snapshot.attempts),
    )


def _kept(
    plans: pl.LazyFrame, snapshot: Snapshot, one: Filter, value: Any, where: Mapping[str, Any]
) -> pl.LazyFrame:
    column = pl.col(one.column)
    match one.kind:
        case "product":
            return plans.filter((pl.col("product_id") == value) | _contains(column, value))
        case "one_of":
            return plans.filter(column.cast(pl.String).is_in(value))
        case "between":
            least, most = value
            return plans.filter(
                (column >= least) & (pl.lit(True) if most is None else column <= most)
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
    """Charges not released that fall due in the range, or charges ever paid in it."""
    is_due = where["date_field"] == "due"
    days = pl.col("due_date" if is_due else "paid_date")
    meant = pl.col("state") != "released" if is_due else pl.col("is_paid")
    first, last = where.get("from"), where.get("to")
    return charges.filter(
        meant
        & (days >= date.fromisoformat(first) if first else pl.lit(True))
        & (days <= date.fromisoformat(last) if last else pl.lit(True))
    )


def fold_text(text: pl.Expr) -> pl.Expr:
    """Text without case and accents; the page's script folds the same way.

    Lower, upper and lower again make `ẞ`, `ß` and `SS` one, and once more after NFKD, which makes
    capitals of `𝐀`.
    """
    level = text.str.to_lowercase().str.to_uppercase().str.to_lowercase()
    bare = level.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return bare.str.replace_all("ς", "σ", literal=True)


def _contains(column: pl.Expr, part: str) -> pl.Expr:
    return fold_text(column).str.contains(fold_text(pl.lit(part)), literal=True).fill_null(False)
