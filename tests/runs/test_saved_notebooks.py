"""Notebooks run as people save them; where one ends or fails is told as JupyterLab shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartinst.pages.reading.notebook_file import read_document
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings
from tests.support.notebooks import (
    PARAMETERS,
    code_cell,
    document,
    old_document,
    parameterized,
    save,
    text_cell,
)
from tests.support.workspace import AS_OF, SELLERS, configuration


def run(folder: Path, content: Any, encoding: str = "utf-8", **parameters: str) -> RunOutcome:
    """The outcome of a notebook that is executed for loft and compiled to a page."""
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(folder, {})
    path = save(folder / "notebooks" / "my {x} 50%?#é.ipynb", content, encoding)
    definition = Definition(name="mine", title="Mine", notebook=str(path))
    request = RunRequest(
        definition,
        settings.find("loft"),
        AS_OF,
        parameters=parameters,
        formats=("html",),
        folder=folder / "run",
    )
    (outcome,) = run_reports([request], settings, 1)
    return outcome


def outputs(outcome: RunOutcome) -> list[str]:
    """The printed texts and error names of the executed notebook."""
    assert outcome.error is None
    return [
        "".join(output.get("text", output.get("ename", ""))).strip()
        for cell in read_document(Path(outcome.artifacts["ipynb"]))["cells"]
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
    ]


PRINT = "print(seller, as_of)"
LINE = f"loft {AS_OF}"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (parameterized(PRINT), "utf-8"),
        (
            parameterized(PRINT, kernelspec={"name": "conda-env-x-py", "display_name": "x"}),
            "utf-16",
        ),
        (
            parameterized(PRINT, kernelspec={"name": ".venv", "display_name": "x"}),
            "utf-8-sig",
        ),
        (old_document(PRINT), "utf-8"),
        (
            document(code_cell(f"{PARAMETERS}\r\n", "parameters"), code_cell(PRINT), minor=5),
            "utf-8",
        ),
        (document(text_cell("x", "parameters"), *parameterized(PRINT)["cells"]), "utf-8"),
    ],
    ids=[
        "no kernel",
        "conda and utf-16",
        "venv and bom",
        "format 3",
        "crlf and no ids",
        "a text with the tag",
    ],
)
def test_a_notebook_in_python_runs_whatever_its_kernel_and_format(
    tmp_path: Path, content: Any, encoding: str
) -> None:
    outcome = run(tmp_path, content, encoding)
    assert outputs(outcome) == [LINE]
    kernel = read_document(Path(outcome.artifacts["ipynb"]))["metadata"]["kernelspec"]
    assert kernel["name"] == "python3"


@pytest.mark.parametrize("source", ["import sys; sys.exit(0)", "raise SystemExit(None)", "exit()"])
def test_a_successful_exit_ends_the_report_early(tmp_path: Path, source: str) -> None:
    content = parameterized(PRINT, f"print('last')\n{source}", "print('never')")
    content["cells"] += [text_cell("## Never reached")]
    outcome = run(tmp_path, content)
    assert outputs(outcome) == [LINE, "last", "SystemExit"]
    page = Path(outcome.artifacts["html"]).read_text(encoding="utf-8")
    assert "last" in page
    assert "Never reached" not in page
    assert "SystemExit" not in page


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        ("import sys; sys.exit(1)", "SystemExit", "1"),
        ("quit('no more')", "SystemExit", "no more"),
        ("import sys; sys.exit('no sales')", "SystemExit", "no sales"),
        ("raise ValueError('first\\nsecond')", "ValueError", "first\nsecond"),
        ("x = = 1", "SyntaxError (line 1)", "invalid syntax"),
    ],
)
def test_a_failed_cell_has_the_number_of_jupyterlab_and_its_error_is_in_the_log(
    tmp_path: Path, source: str, error: str, text: str
) -> None:
    cells = [
        text_cell("# Title"),
        code_cell(PARAMETERS, "parameters"),
        code_cell(""),
        code_cell("1 / 0", "skip-execution"),
        text_cell("text"),
        code_cell("print(1)"),
        code_cell(source),
        code_cell("print(2)"),
    ]
    outcome = run(tmp_path, document(*cells))
    assert outcome.error == f"my {{x}} 50%?#é.ipynb, cell [3]: {error}"
    log = Path(outcome.artifacts["log"]).read_text(encoding="utf-8")
    assert f"{error.split()[0]}: {text}" in log
    assert "In[3]" in log or error == "SystemExit"


def test_executed_cells_have_the_numbers_of_the_analysts_notebook(tmp_path: Path) -> None:
    outcome = run(tmp_path, parameterized(PRINT, "2"))
    cells = read_document(Path(outcome.artifacts["ipynb"]))["cells"]
    assert [cell["execution_count"] for cell in cells] == [1, None, 2, 3]


def test_a_cell_that_may_fail_does_not_end_the_run(tmp_path: Path) -> None:
    cells = [
        *parameterized()["cells"],
        code_cell("1 / 0", "raises-exception"),
        code_cell(PRINT),
    ]
    outcome = run(tmp_path, document(*cells))
    assert outputs(outcome) == ["ZeroDivisionError", LINE]
    page = Path(outcome.artifacts["html"]).read_text(encoding="utf-8")
    assert "ZeroDivisionError: division by zero" in page


def test_parameters_of_every_kind_reach_the_notebook(tmp_path: Path) -> None:
    declarations = (
        'url = "a=b"  # a = b\ncode = "00123"; share = 0.5\n'
        "names = [\n    'x',  # one\n]\nlimits = {}\nday = None"
    )
    cell = code_cell(f"{PARAMETERS}\n{declarations}", "parameters")
    print_cell = code_cell("print([url, code, share, names, limits, day])")
    values = {
        "url": 'https://x/?a=1&b="é"\\n💸',
        "code": "007",
        "share": "-1",
        "names": "['a', None]",
        "limits": '{"a": {"b": true}}',
    }
    outcome = run(tmp_path, document(cell, print_cell), **values)
    values_in_notebook = [values["url"], "007", -1, ["a", None], {"a": {"b": True}}, None]
    assert outputs(outcome) == [str(values_in_notebook)]
