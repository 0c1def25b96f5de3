"""Notebooks for tests: documents as programs save them, and their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

PARAMETERS: Final = 'seller: str = "acme"\nas_of: str = ""\nlocale: str = ""'
PYTHON: Final = {"name": "python3", "display_name": "Python 3", "language": "python"}


def code_cell(source: str, *tags: str, **keys: Any) -> dict[str, Any]:
    """A code cell that was not executed."""
    metadata = {"tags": list(tags)} if tags else {}
    cell = {"cell_type": "code", "metadata": metadata, "source": source}
    return cell | {"outputs": [], "execution_count": None} | keys


def text_cell(source: str, *tags: str) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": source}


def document(*cells: Any, minor: int = 4, **metadata: Any) -> dict[str, Any]:
    """A notebook of format 4."""
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}


def parameterized(*sources: str, **metadata: Any) -> dict[str, Any]:
    """A notebook with a parameters cell and further code cells."""
    return document(code_cell(PARAMETERS, "parameters"), *map(code_cell, sources), **metadata)


def old_document(*sources: str, language: str = "python") -> dict[str, Any]:
    """A notebook of format 3 with a parameters cell, a heading and a printed line."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "language": language,
            "metadata": {"tags": ["parameters"]} if index == 0 else {},
            "input": source.splitlines(keepends=True),
            "collapsed": False,
            "prompt_number": index + 1,
            "outputs": [{"output_type": "stream", "stream": "stdout", "text": ["printed\n"]}],
        }
        for index, source in enumerate((PARAMETERS, *sources))
    ]
    cells.insert(1, {"cell_type": "heading", "level": 2, "metadata": {}, "source": "An old title"})
    worksheet = {"cells": cells, "metadata": {}}
    return {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [worksheet],
    }


def save(path: Path, content: Any, encoding: str = "utf-8") -> Path:
    """Writes a document, a text or bytes as a file."""
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content, ensure_ascii=False, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path
