"""Structure of the package: import order, clocks and libraries by folder, thin notebooks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.paths import ROOT
from tests.support.vague_names import syntax_tree

PACKAGE: Final = ROOT / "smartinst"
GROUND: Final = (
    "errors",
    "machine_errors",
    "file_writing",
    "credentials",
    "garbage_collection",
    "text_cache",
    "terminal",
    "isolated_call",
    "addresses",
    "mistakes",
    "money",
    "billing_types",
    "statements",
    "facts",
    "shipped",
    "i18n",
    "settings",
)
ORDER: Final = (
    *GROUND,
    *("drawing", "hotmart", "ledger", "analytics", "report", "pages"),
    *("database", "sandbox", "runs", "intake", "actions", "delivery", "archive"),
    *("demo", "doctor", "dashboard", "commands", "cli", "start"),
)
"""Folders and modules of the package; each imports only itself and those to its left."""
CLOCK_READERS: Final = ("runs", "intake", "actions", "delivery", "demo", "doctor", "commands")
"""Those that may read a clock, send mail and execute notebooks."""
OUTSIDE_ORDER: Final = {"sample": GROUND, "__init__": ORDER[: ORDER.index("report") + 1]}
"""Those outside of the order, with what they may import."""
MODULES: Final = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS: Final = sorted((ROOT / "notebooks").glob("*.ipynb"))
NO_PART_OF_A_NOTEBOOK: Final = (
    ast.FunctionDef,
    ast.For,
    ast.comprehension,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.Lambda,
    ast.ClassDef,
    ast.Try,
)
each_module = pytest.mark.parametrize(
    "module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE))
)


def top_part(module: Path) -> str:
    """The folder or module right inside the package that a module belongs to."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def dotted_name(module: Path) -> str:
    parts = module.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULE_NAMES: Final = {dotted_name(module) for module in MODULES}


@cache
def imported_names(module: Path) -> set[str]:
    """Every dotted name that a module imports, inside functions too."""
    names = set()
    for node in ast.walk(syntax_tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def imported_modules(module: Path) -> set[str]:
    """The package's modules that a module imports, and folders from which it imports a name."""
    names = imported_names(module) & MODULE_NAMES
    return {name for name in names if not any(other.startswith(f"{name}.") for other in names)}


def imported_top_parts(module: Path) -> set[str]:
    names = {name.split(".")[1] for name in imported_names(module) if name.startswith("smartinst.")}
    return {
        name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()
    }


def imports_inside(folder: str) -> dict[str, set[str]]:
    """Each sub-folder and module right inside a folder, with the others there that it imports."""
    depth = folder.count(".") + 2
    imports: dict[str, set[str]] = {}
    for module in MODULES:
        name = dotted_name(module)
        if name.startswith(f"{folder}.") and module.stem != "__init__":
            part = ".".join(name.split(".")[:depth])
            others = {
                ".".join(other.split(".")[:depth])
                for other in imported_modules(module)
                if other.startswith(f"{folder}.")
            }
            imports.setdefault(part, set()).update(others - {part})
    return imports


def clock_reads(module: Path) -> set[str]:
    """Calls of `now`, `utcnow` and `today`, and `time` if the module imports it."""
    nodes = ast.walk(syntax_tree(module))
    functions = [node.func for node in nodes if isinstance(node, ast.Call)]
    methods = {function.attr for function in functions if isinstance(function, ast.Attribute)}
    imports = {name.split(".")[0] for name in imported_names(module)}
    return methods & {"now", "utcnow", "today"} | imports & {"time"}


@each_module
def test_a_module_imports_only_its_own_folder_and_those_before_it(module: Path) -> None:
    part = top_part(module)
    before = OUTSIDE_ORDER[part] if part in OUTSIDE_ORDER else ORDER[: ORDER.index(part)]
    allowed = {part, *before, *(["sample"] if part == "demo" else [])}
    assert imported_top_parts(module) <= allowed


@pytest.mark.parametrize(
    "folder", sorted({name.rpartition(".")[0] for name in MODULE_NAMES} - {""})
)
def test_the_parts_of_a_folder_do_not_import_each_other_in_a_circle(folder: str) -> None:
    TopologicalSorter(imports_inside(folder)).prepare()


@each_module
def test_computing_modules_read_no_clock_and_import_no_mail_and_no_papermill(module: Path) -> None:
    libraries = {name.split(".")[0] for name in imported_names(module)}
    if top_part(module) not in CLOCK_READERS:
        assert not clock_reads(module)
        assert not {"smtplib", "papermill"} & libraries
    elif "papermill" in libraries:
        assert top_part(module) == "runs"


def test_no_module_has_a_name_that_fits_everything() -> None:
    assert not {"utils", "helpers", "core", "base", "common", "manager"} & {
        module.stem for module in MODULES
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_shipped_notebook_has_no_outputs_and_thin_cells(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell_id) for cell_id in ids)
    (parameters,) = (cell for cell in cells if "parameters" in cell["metadata"].get("tags", []))
    for line in "".join(parameters["source"]).splitlines():
        assert re.fullmatch(r"\w+: \w+ = [^=#]*  # [^=]+", line), line
    for cell in cells:
        if cell["cell_type"] == "code":
            check_code_cell(cell, is_parameters=cell is parameters)


def check_code_cell(cell: dict[str, Any], *, is_parameters: bool) -> None:
    assert not cell["outputs"]
    assert cell["execution_count"] is None
    tree = ast.parse("".join(cell["source"]))
    assert not [node for node in ast.walk(tree) if isinstance(node, NO_PART_OF_A_NOTEBOOK)]
    assert is_parameters or len(tree.body) <= 5


def test_no_tracked_file_names_a_registry_or_a_path_of_this_machine() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    names = (
        "pypi" + ".org",
        "python" + "hosted.org",
        "npm" + "js.org",
        "npm" + "js.com",
        "yarn" + "pkg.com",
        "unp" + "kg.com",
        "ana" + "conda.org",
        "/wo" + "rk/main",
        "/ro" + "ot/",
    )
    for path in (ROOT / name for name in listing.split("\0") if name):
        if path.is_file():
            content = path.read_bytes()
            assert len(content) <= 1_000_000, path
            assert b"\0" in content or not [name for name in names if name.encode() in content], (
                path
            )


def test_every_path_on_the_architecture_page_exists() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    code = [text for text in re.findall(r"`([^`\n]+)`", prose) if "<" not in text]
    paths = [text for text in code if re.fullmatch(r"[\w.-]+(/[\w.-]*)+|\w+\.(py|md|toml)", text)]
    links = re.findall(r"\]\(([^)#:]+)\)", page)
    assert len(paths) > 30
    for path in paths:
        assert any((folder / path).exists() for folder in (PACKAGE, ROOT)), path
    for link in links:
        assert (ROOT / "docs" / link).exists(), link


def test_the_architecture_page_has_the_import_order() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    order = re.search(r"```\n(errors → .*?)\n```", page, flags=re.DOTALL)
    assert order
    assert tuple(re.findall(r"\w+", order[1])) == ORDER


def test_every_folder_of_the_package_is_on_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert not {folder for folder in folders if f"`{folder}/" not in page}
