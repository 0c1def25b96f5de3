"""The engine in a run's own process gives the outputs of a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.runs.engines.execution import Cell, Execution, comparable, comparable_cells, execute
from tests.runs.engines.features import ERRORS, OUTPUTS, PROCESS, SHELL, Cells
from tests.support.notebooks import code_cell, text_cell

GROUPS: Final[dict[str, dict[str, Cells]]] = {
    "outputs": OUTPUTS,
    "errors": ERRORS,
    "process": PROCESS,
    "shell": SHELL,
}
ENGINES: Final = ("kernel", "in_process")


class Executions:
    """The executed notebooks of the groups, by engine; a group is executed when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._executions: dict[tuple[str, str], Execution] = {}

    def execution(self, group: str, engine: str) -> Execution:
        """The execution of a group of features by an engine."""
        if (group, engine) not in self._executions:
            cells = []
            for name, sources in GROUPS[group].items():
                cells.append(text_cell(name))
                cells += [code_cell(source, "raises-exception") for source in sources]
            folder = self.folder(group, engine)
            self._executions[group, engine] = execute(folder, engine, {group: cells})[group]
        return self._executions[group, engine]

    def folder(self, group: str, engine: str) -> Path:
        """The folder of the notebook."""
        return self._folder / f"{group}-{engine}"

    def cells(self, group: str, engine: str, feature: str) -> list[Cell]:
        """The executed cells of a feature."""
        execution, folder = self.execution(group, engine), self.folder(group, engine)
        return dict(_by_feature(comparable_cells(execution, folder)))[feature]


def _by_feature(cells: list[Cell]) -> Iterator[tuple[str, list[Cell]]]:
    """Each feature's name with the cells below its heading."""
    starts = [index for index, cell in enumerate(cells) if cell["cell_type"] == "markdown"]
    for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
        yield "".join(cells[start]["source"]), cells[start + 1 : end]


@pytest.fixture(scope="module")
def executions(tmp_path_factory: pytest.TempPathFactory) -> Executions:
    return Executions(tmp_path_factory.mktemp("executed"))


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("group", "feature"), [(group, name) for group, features in GROUPS.items() for name in features]
)
def test_both_engines_execute_a_feature_equally(
    executions: Executions, group: str, feature: str
) -> None:
    in_kernel, in_process = (executions.cells(group, engine, feature) for engine in ENGINES)
    for kernel_cell, own_cell in zip(in_kernel, in_process, strict=True):
        assert own_cell == kernel_cell


@pytest.mark.kernel
@pytest.mark.parametrize("group", GROUPS)
def test_both_engines_give_the_notebook_the_same_metadata(
    executions: Executions, group: str
) -> None:
    notebooks = []
    for engine in ENGINES:
        execution = executions.execution(group, engine)
        assert execution.notebook is not None
        metadata = dict(execution.notebook["metadata"])
        times = ("start_time", "end_time", "duration")
        papermill = {k: v for k, v in metadata.pop("papermill").items() if k not in times}
        metadata |= {"papermill": papermill, "cells": execution.cell_names}
        notebooks.append(comparable(metadata, executions.folder(group, engine)))
    assert notebooks[0] == notebooks[1]
