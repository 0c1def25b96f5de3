"""The example of a configuration has every setting with its default, so that it can be trusted and copied."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from smartinst.errors import ConfigurationError
from smartinst.settings import Settings, load_settings
from tests.support.paths import ROOT

EXAMPLE: Final = ROOT / "smartinst.example.toml"
ONLY_TOLD: Final = {"unsubscribe", "operator", "per_minute"}
"""Settings without a default: the example has them as comments."""


def test_the_example_has_every_setting_with_its_default() -> None:
    told: dict[str, Any] = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    defaults = Settings().model_dump(mode="python", exclude={"workspace", "seller"})
    sections = {name: value for name, value in defaults.items() if isinstance(value, dict)}
    assert set(told) == {*defaults, "seller"}
    for section, expected in sections.items():
        wanted = {key: str(value) for key, value in expected.items() if key not in ONLY_TOLD}
        assert {key: str(value) for key, value in told[section].items()} == wanted, section
    assert told["executor"] == defaults["executor"]
    assert all(f"# {name} = " in EXAMPLE.read_text(encoding="utf-8") for name in ONLY_TOLD)


def test_the_example_says_where_things_lie_when_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    whole = load_settings(tmp_path, {})
    (tmp_path / "smartinst.toml").write_text("", encoding="utf-8")
    bare = load_settings(tmp_path, {})
    assert [whole.home, whole.ledger, whole.database] == [bare.home, bare.ledger, bare.database]
    assert whole.find("acme").smart_offers == ("abcd1234",)


def test_a_setting_that_does_not_exist_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text("[limits]\nrun_gb = 4\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"^smartinst\.toml: limits\.run_gb: "):
        load_settings(tmp_path, {})
