"""Cells and outputs that their author removes or hides, by tags, metadata or format."""

from __future__ import annotations

from typing import Any, Final

from tests.notebooks.situations import BEFORE, Situation, error, executed, html, png, stdout
from tests.support.notebooks import text_cell


def between_public_cells(name: str, *cells: dict[str, Any], **expected: Any) -> Situation:
    """A notebook with these cells between two that are public."""
    first, last = executed(stdout(f"{BEFORE}\n")), executed(stdout("The last public line.\n"))
    expected["visible"] = (BEFORE, *expected.get("visible", ()), "The last public line.")
    return Situation(name, (text_cell("# Tags"), first, *cells, last), **expected)


def raw(source: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "raw", "metadata": metadata, "source": source}


SECRET: Final = stdout("a secret number\n")

SITUATIONS: Final[tuple[Situation, ...]] = (
    between_public_cells(
        "remove-cell", executed(SECRET, tags=("remove-cell",)), absent=("secret",)
    ),
    between_public_cells(
        "remove_cell", executed(SECRET, tags=("remove_cell",)), absent=("secret",)
    ),
    between_public_cells(
        "remove-cell on Markdown",
        text_cell("## A secret heading\n\nA secret note.", "remove-cell"),
        absent=("secret",),
    ),
    between_public_cells(
        "remove-output", executed(SECRET, tags=("remove-output",)), absent=("secret",)
    ),
    between_public_cells(
        "remove-input",
        executed(stdout("The output stays.\n"), tags=("remove-input", "hide-input")),
        visible=("The output stays.",),
    ),
    between_public_cells(
        "outputs that JupyterLab hides",
        executed(SECRET, jupyter={"outputs_hidden": True}),
        executed(html("<p>secret words</p>"), collapsed=True),
        absent=("secret",),
    ),
    between_public_cells(
        "a source that JupyterLab hides",
        executed(stdout("The output stays.\n"), jupyter={"source_hidden": True}),
        visible=("The output stays.",),
    ),
    between_public_cells(
        "an error in a removed cell",
        executed(error("KeyError", "'secret'"), tags=("raises-exception", "remove-output")),
        absent=("secret", "KeyError"),
    ),
    between_public_cells(
        "raw cells for other programs",
        raw("---\ntitle: secret front matter\nformat: html\n---"),
        raw("\\newpage secret latex", raw_mimetype="text/latex"),
        raw(".. secret:: rst", format="text/restructuredtext"),
        absent=("secret",),
    ),
    between_public_cells(
        "metadata that the format forbids",
        executed(SECRET, tags=("remove-cell", "remove-cell"), scrolled="yes", name=7),
        executed(stdout("The words stay.\n"), collapsed="no", jupyter=[], tags=("a", "a")),
        visible=("The words stay.",),
        absent=("secret",),
    ),
    between_public_cells(
        "parameters",
        executed(tags=("parameters",)),
        executed(tags=("injected-parameters",)),
    ),
    between_public_cells(
        "a picture in a removed cell",
        executed(
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {"image/png": png(66, 66, 66)},
            },
            tags=("remove-cell",),
        ),
        pictures=0,
    ),
)
