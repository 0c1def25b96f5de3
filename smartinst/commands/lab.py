"""The `lab` and `serve` commands: live dashboards in JupyterLab, or as a page by Voilà."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any, Final

import click

from smartinst import credentials
from smartinst.commands.options import say
from smartinst.errors import ConfigurationError, InputError
from smartinst.settings import Seller, Settings, load_settings
from smartinst.shipped import NOTEBOOKS, PACKAGE

JUPYTER_FOLDER: Final = PACKAGE / "dashboard" / "lab" / "jupyter"
"""Jupyter settings of these commands: no news, no CDN requests. The user's own take priority."""
DASHBOARDS: Final = ("explore.ipynb", "portfolio.ipynb")


NO_BROWSER: Final = click.option(
    "--no-browser",
    "browser_options",
    is_flag=True,
    callback=lambda _context, _option, value: ["--no-browser"] if value else [],
    help="print the address with its token instead of opening a browser",
)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8888,
    show_default=True,
    help="port on 127.0.0.1; 0: any free port",
)
@NO_BROWSER
def lab(arguments: tuple[str, ...], port: int, browser_options: list[str]) -> None:
    """Opens JupyterLab on notebooks/explore.ipynb of the workspace, with a token, on 127.0.0.1.

    explore.ipynb: filters, linked charts, the table of plans, the page of a plan and the recovery
    actions. Its first code cell sets the seller (empty: the first configured one). portfolio.ipynb:
    all sellers. If the workspace has no dashboards of its own, copies are installed in
    notebooks/live/, which no report uses; lab updates unchanged copies later. The button at the
    top of a copy, or Run > Run All Cells, starts it. A dashboard is saved without its widgets,
    which need its kernel. ARGUMENTS are passed to JupyterLab.
    """
    from smartinst.dashboard.cell import default_locale
    from smartinst.dashboard.lab.copies import install_copy

    folder, locale = load_settings().workspace / "notebooks", default_locale()
    for name in DASHBOARDS:
        if _is_own(folder / name):
            continue
        if message := install_copy(NOTEBOOKS / name, folder / "live" / name, locale):
            say(f"smartinst: {message}")
    path = "explore.ipynb" if _is_own(folder / "explore.ipynb") else "live/explore.ipynb"
    options = [
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",  # works offline
        "--FileContentsManager.pre_save_hook=smartinst.dashboard.lab.saving.without_widgets",
        "--AsyncMappingKernelManager.kernel_manager_class="
        "smartinst.dashboard.lab.kernels.LabKernelManager",
        f"--LabApp.default_url=/lab/tree/{path}",
    ]
    _run_server("jupyterlab", [*options, *browser_options, *arguments])


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8866,
    show_default=True,
    help="port on 127.0.0.1; 0: any free port",
)
@NO_BROWSER
@click.option(
    "--seller", "seller_id", metavar="ID", help="default: the seller that the notebook names"
)
def serve(port: int, browser_options: list[str], seller_id: str | None) -> None:
    """Serves the explore notebook as a page by Voilà, with a token, on 127.0.0.1.

    Needs the extra smartinst[serve]. The notebook is notebooks/explore.ipynb of the workspace; else
    the copy that lab installed in notebooks/live/, if it was changed; else the shipped one.
    """
    from importlib.util import find_spec

    from smartinst.dashboard.lab.copies import START
    from smartinst.runs.parameters import default_value

    if find_spec("voila") is None:
        raise ConfigurationError(
            "smartinst serve needs Voilà; install it with: pip install 'smartinst[serve]'"
        )
    settings = load_settings()
    path = _explore_notebook(settings.workspace / "notebooks")
    page = _page(settings, seller_id or default_value(path, "seller"))
    if seller_id is not None:
        path = _write_seller_notebook(path, settings.find(seller_id), settings.home)
    options = [
        "--Voila.ip=127.0.0.1",
        f"--port={port or _free_port()}",
        "--token",
        "--template=smartinst",
        "--show_tracebacks=True",
        f"--TagRemovePreprocessor.remove_cell_tags={START}",
        f"--VoilaConfiguration.resources={page!r}",
    ]
    _run_server("voila", [str(path), *options, *browser_options])


def _explore_notebook(folder: Path) -> Path:
    """The notebook to serve: the workspace's own, else a changed copy, else the shipped one."""
    from smartinst.dashboard.lab.copies import is_changed

    name = "explore.ipynb"
    if _is_own(folder / name):
        return folder / name
    copy = folder / "live" / name
    return copy if copy.is_file() and is_changed(copy) else NOTEBOOKS / name


def _page(settings: Settings, seller_id: str | None) -> dict[str, Any]:
    """Title and language of the page, from this seller or else the first configured one."""
    for seller in settings.seller:
        if seller.id == seller_id or not seller_id:
            return {
                "metadata": {"name": f"{seller.name} · Smart Installments"},
                "language": seller.locale,
            }
    return {}


def _free_port() -> int:
    """A free port; with port 0, Voilà would print an address with port 0."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _write_seller_notebook(notebook: Path, seller: Seller, home: Path) -> Path:
    """Writes a copy of a notebook below `home`, with the seller's id after its parameters."""
    from copy import deepcopy

    from smartinst.pages.reading.notebook_file import read_notebook, write_notebook

    content = read_notebook(notebook)
    indexes = (
        index
        for index, cell in enumerate(content.cells)
        if "parameters" in cell.metadata.get("tags", [])
    )
    if (index := next(indexes, None)) is None:
        raise InputError(
            f"{notebook} has no cell tagged parameters: it cannot be served for a seller"
        )
    seller_cell = deepcopy(content.cells[index])
    seller_cell |= {"id": "given-seller", "source": f"seller = {seller.id!r}", "outputs": []}
    seller_cell.metadata.tags = ["injected-parameters"]
    content.cells.insert(index + 1, seller_cell)
    target = home / "serve" / seller.id / notebook.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_notebook(content, target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _is_own(path: Path) -> bool:
    """Whether a notebook is the workspace's own, not the shipped one in the project's folder."""
    return path.is_file() and not path.samefile(NOTEBOOKS / path.name)


def _run_server(module: str, arguments: list[str]) -> None:
    """Replaces this process with the server; kernels find the workspace by SMARTINST_CONFIG."""
    from smartinst.dashboard.cell import LIVE_VARIABLE

    settings = load_settings()
    os.environ[LIVE_VARIABLE] = "1"
    path = Path(credentials.environment().get("SMARTINST_CONFIG", "smartinst.toml")).absolute()
    if path.is_file():
        os.environ["SMARTINST_CONFIG"] = str(path)
    else:  # the demo has no configuration file, and kernels start in the notebook's folder
        os.environ.setdefault("SMARTINST_HOME", str(settings.home))
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):
        folders = [*filter(None, [os.environ.get(name)]), str(JUPYTER_FOLDER)]
        os.environ[name] = os.pathsep.join(folders)
    os.environ.update(credentials.environment())  # analysts may sync and act
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
