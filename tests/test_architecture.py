"""The house: imports point one way, clocks and outside things stay in their rooms, notebooks stay thin."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "smartinst"
GROUND = ("errors", "addresses", "money", "facts", "shipped", "i18n", "settings")
ORDER = (
    *GROUND,
    *("drawing", "hotmart", "ledger", "analytics", "report", "pages"),
    *("database", "runs", "intake", "actions", "delivery"),
    *("demo", "doctor", "dashboard", "commands", "cli"),
)
"""Rooms, each of which imports only itself and rooms to its left."""
OPERATING = ("runs", "intake", "actions", "delivery", "demo", "doctor", "commands")
"""Rooms that may read a clock, send mail and execute notebooks."""
BESIDE = {"sample": GROUND, "__init__": ORDER[: ORDER.index("report") + 1]}
"""Rooms outside of the order, with the rooms that they may import."""
MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def room(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def dotted_name(module: Path) -> str:
    parts = module.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {dotted_name(module) for module in MODULES}


@cache
def imported(module: Path) -> set[str]:
    """Every dotted name that a module imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def modules_used(module: Path) -> set[str]:
    """The package's modules that a module imports; a folder only if a name comes from the folder itself."""
    names = {name for name in imported(module) if name in NAMES}
    return {name for name in names if not any(other.startswith(f"{name}.") for other in names)}


def parts_of(folder: str) -> dict[str, set[str]]:
    """Each sub-folder and module right inside a folder, with the others there that it imports."""
    depth = folder.count(".") + 2
    uses: dict[str, set[str]] = {}
    for module in MODULES:
        name = dotted_name(module)
        if name.startswith(f"{folder}.") and module.stem != "__init__":
            part = ".".join(name.split(".")[:depth])
            others = {
                ".".join(other.split(".")[:depth])
                for other in modules_used(module)
                if other.startswith(f"{folder}.")
            }
            uses.setdefault(part, set()).update(others - {part})
    return uses


def clocks_read(module: Path) -> set[str]:
    """The instants and days of today that a module asks for, under whatever name it imports the clock."""
    calls = [
        node.func
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    asked = {call.attr for call in calls if isinstance(call, ast.Attribute)} & {
        "now",
        "utcnow",
        "today",
    }
    return asked | ({"time"} & {name.split(".")[0] for name in imported(module)})


def rooms_used(module: Path) -> set[str]:
    own = {name.split(".")[1] for name in imported(module) if name.startswith("smartinst.")}
    return {name for name in own if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_a_module_imports_only_rooms_left_of_its_own(module: Path) -> None:
    own = room(module)
    beside = ["sample"] if own == "demo" else []
    allowed = {own, *(BESIDE[own] if own in BESIDE else ORDER[: ORDER.index(own)]), *beside}
    assert rooms_used(module) <= allowed


@pytest.mark.parametrize("folder", sorted({name.rpartition(".")[0] for name in NAMES} - {""}))
def test_the_parts_of_a_folder_import_each_other_in_no_circle(folder: str) -> None:
    TopologicalSorter(parts_of(folder)).prepare()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_the_compute_half_reads_no_clock_and_knows_no_mail_and_no_papermill(module: Path) -> None:
    names = {name.split(".")[0] for name in imported(module)}
    if room(module) not in OPERATING:
        assert not clocks_read(module)
        assert not {"smtplib", "papermill"} & names
    elif "papermill" in names:
        assert module.name in ("execution.py", "parameters.py")


def test_no_room_is_a_drawer() -> None:
    assert not {"utils", "helpers", "core", "base", "common", "manager"} & {
        module.stem for module in MODULES
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_shipped_notebook_is_a_cleared_recipe_of_thin_cells(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", one) for one in ids)
    parameters = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    assert len(parameters) == 1
    for line in "".join(parameters[0]["source"]).splitlines():
        assert re.fullmatch(r"\w+: \w+ = [^=#]*  # [^=]+", line), line
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        assert not cell["outputs"]
        assert cell["execution_count"] is None
        tree = ast.parse("".join(cell["source"]))
        barred = (
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
        assert not [node for node in ast.walk(tree) if isinstance(node, barred)]
        assert cell is parameters[0] or len(tree.body) <= 5


def test_no_tracked_file_names_a_registry_or_a_path_of_this_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    hosts = (
        "pypi" + ".org",
        "python" + "hosted.org",
        "npm" + "js.org",
        "/wo" + "rk/main",
        "/ro" + "ot/",
    )
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file():
            data = path.read_bytes()
            assert len(data) <= 1_000_000, name
            assert b"\0" in data or not [host for host in hosts if host.encode() in data], name


def test_the_architecture_page_names_rooms_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for name in re.findall(
        r"`((?:hotmart|ledger|analytics|report|pages|runs|intake|actions|delivery|database|i18n|drawing|dashboard|commands|templates)/[\w./]*\.\w+)`",
        page,
    ):
        assert (PACKAGE / name).exists() or (ROOT / name).exists(), name
