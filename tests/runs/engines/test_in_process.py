"""Ends of runs whose cells are executed in the run's own process."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.runs.engines.execution import Execution, execute
from tests.support.notebooks import code_cell

TOO_LONG: Final = "cell [3]: it took longer than [limits] cell_seconds"
QUIET_ENDS: Final = {
    "sys.exit(0)": ["SystemExit"],
    "sys.exit()": ["SystemExit"],
    "exit()": ["SystemExit"],
    "quit()": ["SystemExit"],
    "raise SystemExit": ["SystemExit"],
}
FAILURES: Final = {
    "1 / 0": "cell [3]: ZeroDivisionError",
    "sys.exit('text of the end')": "cell [3]: SystemExit",
    "sys.exit(3)": "cell [3]: SystemExit",
    "x = = 1": "cell [3]: SyntaxError (line 1)",
    "await wrong()": "cell [3]: NameError",
    "raise KeyboardInterrupt": "cell [3]: KeyboardInterrupt",
}
OVERRUNS: Final = {
    "a call that sleeps": "import time\ntime.sleep(60)",
    "an endless loop": "while True:\n    pass",
    "a cell that waits": "import asyncio\nawait asyncio.sleep(60)",
    "a task that goes on after the cell": (
        "import asyncio\nasync def work():\n    await asyncio.sleep(60)\n"
        "task = asyncio.create_task(work())\nawait task"
    ),
    "a command": "!sleep 60",
    "a program": "import subprocess\nsubprocess.run(['sleep', '60'])",
    "a cell that catches everything": (
        "import time\ntry:\n    time.sleep(60)\nexcept BaseException:\n    print('caught')"
    ),
    "a cell that catches everything and goes on": (
        "import time\ntry:\n    time.sleep(60)\nexcept BaseException:\n    time.sleep(60)"
    ),
    "a thread that does not end": (
        "import threading, time\nthread = threading.Thread(target=time.sleep, args=(60,), "
        "daemon=True)\nthread.start()\nthread.join()"
    ),
    "a representation": ("class Slow:\n    def __repr__(self):\n        while True: pass\nSlow()"),
}
STATE: Final = {
    "first": (
        "import builtins, os, random\nsecret = 5\nbuiltins.secret = 5\nos.environ['OWN'] = '1'\n"
        "import altair\naltair.secret = 5\nget_ipython().ast_transformers.append(None)\n"
        "get_ipython().ast_transformers.clear()"
    ),
    "second": (
        "import altair, builtins, os\n"
        "print('secret' in globals(), hasattr(builtins, 'secret'), 'OWN' in os.environ,\n"
        "      hasattr(altair, 'secret'), get_ipython().execution_count, len(In))"
    ),
}


def execute_all(
    tmp_path: Path, sources: dict[str, str], cell_seconds: int = 60
) -> dict[str, Execution]:
    """Executions of notebooks with a cell of each source, below `import sys`, above a print."""
    notebooks = {
        name: [code_cell("import sys"), code_cell(source), code_cell("print('last cell')")]
        for name, source in sources.items()
    }
    return execute(tmp_path / "runs", "in_process", notebooks, cell_seconds)


@pytest.mark.process
def test_an_exit_without_a_status_ends_a_notebook_quietly(tmp_path: Path) -> None:
    executions = execute_all(tmp_path, {source: source for source in QUIET_ENDS})
    outputs = {name: execution.outputs for name, execution in executions.items()}
    assert outputs == QUIET_ENDS


@pytest.mark.process
def test_an_error_names_its_cell(tmp_path: Path) -> None:
    executions = execute_all(tmp_path, {source: source for source in FAILURES})
    errors = {name: execution.error for name, execution in executions.items()}
    names = [f"own{number}.ipynb" for number in range(len(FAILURES))]
    assert errors == {
        source: f"{name}, {text}"
        for name, (source, text) in zip(names, FAILURES.items(), strict=True)
    }
    assert all(execution.notebook is None for execution in executions.values())


@pytest.mark.process
def test_a_cell_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    executions = execute_all(tmp_path, OVERRUNS, cell_seconds=1)
    for number, (name, execution) in enumerate(executions.items()):
        assert execution.error == f"own{number}.ipynb, {TOO_LONG}", name
        assert execution.cell_names == ["cell [1]", "its parameters", "cell [2]", "cell [3]"]


@pytest.mark.process
def test_a_cell_in_time_leaves_no_alarm_for_the_next(tmp_path: Path) -> None:
    source = "import time\ntime.sleep(0.7)"
    execution = execute_all(tmp_path, {"slow": source}, cell_seconds=1)["slow"]
    assert (execution.error, execution.outputs) == ("", ["last cell\n"])


@pytest.mark.process
def test_a_run_has_nothing_of_the_run_before(tmp_path: Path) -> None:
    second = execute_all(tmp_path, STATE)["second"]
    assert second.outputs[0] == "False False False False 4 4\nlast cell\n"


@pytest.mark.process
def test_processes_of_a_preloaded_parent_draw_different_random_numbers(tmp_path: Path) -> None:
    source = "import random\nprint(random.random())"
    executions = execute_all(tmp_path, {"first": source, "second": source})
    assert executions["first"].outputs[0] != executions["second"].outputs[0]


@pytest.mark.process
def test_text_without_an_encoding_is_printed_with_a_question_mark(tmp_path: Path) -> None:
    execution = execute_all(tmp_path, {"print": "print('a\\ud800b')"})["print"]
    assert execution.outputs[0] == "a?b\nlast cell\n"


@pytest.mark.process
def test_a_notebook_that_needs_a_kernel_gets_one(tmp_path: Path) -> None:
    sources = {
        "kernel": "import comm\nprint(get_ipython().kernel.shell_stream is not None)",
        "none": "print(getattr(get_ipython(), 'kernel').shell_stream is not None)",
    }
    executions = execute_all(tmp_path, sources)
    outputs = {name: execution.outputs for name, execution in executions.items()}
    assert outputs == {"kernel": ["True\nlast cell\n"], "none": ["False\nlast cell\n"]}
    assert "own0.ipynb is executed in a kernel: cell [3] imports comm" in executions["kernel"].log
