"""The executed notebook as a Report, which page, PDF, workbook, mail and gates read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from smartinst.errors import ReportError
from smartinst.machine_errors import type_name
from smartinst.pages.markup.undrawn import UndrawnContent
from smartinst.pages.reading.blocks import Block
from smartinst.pages.reading.content import blocks_of_markdown, blocks_of_output, blocks_of_raw
from smartinst.pages.reading.error_names import error_name
from smartinst.pages.reading.notebook_cells import (
    PAGE_ONLY,
    cell_errors,
    cell_name,
    has_tag,
)
from smartinst.pages.reading.notebook_file import TOO_DEEP, read_document
from smartinst.pages.reading.own_bundles import contents, is_printed_only
from smartinst.pages.reading.stages import preprocess
from smartinst.report.mime_bundles import DATASET


@dataclass(frozen=True)
class Report:
    """An executed notebook: its contents in order, and what it declares about itself.

    `cover`: seller, date, language, title. `measures`: named values for gates and conditions; if
    several cells display one with the same name, the first is used.
    `dataset`: the rows that the page aggregates and the workbook lists, None if there are none.
    `undrawn`: place and kind of what cannot be drawn, in English for the operator, such as
    "cell [3]: an interactive chart without a picture (Plotly)".
    `page_only`: the indexes of the blocks that are not printed.
    `is_printed_only`: whether it was executed without what only page and workbook have.
    """

    path: Path
    blocks: tuple[Block, ...]
    cover: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, Any] = field(default_factory=dict)
    dataset: Mapping[str, Any] | None = None
    undrawn: tuple[str, ...] = ()
    page_only: frozenset[int] = frozenset()
    is_printed_only: bool = False

    @property
    def printed_blocks(self) -> tuple[Block, ...]:
        """The blocks of the PDF."""
        blocks = enumerate(self.blocks)
        return tuple(block for index, block in blocks if index not in self.page_only)


def read_report(path: Path) -> Report:
    """The report; ReportError names the file, and the cell if one failed or is invalid."""
    document = read_document(path)
    for position, cell in enumerate(document["cells"], 1):
        for error in cell_errors(cell):
            raise ReportError(f"{path.name}, {cell_name(cell, position)}: {error_name(error)}")
    notebook = _as_node(document)
    try:
        resources = preprocess(notebook, path.parent)
        return report_of(notebook, resources, path)
    except ReportError as error:
        raise ReportError(f"{path.name}, {error}") from error
    except RecursionError as error:
        raise ReportError(f"{path.name}: {TOO_DEEP}") from error


def _as_node(document: Mapping[str, Any]) -> NotebookNode:
    """The notebook for nbconvert; the data of its outputs are not copied, to save time."""
    cells = [
        NotebookNode(
            {
                **cell,
                "metadata": NotebookNode(cell["metadata"]),
                "outputs": [NotebookNode(output) for output in cell.get("outputs", ())],
            }
        )
        for cell in document["cells"]
    ]
    return NotebookNode(
        {**document, "metadata": NotebookNode(document["metadata"]), "cells": cells}
    )


def report_of(notebook: NotebookNode, resources: Mapping[str, Any], path: Path) -> Report:
    """The report of a notebook after the stages; ReportError names the cell."""
    undrawn: UndrawnContent = resources["undrawn"]
    blocks: list[Block] = []
    page_only: list[int] = []
    for position, cell in enumerate(notebook["cells"], 1):
        undrawn.place = cell_name(cell, position)
        try:
            of_cell = list(_blocks(cell, undrawn))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ReportError(
                f"{undrawn.place}: an output is not as expected: {type_name(error)}; "
                "run the notebook again"
            ) from error
        if has_tag(cell, PAGE_ONLY):
            page_only += range(len(blocks), len(blocks) + len(of_cell))
        blocks += of_cell
    datasets = contents(notebook, DATASET)
    return Report(
        path,
        tuple(blocks),
        resources["cover"],
        resources["measures"],
        datasets[-1] if datasets else None,
        tuple(undrawn.places),
        frozenset(page_only),
        is_printed_only(notebook) and not datasets,  # it may have been executed again
    )


def _blocks(cell: Mapping[str, Any], undrawn: UndrawnContent) -> Iterator[Block]:
    if cell["cell_type"] == "markdown":
        yield from blocks_of_markdown(cell, undrawn)
    elif cell["cell_type"] == "raw":
        yield from blocks_of_raw(cell, undrawn)
    else:
        for output in cell["outputs"]:
            yield from blocks_of_output(output["data"], undrawn)
