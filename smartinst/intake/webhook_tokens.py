"""Webhook tokens: which seller a request belongs to.

Webhooks 2.0.0 have the token in the header X-HOTMART-HOTTOK. Version 1.0.0, which is refused, has
it in the body, as the member or field `hottok`.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass

from smartinst.errors import ConfigurationError
from smartinst.settings import Settings, read_secret, secret_suffix

_LOG = logging.getLogger(__name__)


@dataclass
class WebhookTokens:
    """The active tokens of all sellers as hashes; a seller has two while it changes its token."""

    sellers: tuple[tuple[bytes, str], ...]

    def reload(self, settings: Settings) -> None:
        """Reads the tokens again; if that fails, the current ones stay active. Logs one line."""
        try:
            self.sellers = read_webhook_tokens(settings).sellers
        except ConfigurationError as error:
            _LOG.error("webhooks: the tokens were not reloaded: %s", error)
        else:
            _LOG.warning("webhooks: the tokens were reloaded: %d are active", len(self.sellers))

    def seller_of(self, tokens: list[bytes]) -> str | None:
        """The seller of the single token of a request, or None. Takes the same time for any."""
        token_hash = _hash(tokens[0] if len(tokens) == 1 else b"")
        matches = [
            seller_id
            for active_hash, seller_id in self.sellers
            if hmac.compare_digest(active_hash, token_hash)
        ]
        return matches[0] if matches else None


def read_webhook_tokens(
    settings: Settings, environment: dict[str, str] | None = None
) -> WebhookTokens:
    """The tokens of all sellers; ConfigurationError if two sellers have the same token."""
    owners: dict[bytes, str] = {}
    for seller in settings.seller:
        name = f"SMARTINST_HOTMART_{secret_suffix(seller.id)}_HOTTOK"
        for variable in (name, f"{name}_2"):
            secret = read_secret(variable, environment)
            token = secret.get_secret_value().strip() if secret else ""
            if token and owners.setdefault(_hash(token.encode()), seller.id) != seller.id:
                raise ConfigurationError(
                    f"{variable}: another seller has the same token; each seller needs its own"
                )
    return WebhookTokens(tuple(owners.items()))


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
