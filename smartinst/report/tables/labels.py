"""Labels that several parts of a report share."""

from __future__ import annotations

from typing import Final

from smartinst.i18n.locales import N_, Locale

HELP_LABELS: Final = {
    "wait": N_("Wait for the retry"),
    "change_card": N_("Buyer must change the card"),
    "offer": N_("Offer set-up"),
    "check": N_("Check"),
    "unknown": N_("Unknown reason"),
}
"""Remedy for a refusal (smartinst.analytics.refusals.HELPS) → its label."""

REFUSAL_LABELS: Final = {
    "INSUFFICIENT FUNDS": N_("Insufficient funds"),
    "TRANSACTION DECLINED": N_("Transaction declined"),
    "CARD ISSUER UNAVAILABLE": N_("Card issuer unavailable"),
    "CARD HAS NOT BEEN UNBLOCKED BY THE CARDHOLDER": N_("Card not unblocked by its holder"),
    "CARD DETAILS NOT PROVIDED": N_("Card details not provided"),
    "INVALID SECURITY CODE": N_("Invalid security code"),
    "INVALID CARD EXPIRY DATE": N_("Invalid card expiry date"),
    "INVALID CARD NUMBER": N_("Invalid card number"),
    "INVALID CARD DATA": N_("Invalid card data"),
    "INVALID AMOUNT": N_("Invalid amount"),
    "INVALID CARD": N_("Invalid card"),
    "RESTRICTED CARD": N_("Restricted card"),
    "ERROR NOT IDENTIFIED": N_("Error not identified"),
    "CARD EXPIRED": N_("Card expired"),
    "DEBIT CARD IS NOT ENABLED FOR THE OPERATION": N_("Debit card not enabled for this"),
    "CARD DOES NOT SUPPORT INSTALLMENT PURCHASES": N_("Card does not take installments"),
    "INVALID NUMBER OF INSTALLMENTS": N_("Invalid number of installments"),
    "THIS SESSION HAS ALREADY BEEN STARTED": N_("Payment already in progress"),
    "DUPLICATE TRANSACTION": N_("Duplicate transaction"),
}
"""The platform's refusal messages (docs/hotmart.md §2.3) → text for sellers."""


def refusal(message: str | None, locale: Locale) -> str:
    """A refusal message in the seller's language."""
    if not message:
        return locale.gettext("No reason given")
    label = REFUSAL_LABELS.get(message.strip().upper())
    return locale.gettext(label) if label else message
