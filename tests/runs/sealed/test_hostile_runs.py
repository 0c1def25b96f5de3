"""What a notebook does to its own process and folder stops no other run, and gives it nothing."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from smartinst.runs.run_request import RunOutcome
from smartinst.runs.runs import run_reports
from smartinst.runs.sealed import preloaded_process
from smartinst.settings import load_settings
from tests.runs.sealed.test_pool import BOUNDS, MEMORY_BOUND, requests_of
from tests.runs.sealed.test_pool import by_name as outcomes_by_name

FOLDER = "import os, pathlib; folder = pathlib.Path(os.environ['TMPDIR']).parent\n"
OWN_RESULT = "(folder / 'result.json').write_text('{}')\n"
OWN_ERROR = (
    "import json\n(folder / 'result.json').write_text(json.dumps({{'error': {}}})); os._exit(0)"
)
ARTIFACT = "artifact = folder / 'set' / 'STEM-loft-2026-10-31.ipynb'\n"
STAGES = (
    "import time\n"
    "numbers = [n for n in os.listdir('/proc/self/fd') if os.path.lexists(f'/proc/self/fd/{n}')]\n"
    "pipes = [int(n) for n in numbers if os.readlink(f'/proc/self/fd/{n}').startswith('pipe:')]\n"
    "while True:\n"
    "    for n in pipes:\n"
    "        try: os.write(n, b'cell [2]\\n')\n"
    "        except OSError: pass\n"
    "    try: time.sleep(0.5)\n"
    "    except BaseException: pass\n"
)

SOURCES = {
    "pipe": (
        FOLDER + "os.mkfifo(folder / 'result.json'); os._exit(0)",
        "the notebook has replaced the run's result",
    ),
    "folder": (
        FOLDER + "(folder / 'result.json').mkdir(); os._exit(0)",
        "the notebook has replaced the run's result",
    ),
    "link": (
        FOLDER + "(folder / 'result.json').symlink_to('/proc/self/environ'); os._exit(0)",
        "the run's result cannot be read: Too many levels of symbolic links",
    ),
    "garbage": (
        FOLDER + "(folder / 'result.json').write_text('[1]'); os._exit(0)",
        "the notebook has changed the run's result",
    ),
    "leaves": ("import os; os._exit(0)", "the notebook ended its own process"),
    "sparse": (
        FOLDER + ARTIFACT + OWN_RESULT + "artifact.touch(); os.truncate(artifact, 300 << 20)\n"
        "os._exit(0)",
        "sparse-loft-2026-10-31.ipynb is larger than 256 MB",
    ),
    "no folder": (
        FOLDER + OWN_RESULT + "(folder / 'set').rmdir(); (folder / 'set').touch(); os._exit(0)",
        "the notebook has replaced its folder set",
    ),
    "stages": (FOLDER + STAGES, "cell [2]: it took longer than [limits] cell_seconds"),
    "maps": (
        "import mmap\nblocks = []\nwhile True:\n"
        "    blocks.append(mmap.mmap(-1, 50 << 20)); blocks[-1].write(bytes(50 << 20))",
        "cell [2]: it took more memory than [limits] run_mb",
    ),
    "orphan": (
        "import subprocess, sys, time\n"
        "hoard = 'b = []\\nwhile True: b.append(bytearray(50 << 20))'\n"
        "subprocess.run(['sh', '-c', '\"$0\" -c \"$1\" &', sys.executable, hoard])\n"
        "time.sleep(600)",
        "cell [2]: it took more memory than [limits] run_mb",
    ),
    "large file": (
        "import os\nopen('big', 'wb'); os.truncate('big', 1 << 40)",
        "cell [2]: OSError",
    ),
    "disk": (
        "import pathlib\nwhile True:\n    for n in range(9):\n"
        "        pathlib.Path(f'part{n}').write_bytes(bytes(200 << 20))",
        "cell [2]: it wrote more than 1024 MB into its folder",
    ),
    "bomb": (
        "import subprocess, time\nfor _ in range(300): subprocess.Popen(['sleep', '600'])\n"
        "time.sleep(600)",
        "cell [2]: it started more than 256 processes at a time",
    ),
    "long": (FOLDER + OWN_ERROR.format("'x' * 100_000"), "x…"),
    "codes": (FOLDER + OWN_ERROR.format("chr(27) + '[2J'"), "␛[2J"),
    "surrogate": ("raise ValueError('\\udcff')", "cell [2]: ValueError"),
}


def test_a_run_that_replaces_its_result_or_evades_a_limit_fails_with_one_clear_line(
    workspace: Path, tmp_path: Path
) -> None:
    sources = {name: text.replace("STEM", name) for name, (text, _) in SOURCES.items()}
    timed = {"stages": sources.pop("stages")}  # the others fill memory or disk, which takes time
    outcomes: dict[str, RunOutcome] = {}
    timed["harmless in time"] = "1"
    for bounds, group in ((MEMORY_BOUND, {**sources, "harmless": "1"}), (BOUNDS, timed)):
        settings = load_settings(workspace, bounds)
        requests = requests_of(settings, tmp_path, group)
        outcomes |= outcomes_by_name(run_reports(requests.values(), settings, 2))
    assert [outcomes[name].error for name in ("harmless", "harmless in time")] == [None, None]
    for name, (_, ending) in SOURCES.items():
        error = outcomes[name].error or ""
        assert error.endswith(ending), (name, error)
        assert "\n" not in error
        assert ".making-" not in error


def test_what_a_run_writes_to_a_terminal_is_shown_without_its_control_characters(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (
        "import sys, os\nos.write(sys.stderr.fileno(), b'\\x1b]0;title\\x07 written\\n')\n1 / 0"
    )
    settings = load_settings(workspace, {})
    requests = requests_of(settings, tmp_path, {"writes": source})
    (outcome,) = run_reports(requests.values(), settings, 1)
    assert (outcome.error or "").endswith("ZeroDivisionError")
    text = "␛]0;title␇ written"
    assert text in capsys.readouterr().err
    assert text in Path(outcome.artifacts["log"]).read_text(encoding="utf-8")


def test_a_notebook_that_forks_is_reported_once(workspace: Path, tmp_path: Path) -> None:
    source = "import os, time\nif os.fork(): time.sleep(1)"
    settings = load_settings(workspace, {})
    requests = requests_of(settings, tmp_path, {"forks": source})
    (outcome,) = run_reports(requests.values(), settings, 1)
    assert outcome.error is None


def test_artifacts_are_no_programs_and_nobody_else_changes_them(
    workspace: Path, tmp_path: Path
) -> None:
    source = (
        FOLDER + ARTIFACT.replace("STEM", "modes") + OWN_RESULT + "artifact.touch()\n"
        "artifact.chmod(0o6777); artifact.parent.chmod(0o777); os._exit(0)"
    )
    settings = load_settings(workspace, {})
    requests = requests_of(settings, tmp_path, {"modes": source})
    (outcome,) = run_reports(requests.values(), settings, 1)
    assert outcome.error is None
    path = Path(outcome.artifacts["ipynb"])
    assert path.stat().st_mode & 0o7777 == 0o664
    assert path.parent.stat().st_mode & 0o7777 == 0o775


def test_a_preloaded_process_that_is_stopped_does_not_stop_smartinst(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preloaded_process, "ANSWER_SECONDS", 8)
    source = f"import os; os.kill(os.getppid(), {int(signal.SIGSTOP)})"
    settings = load_settings(workspace, {"SMARTINST_SANDBOX": "off", **BOUNDS})
    requests = requests_of(settings, tmp_path, {"stops": source, "harmless": "1"})
    outcomes = outcomes_by_name(run_reports(requests.values(), settings, 1))
    assert outcomes["harmless"].error is None
    assert set(outcomes) == {"stops", "harmless"}
    assert not list((settings.home / "runs").glob(".making-*"))


def test_the_descriptors_of_a_run_are_its_own(workspace: Path, tmp_path: Path) -> None:
    sleeping = "import time; time.sleep(4)"
    counting = (
        "import os, stat, time; time.sleep(2)\n"
        "def kind(n):\n"
        "    try: return os.readlink(f'/proc/self/fd/{n}')\n"
        "    except OSError: return ''\n"
        "print(sorted(kind(n) for n in os.listdir('/proc/self/fd') if int(n) > 2))"
    )
    settings = load_settings(workspace, {})
    sources = {"first": counting, "waits": sleeping, "second": counting}
    requests = requests_of(settings, tmp_path, sources)
    outcomes = outcomes_by_name(run_reports(requests.values(), settings, 3))
    texts = [Path(outcomes[name].artifacts["ipynb"]).read_text() for name in ("first", "second")]
    pipes = [text.count("pipe:") for text in texts]
    assert pipes[0] == pipes[1]


def test_readable_folders_may_be_inside_each_other(workspace: Path, tmp_path: Path) -> None:
    tables = workspace / "notebooks" / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    (tables / "rates.csv").write_text("1.5")
    lines = (workspace / "smartinst.toml").read_text()
    (workspace / "smartinst.toml").write_text(
        'readable = ["notebooks/tables", "notebooks", "notebooks/missing"]\n' + lines
    )
    settings = load_settings(workspace, {})
    source = "assert open('notebooks/tables/rates.csv').read() == '1.5'"
    requests = requests_of(settings, tmp_path, {"reads": source})
    (outcome,) = run_reports(requests.values(), settings, 1)
    assert outcome.error is None
    assert not (workspace / "notebooks" / "missing").is_symlink()
