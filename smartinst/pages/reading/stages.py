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
    Declarations,  # reads cover and measures, even of cells that are removed next
    EarlyExit,  # removes the cells after sys.exit(0)
    HiddenCells,  # removes cells and outputs with tags such as remove-cell
    NearbyPictures,  # attaches pictures in the notebook's folder
    CoalesceStreamsPreprocessor,  # joins consecutive prints, removes overwritten progress
    PrintedStreams,  # keeps stdout, without the log on stderr
    DrawableOutputs,  # reduces each output to what can be drawn, or a sentence
)


def preprocess(notebook: NotebookNode, folder: Path) -> dict[str, Any]:
    """The resources of nbconvert after all stages, which change the notebook.

    `folder` has the pictures to which the notebook refers.
    """
    resources: dict[str, Any] = {"metadata": {"path": str(folder)}}
    for stage in STAGES:
        notebook, resources = stage(enabled=True)(notebook, resources)
    return resources
