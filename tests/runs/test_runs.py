"""Runs: parameters are checked before a kernel starts; artifacts appear whole or not at all."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from typing import Any

import nbformat
import pytest

from smartinst.errors import InputError, ReportError
from smartinst.pages.reading.notebook_file import write_notebook
from smartinst.report.reader import Reader
from smartinst.runs.definitions import Definition
from smartinst.runs.engines import kernel
from smartinst.runs.execution import execute_notebook
from smartinst.runs.parameters import check_parameters
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings
from tests.support.executed import outputs_at
from tests.support.paths import ROOT
from tests.support.workspace import AS_OF, smartinst

DAY = AS_OF.isoformat()
ANALYST_CELLS = {
    "parameters": (
        'seller: str = "acme"  # id\nas_of: str = ""  # date\nrows: int = 5\nword: str = "x"'
    ),
    "open": "import smartinst\n\nbook = smartinst.open(seller, as_of)\nbook.cover()",
    "chart": "book.status_by_installments.chart()",
    "frame": 'book.plans.select("plan_id", "status").head(rows)',
}


def notebook(path: Path, cells: dict[str, str]) -> Path:
    document = nbformat.v4.new_notebook()
    for name, source in cells.items():
        cell = nbformat.v4.new_code_cell(source, id=name)
        cell.metadata["tags"] = ["parameters"] if name == "parameters" else []
        document.cells.append(cell)
    document.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    path.parent.mkdir(exist_ok=True)
    write_notebook(document, path)
    return path


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"colour": "red"}, "parameter 'colour' is not declared"),
        ({"rows": "many"}, "parameter rows: expected int"),
        ({"rows": "1.5"}, "parameter rows: expected int"),
        ({"rows": "true"}, "parameter rows: expected int"),
        ({"rows": "NaN"}, "parameter rows: expected int"),
    ],
    ids=["undeclared", "a word", "a fraction", "a flag", "not a number"],
)
def test_a_parameter_of_the_wrong_type_is_rejected(
    tmp_path: Path, parameters: dict[str, str], error: str
) -> None:
    with pytest.raises(Exception, match=error):
        check_parameters(notebook(tmp_path / "mine.ipynb", ANALYST_CELLS), {}, parameters)


@pytest.mark.parametrize(
    ("report", "name"),
    [("explore", "live=true"), ("portfolio", "live=true"), ("seller", "anonymous=false")],
)
def test_parameters_set_by_the_run_cannot_be_set_by_the_user(
    workspace: Path, report: str, name: str
) -> None:
    options = [] if report == "portfolio" else ["--seller", "loft"]
    process = smartinst(
        workspace, "run", report, *options, "--as-of", DAY, "-p", name, "--anonymous"
    )
    assert process.returncode == 2
    assert process.stderr.splitlines()[-1].startswith(f"Error: -p: {name.partition('=')[0]} ")
    assert not process.stdout


def test_a_request_cannot_set_a_parameter_of_the_run() -> None:
    shipped = ROOT / "notebooks" / "explore.ipynb"
    with pytest.raises(InputError, match="live is set by the run itself"):
        check_parameters(shipped, {"seller": "loft", "as_of": DAY, "live": False}, {"live": True})


def test_a_text_parameter_is_not_converted(tmp_path: Path) -> None:
    path = notebook(tmp_path / "mine.ipynb", ANALYST_CELLS)
    assert check_parameters(
        path, {"seller": "loft", "where": {}}, {"word": "00123", "rows": "7"}
    ) == {
        "seller": "loft",
        "word": "00123",
        "rows": 7,
    }


def test_an_analysts_notebook_becomes_a_report_without_a_template(workspace: Path) -> None:
    notebook(workspace / "notebooks" / "mine.ipynb", ANALYST_CELLS)
    words = (
        "notebooks/mine.ipynb",
        "--seller",
        "loft",
        "--as-of",
        DAY,
        "-p",
        "rows=3",
        "--to",
        "html,pdf,xlsx",
        "--json",
    )
    process = smartinst(workspace, "run", *words)
    assert process.returncode == 0, process.stderr
    (document,) = json.loads(process.stdout)
    assert set(document["artifacts"]) == {"html", "pdf", "xlsx", "ipynb"}
    assert all(Path(path).stat().st_size > 1000 for path in document["artifacts"].values())
    charts = list(outputs_at(Path(document["artifacts"]["ipynb"]), "image/svg+xml"))
    assert len(charts) == 1


def test_a_cell_that_fails_is_named_and_leaves_no_artifact(workspace: Path) -> None:
    notebook(workspace / "notebooks" / "broken.ipynb", {**ANALYST_CELLS, "broken": "1 / 0"})
    process = smartinst(
        workspace,
        "run",
        "notebooks/broken.ipynb",
        "--seller",
        "loft",
        "--as-of",
        DAY,
        "--to",
        "html",
    )
    assert process.returncode == 1
    assert "broken.ipynb, cell" in process.stderr
    assert "ZeroDivisionError" in process.stderr
    assert len(process.stderr.splitlines()) == 1
    assert not list((workspace / "var" / "runs").rglob("broken-*"))


SECRETS = {
    "SMARTINST_MAIL_PASSWORD": "word-of-the-mail",
    "SMARTINST_HOTMART_LOFT_CLIENT_SECRET": "secret-of-loft",
    "SMARTINST_HOTMART_ACME_HOTTOK_2": "hottok-of-acme",
    "SMARTINST_PDF_PASSWORD_NUBE_FILE": "/run/secrets/nube",
    "SMARTINST_DATABASE": "postgresql://me:pass-of-database@localhost/x",
}


def test_the_environment_of_a_notebook_has_no_secrets(workspace: Path) -> None:
    source = (
        "import os\n"
        'names = [name for name in os.environ if "SMARTINST" in name or name == "MINE"]\n'
        "print({name: os.environ[name] for name in names})"
    )
    notebook(workspace / "notebooks" / "prints.ipynb", {**ANALYST_CELLS, "print": source})
    words = ("run", "notebooks/prints.ipynb", "--seller", "loft", "--as-of", DAY, "--to", "ipynb")
    process = smartinst(
        workspace, *words, SMARTINST_LIMITS_CELL_SECONDS="100", MINE="left out", **SECRETS
    )
    assert process.returncode == 0, process.stderr
    text = Path(process.stdout.strip()).read_text(encoding="utf-8")
    assert "SMARTINST_READER_LOCALE" in text
    assert "SMARTINST_LIMITS_CELL_SECONDS" not in text
    assert "left out" not in text
    assert [secret for secret in (*SECRETS, *SECRETS.values()) if secret in text] == []


def test_the_executed_notebook_has_no_path_of_the_machine(workspace: Path) -> None:
    process = smartinst(
        workspace, "run", "seller", "--seller", "nube", "--as-of", DAY, "--to", "ipynb"
    )
    assert process.returncode == 0, process.stderr
    path = Path(process.stdout.strip())
    assert path.parent == workspace / "var" / "runs" / "seller" / "nube" / DAY
    assert str(workspace) not in path.read_text(encoding="utf-8")
    assert "papermill" in json.loads(path.read_text(encoding="utf-8"))["metadata"]


def test_a_run_with_filters_has_its_own_folder_and_shows_them_on_the_cover(workspace: Path) -> None:
    words = (
        "seller",
        "--seller",
        "loft",
        "--as-of",
        DAY,
        "--to",
        "ipynb",
        "--status",
        "In progress with issues",
    )
    process = smartinst(workspace, "run", *words)
    assert process.returncode == 0, process.stderr
    path = Path(process.stdout.strip())
    assert path.parent.name.startswith(f"{DAY}-")
    (cover,) = outputs_at(path, "application/vnd.smartinst.report+json")
    assert cover["filters"] == [
        {"name": "status", "label": "Status", "value": "In progress with issues"}
    ]


def test_an_undefined_report_is_a_one_line_error(workspace: Path) -> None:
    process = smartinst(workspace, "run", "sellers", "--seller", "acme")
    assert process.returncode == 1
    assert process.stderr.startswith("smartinst: report 'sellers' is not defined; defined: ")


HOARD = "import time\nblocks = [bytearray(1 << 24) for _ in range(50)]\ntime.sleep(600)"


@pytest.mark.parametrize(
    ("source", "error", "log_text"),
    [
        (
            "def deep():\n    1 / 0\n\ndeep()",
            "bad.ipynb, cell [2]: ZeroDivisionError",
            "def deep():",
        ),
        (
            "import time; time.sleep(60)",
            "bad.ipynb, cell [2]: it took longer than [limits] cell_seconds",
            "CellTimeoutError",
        ),
        ("import os; os._exit(3)", "bad.ipynb, cell [2]: the kernel died", "DeadKernelError"),
        (HOARD, "bad.ipynb, cell [2]: it took more memory than [limits] run_mb", "run_mb"),
        ("bytearray(9 << 30)", "bad.ipynb, cell [2]: MemoryError", "bytearray"),
    ],
    ids=["raises", "takes too long", "dies", "hoards", "asks for too much"],
)
def test_a_scheduled_run_that_fails_names_the_cell_and_leaves_a_log(
    workspace: Path, tmp_path: Path, source: str, error: str, log_text: str
) -> None:
    limits = {"SMARTINST_LIMITS_RUN_MB": "600"}
    if "cell_seconds" in error:  # filling memory can take longer on a busy machine
        limits["SMARTINST_LIMITS_CELL_SECONDS"] = "8"
    settings = load_settings(workspace, limits)
    path = notebook(
        tmp_path / "bad.ipynb", {"parameters": ANALYST_CELLS["parameters"], "bad": source}
    )
    definition = Definition(name="bad", title="Bad", notebook=str(path))
    request = RunRequest(definition, settings.find("loft"), AS_OF, folder=tmp_path / "run")
    (outcome,) = run_reports([request], settings, 1)
    assert outcome.error is not None
    assert outcome.error.startswith(error)
    assert set(outcome.artifacts) == {"log"}
    text = Path(outcome.artifacts["log"]).read_text(encoding="utf-8")
    assert log_text in text
    assert "\x1b" not in text


def test_compiling_ends_at_its_time_limit(workspace: Path, tmp_path: Path) -> None:
    settings = load_settings(workspace, {"SMARTINST_LIMITS_COMPILE_SECONDS": "1"})
    endless = "{% for n in range(99999) %}{% for m in range(99999) %}{% endfor %}{% endfor %}"
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "report.html").write_text(endless, encoding="utf-8")
    settings = settings.model_copy(update={"workspace": tmp_path})
    path = notebook(tmp_path / "mine.ipynb", ANALYST_CELLS)
    definition = Definition(name="mine", title="Mine", notebook=str(path))
    request = RunRequest(
        definition, settings.find("loft"), AS_OF, formats=("html",), folder=tmp_path / "run"
    )
    (outcome,) = run_reports([request], settings, 1)
    assert outcome.error == "compiling took longer than 1 s ([limits] compile_seconds)"
    assert "Traceback" in Path(outcome.artifacts["log"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("failures", "error"), [(2, None), (3, "no kernel could be started: ")], ids=["twice", "always"]
)
def test_a_kernel_that_ends_before_any_cell_is_started_again(
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failures: int,
    error: str | None,
) -> None:
    starts: list[str] = []

    class FailingKernel(kernel.KernelManager):
        megabytes, memory_exceeded = 4096, Event()

        def format_kernel_cmd(self, *arguments: Any, **options: Any) -> list[str]:
            starts.append("kernel")
            return (
                ["false"]
                if len(starts) <= failures
                else super().format_kernel_cmd(*arguments, **options)
            )

    monkeypatch.setattr(kernel, "bounded_kernel", lambda *_: FailingKernel)
    path = notebook(
        tmp_path / "mine.ipynb", {"parameters": ANALYST_CELLS["parameters"], "cell": "1 + 1"}
    )
    reader, parameters = Reader("en", "UTC"), {"seller": "loft", "as_of": DAY}
    refusal = pytest.raises(ReportError, match=error) if error else nullcontext()
    with refusal:
        execute_notebook(path, tmp_path / "run.ipynb", parameters, reader, load_settings(workspace))
    assert len(starts) == 3
