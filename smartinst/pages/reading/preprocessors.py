"""The stages of a report as preprocessors of nbconvert; `stages.py` has their order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nbconvert.preprocessors import TagRemovePreprocessor
from nbconvert.preprocessors.base import Preprocessor
from nbformat import NotebookNode

from smartinst.pages.markup.attachments import attach_pictures
from smartinst.pages.markup.pictures import SVG
from smartinst.pages.markup.undrawn import UndrawnContent, translator
from smartinst.pages.reading.error_names import error_text
from smartinst.pages.reading.notebook_cells import (
    cell_name,
    cells_until_exit,
    is_successful_exit,
)
from smartinst.pages.reading.outputs import drawable_output, joined_text
from smartinst.pages.reading.own_bundles import cover_of, measures_of

Resources = dict[str, Any]

_PICTURES: Final = {SVG, "image/png"}
_PLOT_OBJECT: Final = re.compile(
    r"(?:array\(|[\[(\s])*<(?:Axes\b|Figure size|(?:matplotlib|mpl_toolkits|seaborn)\."
    r"|\w*Container object)|Text\(-?[\d.]+, -?[\d.]+, |\(array\(.*<\w*Container object"
    r"|\{'whiskers': \[<matplotlib\.",
    re.DOTALL,
)
"""The value of a call of matplotlib or seaborn, which the notebook displays beside the plot."""

_UNPRINTABLE: Final = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b(?!\[)|[\x00-\x08\x0b\x0c\x0e-\x1a]"
)
"""Links and titles of terminals, and control characters; colours remain."""


class Declarations(Preprocessor):
    """Adds to the resources what the notebook declares about itself: cover and measures."""

    def preprocess(self, notebook: NotebookNode, resources: Resources) -> Any:
        """The notebook unchanged."""
        resources["cover"] = cover_of(notebook)
        resources["measures"] = measures_of(notebook)
        resources["undrawn"] = UndrawnContent(
            translator(str(resources["cover"].get("locale", "en")))
        )
        return notebook, resources


class EarlyExit(Preprocessor):
    """Removes the cells after one that ended the notebook early by `sys.exit(0)`."""

    def preprocess(self, notebook: NotebookNode, resources: Resources) -> Any:
        """The notebook with the cells that were executed."""
        notebook["cells"] = cells_until_exit(notebook["cells"])
        return notebook, resources


class HiddenCells(TagRemovePreprocessor):
    """Removes what the author has hidden by a tag, or by collapsing outputs in JupyterLab."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.remove_cell_tags |= {"remove-cell", "remove_cell", "hide-cell"}
        self.remove_all_outputs_tags |= {"remove-output", "remove_output", "hide-output"}
        self.remove_single_output_tags |= {"remove-output", "remove_output", "hide-output"}

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, cell_index: int) -> Any:
        """The cell without hidden outputs."""
        is_collapsed = cell["metadata"].get("collapsed") is True
        jupyter = cell["metadata"].get("jupyter")
        if isinstance(jupyter, dict) and jupyter.get("outputs_hidden") is True:
            is_collapsed = True
        if is_collapsed and cell["cell_type"] == "code":
            cell["outputs"] = []
        return super().preprocess_cell(cell, resources, cell_index)  # type: ignore[no-untyped-call]


class NearbyPictures(Preprocessor):
    """Attaches pictures in the notebook's folder to the Markdown cells that show them."""

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, _index: int) -> Any:
        """The cell with its pictures."""
        folder = (resources.get("metadata") or {}).get("path")
        if folder and cell["cell_type"] == "markdown":
            attach_pictures(cell, Path(folder))
        return cell, resources


class PrintedStreams(Preprocessor):
    """Keeps what was printed to stdout; stderr is the notebook's log, which no reader gets."""

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, _index: int) -> Any:
        """The cell without stderr, and with the text that a terminal would show."""
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                output
                for output in cell["outputs"]
                if output.get("output_type") != "stream" or output.get("name") != "stderr"
            ]
            for output in cell["outputs"]:
                if output.get("output_type") == "stream":
                    output["text"] = _without_control(joined_text(output.get("text", "")))
        return cell, resources


def _without_control(text: str) -> str:
    """Printed text after its backspaces, without control sequences except colours."""
    return _UNPRINTABLE.sub("", _without_erased(text) if "\b" in text else text)


def _without_erased(text: str) -> str:
    """The text without backspaces and the characters that they erase, which are of their line."""
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)


class DrawableOutputs(Preprocessor):
    """Reduces each output to one representation that can be drawn, or to a sentence."""

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> Any:
        """The cell with its drawable outputs, in order."""
        if cell["cell_type"] != "code":
            return cell, resources
        undrawn: UndrawnContent = resources["undrawn"]
        undrawn.place = cell_name(cell, index + 1)
        bundles = [_drawable_bundle(output, undrawn) for output in cell["outputs"]]
        if any(_PICTURES & bundle.keys() for bundle in bundles):
            bundles = [bundle for bundle in bundles if not _is_plot_object(bundle)]
        cell["outputs"] = [
            NotebookNode(output_type="display_data", data=bundle, metadata=NotebookNode())
            for bundle in bundles
        ]
        return cell, resources


def _is_plot_object(bundle: Mapping[str, Any]) -> bool:
    """Whether an output is the repr of a part of a plot: `[<matplotlib.lines.Line2D at 0x…>]`."""
    return bundle.keys() == {"text/plain"} and bool(_PLOT_OBJECT.match(str(bundle["text/plain"])))


def _drawable_bundle(output: NotebookNode, undrawn: UndrawnContent) -> dict[str, Any]:
    match output.get("output_type"):
        case "error":
            return {"text/plain": "" if is_successful_exit(output) else error_text(output)}
        case "stream":
            return {"text/plain": output["text"]}
    return drawable_output(output.get("data") or {}, undrawn)
