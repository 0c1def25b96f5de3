"""Words of the configuration, of the commands and of the code, which no seller's report has."""

from __future__ import annotations

from typing import Final

INTERNAL_WORDS: Final = (
    *("--billing-type", "billing_type", "smart_offers", "smartinst quarantine", "SMART_"),
    *("BILLET_INSTALLMENT", "HOTMART_INSTALLMENTS", "PAR 30", "PAR30", "live plans"),
    *("planos ativos com dívida ÷", "÷", "change_card", "pix_or_slip", "hold_out", "None", "null"),
)
