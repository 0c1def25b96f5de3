"""Markers of a test, derived from the calls in it and its fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import unwrap
from types import CodeType, FunctionType, ModuleType
from typing import Final

import pytest

USES: Final[dict[str, set[str]]] = {
    "process": {
        "smartinst.hotmart.exports.workbooks.parse_workbook",
        "smartinst.runs.executors.distribute",
        "subprocess",
    },
    "kernel": {
        "nbclient.client.NotebookClient",
        "smartinst demo",
        "smartinst run",
        "smartinst tick",
        "smartinst.dashboard.lab.kernels.LabKernelManager",
        "smartinst.runs.execution.execute_notebook",
        "smartinst.runs.runs.run_reports",
        "tests.support.jupyterlab.run_server",
    },
    "cluster": {"tests.runs.test_cluster.Cluster"},
    "browser": {"playwright.sync_api.sync_playwright"},
    "database": {"tests.support.postgres.Server"},
    "pdf": {
        "smartinst demo",
        "smartinst html,pdf,xlsx",
        "smartinst.pages.pdf.weasyprint_import.import_weasyprint",
        "smartinst.pages.pdf.render.render_pdf",
        "smartinst.runs.rendering.render_notebook",
    },
}
"""Marker → modules, functions, classes and command words; tests that use them get it."""
COMMAND: Final = "tests.support.workspace.smartinst"


def add_markers(item: pytest.Item) -> None:
    """Adds the markers of everything that a test, its fixtures and their helpers use."""
    if not isinstance(item, pytest.Function):
        return
    visited: set[object] = set()
    functions = [item.function, *_fixture_functions(item)]
    names = {name for function in functions for name in _used_names(unwrap(function), visited)}
    if COMMAND not in names:
        names = {name for name in names if not name.startswith("smartinst ")}
    for marker, uses in USES.items():
        if uses & names:
            item.add_marker(marker)
    if "postgresql" in getattr(getattr(item, "callspec", None), "params", {}).values():
        item.add_marker("database")


def _fixture_functions(item: pytest.Function) -> Iterator[FunctionType]:
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        for definition in definitions:
            if isinstance(definition.func, FunctionType):
                yield definition.func


def _used_names(value: object, visited: set[object]) -> Iterator[str]:
    """Dotted names of the globals that a function or class uses, and `smartinst TEXT` for texts.

    Helpers of tests are followed.
    """
    if value in visited:
        return
    visited.add(value)
    if isinstance(value, type):
        for member in vars(value).values():
            if isinstance(member, FunctionType):
                yield from _used_names(member, visited)
    if isinstance(value, FunctionType):
        yield from (f"smartinst {text}" for text in _texts(value.__code__))
        code_names = list(_global_names(value.__code__))
        for name in code_names:
            target = value.__globals__.get(name)
            if isinstance(target, ModuleType):
                yield target.__name__
                yield from (f"{target.__name__}.{attribute}" for attribute in code_names)
            elif isinstance(target, (FunctionType, type)):
                yield f"{target.__module__}.{target.__qualname__}"
                if target.__module__.startswith("tests."):
                    yield from _used_names(unwrap(target), visited)


def _global_names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple):
            yield from (text for text in constant if isinstance(text, str))
