"""Settings: the example file contains every setting with its default value."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

import smartinst.settings
from smartinst.errors import ConfigurationError
from smartinst.settings import Seller, Settings, load_settings, zone_names
from tests.support.paths import ROOT

EXAMPLE: Final = ROOT / "smartinst.example.toml"
COMMENTED_SETTINGS: Final = {"unsubscribe", "operator", "per_minute", "reply_to", "files"}
"""Settings without a default; the example has them as comments."""


def test_the_example_has_every_setting_with_its_default() -> None:
    example: dict[str, Any] = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    defaults = Settings().model_dump(mode="python", exclude={"workspace", "seller"})
    sections = {name: value for name, value in defaults.items() if isinstance(value, dict)}
    assert set(example) == {*defaults, "seller"}
    for section, values in sections.items():
        texts = {key: str(value) for key, value in values.items() if key not in COMMENTED_SETTINGS}
        assert {key: str(value) for key, value in example[section].items()} == texts, section
    assert example["executor"] == defaults["executor"]
    assert all(f"# {name} = " in EXAMPLE.read_text(encoding="utf-8") for name in COMMENTED_SETTINGS)


def test_the_example_has_the_default_locations(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    example = load_settings(tmp_path, {})
    (tmp_path / "smartinst.toml").write_text("", encoding="utf-8")
    empty_file = load_settings(tmp_path, {})
    assert example.home == empty_file.home
    assert (example.ledger, example.database) == (empty_file.ledger, empty_file.database)
    assert example.find("acme").smart_offers == ("abcd1234",)


def test_an_unknown_setting_is_reported_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text("[limits]\nrun_gb = 4\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"^smartinst\.toml: limits\.run_gb: "):
        load_settings(tmp_path, {})


def sellers(count: int) -> tuple[Seller, ...]:
    return tuple(
        Seller(
            id=f"s{number}",
            name=f"Seller {number}",
            email=f"owner@s{number}.example",
            timezone="UTC",
        )
        for number in range(count)
    )


def test_the_error_for_an_unknown_seller_lists_at_most_twenty_ids() -> None:
    with pytest.raises(ConfigurationError, match=r"configured: s0, s1, s2$"):
        Settings(seller=sellers(3)).find("acme")
    with pytest.raises(ConfigurationError, match=r"s18, s19 and 5 more$"):
        Settings(seller=sellers(25)).find("acme")


def test_a_copy_with_fewer_sellers_finds_only_these() -> None:
    settings = Settings(seller=sellers(2))
    assert settings.find("s1").id == "s1"
    copy = settings.model_copy(update={"seller": settings.seller[:1]})
    assert copy.find("s0").id == "s0"
    with pytest.raises(ConfigurationError, match="'s1' is not configured"):
        copy.find("s1")


def test_zone_names_are_read_once_for_all_sellers(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    def read_zone_names() -> set[str]:
        reads.append("read")
        return {"UTC"}

    monkeypatch.setattr(smartinst.settings, "available_timezones", read_zone_names)
    zone_names.cache_clear()
    sellers(3)
    zone_names.cache_clear()
    assert reads == ["read"]


SELLER: Final = '[[seller]]\nid = "acme"\nname = "Acme"\nemail = "a@acme.example"\n'


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('ledgr = "x"', "ledgr: unknown key; did you mean ledger?"),
        (
            '[mail]\npassword = "x"',
            "mail.password: unknown key; secrets come from the environment (docs/contracts.md §3)",
        ),
        (SELLER.replace("email", "e-mail"), "seller acme: email: is required"),
        (
            SELLER.replace('"acme"', '"Acme Ltda"'),
            "seller Acme Ltda: id: expected 1 to 64 lower-case letters, digits or hyphens, "
            "found 'Acme Ltda'",
        ),
        (
            'ledger = "s3:/bucket/x"',
            "ledger: expected a folder or an address such as s3://bucket/ledger, "
            "found 's3:/bucket/x'",
        ),
        (
            'database = "sqlite://me:secret@x.db"',
            "database: expected sqlite:///file.db or postgresql+psycopg://user@host/name",
        ),
        (
            'executor = "dask:/host"',
            "executor: expected \"local\", tls://host:port or dask://host:port, found 'dask:/host'",
        ),
    ],
)
def test_a_mistake_is_named_in_words(tmp_path: Path, text: str, mistake: str) -> None:
    (tmp_path / "smartinst.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_settings(tmp_path, {})
    assert str(error.value) == f"smartinst.toml: {mistake}"


def test_an_address_of_postgresql_needs_no_driver(tmp_path: Path) -> None:
    text = 'database = "postgresql://me@host/name"\n'
    (tmp_path / "smartinst.toml").write_text(text, encoding="utf-8")
    assert load_settings(tmp_path, {}).database == "postgresql+psycopg://me@host/name"
