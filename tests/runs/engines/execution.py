"""Executions of notebooks by both engines, and their comparable parts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from IPython.utils.path import compress_user

from smartinst.pages.reading.notebook_file import read_document
from tests.support.notebooks import PYTHON, code_cell, document, save

Cell = dict[str, Any]

PARAMETERS: Final = code_cell('text: str = "default"\nnumber: int = 1', "parameters")
VARYING: Final = (
    (re.compile(r"ipykernel_\d+"), "ipykernel_PID"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0xADDRESS"),
    (re.compile(r"(user|sys|total|time):? \S+ \S?s\b"), r"\1: TIME"),
)
"""Texts that differ from run to run."""


@dataclass(frozen=True)
class Execution:
    """The executed notebook, None if the run failed; its error, and the names of its cells."""

    notebook: dict[str, Any] | None
    error: str
    cell_names: list[str]
    log: str

    @property
    def cells(self) -> list[Cell]:
        """The executed cells."""
        assert self.notebook is not None, self.error or self.log
        return list(self.notebook["cells"])

    @property
    def outputs(self) -> list[Any]:
        """Names and texts of streams, errors' names, and bundles of all cells below the first."""
        outputs = [output for cell in self.cells for output in cell.get("outputs", [])]
        return [
            output.get("text") or output.get("ename") or output.get("data")
            for output in merged(outputs)
        ]


def execute(
    folder: Path, engine: str, notebooks: Mapping[str, list[Cell]], cell_seconds: int = 60
) -> dict[str, Execution]:
    """Executes notebooks of these cells, below a cell with parameters; each by its name."""
    folder.mkdir()
    paths = []
    for number, cells in enumerate(notebooks.values()):
        content = document(PARAMETERS, *cells, kernelspec=PYTHON)
        paths.append(save(folder / f"own{number}.ipynb", content))
    process = subprocess.run(
        [
            *(sys.executable, "-m", "tests.runs.engines.dedicated_process"),
            *(engine, str(cell_seconds)),
            *map(str, paths),
        ],
        env={k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"},  # as users run it
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return {
        name: _execution(path, process.stderr) for name, path in zip(notebooks, paths, strict=True)
    }


def _execution(path: Path, log: str) -> Execution:
    executed, error = path.with_suffix(".executed"), path.with_suffix(".error")
    return Execution(
        read_document(executed) if executed.exists() else None,
        error.read_text(encoding="utf-8") if error.exists() else "",
        path.with_suffix(".cells").read_text(encoding="utf-8").splitlines(),
        log,
    )


def comparable(value: Any, folder: Path) -> Any:
    """A part of a notebook without times, ids of processes, addresses and folders."""
    if isinstance(value, str):
        text = value
        for name in (str(folder), compress_user(str(folder))):  # tracebacks shorten the home
            text = text.replace(name, "FOLDER")
        for pattern, constant in VARYING:
            text = pattern.sub(constant, text)
        return text
    if isinstance(value, list):
        return [comparable(member, folder) for member in value]
    if isinstance(value, dict):
        return {key: comparable(member, folder) for key, member in value.items()}
    return value


def merged(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs in which a stream that was published in parts is one."""
    result: list[dict[str, Any]] = []
    for output in outputs:
        joined = {key: "".join(v) if key == "text" else v for key, v in output.items()}
        previous = result[-1] if result else {}
        if joined["output_type"] == "stream" and previous.get("name") == joined["name"]:
            previous["text"] += joined["text"]
        else:
            result.append(joined)
    return result


def comparable_cells(execution: Execution, folder: Path) -> list[Cell]:
    """The executed cells as `comparable` parts; of times, the keys."""
    cells = []
    for executed in execution.cells:
        metadata = dict(executed["metadata"])
        papermill, times = metadata.pop("papermill"), metadata.pop("execution", {})
        cell = executed | {"metadata": metadata, "id": "", "times": sorted(times)}
        cell["state"] = [sorted(papermill), papermill["status"], papermill["exception"]]
        if "outputs" in cell:
            cell["outputs"] = merged(cell["outputs"])
        cells.append(comparable(cell, folder))
    return cells
