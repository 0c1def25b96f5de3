"""The inbox stores what the parsers read of an event, and nothing else about a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartinst.hotmart.items.event_names import PURCHASE_EVENTS
from smartinst.hotmart.items.webhook_events import parse_event
from smartinst.hotmart.parsing.documents import parse_item
from smartinst.hotmart.parsing.envelopes import POSITION, parse_stored_envelope, redact_envelope
from smartinst.hotmart.parsing.stored_members import DATA_MEMBERS, PERSONAL_MEMBERS
from smartinst.hotmart.values.fields import DECODER
from smartinst.hotmart.values.outcome import InvalidItemError
from smartinst.hotmart.values.redaction import is_private, mask_personal
from tests.hotmart.parsing.test_fuzz import paths, replace_member, values
from tests.support.examples import examples
from tests.support.full_envelopes import FULL_CANCELLATION, FULL_PURCHASE
from tests.support.hotmart_payloads import SAMPLES, envelope, json_text, outcome
from tests.support.paths import ROOT
from tests.support.recording import RecordingObject, record_exact_types

EVENTS = [
    *(envelope(name, "2026-06-01", FULL_PURCHASE) for name in sorted(PURCHASE_EVENTS)),
    envelope("SUBSCRIPTION_CANCELLATION", "2026-06-01", FULL_CANCELLATION),
]
OTHER_EVENTS = [
    envelope(name, "2026-06-01", FULL_PURCHASE | FULL_CANCELLATION)
    for name in (
        "SWITCH_PLAN",
        "UPDATE_SUBSCRIPTION_CHARGE_DATE",
        "CLUB_FIRST_ACCESS",
        "PURCHASE_SMILED",
        "PURCHASE_OUT_OF_SHOPPING_CART",
        "ORDER_FULFILLMENT",
    )
]
SAMPLE_EVENTS = [
    event
    for path in sorted(SAMPLES.glob("*.json"))
    for event in [json.loads(path.read_text(encoding="utf-8"))]
    if isinstance(event, dict) and isinstance(event.get("data"), dict) and "event" in event
]


def assert_same_outcome(event: Any) -> None:
    """The stored event has the statements, and the reason, of the original."""
    decoded = DECODER.decode(json.dumps(event))
    original = parse_item(decoded, "acme", POSITION)
    stored = parse_stored_envelope(redact_envelope(decoded), "acme")
    assert stored.statements == original.statements
    assert (stored.ignore_reason, stored.refusal_reason) == (
        original.ignore_reason,
        original.refusal_reason,
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["event"])
def test_a_purchase_or_cancellation_is_stored_without_private_members(
    event: dict[str, Any],
) -> None:
    assert outcome(event).statements is not None
    assert_same_outcome(event)
    text = redact_envelope(DECODER.decode(json_text(event)))
    assert "PRIVATE" not in text and "HOTTOK-SECRET" not in text


@pytest.mark.parametrize("event", OTHER_EVENTS, ids=lambda event: event["event"])
def test_any_other_event_is_stored_without_private_names(event: dict[str, Any]) -> None:
    assert_same_outcome(event)
    text = redact_envelope(DECODER.decode(json_text(event)))
    names = "ip address document birth first last src sck xcod link barcode affiliate producer"
    assert not [name for name in names.split() if f"PRIVATE-{name}" in text]
    assert "PRIVATE-192" not in text and "HOTTOK-SECRET" not in text


@pytest.mark.parametrize("event", SAMPLE_EVENTS, ids=lambda event: event["event"])
def test_a_sample_has_the_same_outcome_after_it_was_stored(event: dict[str, Any]) -> None:
    assert_same_outcome(event)


@st.composite
def changed_events(draw: st.DrawFn) -> Any:
    """An event with some members replaced or removed."""
    event = draw(st.sampled_from([*EVENTS, *OTHER_EVENTS]))
    for _ in range(draw(st.integers(1, 6))):
        path = draw(st.sampled_from([path for path in paths(event) if path[:1] == ("data",)][1:]))
        replacement: st.SearchStrategy[Any] = (
            st.none() | values | st.just({"odd": 1}) | st.just([{}])
        )
        event = replace_member(event, path, draw(replacement))
    return event


@given(changed_events())
@examples(1_000)
def test_any_event_has_the_same_outcome_after_it_was_stored(event: Any) -> None:
    if isinstance(event["data"], dict):
        assert_same_outcome(event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["event"])
def test_every_member_that_a_parser_reads_is_stored(
    event: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    record_exact_types(monkeypatch)
    data, read = event["data"], set[str]()
    variants = [data]
    for path in paths(data)[1:]:
        variants += [replace_member(data, path, replacement) for replacement in (None, 5)]
    for variant in variants:
        try:
            parse_event(RecordingObject({**event, "data": variant}, read), "acme")
        except InvalidItemError:
            continue
    names = [name.removeprefix("data.") for name in read if name.startswith("data.")]
    assert len(names) > 10
    assert sorted(name for name in names if not is_stored(name, data)) == []


def is_stored(name: str, data: dict[str, Any]) -> bool:
    """Whether the member at a dotted path is stored: its scalar, or members of its object."""
    members: Any = DATA_MEMBERS
    member: Any = data
    for part in name.split("."):
        members = members.get(part, {})
        member = member.get(part) if isinstance(member, dict) else None
    return "" in members or (isinstance(member, (dict, list)) and bool(members))


def test_the_personal_members_that_are_stored_are_documented() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert [path for path in PERSONAL_MEMBERS if f"`{path}`" not in page] == []


MESSAGES = [
    ("subscriber_email: rita@example.com is unknown", "subscriber_email: … is unknown"),
    ("transaction HP2000000101 not found", "transaction HP2000000101 not found"),
    ("document 123.456.789-09 of 192.0.2.7", "document … of …"),
    ("12345678909 and 2001:db8:0:1::7", "… and …"),
    ("token expired: " + "eyJhbGciOi" * 8, "token expired: …"),
    ("see https://pay.example/x?token=1 at 2026-01-15 12:00:00", "see … at 2026-01-15 12:00:00"),
    ("date 1784000000000, product 7000001", "date 1784000000000, product 7000001"),
]


@pytest.mark.parametrize(("text", "masked"), MESSAGES)
def test_a_message_of_the_platform_is_shown_without_personal_data(text: str, masked: str) -> None:
    assert mask_personal(text) == masked


NAMES = [
    ("buyer_ip", True),
    ("buyerIp", True),
    ("ip", True),
    ("description", False),
    ("subscription", False),
    ("recipient", False),
    ("sckPaymentLink", True),
    ("src", True),
    ("source", False),
    ("first_name", True),
    ("name", False),
    ("birthDate", True),
    ("affiliates", True),
    ("co_producers", True),
    ("document", True),
    ("status", False),
    ("city", True),
    ("capacity", False),
]


@pytest.mark.parametrize(("name", "is_removed"), NAMES)
def test_a_private_name_is_recognised_by_its_words(name: str, is_removed: bool) -> None:
    assert is_private(name) is is_removed
