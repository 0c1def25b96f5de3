"""Why a notebook needs a kernel: code that depends on Jupyter's protocol, detected before the run.

The cells are parsed, not executed: code that reaches a kernel in another way, for example through
`eval`, is found only if the notebook's metadata says so (`"smartinst": {"kernel": true}`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

WIDGET_LIBRARIES: Final = frozenset(
    """anywidget bqplot comm ipycanvas ipydatagrid ipyevents ipykernel ipyleaflet ipympl ipyparallel
    ipytree ipyvuetify ipywidgets itables.widget jupyter_bokeh jupyter_client nglview panel
    pythreejs pyviz_comms solara tqdm.auto tqdm.autonotebook tqdm.notebook""".split()
)
"""Modules that open comms or use their kernel, with their submodules."""
DASHBOARD: Final = "smartinst.dashboard"
"""Displays widgets unless its parameter `live` is false, as in a run."""
WIDGETS: Final = frozenset({"FigureWidget", "JupyterChart"})
"""Classes of other libraries that are widgets."""
MAGICS: Final = frozenset(
    """autosave connect_info debug ed edit gui javascript js notebook pdb px autopx qtconsole
    subshell""".split()
)
"""Magics of a frontend or a kernel."""
WRAPPER_MAGICS: Final = frozenset("capture prun time timeit".split())
"""Magics whose text is Python."""
PLOTTERS: Final = frozenset({"matplotlib", "pylab"})
STATIC_BACKENDS: Final = frozenset({"agg", "inline", "pdf", "svg", "--list", "-l"})
INPUT_FUNCTIONS: Final = frozenset({"breakpoint", "getpass", "input", "raw_input", "set_trace"})
"""Functions that ask the person at the frontend."""
TIMERS: Final = frozenset({"SIGALRM", "alarm", "setitimer"})
"""Names of the timer that limits the time of a cell in a run's process."""
SHELL: Final = "get_ipython"


def kernel_reason(notebook: Any, parameters: Mapping[str, Any] | None = None) -> str | None:
    """Why the notebook is not executed in a run's own process; None if it can be.

    `parameters` are those of the run.
    """
    declaration = notebook.metadata.get("smartinst")
    if isinstance(declaration, dict) and declaration.get("kernel") is True:
        return "its metadata says so"
    is_static = (parameters or {}).get("live") is False
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        for reason in _reasons(cell.source):
            if not (is_static and reason == _import_reason(DASHBOARD)):
                return f"cell [{number}] {reason}"
    return "IPython has configuration or startup files" if _is_ipython_configured() else None


def _is_ipython_configured() -> bool:
    """Whether a kernel would read files of the machine or its user before the first cell."""
    from IPython.core.application import ENV_CONFIG_DIRS, SYSTEM_CONFIG_DIRS
    from IPython.paths import get_ipython_dir

    profile = Path(get_ipython_dir()) / "profile_default"
    folders = (profile, *map(Path, ENV_CONFIG_DIRS + SYSTEM_CONFIG_DIRS))
    configurations = (path for folder in folders for path in folder.glob("ip*_config.*"))
    startup = (profile / "startup").glob("*.*py")
    return any(configurations) or any(startup)


def _reasons(source: str) -> Iterator[str]:
    """What a cell does that needs a kernel; nothing for code that cannot be parsed."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError):  # the cell will fail in any engine
        return
    shell_names = {SHELL, *_shell_variables(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from _import_reasons(alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from _import_reasons(f"{module}.{alias.name}" for alias in names)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in WIDGETS:
                yield f"uses {name}"
            case ast.Attribute(attr=name, value=ast.Name(id="signal")) if name in TIMERS:
                yield f"uses {name}, the timer of the run"
            case ast.Attribute(attr="kernel", value=value) if _is_shell(value, shell_names):
                yield "uses the kernel of get_ipython()"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in INPUT_FUNCTIONS
            ):
                yield f"calls {name}()"
            case ast.Call(func=ast.Attribute(attr=method, value=value), args=arguments):
                if _is_shell(value, shell_names):
                    yield from _magic_reasons(method, arguments)


def _import_reasons(names: Iterator[str]) -> Iterator[str]:
    for name in names:
        parts = name.split(".")
        parents = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        yield from (_import_reason(module) for module in sorted(parents & WIDGET_LIBRARIES))
        if DASHBOARD in parents:
            yield _import_reason(DASHBOARD)
        if parts[-1] in WIDGETS or (parts[0] == "signal" and parts[-1] in TIMERS):
            yield f"imports {parts[-1]}"


def _import_reason(module: str) -> str:
    return f"imports {module}"


def _shell_variables(tree: ast.AST) -> Iterator[str]:
    """Variables to which the shell is assigned."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=ast.Call(func=ast.Name(id=name))):
                if name == SHELL:
                    yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_shell(node: ast.expr, names: set[str]) -> bool:
    match node:
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in names
    return False


def _magic_reasons(method: str, arguments: list[ast.expr]) -> Iterator[str]:
    """Reasons of a magic, from the call into which IPython translates it."""
    texts = [str(argument.value) for argument in arguments if isinstance(argument, ast.Constant)]
    if method not in ("run_line_magic", "run_cell_magic") or len(texts) != len(arguments):
        return
    name, line, *_ = (*texts, "")
    if name in MAGICS:
        yield f"uses the magic {name}"
    if name in PLOTTERS and (backend := line.split()) and backend[0] not in STATIC_BACKENDS:
        yield f"uses {backend[0]} as the backend of matplotlib"
    if name in WRAPPER_MAGICS:
        yield from _reasons(line)
        yield from _reasons("\n".join(texts[2:]))
