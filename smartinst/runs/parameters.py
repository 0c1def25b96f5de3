"""A notebook's parameters: which it declares, and whether what is given fits; refused before a kernel starts."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from smartinst.errors import InputError

OPTIONS: Final = ("seller", "as_of", "where", "anonymous")
"""Parameters that an option of the command fills."""

SET_BY_RUN: Final = ("live", "report", "previous")
"""Parameters that a run fills alone: a report has no widgets, its definition's name, and the report before it beside it."""

_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
}


def declared(notebook: Path) -> dict[str, str]:
    """Parameter → its type's name (`str`, `int`, `dict`…; "" where the notebook does not say)."""
    import papermill

    found = papermill.inspect_notebook(str(notebook))
    return {name: _type_name(one) for name, one in found.items()}


def preset(notebook: Path, name: str) -> Any:
    """What a notebook says of a parameter itself; null where it declares none, or computes it."""
    import papermill

    try:
        return ast.literal_eval(papermill.inspect_notebook(str(notebook))[name]["default"])
    except (KeyError, ValueError, SyntaxError):
        return None


def _type_name(one: Mapping[str, Any]) -> str:
    name = str(one["inferred_type_name"]).split("[")[0].strip()
    return name if name in _TYPES else ""


def check_parameters(
    notebook: Path, own: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """What to hand over: of our `own` parameters those that are declared, of the `given` ones all, typed.

    InputError for a given parameter that is not declared, of another type, or not JSON, and for one that is the run's.
    """
    types = declared(notebook)
    for name in given:
        if name in own and name in (*OPTIONS, *SET_BY_RUN):
            raise InputError(refusal(name))
        if name not in types:
            raise InputError(
                f"parameter {name!r} is not declared by {notebook.name}; declared: {', '.join(types)}"
            )
    if missing := [name for name in ("seller", "as_of") if name in own and name not in types]:
        raise InputError(
            f"{notebook.name} declares no parameter {missing[0]!r}: it cannot be run for a seller as of a date"
        )
    parameters = {name: value for name, value in own.items() if name in types}
    parameters |= {name: _typed(name, value, types[name]) for name, value in given.items()}
    for name, value in parameters.items():
        _check(name, value, types[name])
    return parameters


def refusal(name: str) -> str:
    """Why a parameter cannot be given by name and value; empty for one that can."""
    if name in OPTIONS:
        return f"{name} has an option of its own"
    return f"{name} is set by the run itself" if name in SET_BY_RUN else ""


def _typed(name: str, value: Any, kind: str) -> Any:
    """A text of the command line as the declared type; a text stays as it was typed (00123)."""
    if not isinstance(value, str) or kind == "str":
        return value
    try:
        return json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        if kind:
            raise InputError(f"parameter {name}: expected {kind}, found {value!r}") from None
        return value


def _check(name: str, value: Any, kind: str) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise InputError(f"parameter {name}: expected a JSON value, found {value!r}") from None
    expected = _TYPES.get(kind)
    if expected is None:
        return
    is_flag = isinstance(value, bool)
    if not isinstance(value, expected) or (is_flag and kind != "bool"):
        raise InputError(f"parameter {name}: expected {kind}, found {value!r}")


def _refuse(word: str) -> Any:
    raise ValueError(word)
