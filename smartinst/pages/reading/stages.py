"""The stages between an executed notebook and the blocks of its report, as nbconvert preprocessors.

After them, each output of a cell has one representation that page and paper can draw.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbconvert.preprocessors.base import Preprocessor
from nbformat import NotebookNode

from smartinst.pages.reading.preprocessors import (
    Declarations,
    DrawableOutputs,
    EarlyExit,
    HiddenCells,
    NearbyPictures,
    PrintedStreams,
)

STAGES: Final[tuple[type[Preprocessor], ...]] = (
    Declarations,  # cover and measures, even of cells that are removed next
    EarlyExit,  # the cells after sys.exit(0) are removed
    HiddenCells,  # cells and outputs with tags such as remove-cell
    NearbyPictures,  # pictures in the notebook's folder become attachments
    CoalesceStreamsPreprocessor,  # consecutive prints joined, overwritten progress removed
    PrintedStreams,  # what was printed for the reader, without the log
    DrawableOutputs,  # smartinst's own bundles; other outputs sanitized, or a sentence
)


def preprocess(notebook: NotebookNode, folder: Path) -> dict[str, Any]:
    """Applies all stages to a notebook of a folder, which they change.

    Returns nbconvert's resources, with what the stages add to them.
    """
    resources: dict[str, Any] = {"metadata": {"path": str(folder)}}
    for stage in STAGES:
        notebook, resources = stage(enabled=True)(notebook, resources)
    return resources
