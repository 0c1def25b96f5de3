"""Notebooks are read as programs save them; what is no notebook is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smartinst import errors
from smartinst.errors import ReportError
from smartinst.pages.reading.error_names import error_name, error_text
from smartinst.pages.reading.notebook_cells import (
    cell_name,
    cells_until_exit,
    foreign_language,
)
from smartinst.pages.reading.notebook_file import (
    TOO_DEEP,
    read_document,
    read_notebook,
    write_notebook,
)
from smartinst.pages.reading.report import read_report
from tests.support.notebooks import (
    PYTHON,
    code_cell,
    document,
    old_document,
    parameterized,
    save,
    text_cell,
)

TEXT = json.dumps(parameterized("print('olá 💸')", kernelspec=PYTHON), ensure_ascii=False, indent=1)
SOURCE = "print('olá 💸')"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode(),
        json.dumps(json.loads(TEXT)).encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16 without bom", "utf-32", "crlf", "ascii"],
)
def test_a_notebook_is_read_in_every_encoding_of_unicode(tmp_path: Path, content: bytes) -> None:
    path = save(tmp_path / "x.ipynb", content)
    assert read_notebook(path).cells[1].source == SOURCE
    assert read_document(path)["cells"][1]["source"] == SOURCE


NEWER = document(
    code_cell("1", id="same"), code_cell("2", id="same"), code_cell("3", id="no id!"), minor=5
)


@pytest.mark.parametrize(
    ("content", "sources"),
    [
        (document(code_cell("1"), minor=0), ["1"]),
        (document(code_cell("1", id="a"), minor=2), ["1"]),
        (document(code_cell("1"), code_cell("2"), minor=5), ["1", "2"]),
        (NEWER, ["1", "2", "3"]),
        (document(code_cell("1"), minor=9), ["1"]),
        ({"cells": [code_cell("1")]}, ["1"]),
        ({"cells": [{"cell_type": "code"}], "nbformat": 4}, [""]),
        (document({"cell_type": "code", "source": ["a\r\n", "b"], "metadata": None}), ["a\nb"]),
        (document(code_cell("1", prompt_number=3, collapsed=True, outputs=None)), ["1"]),
        (document({"cell_type": "raw", "source": "x", "metadata": {"tags": "a"}}), ["x"]),
        (document(code_cell("1"), kernelspec=None) | {"metadata": []}, ["1"]),
        (document(code_cell("\ud83d x")), ["� x"]),
        (old_document("1"), [parameterized()["cells"][0]["source"], "## An old title", "1"]),
    ],
    ids=[
        "4.0",
        "4.2 with ids",
        "4.5 without ids",
        "4.5 with the same id twice",
        "4.9",
        "without format",
        "without keys",
        "crlf in a source",
        "keys of format 3",
        "tags that are no list",
        "metadata that are no object",
        "half a character",
        "3.0",
    ],
)
def test_a_notebook_of_each_format_becomes_a_valid_one(
    tmp_path: Path, content: dict[str, Any], sources: list[str]
) -> None:
    path = save(tmp_path / "x.ipynb", json.dumps(content))
    notebook = read_notebook(path)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == sources
    write_notebook(notebook, path)
    assert [cell.source for cell in read_notebook(path).cells] == sources


@pytest.mark.parametrize(
    "value",
    [
        {"b": [1, -0.5, 10**20, True, None, {}, []], "a": {"ü": "line\n\u2028\x07💸"}},
        [float("nan"), float("inf"), -float("inf")],
        "\ud83d half",
        json.loads("[" * 300 + "]" * 300),
    ],
    ids=["values", "not finite", "half a character", "deep"],
)
def test_a_notebook_is_written_as_nbformat_writes_it(tmp_path: Path, value: Any) -> None:
    output = {"output_type": "display_data", "data": {"application/json": value}, "metadata": {}}
    save(tmp_path / "x.ipynb", json.dumps(document(code_cell("1\n2", outputs=[output]), minor=5)))
    notebook = read_notebook(tmp_path / "x.ipynb")
    notebook.cells[0].outputs[0]["data"]["application/json"] = value
    write_notebook(notebook, tmp_path / "y.ipynb")
    text = nbformat.writes(notebook).encode(errors="replace")
    assert (tmp_path / "y.ipynb").read_bytes() == text.rstrip(b"\n") + b"\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "found an empty file"),
        (b"\xef\xbb\xbf\r\n", "found an empty file"),
        (b"\0" * 50, "found an empty file"),
        ('{"cells": [],}', "found a mistake in its JSON (line 1, column 14): "),
        (TEXT[:-1] + ",\n}", "found a mistake in its JSON (line "),
        (TEXT.replace("\n", "\n<<<<<<< HEAD\n", 1), "found a mistake in its JSON (line 2, "),
        (TEXT[:200], "found a mistake in its JSON (line "),
        (TEXT.encode("latin-1", "replace"), "neither UTF-8 nor UTF-16 (byte 0xe1 at position "),
        ("<!DOCTYPE html>", "found a mistake in its JSON (line 1, column 1): Expecting value"),
        ("[1]", "found JSON without cells"),
        ("{}", "found JSON without cells"),
        ('{"cells": null}', "found no cells"),
        (document(), "found no cells"),
        (old_document() | {"worksheets": []}, "found no cells"),
        (old_document() | {"worksheets": [3]}, "found a mistake in format 3"),
        (document(code_cell("1"), 3), "found a mistake in cell 2 of 2: not an object"),
        (document({"source": "1"}), "found a mistake in cell 1 of 1: cell_type is None"),
        (document(code_cell("1") | {"source": 5}), "cell 1 of 1: source is not text"),
        (document(code_cell("1", outputs=[1])), "cell 1 of 1: outputs are not a list of objects"),
        (document(code_cell("1")) | {"nbformat": 5}, "found format 5, expected 1 to 4"),
        (document(code_cell("1")) | {"nbformat": "4"}, "found format 4, expected 1 to 4"),
        ('{"cells": ' + "[" * 100_000, "found JSON that is nested too deeply"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_in_one_line(
    tmp_path: Path, content: Any, reason: str
) -> None:
    path = save(tmp_path / "x.ipynb", content)
    for read in (read_notebook, read_report):
        with pytest.raises(ReportError) as error:
            read(path)
        assert str(error.value).startswith("x.ipynb: expected a notebook (.ipynb), ")
        assert reason in str(error.value)
        assert len(str(error.value).splitlines()) == 1


def test_a_notebook_with_metadata_that_are_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    deep = json.loads("[" * 600 + "]" * 600)
    path = save(tmp_path / "x.ipynb", document(code_cell("1")) | {"metadata": {"deep": deep}})
    with pytest.raises(ReportError) as error:
        read_notebook(path)
    assert str(error.value) == f"x.ipynb: {TOO_DEEP}"


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, ""),
        ({"kernelspec": {}}, ""),
        ({"kernelspec": {"name": "conda-env-x-py", "display_name": "Python [conda env:x]"}}, ""),
        ({"kernelspec": {"name": ".venv", "language": "python"}}, ""),
        ({"kernelspec": {"name": "python312"}, "language_info": {"name": "python"}}, ""),
        ({"kernelspec": PYTHON, "language_info": {"name": "R"}}, ""),
        ({"language_info": {"name": "ipython"}}, ""),
        ({"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, "R"),
        ({"kernelspec": {"name": "ir", "display_name": "R"}}, "R"),
        ({"kernelspec": {"name": "julia-1.11"}, "language_info": {"name": "julia"}}, "julia"),
        ({"kernelspec": {"name": "julia-1.11"}}, "Julia"),
        ({"language_info": {"name": "scala"}}, "scala"),
    ],
)
def test_the_language_is_that_of_the_kernel(metadata: dict[str, Any], language: str) -> None:
    assert foreign_language(document(code_cell("1"), **metadata)) == language


def test_an_old_notebook_names_the_language_in_its_cells(tmp_path: Path) -> None:
    path = save(tmp_path / "x.ipynb", old_document("x <- 1", language="R"))
    assert foreign_language(read_document(path)) == "R"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (code_cell("1", execution_count=3), "cell [3]"),
        (code_cell("1"), "cell [ ] at position 7"),
        (text_cell("x"), "cell [ ] at position 7"),
    ],
)
def test_a_cell_is_named_as_jupyterlab_numbers_it(cell: dict[str, Any], name: str) -> None:
    assert cell_name(cell, 7) == name


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"ename": "ValueError", "evalue": "no"}, "ValueError: no"),
        ({"ename": "ValueError", "evalue": ""}, "ValueError"),
        ({"ename": "ValueError", "evalue": "\n"}, "ValueError"),
        ({"ename": "E", "evalue": "\x1b[31mfirst\x1b[0m\nsecond"}, "E: first"),
        (
            {"ename": "SyntaxError", "evalue": "invalid syntax (2193573917.py, line 2)"},
            "SyntaxError: invalid syntax (line 2)",
        ),
        ({"ename": "E", "evalue": "x" * 999}, "E: " + "x" * 297 + "…"),
    ],
)
def test_an_error_is_one_line(error: dict[str, str], text: str) -> None:
    assert error_text(error) == text


OWN_CODE = Path(errors.__file__).parent / "settings.py"
LIBRARY = Path(json.__file__).parent / "decoder.py"


def raised_in(frame: str, ename: str, *notes: str) -> dict[str, Any]:
    """An error as IPython shows it, raised in a frame; notes follow its message."""
    message = f"\x1b[31m{ename}\x1b[0m: in.json: empty"
    traceback = ["-" * 75, f"{ename} Traceback", "Cell In[2], line 1\n----> 1 f()", frame, message]
    return {"ename": ename, "evalue": "in.json: empty", "traceback": [*traceback, *notes]}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"ename": "ValueError", "evalue": "rita@example.com (x.py, line 2)"}, "ValueError"),
        (
            {"ename": "SyntaxError", "evalue": "invalid syntax: rita@example.com (12.py, line 2)"},
            "SyntaxError (line 2)",
        ),
        (
            {"ename": "IndentationError", "evalue": "unexpected indent (<cell>, line 13)"},
            "IndentationError (line 13)",
        ),
        ({"ename": "SyntaxError", "evalue": "no place"}, "SyntaxError"),
        ({"ename": "InputError", "evalue": "rita@example.com"}, "InputError"),
        (
            {"ename": "Err rita@example.com", "evalue": ""},
            "an error (its type and text are in the log)",
        ),
        ({"ename": "Rita", "evalue": ""}, "an error (its type and text are in the log)"),
        (raised_in("Cell In[2], line 1", "ReportError"), "ReportError"),
        (
            raised_in(f"File {OWN_CODE}:3, in find(self)", "InputError"),
            "InputError: in.json: empty",
        ),
        (
            raised_in(f"File {OWN_CODE}:3, in find(self)", "Rita Souza"),
            "an error (its type and text are in the log)",
        ),
        (raised_in(f"File {LIBRARY}:3, in loads(s)", "JSONDecodeError"), "JSONDecodeError"),
        (
            raised_in(f"File {LIBRARY}:3, in loads(s)", "R" * 61),
            "an error (its type and text are in the log)",
        ),
        (
            raised_in("File helper.py:3, in f()", "RitaError"),
            "an error (its type and text are in the log)",
        ),
        (
            raised_in("Cell In[2], line 1", "InputError", f"File {OWN_CODE}:3, in note()"),
            "InputError",
        ),
    ],
)
def test_a_message_has_the_type_of_an_error_and_the_line_of_its_syntax(
    error: dict[str, str], text: str
) -> None:
    assert error_name(error) == text


def failed_cell(ename: str, evalue: str, *tags: str) -> dict[str, Any]:
    output = {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": []}
    return code_cell("fails", *tags, execution_count=4, outputs=[output])


@pytest.mark.parametrize("evalue", ["", "0", "None", "False"])
def test_a_report_ends_at_the_cell_that_exits_successfully(tmp_path: Path, evalue: str) -> None:
    cells = [text_cell("# Before"), failed_cell("SystemExit", evalue), text_cell("# After")]
    assert cells_until_exit(cells) == cells[:2]
    path = save(tmp_path / "x.ipynb", document(*cells))
    assert [getattr(block, "text", "") for block in read_report(path).blocks] == ["Before"]


@pytest.mark.parametrize(
    ("ename", "evalue", "text"),
    [
        ("SystemExit", "1", "SystemExit"),
        ("SystemExit", "no sales", "SystemExit"),
        ("ValueError", "0", "ValueError"),
        ("InputError", "no sales", "InputError"),
    ],
)
def test_a_report_fails_for_every_other_error_without_its_text(
    tmp_path: Path, ename: str, evalue: str, text: str
) -> None:
    path = save(tmp_path / "x.ipynb", document(text_cell("x"), failed_cell(ename, evalue)))
    with pytest.raises(ReportError) as error:
        read_report(path)
    assert str(error.value) == f"x.ipynb, cell [4]: {text}"


def test_a_cell_that_may_fail_shows_its_error(tmp_path: Path) -> None:
    cells = [failed_cell("ValueError", "no", "raises-exception"), text_cell("# After")]
    blocks = read_report(save(tmp_path / "x.ipynb", document(*cells))).blocks
    assert [getattr(block, "text", "") for block in blocks] == ["ValueError: no", "After"]


def test_an_old_executed_notebook_is_a_report(tmp_path: Path) -> None:
    blocks = read_report(save(tmp_path / "x.ipynb", old_document("1"))).blocks
    texts = [getattr(block, "text", "").strip() for block in blocks]
    assert texts == ["printed", "An old title", "printed"]


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream"},
        {"output_type": "stream", "text": None},
        {"data": [1]},
        {"data": {"text/html": None}},
        {},
    ],
)
def test_an_output_without_its_content_is_empty(tmp_path: Path, output: dict[str, Any]) -> None:
    cell = code_cell("1", execution_count=1, outputs=[output])
    notebook = document(text_cell("# Sales"), cell, text_cell("paid"))
    blocks = read_report(save(tmp_path / "x.ipynb", notebook)).blocks
    assert [getattr(block, "text", "") for block in blocks] == ["Sales", ""]
