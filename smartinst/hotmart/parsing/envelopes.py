"""One HTTP body of the platform: the envelope it holds, and what of it may be kept, without changing what it tells.

The kept text is JSON in ASCII; parsing it gives the same statements as the envelope itself.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Final

from smartinst.hotmart.parsing import fields as f
from smartinst.hotmart.parsing.documents import parse_item
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, ItemOutcome
from smartinst.hotmart.parsing.redaction import has_payment_code, is_private
from smartinst.hotmart.parsing.webhook_events import event_name

MAX_ID: Final = 200
POSITION: Final = "item 1"

_HIDDEN: Final = "…"
_NEEDED: Final = frozenset({"address", "pix_expiration_date"})
"""Private by name, but a country and a date are read from them."""

_HOME: Final = ("country", "country_iso")


def parse_envelope(body: bytes) -> Item:
    """The webhook 2.0.0 envelope that a body holds; InvalidItemError says in words without values why it holds none."""
    document = _document(body)
    if type(document) is not dict:
        raise InvalidItemError(
            "not recognised: expected a webhook envelope {id, creation_date, event, version, data}"
        )
    f.check_depth(document)
    if "event" not in document and ("hottok" in document or "prod" in document):
        raise InvalidItemError("webhook 1.0.0 is not read: choose version 2.0.0 in Tools > Webhook")
    event_name(document)
    if type(document.get("data")) is not dict:
        raise InvalidItemError("data: expected an object")
    return document


def envelope_id(envelope: Item, body: bytes) -> str:
    """What tells an event from every other: its `id`; the hash of the body where it has none."""
    said = f.identifier(envelope, "id")
    if said is not None and len(said) > MAX_ID:
        raise InvalidItemError(f"id: longer than {MAX_ID} characters")
    return said or body_hash(body)


def body_hash(body: bytes) -> str:
    """The hash of a body, where there is nothing else to know it by."""
    return f"sha256 {hashlib.sha256(body).hexdigest()}"


def redact_envelope(envelope: Item) -> str:
    """The envelope as JSON, less what docs/contracts.md §9 removes; numbers keep the digits they came with."""
    return _written(envelope, "")


def parse_stored_envelope(text: str, seller_id: str) -> ItemOutcome:
    """The outcome of a kept envelope, as `parse_item` says of the envelope itself."""
    return parse_item(f.DECODER.decode(text), seller_id, POSITION)


def _document(body: bytes) -> object:
    if not body.strip():
        raise InvalidItemError("empty body")
    if b"\0" in body:
        raise InvalidItemError("contains NUL bytes")
    try:
        return f.DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidItemError("not valid UTF-8") from None
    except RecursionError:
        raise InvalidItemError("nested too deeply") from None
    except ValueError as error:
        reason = (
            "NaN or Infinity in the document"
            if "literal" in str(error)
            else "not recognised: not JSON"
        )
        raise InvalidItemError(reason) from None


def _written(value: object, name: str) -> str:
    """One value; the caller has checked how deep it is."""
    if isinstance(value, dict):
        members = (
            value.items() if name != "address" else [(k, v) for k, v in value.items() if k in _HOME]
        )
        shown = (f"{json.dumps(k)}:{_written(v, k)}" for k, v in members if not _is_removed(k))
        return "{" + ",".join(shown) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(one, "") for one in value if name != "address") + "]"
    if isinstance(value, f.Literal):
        return str(value)
    if isinstance(value, str) and (name == "address" or has_payment_code(value)):
        return json.dumps(_HIDDEN)
    return json.dumps(value)


@lru_cache(4096)
def _is_removed(name: str) -> bool:
    return name not in _NEEDED and is_private(name)
