"""Webhook envelopes: read from an HTTP body, redacted for storage, and parsed again from storage.

The stored text is JSON in ASCII. Parsing it gives the same statements as the original envelope.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from smartinst.hotmart.items.webhook_events import parse_event_name
from smartinst.hotmart.parsing.document_kinds import (
    VERSION_1_REFUSAL,
    is_version_1,
    is_version_1_form,
    read_form,
)
from smartinst.hotmart.parsing.documents import parse_item
from smartinst.hotmart.parsing.stored_members import stored_envelope
from smartinst.hotmart.values.fields import (
    DECODER,
    NumberText,
    check_depth,
    decode_text,
    json_problem,
    read_identifier,
)
from smartinst.hotmart.values.outcome import InvalidItemError, Item, ItemOutcome

MAX_ID: Final = 200
POSITION: Final = "item 1"


def parse_envelope(body: bytes) -> Item:
    """The webhook 2.0.0 envelope in a body; the text of InvalidItemError contains no value."""
    text = decode_text(body, "body")
    if is_version_1_form(text):
        raise InvalidItemError(VERSION_1_REFUSAL)
    document = _decode(text)
    if type(document) is not dict:
        raise InvalidItemError(
            "not recognised: expected a webhook envelope {id, creation_date, event, version, data}"
        )
    check_depth(document)
    if is_version_1(document):
        raise InvalidItemError(VERSION_1_REFUSAL)
    parse_event_name(document)
    if type(document.get("data")) is not dict:
        raise InvalidItemError("data: expected an object")
    return document


def version_1_tokens(body: bytes) -> list[bytes]:
    """The values of `hottok` in a webhook 1.0.0, a form or JSON; empty for any other body."""
    if b"hottok" not in body:
        return []
    try:
        text = decode_text(body, "body")
        if is_version_1_form(text):
            fields = read_form(text.strip())
            return [token.encode() for name, token in fields if name == "hottok"]
        document = _decode(text)
    except (InvalidItemError, UnicodeEncodeError):
        return []
    token = document.get("hottok") if type(document) is dict and is_version_1(document) else None
    return [token.encode("utf-8", "replace")] if type(token) is str else []


def envelope_id(envelope: Item, body: bytes) -> str:
    """The `id` of an event; the hash of its body if it has none."""
    event_id = read_identifier(envelope, "id")
    if event_id is not None and len(event_id) > MAX_ID:
        raise InvalidItemError(f"id: longer than {MAX_ID} characters")
    return event_id or body_hash(body)


def body_hash(body: bytes) -> str:
    """The SHA-256 hash of a body, for a body without an id."""
    return f"sha256 {hashlib.sha256(body).hexdigest()}"


def redact_envelope(envelope: Item) -> str:
    """The redacted envelope as JSON (docs/contracts.md §9), with the original digits of numbers."""
    return _json_text(stored_envelope(envelope))


def has_same_content(text: str | None, other_text: str | None) -> bool:
    """Whether two stored envelopes differ at most in the order of their members."""
    if text is None or other_text is None or text == other_text:
        return text == other_text
    return bool(DECODER.decode(text) == DECODER.decode(other_text))


def parse_stored_envelope(text: str, seller_id: str) -> ItemOutcome:
    """The outcome of a stored envelope; the same as `parse_item` for the original envelope."""
    return parse_item(DECODER.decode(text), seller_id, POSITION)


def _decode(text: str) -> object:
    try:
        return DECODER.decode(text)
    except RecursionError:
        raise InvalidItemError("nested too deeply") from None
    except ValueError as error:
        raise InvalidItemError(json_problem(error)) from None


def _json_text(value: object) -> str:
    """JSON in ASCII with the original digits of numbers; the caller has checked the depth."""
    if isinstance(value, dict):
        members = (f"{json.dumps(name)}:{_json_text(member)}" for name, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json_text, value)) + "]"
    return str(value) if isinstance(value, NumberText) else json.dumps(value)
