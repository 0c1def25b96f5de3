"""Names that the code binds, and the vague ones among them: pronouns, participles, bare verbs.

`python -m tests.support.vague_names [FOLDER]` lists them, most frequent first.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.paths import ROOT

PRONOUNS: Final = """
    above after again all also another any anything apart around at back before behind below
    beside besides both by each else ever every everything first here how it its last least left
    many mine more most much nobody none nothing of off once one only other others ours out own
    rest same several so some something still such that theirs them then there these this those
    through till together under until up what whatever when which while who whole whom whose why
    within without yet
""".split()
PARTICIPLES: Final = """
    added allowed answered appended arrived asked become becoming been begun being bought bound
    broken brought built called came carried caught changed chosen claimed clicked coming
    compiled computed counted crossed declared did dealt doing done drawn dropped ended entered
    executed expected fetched filled fitted folded followed forgotten found gave given going
    gone got grouped handled happened heard held hidden ignored joined keeping kept knew known
    laid leaving led listed lived looked lost made making marked matched meant met missed moved
    named noted obtained offered opened ordered owned packed parsed passed picked placed planned
    pressed printed quoted reached received remembered removed renamed renewed reported said sat
    saved saw saying seen sending sent settled shared showing shown solved sorted spoken
    standing started stood stopped stored taken taking telling thrown tied told took torn
    touched tried turned typed understood unread unnamed untold used waited waiting wanted went
    wished worked written wrote
""".split()
VERBS: Final = """
    am are ask asks become becomes begin begins bring brings can come comes could did do does
    fall falls get gets give gives go goes had has have hear hears hold holds is keep keeps knew
    know knows lay lays leave leaves let lets lie lies make makes may might must need needs put
    puts said sat saw say says see sees seem seems shall should show shows sit sits stand stands
    take takes tell tells think wait waits want wants was were will would
""".split()
QUALITIES: Final = """
    bad bare best better big deep easy few fine fresh good great hard harmless high large late
    lean light little long low near new newest next nice odd old oldest plain poor quiet quick
    rare raw rich short simple small strange tall tiny true ugly unknown wide wider widest worse
    worst wrong
""".split()
MATTERS: Final = (
    "affair bit business lot lots matter piece stuff thing things way ways wish".split()
)

VAGUE: Final = frozenset((*PRONOUNS, *PARTICIPLES, *VERBS, *QUALITIES, *MATTERS))
"""Words that must not name a value, a class or a module."""
VAGUE_FOR_FUNCTIONS: Final = VAGUE - frozenset(
    ("ask", "begin", "get", "keep", "make", "put", "show", "wait")
)
"""A function may be a bare verb if the verb says what it does."""


@cache
def syntax_tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def bound_names(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Every name that a module binds, and whether it names a function."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, True
            case ast.ClassDef(name=name) | ast.arg(arg=name) | ast.alias(asname=str(name)):
                yield name, False
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, False
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name, False


def is_vague(name: str, is_function: bool) -> bool:
    return name.strip("_").lower() in (VAGUE_FOR_FUNCTIONS if is_function else VAGUE)


def vague_names(paths: Iterable[Path]) -> tuple[int, Counter[tuple[str, Path]]]:
    """The number of bindings in these files, and the vague ones among them by name and file."""
    bindings = [
        (name, is_function, path)
        for path in paths
        for name, is_function in bound_names(syntax_tree(path))
        if name not in ("self", "cls", "_")
    ]
    vague = Counter(
        (name, path) for name, is_function, path in bindings if is_vague(name, is_function)
    )
    return len(bindings), vague


if __name__ == "__main__":
    folder = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "smartinst")
    count, vague = vague_names(sorted(folder.rglob("*.py")))
    for (name, path), times in vague.most_common():
        print(f"{times:4} {name:20} {path.relative_to(ROOT)}")  # noqa: T201
    print(f"{vague.total()} of {count}: {vague.total() / count:.1%}")  # noqa: T201
