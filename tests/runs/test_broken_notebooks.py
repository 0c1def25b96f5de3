"""A notebook or parameter that cannot be used is one clear line on stderr, never a traceback."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from smartinst.cli import main
from tests.support.notebooks import (
    code_cell,
    document,
    old_document,
    parameterized,
    save,
    text_cell,
)
from tests.support.workspace import SELLERS, configuration

R_KERNEL = {"name": "ir", "display_name": "R", "language": "R"}
VALID = parameterized("1")
WITH_VALUES = document(
    code_cell(
        'seller = "acme"; as_of = ""\nrows: int = 5\nflag = True\nnames = []\nlimits = {}\n',
        "parameters",
    )
)
NOT_A_NOTEBOOK = "x.ipynb: expected a notebook (.ipynb), found "
DECLARES_NO_SELLER = "x.ipynb declares no parameter 'seller': "


def command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["smartinst", *words])
    with pytest.raises(SystemExit) as end:
        main()
    output = capsys.readouterr()
    return int(str(end.value.code)), output.out, output.err


def remaining_processes(folder: Path) -> list[str]:
    """Command lines that still name a folder, such as that of a sandbox, after some seconds."""
    deadline = time.monotonic() + 10
    while (texts := _processes_with(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)  # what was killed takes a moment to end
    return texts


def _processes_with(folder: Path) -> list[str]:
    texts = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            texts.append(place.read_bytes().decode(errors="replace").replace("\0", " "))
    return [text for text in texts if str(folder) in text]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", f"{NOT_A_NOTEBOOK}an empty file"),
        (b"\xff\xfe", f"{NOT_A_NOTEBOOK}an empty file"),
        ("{", f"{NOT_A_NOTEBOOK}a mistake in its JSON (line 1, column 2)"),
        ('{"cells": [],}', f"{NOT_A_NOTEBOOK}a mistake in its JSON (line 1, column 14)"),
        ("print('x')", f"{NOT_A_NOTEBOOK}a mistake in its JSON (line 1, column 1)"),
        (b"\x93caf\xe9", f"{NOT_A_NOTEBOOK}text that is neither UTF-8 nor UTF-16"),
        ("[]", f"{NOT_A_NOTEBOOK}JSON without cells"),
        ("null", f"{NOT_A_NOTEBOOK}JSON without cells"),
        (document(), f"{NOT_A_NOTEBOOK}no cells"),
        (document(None), f"{NOT_A_NOTEBOOK}a mistake in cell 1 of 1: not an object"),
        (document(code_cell("1") | {"source": {}}), DECLARES_NO_SELLER),
        (document(code_cell("1") | {"source": 1}), f"{NOT_A_NOTEBOOK}a mistake in cell 1 of 1"),
        (VALID | {"nbformat": 6}, f"{NOT_A_NOTEBOOK}format 6"),
        (VALID | {"nbformat": None}, f"{NOT_A_NOTEBOOK}format None"),
        (VALID | {"nbformat": [4]}, f"{NOT_A_NOTEBOOK}format [4]"),
        ({"worksheets": 5, "nbformat": 3}, f"{NOT_A_NOTEBOOK}a mistake in format 3"),
        ("[" * 99_999, f"{NOT_A_NOTEBOOK}JSON that is nested too deeply"),
        (parameterized(kernelspec=R_KERNEL), "x.ipynb: expected a notebook in Python, found R"),
        (old_document(language="julia"), "x.ipynb: expected a notebook in Python, found julia"),
        (document(code_cell("print(1)")), DECLARES_NO_SELLER),
        (document(text_cell("# Only text", "parameters")), DECLARES_NO_SELLER),
        (document(code_cell("", "parameters")), DECLARES_NO_SELLER),
        (document(code_cell("if True:\n    seller = ''", "parameters")), DECLARES_NO_SELLER),
        (
            document(code_cell("seller = 'a\nas_of = ''", "parameters")),
            "x.ipynb, cell tagged parameters: SyntaxError: unterminated string literal",
        ),
        (
            document(code_cell("seller: int = 5; as_of = ''", "parameters")),
            "parameter seller: expected int, found 'acme'",
        ),
    ],
)
def test_a_broken_notebook_is_refused_before_a_kernel_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: Any,
    reason: str,
) -> None:
    save(tmp_path / "x.ipynb", content)
    code, stdout, stderr = command(
        tmp_path, monkeypatch, capsys, "run", "x.ipynb", "--seller", "acme", "--to", "html"
    )
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"smartinst: x of acme: {reason}")
    assert stderr.count("\n") == 1
    assert not (tmp_path / "var" / "runs").exists()
    assert remaining_processes(tmp_path) == []


@pytest.mark.parametrize(
    ("assignment", "code", "reason"),
    [
        ("rows", 2, "Error: -p: expected NAME=VALUE, found 'rows'"),
        ("=5", 2, "Error: -p: expected NAME=VALUE, found '=5'"),
        ("two words=5", 2, "Error: -p: expected NAME=VALUE, found 'two words=5'"),
        ("seller=acme", 2, "Error: -p: seller has its own option"),
        ("live=true", 2, "Error: -p: live is set by the run itself"),
        ("colour=red", 1, "parameter 'colour' is not declared by x.ipynb; declared: seller, "),
        ("rows=many", 1, "parameter rows: expected int, found 'many'"),
        ("rows=1.5", 1, "parameter rows: expected int, found 1.5"),
        ("rows=NaN", 1, "parameter rows: expected int, found 'NaN'"),
        ("rows=", 1, "parameter rows: expected int, found ''"),
        ("flag=maybe", 1, "parameter flag: expected bool, found 'maybe'"),
        ("names={}", 1, "parameter names: expected list, found {}"),
        ("names=[1,,2]", 1, "parameter names: expected list, found '[1,,2]'"),
        ("limits={1: 2}", 1, "parameter limits: expected dict, found '{1: 2}'"),
    ],
)
def test_a_wrong_parameter_is_refused_before_a_kernel_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    assignment: str,
    code: int,
    reason: str,
) -> None:
    save(tmp_path / "x.ipynb", WITH_VALUES)
    words = ("run", "x.ipynb", "--seller", "acme", "-p", assignment)
    exit_code, stdout, stderr = command(tmp_path, monkeypatch, capsys, *words)
    assert (exit_code, stdout) == (code, "")
    assert stderr.removeprefix("smartinst: x of acme: ").startswith(reason)
    assert stderr.count("\n") == 1
    assert not (tmp_path / "var" / "runs").exists()
    assert remaining_processes(tmp_path) == []


def failed_output(**keys: Any) -> dict[str, Any]:
    return {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []} | keys


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", f"{NOT_A_NOTEBOOK}an empty file"),
        ("{}", f"{NOT_A_NOTEBOOK}JSON without cells"),
        (
            document(code_cell("1", outputs=[failed_output()], execution_count=7)),
            "x.ipynb, cell [7]: ValueError",
        ),
        (
            document(code_cell("1", outputs=[failed_output(evalue="a\nb")])),
            "x.ipynb, cell [ ] at position 1: ValueError",
        ),
        (
            document(
                code_cell(
                    "1",
                    execution_count=2,
                    outputs=[
                        {
                            "output_type": "display_data",
                            "data": {"application/vnd.smartinst.kpi+json": [1]},
                        }
                    ],
                )
            ),
            "x.ipynb, cell [2]: an output is not as expected: ",
        ),
        (
            document(
                code_cell(
                    "1",
                    execution_count=3,
                    outputs=[
                        {"data": {"application/vnd.smartinst.measures+json": "{"}, "metadata": {}}
                    ],
                )
            ),
            "x.ipynb, cell [3]: application/vnd.smartinst.measures+json: not JSON",
        ),
    ],
)
def test_a_broken_executed_notebook_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: Any,
    reason: str,
) -> None:
    save(tmp_path / "x.ipynb", content)
    code, stdout, stderr = command(
        tmp_path, monkeypatch, capsys, "render", "x.ipynb", "--to", "html"
    )
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"smartinst: {reason}")
    assert stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["smartinst.toml", "x.ipynb"]


ODD_METADATA: list[Any] = [[], "x", 5, {"papermill": []}, {"papermill": {"parameters": 5}}]


@pytest.mark.parametrize("metadata", ODD_METADATA, ids=json.dumps)
def test_odd_metadata_of_an_executed_notebook_are_ignored(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    metadata: Any,
) -> None:
    save(tmp_path / "x.ipynb", document(text_cell("# Title")) | {"metadata": metadata})
    code, stdout, stderr = command(
        tmp_path, monkeypatch, capsys, "render", "x.ipynb", "--to", "html"
    )
    assert (code, stdout, stderr) == (0, "x.html\n", "")
