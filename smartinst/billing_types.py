"""Names of the platform's billing types."""

from __future__ import annotations

from typing import Final

BILLING_TYPES: Final = (
    "SMART_INSTALLMENT",
    "SMART_RECOVERY",
    "BILLET_INSTALLMENT",
    "HOTMART_INSTALLMENTS",
)
"""Billing types of plans; rows of type SUBSCRIPTION are ignored by the parsers, and counted."""

PULLED_BILLING_TYPES: Final = BILLING_TYPES[:2]
"""Billing types that the API offers for a sync; others come in webhooks, history and exports."""
