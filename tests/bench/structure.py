"""Figures of the code's structure, to compare two checkouts.

`python -m tests.bench.structure [CHECKOUT]` prints modules per folder, lengths of functions,
branches, import circles, vague names, class names used twice, lines and statements.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

from tests.support.vague_names import vague_names

BRANCHES = (
    ast.If,
    ast.For,
    ast.While,
    ast.Try,
    ast.IfExp,
    ast.comprehension,
    ast.Match,
    ast.BoolOp,
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def statements(tree: ast.AST) -> int:
    """The number of statements without imports and docstrings."""
    return sum(isinstance(node, ast.stmt) and not is_uncounted(node) for node in ast.walk(tree))


def is_uncounted(node: ast.stmt) -> bool:
    """Whether a statement is an import or a docstring."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, (ast.Import, ast.ImportFrom))


def imports(package: Path) -> dict[str, set[str]]:
    """Each module with the modules of the package that it imports, inside functions too."""
    paths = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts): path
        for path in package.rglob("*.py")
    }
    graph = {}
    for name, path in paths.items():
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
        names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
        names |= {str(node.module) for node in froms}
        graph[name] = (names & set(paths)) - {name}
    return graph


def circles(graph: dict[str, set[str]]) -> int:
    """Import circles, counted by removing one arrow of each that is found."""
    count = 0
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            first, second = error.args[1][:2]
            graph[second].discard(first)
            count += 1
        else:
            return count


def spread(title: str, sizes: list[int]) -> str:
    p90 = quantiles(sizes, n=10)[-1]
    return f"{title}: median {median(sizes):.0f}, p90 {p90:.0f}, max {max(sizes)}"


def report(root: Path) -> Iterator[str]:
    """One line for each figure."""
    package, tests = root / "smartinst", root / "tests"
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    trees = [ast.parse(source) for source in sources.values()]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    folders = Counter(str(path.parent.relative_to(root)) for path in sources)
    yield "modules per folder: " + ", ".join(f"{k} {n}" for k, n in sorted(folders.items()))
    lengths = {path: len(source.splitlines()) for path, source in sources.items()}
    longest = max(lengths, key=lengths.__getitem__)
    yield f"longest module: {longest.relative_to(root)}, {lengths[longest]} lines"
    functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
    yield spread("lines per function", [(f.end_lineno or 0) - f.lineno + 1 for f in functions])
    yield spread("statements per function", [statements(function) for function in functions])
    branches = [sum(isinstance(x, BRANCHES) for x in ast.walk(f)) for f in functions]
    yield f"branches per function: max {max(branches)}"
    yield f"import circles: {circles(imports(package))}"
    classes = Counter(node.name for node in nodes if isinstance(node, ast.ClassDef))
    yield f"class names used twice: {sum(count > 1 for count in classes.values())}"
    for folder in (package, tests):
        paths = sorted(folder.rglob("*.py"))
        count, vague = vague_names(paths)
        share = vague.total() / count
        yield f"vague names in {folder.name}: {vague.total()} of {count} bindings, {share:.1%}"
        texts = [path.read_text(encoding="utf-8") for path in paths]
        lines = sum(len(text.splitlines()) for text in texts)
        size = sum(statements(ast.parse(text)) for text in texts)
        yield f"{folder.name}: {lines} lines, {size} statements without imports and docstrings"


if __name__ == "__main__":
    for line in report(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()):
        print(line)  # noqa: T201
