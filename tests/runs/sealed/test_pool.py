"""Each run has a process of its own: what ends one does not touch the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from smartinst.pages.reading.notebook_file import read_document
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.runs import run_reports
from smartinst.runs.sealed.assignment import TEMPORARY
from smartinst.runs.sealed.preloaded_process import PREFIX, RUN_FOLDERS
from smartinst.runs.sealed.process_tree import descendants
from smartinst.sandbox.command import find_program
from smartinst.settings import Settings, load_settings
from tests.support.notebooks import code_cell, document, save
from tests.support.workspace import AS_OF

PARAMETERS = code_cell('seller: str = "acme"\nas_of: str = ""', "parameters")
OWN_FOLDER = "import os, pathlib; pathlib.Path(os.environ['TMPDIR']).parent"
MEMORY_BOUND = {"SMARTINST_LIMITS_RUN_MB": "700"}
BOUNDS = MEMORY_BOUND | {"SMARTINST_LIMITS_CELL_SECONDS": "6"}

FAILING = {
    "loops": ("while True: pass", "cell [2]: it took longer than [limits] cell_seconds"),
    "swallows": (
        "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass",
        "cell [2]: it took longer than [limits] cell_seconds",
    ),
    "sleeps in libc": (
        "import ctypes; ctypes.CDLL(None).sleep(300)",
        "cell [2]: it took longer than [limits] cell_seconds",
    ),
    "hoards": (
        "blocks = []\nwhile True: blocks.append(bytearray(50 << 20))",
        "cell [2]: it took more memory than [limits] run_mb",
    ),
    "hoards in a child": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'b = []\\n"
        "while True: b.append(bytearray(50 << 20))'])",
        "cell [2]: it took more memory than [limits] run_mb",
    ),
    "crashes": ("import ctypes; ctypes.string_at(0)", "cell [2]: the kernel died"),
    "exits": ("import os; os._exit(7)", "cell [2]: the kernel died"),
    "kills all": ("import os; os.kill(-1, 9)", ""),
}


def requests_of(settings: Settings, folder: Path, sources: dict[str, str]) -> dict[str, RunRequest]:
    """A request for each source, with the artifacts in a folder of its name."""
    requests = {}
    for name, source in sources.items():
        stem = name.replace(" ", "-")
        path = save(folder / "in" / f"{stem}.ipynb", document(PARAMETERS, code_cell(source)))
        definition = Definition(name=stem, title=name, notebook=str(path))
        seller = settings.find("loft")
        requests[name] = RunRequest(definition, seller, AS_OF, formats=(), folder=folder / stem)
    return requests


def by_name(outcomes: Iterable[RunOutcome]) -> dict[str, RunOutcome]:
    return {outcome.report.replace("-", " "): outcome for outcome in outcomes}


def test_a_run_that_fails_in_any_way_is_recorded_and_the_others_succeed(
    workspace: Path, tmp_path: Path
) -> None:
    settings = load_settings(workspace, BOUNDS)
    patient = load_settings(workspace, MEMORY_BOUND)  # filling memory takes time
    plain_runs = {f"harmless {number}": f"print({number})" for number in range(4)}
    sources = {name: source for name, (source, _) in FAILING.items() if name != "kills all"}
    hoarding = {name: source for name, source in sources.items() if name.startswith("hoards")}
    requests = requests_of(settings, tmp_path, plain_runs | sources)
    outcomes = by_name(
        outcome
        for bounds, are_hoarding in ((settings, False), (patient, True))
        for outcome in run_reports(
            [request for name, request in requests.items() if (name in hoarding) == are_hoarding],
            bounds,
            3,
        )
    )
    assert set(outcomes) == set(requests)
    for name in plain_runs:
        assert outcomes[name].error is None
        assert set(outcomes[name].artifacts) == {"ipynb"}
    for name in sources:
        error = outcomes[name].error or ""
        assert error.endswith(FAILING[name][1]), (name, error)
        assert set(outcomes[name].artifacts) <= {"log"}
    assert not list((settings.home / "runs").glob(f"{PREFIX}*"))


def test_a_run_that_kills_every_process_it_sees_does_not_stop_the_others(
    workspace: Path, tmp_path: Path
) -> None:
    assert find_program(), "bubblewrap is missing: this would kill the processes of the machine"
    settings = load_settings(workspace, BOUNDS)
    sources = {f"harmless {number}": f"print({number})" for number in range(3)}
    requests = requests_of(settings, tmp_path, {"kills": FAILING["kills all"][0], **sources})
    outcomes = by_name(run_reports(requests.values(), settings, 2))
    assert set(outcomes) == {"kills", *sources}
    assert [outcomes[name].error for name in sources] == [None] * 3


def test_what_a_run_leaves_running_is_ended(workspace: Path, tmp_path: Path) -> None:
    source = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)  # left behind'],"
        " start_new_session=True)"
    )
    settings = load_settings(workspace, {})
    (outcome,) = run_reports(
        requests_of(settings, tmp_path, {"leaves": source}).values(), settings, 1
    )
    assert outcome.error is None
    own = map(command_line, descendants(os.getpid()))
    assert not [line for line in own if "left behind" in line]


def command_line(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_text()
    except OSError:
        return ""


def test_runs_at_the_same_time_share_neither_variables_nor_modules(
    workspace: Path, tmp_path: Path
) -> None:
    source = (
        "import json, random, sys\n"
        "assert 'left' not in globals() and not hasattr(json, 'left')\n"
        "left = json.left = True\n"
        "print(random.random())"
    )
    settings = load_settings(workspace, {})
    requests = requests_of(settings, tmp_path, {f"run {n}": source for n in range(4)})
    outcomes = by_name(run_reports(requests.values(), settings, 2))
    assert [outcome.error for outcome in outcomes.values()] == [None] * 4
    texts = {
        read_document(Path(outcome.artifacts["ipynb"]))["cells"][-1]["outputs"][0]["text"]
        for outcome in outcomes.values()
    }
    assert len(texts) == 4


def test_another_seller_cannot_be_opened_in_a_run(workspace: Path, tmp_path: Path) -> None:
    source = "import smartinst\nsmartinst.open('acme')"
    settings = load_settings(workspace, {})
    (outcome,) = run_reports(
        requests_of(settings, tmp_path, {"looks": source}).values(), settings, 1
    )
    assert outcome.error == (
        "looks.ipynb, cell [2]: ConfigurationError: seller 'acme' is not in this run, but only loft"
    )


SCRIPT = """
import sys
from datetime import date
from pathlib import Path
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings

