"""Runs: parameters are refused before a kernel starts, artifacts appear whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from typing import Any

import nbformat
import pytest

from smartinst.errors import InputError
from smartinst.pages.reading.notebook_file import write_notebook
from smartinst.runs import kernel
from smartinst.runs.definitions import Definition
from smartinst.runs.parameters import check_parameters
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings
from tests.support.executed import outputs_at
from tests.support.paths import ROOT
from tests.support.workspace import AS_OF, smartinst

DAY = AS_OF.isoformat()
MINE = {
    "parameters": 'seller: str = "acme"  # whose\nas_of: str = ""  # when\nrows: int = 5\nword: str = "x"',
    "open": "import smartinst\n\nbook = smartinst.open(seller, as_of)\nbook.cover()",
    "chart": "book.status_by_installments.chart()",
    "frame": 'book.plans.select("plan_id", "status").head(rows)',
}


def notebook(path: Path, cells: dict[str, str]) -> Path:
    made = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    for name, source in cells.items():
        cell = nbformat.v4.new_code_cell(source, id=name)  # type: ignore[no-untyped-call]
        cell.metadata["tags"] = ["parameters"] if name == "parameters" else []
        made.cells.append(cell)
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    path.parent.mkdir(exist_ok=True)
    write_notebook(made, path)
    return path


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"colour": "red"}, "parameter 'colour' is not declared"),
        ({"rows": "many"}, "parameter rows: expected int"),
        ({"rows": "1.5"}, "parameter rows: expected int"),
        ({"rows": "true"}, "parameter rows: expected int"),
        ({"rows": "NaN"}, "parameter rows: expected int"),
    ],
    ids=["undeclared", "a word", "a fraction", "a flag", "not a number"],
)
def test_a_parameter_that_does_not_fit_is_refused(
    tmp_path: Path, given: dict[str, str], said: str
) -> None:
    with pytest.raises(Exception, match=said):
        check_parameters(notebook(tmp_path / "mine.ipynb", MINE), {}, given)


@pytest.mark.parametrize(
    ("report", "name"),
    [("explore", "live=true"), ("portfolio", "live=true"), ("seller", "anonymous=false")],
)
def test_what_a_run_decides_itself_cannot_be_given_as_a_parameter(
    workspace: Path, report: str, name: str
) -> None:
    more = [] if report == "portfolio" else ["--seller", "loft"]
    done = smartinst(workspace, "run", report, *more, "--as-of", DAY, "-p", name, "--anonymous")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"Error: -p: {name.partition('=')[0]} ")
    assert not done.stdout


def test_a_request_made_elsewhere_cannot_ask_for_widgets_either() -> None:
    shipped = ROOT / "notebooks" / "explore.ipynb"
    with pytest.raises(InputError, match="live is set by the run itself"):
        check_parameters(shipped, {"seller": "loft", "as_of": DAY, "live": False}, {"live": True})


def test_a_text_parameter_stays_as_it_was_typed(tmp_path: Path) -> None:
    path = notebook(tmp_path / "mine.ipynb", MINE)
    assert check_parameters(
        path, {"seller": "loft", "where": {}}, {"word": "00123", "rows": "7"}
    ) == {
        "seller": "loft",
        "word": "00123",
        "rows": 7,
    }


def test_an_analysts_own_notebook_becomes_a_report_without_a_template(workspace: Path) -> None:
    notebook(workspace / "notebooks" / "mine.ipynb", MINE)
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
    done = smartinst(workspace, "run", *words)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    assert set(told["artifacts"]) == {"html", "pdf", "xlsx", "ipynb"}
    assert all(Path(path).stat().st_size > 1000 for path in told["artifacts"].values())
    charts = list(outputs_at(Path(told["artifacts"]["ipynb"]), "image/svg+xml"))
    assert len(charts) == 1


def test_a_cell_that_fails_is_named_and_leaves_no_artifact(workspace: Path) -> None:
    notebook(workspace / "notebooks" / "broken.ipynb", {**MINE, "broken": "1 / 0"})
    done = smartinst(
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
    assert done.returncode == 1
    assert "broken.ipynb, cell" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list((workspace / "var" / "runs").rglob("broken-*"))


SECRETS = {
    "SMARTINST_MAIL_PASSWORD": "word-of-the-mail",
    "SMARTINST_HOTMART_LOFT_CLIENT_SECRET": "secret-of-loft",
    "SMARTINST_HOTMART_ACME_HOTTOK_2": "hottok-of-acme",
    "SMARTINST_PDF_PASSWORD_NUBE_FILE": "/run/secrets/nube",
    "SMARTINST_DATABASE": "postgresql://me:pass-of-database@localhost/x",
}


def test_a_notebook_that_prints_its_environment_shows_no_secret(workspace: Path) -> None:
    shown = 'import os; print({name: os.environ[name] for name in os.environ if "SMARTINST" in name or name == "MINE"})'
    notebook(workspace / "notebooks" / "prints.ipynb", {**MINE, "shown": shown})
    words = ("run", "notebooks/prints.ipynb", "--seller", "loft", "--as-of", DAY, "--to", "ipynb")
    done = smartinst(
        workspace, *words, SMARTINST_LIMITS_CELL_SECONDS="100", MINE="stays", **SECRETS
    )
    assert done.returncode == 0, done.stderr
    text = Path(done.stdout.strip()).read_text(encoding="utf-8")
    assert "'MINE': 'stays'" in text
    assert "'SMARTINST_LIMITS_CELL_SECONDS': '100'" in text
    assert [one for one in (*SECRETS, *SECRETS.values()) if one in text] == []


def test_the_executed_notebook_names_no_path_of_the_machine(workspace: Path) -> None:
    done = smartinst(
        workspace, "run", "seller", "--seller", "nube", "--as-of", DAY, "--to", "ipynb"
    )
    assert done.returncode == 0, done.stderr
    path = Path(done.stdout.strip())
    assert path.parent == workspace / "var" / "runs" / "seller" / "nube" / DAY
    assert str(workspace) not in path.read_text(encoding="utf-8")
    assert "papermill" in json.loads(path.read_text(encoding="utf-8"))["metadata"]


def test_filters_get_a_folder_of_their_own_and_are_told_on_the_cover(workspace: Path) -> None:
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
    done = smartinst(workspace, "run", *words)
    assert done.returncode == 0, done.stderr
    path = Path(done.stdout.strip())
    assert path.parent.name.startswith(f"{DAY}-")
    (cover,) = outputs_at(path, "application/vnd.smartinst.report+json")
    assert cover["filters"] == [
        {"name": "status", "label": "Status", "value": "In progress with issues"}
    ]


def test_a_report_that_is_not_defined_is_one_clear_line(workspace: Path) -> None:
    done = smartinst(workspace, "run", "sellers", "--seller", "acme")
    assert done.returncode == 1
    assert done.stderr.startswith("smartinst: report 'sellers' is not defined; defined: ")


HOARD = "import time\nheld = [bytearray(1 << 24) for _ in range(50)]\ntime.sleep(60)"


@pytest.mark.parametrize(
    ("source", "said", "logged"),
    [
        (
            "def deep():\n    1 / 0\n\ndeep()",
            "bad.ipynb, cell 3: ZeroDivisionError: division by zero",
            "def deep():",
        ),
        (
            "import time; time.sleep(60)",
            "bad.ipynb, cell 3: it took longer than [limits] cell_seconds",
            "CellTimeoutError",
        ),
        ("import os; os._exit(3)", "bad.ipynb, cell 3: the kernel died", "DeadKernelError"),
        (HOARD, "bad.ipynb, cell 3: it took more memory than [limits] run_mb", "DeadKernelError"),
        ("bytearray(9 << 30)", "bad.ipynb, cell 3: MemoryError", "bytearray"),
    ],
    ids=["raises", "takes too long", "dies", "hoards", "asks for too much"],
)
def test_a_scheduled_run_that_fails_names_the_cell_and_leaves_a_log(
    workspace: Path, tmp_path: Path, source: str, said: str, logged: str
) -> None:
    settings = load_settings(
        workspace, {"SMARTINST_LIMITS_CELL_SECONDS": "3", "SMARTINST_LIMITS_RUN_MB": "600"}
    )
    path = notebook(tmp_path / "bad.ipynb", {"parameters": MINE["parameters"], "bad": source})
    definition = Definition(name="bad", title="Bad", notebook=str(path))
    request = RunRequest(definition, settings.find("loft"), AS_OF, folder=tmp_path / "run")
    (outcome,) = run_reports([request], settings, 1)
    assert outcome.error is not None
    assert outcome.error.startswith(said)
    assert set(outcome.artifacts) == {"log"}
    text = Path(outcome.artifacts["log"]).read_text(encoding="utf-8")
    assert logged in text
    assert "\x1b" not in text


def test_a_report_that_compiles_for_ever_ends_at_its_limit(workspace: Path, tmp_path: Path) -> None:
    settings = load_settings(workspace, {"SMARTINST_LIMITS_COMPILE_SECONDS": "1"})
    endless = "{% for n in range(99999) %}{% for m in range(99999) %}{% endfor %}{% endfor %}"
    own = tmp_path / "templates"
    own.mkdir()
    (own / "report.html").write_text(endless, encoding="utf-8")
    settings = settings.model_copy(update={"workspace": tmp_path})
    path = notebook(tmp_path / "mine.ipynb", MINE)
    definition = Definition(name="mine", title="Mine", notebook=str(path))
    request = RunRequest(
        definition, settings.find("loft"), AS_OF, formats=("html",), folder=tmp_path / "run"
    )
    (outcome,) = run_reports([request], settings, 1)
    assert outcome.error == "compiling took longer than 1 s ([limits] compile_seconds)"
    assert "Traceback" in Path(outcome.artifacts["log"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("stillborn", "said"), [(2, None), (3, "no kernel could be started: ")], ids=["twice", "always"]
)
def test_a_kernel_that_ends_before_any_cell_is_started_again(
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stillborn: int,
    said: str | None,
) -> None:
    births: list[str] = []

    class Stillborn(kernel.KernelManager):
        megabytes, memory_exceeded = 4096, Event()

        def format_kernel_cmd(self, *given: Any, **named: Any) -> list[str]:
            births.append("kernel")
            return (
                ["false"]
                if len(births) <= stillborn
                else super().format_kernel_cmd(*given, **named)
            )

    monkeypatch.setattr(kernel, "bounded_kernel", lambda _: Stillborn)
    path = notebook(tmp_path / "mine.ipynb", {"parameters": MINE["parameters"], "cell": "1 + 1"})
    definition = Definition(name="mine", title="Mine", notebook=str(path))
    request = RunRequest(
        definition,
        load_settings(workspace).find("loft"),
        AS_OF,
        formats=(),
        folder=tmp_path / "run",
    )
    (outcome,) = run_reports([request], load_settings(workspace), 1)
    assert (outcome.error or "").startswith(said or "")
    assert (outcome.error is None) == (said is None)
    assert len(births) == 3
