"""The parameters that a notebook declares: names, types and defaults of its `parameters` cell.

The cell is read as Python, not line by line: a value may contain `=` or take several lines, and a
line may have several assignments.
"""

from __future__ import annotations

import ast
import json
import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tokenize import generate_tokens
from typing import Any, Final

from smartinst.errors import InputError
from smartinst.pages.reading.notebook_cells import foreign_language, has_tag
from smartinst.pages.reading.notebook_file import read_notebook

TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
    "None": type(None),
}
"""The types that are checked, by their names in messages; a `float` may be a whole number."""

_TYPE_COMMENT: Final = re.compile(r"#\s*type:\s*(?!ignore)([\w.]+(?:\[[^#]*\])?)")
_UNCHECKED: Final = ""
"""A type that is not checked, such as `date`."""


@dataclass(frozen=True)
class Declaration:
    """One parameter: its possible types (none: any), and its default if that is a literal.

    Without an annotation or a type comment, the type is that of the default.
    """

    types: tuple[str, ...] = ()
    is_annotated: bool = False
    default: Any = None


def read_declarations(notebook: Path) -> dict[str, Declaration]:
    """Parameter → declaration, of the first code cell that is tagged `parameters`.

    InputError if the notebook or the cell is not Python; ReportError if the file is no notebook.
    """
    content = read_notebook(notebook)
    if language := foreign_language(content):
        raise InputError(f"{notebook.name}: expected a notebook in Python, found {language}")
    cells = (
        cell for cell in content.cells if cell.cell_type == "code" and has_tag(cell, "parameters")
    )
    source = next(cells, {"source": ""})["source"]
    try:
        return dict(_declarations(source))
    except SyntaxError as error:
        raise InputError(
            f"{notebook.name}, cell tagged parameters: SyntaxError: {error.msg} "
            f"(line {error.lineno})"
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(
            f"{notebook.name}, cell tagged parameters: {type(error).__name__}: {error}"
        ) from error


def parse_literal(text: str) -> Any:
    """The value of a Python literal; ValueError if the text is not one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.literal_eval(text.strip())
        except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
            raise ValueError(str(error)) from error


def _declarations(source: str) -> Iterator[tuple[str, Declaration]]:
    module, comments = _parse(source)
    for statement in module.body:
        targets: list[ast.expr]
        if isinstance(statement, ast.AnnAssign):
            targets, annotation = [statement.target], ast.unparse(statement.annotation)
        elif isinstance(statement, ast.Assign):
            lines = range(statement.lineno, (statement.end_lineno or 0) + 1)
            targets = statement.targets
            annotation = next((comments[line] for line in lines if line in comments), "")
        else:
            continue
        for target in targets:
            for name, value in _assignments(target, statement.value):
                yield name, _declaration(annotation, value)


def _parse(source: str) -> tuple[ast.Module, dict[int, str]]:
    """The cell as Python, and its type comments by line.

    Lines for IPython (`%matplotlib inline`) are transformed if there are any.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = ast.parse(source)
        except SyntaxError:
            from IPython.core.inputtransformer2 import TransformerManager

            source = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
            module = ast.parse(source)
    tokens = generate_tokens(StringIO(source).readline)
    comments = ((token.start[0], _TYPE_COMMENT.match(token.string)) for token in tokens)
    return module, {line: comment[1] for line, comment in comments if comment}


def _assignments(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """Name and value of each variable of an assignment; `a, b = 1, 2` has two."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        is_parallel = isinstance(value, (ast.Tuple, ast.List)) and (
            len(value.elts) == len(target.elts)
        )
        values = value.elts if is_parallel else [None] * len(target.elts)  # type: ignore[union-attr]
        for inner_target, inner_value in zip(target.elts, values, strict=True):
            yield from _assignments(inner_target, inner_value)


def _declaration(annotation: str, value: ast.expr | None) -> Declaration:
    try:
        default = None if value is None else ast.literal_eval(value)
    except (ValueError, TypeError):  # the default is computed
        is_text = isinstance(value, ast.JoinedStr)
        types = _annotated_types(annotation) or (("str",) if is_text else ())
        return Declaration(types, bool(annotation))
    return Declaration(
        _annotated_types(annotation) or _types_of(default), bool(annotation), default
    )


def _types_of(default: Any) -> tuple[str, ...]:
    """The type of a default; a whole number may be replaced by a fraction."""
    name = {int: "float"}.get(type(default), type(default).__name__)
    return (name,) if name in TYPES else ()


def _annotated_types(annotation: str) -> tuple[str, ...]:
    """The types of `int`, `"int"`, `list[str]`, `Optional[int]` or `int | None`."""
    try:
        return tuple(dict.fromkeys(_types_in(ast.parse(annotation, mode="eval").body)))
    except SyntaxError:
        return (_UNCHECKED,) if annotation else ()


def _types_in(annotation: ast.expr) -> Iterator[str]:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        yield from _annotated_types(annotation.value)
    elif isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        yield from _types_in(annotation.left)
        yield from _types_in(annotation.right)
    elif isinstance(annotation, ast.Subscript):
        yield from _subscripted_types(_name(annotation.value), annotation.slice)
    else:
        name = _name(annotation)
        yield name if name in TYPES else _UNCHECKED


def _subscripted_types(name: str, content: ast.expr) -> Iterator[str]:
    items = content.elts if isinstance(content, ast.Tuple) else [content]
    if name in ("Optional", "Union"):
        for item in items:
            yield from _types_in(item)
        yield from ("None",) if name == "Optional" else ()
    elif name in ("Annotated", "Final"):
        yield from _types_in(items[0])
    elif name == "Literal":
        yield from (type(getattr(item, "value", None)).__name__ for item in items)
    else:
        yield name if name in TYPES else _UNCHECKED


def _name(annotation: ast.expr) -> str:
    """`list` for `list`, `List` and `typing.List`; `None` for `None`."""
    if isinstance(annotation, ast.Constant):
        return str(annotation.value)
    name = getattr(annotation, "attr", getattr(annotation, "id", ""))
    return {"List": "list", "Dict": "dict"}.get(name, name)


def normalize_name(name: str) -> str:
    """A parameter's name as Python reads it (`ﬁ` is `fi`)."""
    return unicodedata.normalize("NFKC", name)


def to_json(value: Any) -> Any:
    """The value as JSON has it, tuples as lists; ValueError if it is not JSON."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except TypeError as error:
        raise ValueError(str(error)) from error
    copy = json.loads(text)
    if isinstance(value, dict) and copy.keys() != value.keys():
        raise ValueError("a key is not text")
    return copy
