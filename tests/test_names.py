"""Names: each class once, and few names that say nothing."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pkgutil import resolve_name

import pytest

from tests.support.markers import USES
from tests.support.paths import ROOT
from tests.support.vague_names import syntax_tree, vague_names

PACKAGE = ROOT / "smartinst"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_VAGUE = {"smartinst": 0.01, "tests": 0.02}
"""Highest share of bindings; lower it if it falls."""


def test_a_class_name_stands_for_one_class() -> None:
    names = Counter(
        node.name
        for module in MODULES
        for node in ast.walk(syntax_tree(module))
        if isinstance(node, ast.ClassDef)
    )
    assert sorted(name for name, count in names.items() if count > 1) == []


@pytest.mark.parametrize("folder", sorted(MOST_VAGUE))
def test_few_names_are_vague(folder: str) -> None:
    count, vague = vague_names(sorted((ROOT / folder).rglob("*.py")))
    assert vague.total() <= MOST_VAGUE[folder] * count, vague.most_common(20)


@pytest.mark.parametrize("name", sorted({name for names in USES.values() for name in names}))
def test_what_gives_a_marker_exists(name: str) -> None:
    assert name.startswith("smartinst ") or resolve_name(name)


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    assert not {module.stem for module in MODULES} & (sys.stdlib_module_names - {"__init__"})
