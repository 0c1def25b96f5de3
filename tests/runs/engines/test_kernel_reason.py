"""What a notebook contains decides whether it is executed in a kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from smartinst.runs.engines.kernel_reason import kernel_reason

SHIPPED: Final = Path("notebooks")
REASONS: Final = {
    "import ipywidgets as widgets": "imports ipywidgets",
    "from ipywidgets import interact": "imports ipywidgets",
    "import ipywidgets.widgets": "imports ipywidgets",
    "try:\n    import anywidget\nexcept ImportError:\n    pass": "imports anywidget",
    "def later():\n    from ipykernel.comm import Comm": "imports ipykernel",
    "%%time\nimport comm": "imports comm",
    "from tqdm.notebook import tqdm": "imports tqdm.notebook",
    "from tqdm import auto": "imports tqdm.auto",
    "from altair import JupyterChart": "imports JupyterChart",
    "alt.JupyterChart(chart)": "uses JupyterChart",
    "go.FigureWidget()": "uses FigureWidget",
    "from smartinst.dashboard import explore": "imports smartinst.dashboard",
    "get_ipython().kernel.get_parent()": "uses the kernel of get_ipython()",
    "shell = get_ipython()\nshell.kernel": "uses the kernel of get_ipython()",
    "name = input('name?')": "calls input()",
    "import getpass\ngetpass.getpass()": "calls getpass()",
    "%time input()": "calls input()",
    "breakpoint()": "calls breakpoint()",
    "%gui qt": "uses the magic gui",
    "%debug": "uses the magic debug",
    "%%javascript\nalert(1)": "uses the magic javascript",
    "if True:\n    %connect_info": "uses the magic connect_info",
    "get_ipython().run_line_magic('qtconsole', '')": "uses the magic qtconsole",
    "%matplotlib widget": "uses widget as the backend of matplotlib",
    "%pylab notebook": "uses notebook as the backend of matplotlib",
    "import signal\nsignal.alarm(3)": "uses alarm, the timer of the run",
    "from signal import setitimer": "imports setitimer",
}
HARMLESS: Final = (
    "text = 'import ipywidgets; input('",
    "# input()",
    "!echo input\\(",
    "%%bash\nimport comm",
    "%%html\n<script>input()</script>",
    "%matplotlib inline",
    "%matplotlib",
    "%load_ext autoreload",
    "model.kernel = 'rbf'",
    "from sklearn.svm import kernel",
    "input_file = book.input",
    "import communication, smartinst",
    "clock.alarm()",
    "from . import comm",
    "def f(:",
    "x = = input()",
    "print?",
    "",
)


def notebook(*sources: str, **metadata: Any) -> Any:
    cells = [new_markdown_cell("input()"), *map(new_code_cell, sources)]
    return new_notebook(cells=cells, metadata=metadata)


@pytest.mark.parametrize("source", REASONS)
def test_a_cell_that_talks_to_a_frontend_or_a_kernel_needs_a_kernel(source: str) -> None:
    assert kernel_reason(notebook("1", source)) == f"cell [2] {REASONS[source]}"


@pytest.mark.parametrize("source", HARMLESS)
def test_other_cells_need_none(source: str) -> None:
    assert kernel_reason(notebook(source)) is None


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"smartinst": {"kernel": True}}, "its metadata says so"),
        ({"smartinst": {"kernel": False}}, None),
        ({"smartinst": "kernel"}, None),
        ({"kernelspec": {"name": "conda-env-x-py", "display_name": "x"}}, None),
    ],
    ids=["yes", "no", "text", "kernelspec"],
)
def test_a_notebook_can_declare_that_it_needs_a_kernel(
    metadata: dict[str, Any], reason: str | None
) -> None:
    assert kernel_reason(notebook("1", **metadata)) == reason


def test_startup_files_of_ipython_need_a_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "README").write_text("not executed", encoding="utf-8")
    assert kernel_reason(notebook("1")) is None
    (startup / "own.py").write_text("x = 1", encoding="utf-8")
    assert kernel_reason(notebook("1")) == "IPython has configuration or startup files"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_shipped_notebook_needs_a_kernel_in_a_run(path: Path) -> None:
    shipped = nbformat.read(path, as_version=4)
    assert kernel_reason(shipped, {"live": False}) is None
    is_board = path.stem in ("explore", "portfolio")
    assert kernel_reason(shipped) == ("cell [2] imports smartinst.dashboard" if is_board else None)
