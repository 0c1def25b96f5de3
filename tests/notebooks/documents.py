"""Whole notebooks: empty ones, old formats, other programs' metadata, odd names of files."""

from __future__ import annotations

from typing import Any, Final

from tests.notebooks.situations import Situation, executed, stdout
from tests.support.notebooks import code_cell, document, old_document, text_cell

OTHER_PROGRAMS: Final[dict[str, Any]] = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "codemirror_mode": {"name": "ipython", "version": 3}},
    "colab": {"provenance": [], "toc_visible": True},
    "vscode": {"interpreter": {"hash": "31f2aee4e71d21fbe5cf8b01ff0e069b9275f58929596ceb00d14d90"}},
    "deepnote": {"is_reactive": False},
    "application/vnd.databricks.v1+notebook": {"dashboards": [], "language": "python"},
    "authors": [{"name": "Ana"}],
    "title": {"not": "a text"},
    "papermill": {"parameters": {"as_of": "2026-03-01", "locale": "en", "rows": 5}},
}
FILE_NAMES: Final = (
    '<b>&"x" report.ipynb',
    "a%20b#c?d.ipynb",
    "relatório – ações 報告.ipynb",
    "{seller} {{ x }} %s.ipynb",
    "-rf.ipynb",
    "report.html.ipynb",
    f"{'long ' * 40}.ipynb",
)

SITUATIONS: Final[tuple[Situation, ...]] = (
    Situation("a notebook with an empty cell", (code_cell(""),)),
    Situation("a notebook that was not executed", (text_cell("# Plan"), code_cell("1 / 0"))),
    Situation(
        "blank Markdown cells", (text_cell(""), text_cell("  \n\n"), text_cell("<!-- x -->"))
    ),
    Situation(
        "a notebook of format 3",
        (),
        visible=("printed",),
        content=old_document("1"),
    ),
    Situation(
        "a notebook of format 4.5 with ids",
        (),
        visible=("words of 4.5",),
        content=document(
            executed(stdout("words of 4.5\n")) | {"id": "a-b_c"},
            text_cell("## End") | {"id": "report"},
            minor=5,
        ),
    ),
    Situation(
        "outputs without their type",
        (executed({"data": {"text/plain": "words of a program"}}),),
        visible=("words of a program",),
    ),
    Situation(
        "metadata of Colab, VS Code, Deepnote and Databricks",
        (
            text_cell("# Week"),
            executed(stdout("words of the week\n"), colab={"base_uri": "x"}, cellView="form"),
            executed(stdout("more words\n"), deepnote_cell_type="code", vscode={"languageId": "x"}),
        ),
        visible=("words of the week", "more words"),
        absent=("provenance", "31f2aee4e71d"),
        metadata=OTHER_PROGRAMS,
    ),
    Situation(
        "a notebook of R",
        (text_cell("# Species"), executed(stdout('[1] "capybara"\n'))),
        visible=('[1] "capybara"',),
        metadata={
            "kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
            "language_info": {"name": "R", "file_extension": ".r", "version": "4.4.1"},
        },
    ),
    Situation(
        "300 cells",
        tuple(text_cell(f"## Part {n}") for n in range(1, 151))
        + tuple(executed(stdout(f"value {n}\n")) for n in range(1, 151)),
        visible=("Part 1", "Part 150", "value 1", "value 150"),
    ),
    *(
        Situation(
            f"a file named {name[:30].strip()}",
            (executed(stdout("The words of the file.\n")),),
            visible=("The words of the file.",),
            file_name=name,
            shows_markup=True,
        )
        for name in FILE_NAMES
    ),
)
