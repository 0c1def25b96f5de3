"""Settings: the example file contains every setting with its default value."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from smartinst.errors import ConfigurationError
from smartinst.settings import Settings, load_settings
from tests.support.paths import ROOT

EXAMPLE: Final = ROOT / "smartinst.example.toml"
COMMENTED_SETTINGS: Final = {"unsubscribe", "operator", "per_minute"}
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
