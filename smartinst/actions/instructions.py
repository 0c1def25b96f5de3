"""Instructions for a person who recovers a charge without a call to the platform."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText
from smartinst.ledger.several_payments import platform_code
from smartinst.report.whatsapp import mobile_link, whatsapp_text
from smartinst.settings import Seller, Settings

SELF_SERVICE: Final = "https://consumer.hotmart.com"


def recovery_instructions(
    settings: Settings,
    seller: Seller,
    plan: dict[str, Any],
    plan_attempts: pl.DataFrame,
    number: int,
) -> tuple[str, ...]:
    """Lines for a person: the self-service page, the transaction code, a message to the buyer."""
    attempts = plan_attempts.filter(pl.col("numbers").list.contains(number))
    code = platform_code(attempts["transaction"][-1]) if attempts.height else None
    search = N_("In the platform's own screen, search the transaction {transaction}.")
    lines = (
        TranslatableText(
            N_(
                "The platform has no public call that charges a card again. The buyer can "
                "pay or change the card at"
            )
        ),
        TranslatableText(
            N_("  {page} > My purchases > Update payment method > Installments History"),
            page=SELF_SERVICE,
        ),
        TranslatableText(search, transaction=code) if code else "",
        TranslatableText(N_("Message: {message}"), message=whatsapp_text(plan, seller, settings)),
        mobile_link(plan, seller, settings) or "",
    )
    return tuple(line for line in lines if line)
