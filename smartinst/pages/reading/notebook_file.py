"""Reading and writing of notebook files (.ipynb), as JupyterLab and other programs save them.

UTF-8 with or without BOM, UTF-16 and UTF-32, formats 1 to 4.5, incomplete or mixed minor formats. A
file that cannot be read is one ReportError. What cells mean is in notebook_cells.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat.v4.rwbase import split_lines, strip_transient
from pydantic_core import to_json

from smartinst.errors import ReportError

_FORMAT: Final = (4, 5)
_CELL_KEYS: Final = (
    "id",
    "cell_type",
    "metadata",
    "source",
    "attachments",
    "outputs",
    "execution_count",
)
_SURROGATES: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
_VALID_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
TOO_DEEP: Final = "expected a notebook (.ipynb), found JSON that is nested too deeply"


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A valid notebook of format 4.5, to be executed or copied; ReportError if it is not one."""
    document = read_document(path)
    document["nbformat"], document["nbformat_minor"] = _FORMAT
    document["cells"] = [
        {key: cell[key] for key in _CELL_KEYS if key in cell} for cell in document["cells"]
    ]
    ids: set[str] = set()
    for position, cell in enumerate(document["cells"], 1):
        cell_id = cell.get("id")
        if not isinstance(cell_id, str) or not _VALID_ID.fullmatch(cell_id) or cell_id in ids:
            cell["id"] = f"cell-{position}-of-{len(document['cells'])}"
        ids.add(cell["id"])
    try:
        notebook: nbformat.NotebookNode = nbformat.from_dict(document)
    except RecursionError as error:
        raise ReportError(f"{path.name}: {TOO_DEEP}") from error
    return notebook


def read_document(path: Path) -> dict[str, Any]:
    """The JSON document of a notebook in format 4, with at least one cell; else ReportError.

    Each cell has its type, `metadata`, and `source` as one text; a code cell has `outputs` and
    `execution_count`. Outputs are not validated, which takes ten times as long as reading.
    """
    try:
        document = _to_format_4(_read_json(path))
        if not isinstance(document["metadata"], dict):
            document["metadata"] = {}
        cells = document["cells"]
        if not isinstance(cells, list) or not cells:
            raise ValueError("no cells")
        for position, cell in enumerate(cells, 1):
            _complete(cell, f"a mistake in cell {position} of {len(cells)}")
    except OSError as error:
        raise ReportError(f"{path.name}: cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise ReportError(f"{path.name}: {TOO_DEEP}") from error
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise ReportError(f"{path.name}: expected a notebook (.ipynb), found {reason}") from error
    return document


def write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Writes the notebook to a file (`encode_notebook`)."""
    path.write_bytes(encode_notebook(notebook))


def encode_notebook(notebook: nbformat.NotebookNode) -> bytes:
    """The notebook as a file; half of a character (a lone surrogate) becomes `?`.

    The JSON is that of `nbformat.writes`, which takes three times as long and logs what a check
    against the schema finds.
    """
    content = strip_transient(split_lines(nbformat.from_dict(notebook)))
    try:
        return to_json(_sort_keys(content), indent=1) + b"\n"
    except ValueError:  # half of a character, or very deep nesting
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        return text.encode(errors="replace") + b"\n"


def _sort_keys(value: Any) -> Any:
    """The value with the keys of all its objects in order."""
    if isinstance(value, dict):
        return {key: _sort_keys(value[key]) for key in sorted(value)}
    return [_sort_keys(item) for item in value] if isinstance(value, list) else value


def _read_json(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    if not raw.strip(b"\0\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise ValueError("an empty file")
    try:
        document = json.loads(raw)
    except UnicodeDecodeError as error:
        place = f"byte {raw[error.start]:#04x} at position {error.start}"
        raise ValueError(f"text that is neither UTF-8 nor UTF-16 ({place})") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"a mistake in its JSON ({place}): {error.msg}") from error
    if not isinstance(document, dict) or not {"cells", "worksheets"} & document.keys():
        raise ValueError("JSON without cells")
    return _without_surrogates(document) if _SURROGATES.search(raw) else document


def _without_surrogates(value: Any) -> Any:
    """The value with each half of a character, which no file can contain, replaced by `�`."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _to_format_4(document: dict[str, Any]) -> dict[str, Any]:
    version = document.get("nbformat", 4 if "cells" in document else 3)
    if not isinstance(version, int) or version not in nbformat.versions:
        raise ValueError(f"format {version}, expected 1 to {_FORMAT[0]}")
    if version < _FORMAT[0]:
        try:
            return _upgrade(document, version)
        except (AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
            raise ValueError(f"a mistake in format {version}: {error}") from error
    document.setdefault("metadata", {})
    document.setdefault("cells", [])
    return document


def _upgrade(document: dict[str, Any], version: int) -> dict[str, Any]:
    """A notebook of IPython 3 or older in format 4; its cells named their language then."""
    worksheets = document.setdefault("worksheets", [])
    cells = [cell for worksheet in worksheets for cell in worksheet.get("cells", [])]
    for cell in cells:
        if cell.get("cell_type") == "code":
            cell.setdefault("outputs", [])
    languages = [str(cell["language"]) for cell in cells if cell.get("language")]
    minor = document.setdefault("nbformat_minor", 0)
    node = nbformat.versions[version].to_notebook_json(document, minor=minor)
    upgraded: dict[str, Any] = nbformat.convert(node, _FORMAT[0])
    if languages:
        upgraded["metadata"].setdefault("language_info", {"name": languages[0]})
    return upgraded


def _complete(cell: Any, place: str) -> None:
    """Adds missing keys to a cell; ValueError if it is not a cell."""
    if not isinstance(cell, dict):
        raise ValueError(f"{place}: not an object")
    if cell.get("cell_type") not in ("code", "markdown", "raw"):
        raise ValueError(f"{place}: cell_type is {cell.get('cell_type')!r}")
    source = cell.get("source") or ""
    source = [source] if isinstance(source, str) else source
    if not isinstance(source, list) or not all(isinstance(line, str) for line in source):
        raise ValueError(f"{place}: source is not text")
    cell["source"] = "".join(source).replace("\r\n", "\n").replace("\r", "\n")
    if not isinstance(cell.get("metadata"), dict):
        cell["metadata"] = {}
    if not isinstance(cell["metadata"].get("tags", []), list):
        cell["metadata"]["tags"] = []
    if cell["cell_type"] == "code":
        _complete_code(cell, place)


def _complete_code(cell: dict[str, Any], place: str) -> None:
    outputs = cell["outputs"] = cell.get("outputs") or []
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        raise ValueError(f"{place}: outputs are not a list of objects")
    for output in outputs:
        output.setdefault("output_type", "display_data")
        if isinstance(lines := output.get("text"), list):
            output["text"] = "".join(map(str, lines))
        if output["output_type"] == "stream":
            output["name"] = output.get("name") or "stdout"
            output["text"] = str(output.get("text") or "")
        elif output["output_type"] != "error" and not isinstance(output.get("data"), dict):
            output["data"] = {}
    if type(cell.get("execution_count")) is not int:
        cell["execution_count"] = None
