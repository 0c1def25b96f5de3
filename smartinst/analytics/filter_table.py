"""The table of filters: options, page controls and predicates follow it (docs/contracts.md §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from smartinst.billing_types import BILLING_TYPES

Kind = Literal[
    "product", "one_of", "between", "contains", "equals", "code", "from", "to", "date_field", "read"
]
DATE_FIELDS: Final = ("purchase", "due", "paid")


@dataclass(frozen=True)
class Filter:
    """A filter: its name in `where`, column of plans, kind of comparison, and texts for readers."""

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
        "the date that the range applies to: purchase, due or paid",
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
        f"{', '.join(BILLING_TYPES[:-1])} or {BILLING_TYPES[-1]}",
    ),
)