settings, folder = load_settings(Path(sys.argv[1]), {}), Path(sys.argv[2])
definition = Definition(name="waits", title="Waits", notebook=str(folder / "in" / "waits.ipynb"))
seller = settings.find("loft")
requests = [
    RunRequest(definition, seller, date(2026, 10, 31), formats=(), folder=folder / str(number))
    for number in range(2)
]
list(run_reports(requests, settings, 2))
"""


def test_the_runs_of_a_killed_process_end_with_it_and_leave_no_folder(
    workspace: Path, tmp_path: Path
) -> None:
    settings = load_settings(workspace, {})
    requests_of(settings, tmp_path, {"waits": "import time; time.sleep(300)  # waits"})
    parent = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(workspace), str(tmp_path)], cwd=tmp_path
    )
    works = settings.home / "runs"
    try:
        wait_until(lambda: len(list(works.glob(f"{PREFIX}*/{RUN_FOLDERS}/*/{TEMPORARY}"))) == 2)
        numbers = list(descendants(parent.pid))
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert numbers
    wait_until(lambda: not any(map(is_alive, numbers)))
    (outcome,) = run_reports(requests_of(settings, tmp_path, {"next": "1"}).values(), settings, 1)
    assert outcome.error is None
    assert not list(works.glob(f"{PREFIX}*"))


def is_alive(number: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    """Polls until the condition is met."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.05)
