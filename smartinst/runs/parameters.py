"""The parameters of a run, checked against the notebook's declarations before a kernel starts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from smartinst.errors import InputError
from smartinst.runs.declarations import (
    TYPES,
    Declaration,
    normalize_name,
    parse_literal,
    read_declarations,
    to_json,
)

OPTIONS: Final = ("seller", "as_of", "where", "anonymous")
"""Parameters that are set by an option of the command."""

SET_BY_RUN: Final = ("live", "report", "previous", "contact_log", "operations")
"""Parameters that only the run sets: no widgets, the report's name, the last measures, and what
comes from the operational database (delivery/operational_data.py)."""


def default_value(notebook: Path, name: str) -> Any:
    """A parameter's default in the notebook; None if it is not declared, or is computed."""
    return read_declarations(notebook).get(name, Declaration()).default


def check_parameters(
    notebook: Path, run_parameters: Mapping[str, Any], user_parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters for a notebook: the run's, if declared, and all of the user's, converted.

    InputError for a user's parameter that is not declared, has another type, is not JSON, or is
    set by the run.
    """
    declarations = read_declarations(notebook)
    user_parameters = {normalize_name(name): value for name, value in user_parameters.items()}
    for name in user_parameters:
        if name in run_parameters and name in (*OPTIONS, *SET_BY_RUN):
            raise InputError(refusal(name))
        if name not in declarations:
            raise InputError(
                f"parameter {name!r} is not declared by {notebook.name}; "
                f"declared: {', '.join(declarations) or 'none'}"
            )
    for name in ("seller", "as_of"):
        if name in run_parameters and name not in declarations:
            raise InputError(_undeclared_message(notebook, name, declarations))
    parameters = {}
    for name, value in run_parameters.items():
        if name in declarations:
            types = declarations[name].types if declarations[name].is_annotated else ()
            parameters[name] = _checked(name, value, types)
    for name, value in user_parameters.items():
        types = declarations[name].types
        parameters[name] = _checked(name, _converted(value, types), types)
    return parameters


def _undeclared_message(notebook: Path, name: str, declarations: Mapping[str, Declaration]) -> str:
    message = f"{notebook.name} declares no parameter {name!r}"
    if not declarations:
        return (
            f"{message}: it needs a cell tagged parameters with `seller` and `as_of` "
            "(docs/own-report.md)"
        )
    return f"{message}: it cannot be run for a seller as of a date"


def refusal(name: str) -> str:
    """The reason why a parameter cannot be set by name and value; empty if it can."""
    if name in OPTIONS:
        return f"{name} has its own option"
    return f"{name} is set by the run itself" if name in SET_BY_RUN else ""


def _converted(value: Any, types: Sequence[str]) -> Any:
    """A command-line text converted to one of the types, written as JSON or as in Python.

    It stays a text if the parameter may be one (00123), and if it cannot be converted.
    """
    if not isinstance(value, str) or "str" in types:
        return value
    for parse in (json.loads, parse_literal):
        try:
            return to_json(parse(value))
        except (ValueError, RecursionError):
            continue
    return value


def _checked(name: str, value: Any, types: Sequence[str]) -> Any:
    """The value as JSON; InputError unless it has one of the types, if any are given."""
    try:
        value = to_json(value)
    except (ValueError, RecursionError):
        raise InputError(f"parameter {name}: expected a JSON value, found {value!r}") from None
    if types and not any(_has_type(value, type_name) for type_name in types):
        raise InputError(f"parameter {name}: expected {' or '.join(types)}, found {value!r}")
    return value


def _has_type(value: Any, type_name: str) -> bool:
    """Whether a value has a type; a type that is not checked always fits, `True` is no number."""
    if type_name not in TYPES:
        return True
    is_flag = isinstance(value, bool)
    return isinstance(value, TYPES[type_name]) and (not is_flag or type_name == "bool")
