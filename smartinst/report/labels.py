"""Words that several parts of a report use for the same thing."""

from __future__ import annotations

from typing import Final

from smartinst.locale import N_

HELP_LABELS: Final = {
    "wait": N_("Wait for the retry"),
    "change_card": N_("Buyer must change the card"),
    "offer": N_("Offer set-up"),
    "check": N_("Check"),
    "unknown": N_("Unknown reason"),
}
"""What helps against a refusal (smartinst.analytics.refusals.HELPS) → its name."""
