"""Parameters: what a notebook declares, and what a command's text becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartinst.errors import InputError
from smartinst.runs.declarations import Declaration, read_declarations
from smartinst.runs.parameters import check_parameters, default_value
from tests.support.notebooks import code_cell, document, save, text_cell


def read_cell(folder: Path, source: str, **metadata: Any) -> dict[str, Declaration]:
    path = save(folder / "mine.ipynb", document(code_cell(source, "parameters"), **metadata))
    return read_declarations(path)


@pytest.mark.parametrize(
    ("source", "types", "default"),
    [
        ('x = "a=b"', ("str",), "a=b"),
        ('x: str = "a = b"  # c = d', ("str",), "a = b"),
        ("x = 5", ("float",), 5),
        ("x = -2.5  # a fall", ("float",), -2.5),
        ("x: int = -5", ("int",), -5),
        ("x = True", ("bool",), True),
        ("x = None", (), None),
        ("x = [\n    1,  # one\n    -2,\n]", ("list",), [1, -2]),
        ('x = {\n    "a": 1,\n    "b": [None, False],\n}', ("dict",), {"a": 1, "b": [None, False]}),
        ('x = """one\ntwo = 2"""', ("str",), "one\ntwo = 2"),
        ('x = (\n    "one "\n    "two"\n)', ("str",), "one two"),
        ('x = f"{1}"', ("str",), None),
        ("x = (1, 2)", (), (1, 2)),
        ("x = date(2026, 1, 1)", (), None),
        ("x: int", ("int",), None),
        ("x: 'int' = 1", ("int",), 1),
        ("x: int | None = None", ("int", "None"), None),
        ("x: Optional[str] = None", ("str", "None"), None),
        ("x: typing.Union[int, str] = 1", ("int", "str"), 1),
        ("x: List[str] = []", ("list",), []),
        ("x: dict[str, int] = {}", ("dict",), {}),
        ('x: Literal["a", 1] = "a"', ("str", "int"), "a"),
        ("x: Annotated[float, 'share'] = 0.5", ("float",), 0.5),
        ("x: date = None", ("",), None),
        ("x = 5  # type: int", ("int",), 5),
        ("x = 5  # type: Optional[str]  a help", ("str", "None"), 5),
        ("x = 5  # type: ignore", ("float",), 5),
        ('x = "# type: int"', ("str",), "# type: int"),
        ("y = 1; x = 2; z = 3", ("float",), 2),
        ('y, x = 1, "two"', ("str",), "two"),
        ("y = x = True", ("bool",), True),
        ("# x = 1\n\nx = 2", ("float",), 2),
        ("x = 1\nx = 'later'", ("str",), "later"),
        ("%matplotlib inline\n!ls = x\nx = 1", ("float",), 1),
        ("import os\nif True:\n    y = 1\nx = 1", ("float",), 1),
        ('x = "\\d"', ("str",), "\\d"),
    ],
)
def test_a_parameter_is_declared_by_an_assignment(
    tmp_path: Path, source: str, types: tuple[str, ...], default: Any
) -> None:
    declaration = read_cell(tmp_path, source)["x"]
    assert (declaration.types, declaration.default) == (types, default)


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([code_cell("", "parameters")], []),
        ([code_cell("# nothing\n", "parameters")], []),
        ([code_cell("x = 1")], []),
        ([text_cell("x = 1", "parameters")], []),
        ([text_cell("x = 1", "parameters"), code_cell("y = 1", "parameters")], ["y"]),
        ([code_cell("x = 1", "parameters"), code_cell("y = 1", "parameters")], ["x"]),
        ([code_cell("x = 1", "other", "parameters")], ["x"]),
    ],
    ids=[
        "empty",
        "a comment",
        "no tag",
        "Markdown",
        "Markdown and code",
        "two cells",
        "two tags",
    ],
)
def test_the_first_code_cell_with_the_tag_declares(
    tmp_path: Path, cells: list[dict[str, Any]], names: list[str]
) -> None:
    assert list(read_declarations(save(tmp_path / "x.ipynb", document(*cells)))) == names


@pytest.mark.parametrize(
    ("declaration", "text", "value"),
    [
        ('x = "1"', "00123", "00123"),
        ('x = "1"', "12", "12"),
        ('x = ""', "true", "true"),
        ('x = ""', "a=b", "a=b"),
        ('x = ""', "one\ntwo", "one\ntwo"),
        ('x = ""', " 💸 é{} ", " 💸 é{} "),
        ("x: str | None = None", "12", "12"),
        ("x: str | date = None", "12", "12"),
        ("x: date = None", "2026-01-01", "2026-01-01"),
        ("x = None", "12", 12),
        ("x = None", "00123", "00123"),
        ("x = None", "None", None),
        ("x = None", "null", None),
        ("x = 5", "-7", -7),
        ("x = 5", "0.5", 0.5),
        ("x = 5", "1_000", 1000),
        ("x: int = 5", "+7", 7),
        ("x: int | None = 5", "None", None),
        ("x: float = 5", "7", 7),
        ("x = True", "false", False),
        ("x = True", "False", False),
        ("x = []", '["a", "b=c"]', ["a", "b=c"]),
        ("x = []", "['a', None, True]", ["a", None, True]),
        ("x = []", "(1, 2)", [1, 2]),
        ("x = {}", '{"a": {"b": -1}}', {"a": {"b": -1}}),
        ("x = {}", "{'a': None}", {"a": None}),
    ],
)
def test_a_text_becomes_a_value_of_the_declared_type(
    tmp_path: Path, declaration: str, text: str, value: Any
) -> None:
    path = save(tmp_path / "x.ipynb", document(code_cell(declaration, "parameters")))
    result = check_parameters(path, {}, {"x": text})["x"]
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("declaration", "text", "error"),
    [
        ("x = 5", "many", "parameter x: expected float, found 'many'"),
        ("x = 5", "True", "parameter x: expected float, found True"),
        ("x = 5", "None", "parameter x: expected float, found None"),
        ("x = 5", "1e999", "parameter x: expected float, found '1e999'"),
        ("x: int = 5", "1.5", "parameter x: expected int, found 1.5"),
        ("x: int = 5", "007", "parameter x: expected int, found '007'"),
        ("x: int | None = 5", "", "parameter x: expected int or None, found ''"),
        ("x = True", "1", "parameter x: expected bool, found 1"),
        ("x = True", "yes", "parameter x: expected bool, found 'yes'"),
        ("x = []", "a,b", "parameter x: expected list, found 'a,b'"),
        ("x = []", "[1,", "parameter x: expected list, found '[1,'"),
        ("x = {}", "[1]", "parameter x: expected dict, found [1]"),
        ("x = {}", "{1: 2}", "parameter x: expected dict, found '{1: 2}'"),
        ("x = {}", "{'a': {1, 2}}", "parameter x: expected dict, found \"{'a': {1, 2}}\""),
        ("x = {}", "__import__('os')", "parameter x: expected dict, found \"__import__('os')\""),
        ("x = ''", "\udce9", "parameter x: expected a JSON value, found '\\udce9'"),
        ("y = 5", "1", "parameter 'x' is not declared by x.ipynb; declared: y"),
        ("", "1", "parameter 'x' is not declared by x.ipynb; declared: none"),
    ],
)
def test_a_text_of_another_type_is_refused(
    tmp_path: Path, declaration: str, text: str, error: str
) -> None:
    path = save(tmp_path / "x.ipynb", document(code_cell(declaration, "parameters")))
    with pytest.raises(InputError) as refusal:
        check_parameters(path, {}, {"x": text})
    assert str(refusal.value) == error


def test_deeply_nested_text_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "x.ipynb", document(code_cell("x = []", "parameters")))
    with pytest.raises(InputError, match="expected list"):
        check_parameters(path, {}, {"x": "[" * 100_000})


def test_a_name_is_compared_as_python_reads_it(tmp_path: Path) -> None:
    path = save(tmp_path / "x.ipynb", document(code_cell("período = 5", "parameters")))
    assert check_parameters(path, {}, {"peri\u0301odo": "6"}) == {"período": 6}


def test_the_runs_own_values_need_no_type(tmp_path: Path) -> None:
    path = save(tmp_path / "x.ipynb", document(code_cell("where = ''\nlive = 0", "parameters")))
    assert check_parameters(path, {"where": {}, "live": False}, {}) == {"where": {}, "live": False}


@pytest.mark.parametrize(
    ("source", "metadata", "error"),
    [
        (
            "x = 1\ny = = 2",
            {},
            "mine.ipynb, cell tagged parameters: SyntaxError: invalid syntax (line 2)",
        ),
        (
            "x <- 5",
            {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
            "mine.ipynb: expected a notebook in Python, found R",
        ),
        (
            "x = 5",
            {"language_info": {"name": "julia"}},
            "mine.ipynb: expected a notebook in Python",
        ),
    ],
)
def test_a_cell_that_is_not_python_is_refused(
    tmp_path: Path, source: str, metadata: dict[str, Any], error: str
) -> None:
    with pytest.raises(InputError) as refusal:
        read_cell(tmp_path, source, **metadata)
    assert str(refusal.value).startswith(error)


def test_a_default_is_read_without_running_the_notebook(tmp_path: Path) -> None:
    cell = code_cell('seller = "a=b"\nday = today()', "parameters")
    path = save(tmp_path / "x.ipynb", document(cell))
    assert [default_value(path, name) for name in ("seller", "day", "none")] == ["a=b", None, None]
