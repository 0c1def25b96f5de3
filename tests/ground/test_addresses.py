"""Addresses and links that a mail server cannot transport are refused with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartinst.addresses import (
    Mailbox,
    mailto_link,
    parse_mailbox,
    validate_address,
    validate_link,
)
from smartinst.errors import ConfigurationError
from smartinst.settings import load_settings

WRONG_ADDRESSES = {
    "": "expected one address",
    "owner": "expected one address",
    "owner@": "expected one address",
    "a@x.example, b@y.example": "expected one address",
    "a@x.example\r\nBcc: b@y.example": "expected one address",
    "a@x.example> <b@y.example": "expected one address",
    "a b@x.example": "expected one address",
    '"a b"@x.example': "expected one address",
    "a@[127.0.0.1]": "expected one address",
    "josé@x.example": "only ASCII characters before the @",
    "用户@x.example": "only ASCII characters before the @",
    ".a@x.example": "a dot before the @",
    "a.@x.example": "a dot before the @",
    "a..b@x.example": "a dot before the @",
    "a@x..example": "label empty",
    "a@.example": "label empty",
    "a@x.example.": "is not a domain name",
    "a@-x.example": "is not a domain name",
    "a@x-.example": "is not a domain name",
    "a@x_y.example": "is not a domain name",
    "a@127.0.0.1": "is not a domain name",
    "a@straße.example": "would become strasse",
    f"{'a' * 65}@x.example": "more than 64 characters before the @",
    f"a@{'x' * 64}.example": "label",
    f"a@{'.'.join(['x' * 60] * 5)}.example": "more than 254 characters",
    f"a@{'.'.join(['ã' * 50] * 5)}.example": "more than 254 characters",
}


@pytest.mark.parametrize("address", WRONG_ADDRESSES, ids=lambda address: address[:30])
def test_an_address_that_smtp_cannot_transport_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=WRONG_ADDRESSES[address]):
        validate_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "owner@example.com",
        "o'neil+tag=1@x.example",
        "root@localhost",
        "a@açúcar.example",
        "a@xn--strae-oqa.example",
        "a@1password.example",
        "a@x--y.example",
        f"{'a' * 64}@{'x' * 63}.example",
    ],
)
def test_a_deliverable_address_is_accepted(address: str) -> None:
    assert validate_address(address) == address


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("r@x.example", Mailbox("", "r@x.example")),
        ("<r@x.example>", Mailbox("", "r@x.example")),
        ("Reports  <r@x.example>", Mailbox("Reports", "r@x.example")),
        ("Acme, Inc. <r@x.example>", Mailbox("Acme, Inc.", "r@x.example")),
        ('"Acme, \\"Inc\\" <x>" <r@x.example>', Mailbox('Acme, "Inc" <x>', "r@x.example")),
        ("r@x.example <r@x.example>", Mailbox("r@x.example", "r@x.example")),
        ("Relatórios <r@açúcar.example>", Mailbox("Relatórios", "r@açúcar.example")),
    ],
)
def test_a_mailbox_has_a_name_and_an_address(text: str, mailbox: Mailbox) -> None:
    assert parse_mailbox(text) == mailbox


@pytest.mark.parametrize(
    "text",
    ["a@x.example, B <b@x.example>", "A <a@x.example>, B <b@x.example>", "A <a@x.example", "A"],
)
def test_a_text_with_no_or_several_mailboxes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected one address"):
        parse_mailbox(text)


def test_a_link_fits_on_a_line_with_the_longest_seller_id() -> None:
    link = "https://example.com/?s={seller}&x="
    assert validate_link(link + "y" * 800) == link + "y" * 800
    with pytest.raises(ValueError, match="at most 900 characters"):
        validate_link(link + "y" * 850)


@pytest.mark.parametrize(
    ("toml", "mistake"),
    [
        (
            '[[seller]]\nid = "ok"\nname = "Ok"\nemail = "a@x.example"\n'
            '[[seller]]\nid = "acme"\nname = "Acme"\nemail = "josé@x.example"\n',
            r"seller acme: email: 'josé@x\.example': expected only ASCII",
        ),
        (
            '[[seller]]\nid = "acme"\nname = "Acme"\nemail = ""\n',
            r"seller acme: email: '': expected one address",
        ),
        ('[mail]\nsender = "R <r@x_y.example>"\n', r"mail\.sender: .*x_y\.example is not a domain"),
        ('[mail]\noperator = "a@x.example, b@x.example"\n', r"mail\.operator: .*one address"),
        (f'[mail]\nunsubscribe = "https://x.example/{"y" * 900}"\n', r"mail\.unsubscribe: .* 900"),
        ("seller = [1]\n", r"seller\.0: "),
    ],
    ids=["local part", "empty", "domain", "two", "link", "no table"],
)
def test_the_configuration_names_the_place_of_a_wrong_address(
    tmp_path: Path, toml: str, mistake: str
) -> None:
    (tmp_path / "smartinst.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"^smartinst\.toml: {mistake}"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("ana@example.com", "mailto:ana@example.com"),
        ("ana+curso@example.com", "mailto:ana+curso@example.com"),
        ("a?bcc=b&c#d@example.com", "mailto:a%3Fbcc%3Db%26c%23d@example.com"),
        ("ana@example.com\r\nBcc: b@example.com", ""),
        ("", ""),
    ],
)
def test_a_link_to_an_address_adds_no_recipient_and_no_header(address: str, link: str) -> None:
    assert mailto_link(address) == link
