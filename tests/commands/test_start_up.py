"""Start of the command line: what a command imports, since imports are most of its time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import click
import pytest

from smartinst.cli import COMMANDS, cli
from tests.support.workspace import AS_OF

IMPORTS: Final = """
import json, sys
from smartinst.cli import main
sys.argv = ["smartinst", *sys.argv[1:]]
try:
    main()
finally:
    names = {name.partition(".")[0] for name in sys.modules}
    print(json.dumps(sorted(names)), file=sys.stderr)
"""
SETTINGS: Final = {"pydantic", "pydantic_core", "tomllib", "babel"}
DATA: Final = {"polars", "deltalake", "sqlalchemy", "phonenumbers"}
REPORTING: Final = {
    *("papermill", "nbclient", "nbformat", "nbconvert", "ipykernel", "IPython", "ipywidgets"),
    *("altair", "vl_convert", "weasyprint", "jinja2", "pikepdf", "xlsxwriter", "css_inline"),
}


def imported(folder: Path, *words: str) -> set[str]:
    """The top-level modules that a command has imported when it ends."""
    process = subprocess.run(
        [sys.executable, "-c", IMPORTS, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(process.stderr.splitlines()[-1]))


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_settings_no_data_and_no_reporting(
    tmp_path: Path, option: str
) -> None:
    modules = imported(tmp_path, option)
    assert "click" in modules
    assert not modules & (SETTINGS | DATA | REPORTING)


def test_plans_import_no_reporting_and_no_database(workspace: Path) -> None:
    modules = imported(workspace, "plans", "--seller", "acme", "--as-of", AS_OF.isoformat())
    assert "polars" in modules
    assert not modules & (REPORTING | {"sqlalchemy"})


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_list_of_commands_has_the_first_sentence_of_each_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert COMMANDS[name].summary == command.get_short_help_str(limit=200)
