"""The parameters of a notebook, checked against its declarations before a kernel starts."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from smartinst.errors import InputError
from smartinst.pages.reading.notebook_file import read_notebook

OPTIONS: Final = ("seller", "as_of", "where", "anonymous")
"""Parameters that are set by an option of the command."""

SET_BY_RUN: Final = ("live", "report", "previous")
"""Parameters that only the run sets: no widgets, the report's name, the last measures."""

_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
}


def declared_parameters(notebook: Path) -> dict[str, str]:
    """Parameter → name of its type (`str`, `int`, `dict`…; empty if it is not declared).

    InputError if the file is not a notebook.
    """
    return {name: _type_name(declaration) for name, declaration in _declarations(notebook).items()}


def default_value(notebook: Path, name: str) -> Any:
    """A parameter's default in the notebook; None if it is not declared, or is computed."""
    try:
        return ast.literal_eval(_declarations(notebook)[name]["default"])
    except (KeyError, ValueError, SyntaxError):
        return None


def _declarations(notebook: Path) -> dict[str, Any]:
    """Papermill's description of each parameter of a notebook."""
    import papermill

    read_notebook(notebook)  # refuses what is not a notebook with an error of ours
    return dict(papermill.inspect_notebook(str(notebook)))


def _type_name(declaration: Mapping[str, Any]) -> str:
    name = str(declaration["inferred_type_name"]).split("[")[0].strip()
    return name if name in _TYPES else ""


def check_parameters(
    notebook: Path, run_parameters: Mapping[str, Any], user_parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters for a notebook: the run's, if declared, and all of the user's, converted.

    InputError for a user's parameter that is not declared, has another type, is not JSON, or is
    set by the run.
    """
    types = declared_parameters(notebook)
    for name in user_parameters:
        if name in run_parameters and name in (*OPTIONS, *SET_BY_RUN):
            raise InputError(refusal(name))
        if name not in types:
            raise InputError(
                f"parameter {name!r} is not declared by {notebook.name}; "
                f"declared: {', '.join(types)}"
            )
    for name in ("seller", "as_of"):
        if name in run_parameters and name not in types:
            raise InputError(
                f"{notebook.name} declares no parameter {name!r}: "
                "it cannot be run for a seller as of a date"
            )
    parameters = {name: value for name, value in run_parameters.items() if name in types}
    parameters |= {
        name: _converted(name, value, types[name]) for name, value in user_parameters.items()
    }
    for name, value in parameters.items():
        _check(name, value, types[name])
    return parameters


def refusal(name: str) -> str:
    """The reason why a parameter cannot be set by name and value; empty if it can."""
    if name in OPTIONS:
        return f"{name} has its own option"
    return f"{name} is set by the run itself" if name in SET_BY_RUN else ""


def _converted(name: str, value: Any, kind: str) -> Any:
    """A command-line text converted to the declared type; a `str` is not changed (00123)."""
    if not isinstance(value, str) or kind == "str":
        return value
    try:
        return json.loads(value, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        if kind:
            raise InputError(f"parameter {name}: expected {kind}, found {value!r}") from None
        return value


def _check(name: str, value: Any, kind: str) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise InputError(f"parameter {name}: expected a JSON value, found {value!r}") from None
    python_type = _TYPES.get(kind)
    if python_type is None:
        return
    is_flag = isinstance(value, bool)
    if not isinstance(value, python_type) or (is_flag and kind != "bool"):
        raise InputError(f"parameter {name}: expected {kind}, found {value!r}")


def _reject_constant(word: str) -> Any:
    raise ValueError(word)
