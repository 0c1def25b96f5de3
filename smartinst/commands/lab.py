"""lab, serve: the dashboard live, in JupyterLab or as a page by Voilà."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any, Final

import click

from smartinst.commands.options import say
from smartinst.errors import ConfigurationError, InputError
from smartinst.settings import Seller, Settings, load_settings
from smartinst.shipped import NOTEBOOKS, PACKAGE

QUIET: Final = PACKAGE / "dashboard" / "lab" / "jupyter"
"""What is Jupyter's in these commands, below what its user has set: no question about news, a page that asks no CDN."""
SHIPPED: Final = NOTEBOOKS
DASHBOARDS: Final = ("explore.ipynb", "portfolio.ipynb")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8888,
    show_default=True,
    help="of this machine only; 0: any free one",
)
@click.option(
    "--no-browser",
    is_flag=True,
    help="print the address with its token instead of opening a browser",
)
def lab(arguments: tuple[str, ...], port: int, no_browser: bool) -> None:
    """Opens JupyterLab on notebooks/explore.ipynb of the workspace, with a token, on 127.0.0.1.

    explore.ipynb: filters, linked charts, the detail table, a plan's page and the recovery actions; its first code cell
    names the seller (empty: the first that is configured). portfolio.ipynb: all sellers. Where the workspace has none of
    its own, copies are laid into notebooks/live/, which no report is made of; a later lab renews those that nobody
    changed. The button at the top of a copy, or Run > Run All Cells, starts it. Of a dashboard that is saved the widgets
    are left out: they need its kernel. ARGUMENTS go to JupyterLab as they are.
    """
    from smartinst.dashboard.cell import language
    from smartinst.dashboard.lab.copies import lay

    folder, locale = load_settings().workspace / "notebooks", language()
    for name in DASHBOARDS:
        if not _is_own(folder / name) and (
            said := lay(SHIPPED / name, folder / "live" / name, locale)
        ):
            say(f"smartinst: {said}")
    opened = "explore.ipynb" if _is_own(folder / "explore.ipynb") else "live/explore.ipynb"
    options = [
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
    ]
    options += [
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",  # works offline: asks nobody for news, updates or extensions
        "--FileContentsManager.pre_save_hook=smartinst.dashboard.lab.saving.without_widgets",
    ]
    options.append(f"--LabApp.default_url=/lab/tree/{opened}")
    if no_browser:
        options.append("--no-browser")
    _become("jupyterlab", [*options, *arguments])


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8866,
    show_default=True,
    help="of this machine only; 0: any free one",
)
@click.option(
    "--no-browser",
    is_flag=True,
    help="print the address with its token instead of opening a browser",
)
@click.option(
    "--seller", "seller_id", metavar="ID", help="whose; default: the seller that the notebook names"
)
def serve(port: int, no_browser: bool, seller_id: str | None) -> None:
    """Serves the explore notebook as a page by Voilà, with a token, on 127.0.0.1 (needs the extra smartinst[serve]).

    Which: notebooks/explore.ipynb of the workspace; else the copy that lab laid into notebooks/live/, if it was changed;
    else the shipped one.
    """
    from importlib.util import find_spec

    from smartinst.dashboard.lab.copies import START
    from smartinst.runs.parameters import default_value

    if find_spec("voila") is None:
        raise ConfigurationError(
            "smartinst serve needs Voilà; install it with: pip install 'smartinst[serve]'"
        )
    settings = load_settings()
    path = _dashboard(settings.workspace / "notebooks")
    page = _page(settings, seller_id or default_value(path, "seller"))
    if seller_id is not None:
        path = _of_seller(path, settings.find(seller_id), settings.home)
    options = [
        "--Voila.ip=127.0.0.1",
        f"--port={port or _free_port()}",
        "--token",
        "--template=smartinst",
        "--show_tracebacks=True",
        f"--TagRemovePreprocessor.remove_cell_tags={START}",
        f"--VoilaConfiguration.resources={page!r}",
    ]
    _become("voila", [str(path), *options, *(["--no-browser"] if no_browser else [])])


def _dashboard(folder: Path) -> Path:
    """The notebook that is served: what somebody wrote or changed here comes before what is shipped."""
    from smartinst.dashboard.lab.copies import is_changed

    own, copy, shipped = (place / "explore.ipynb" for place in (folder, folder / "live", SHIPPED))
    if _is_own(own):
        return own
    return copy if copy.is_file() and is_changed(copy, shipped) else shipped


def _page(settings: Settings, seller_id: str | None) -> dict[str, Any]:
    """The page's title and language: those of the seller that is shown; none, the first that is configured."""
    for one in settings.seller:
        if one.id == seller_id or not seller_id:
            return {
                "metadata": {"name": f"{one.name} · Smart Installments"},
                "language": one.locale,
            }
    return {}


def _free_port() -> int:
    """Voilà tells the port it was given: 0 would be no address."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        return int(place.getsockname()[1])


def _of_seller(notebook: Path, seller: Seller, home: Path) -> Path:
    """A copy of a notebook below home, with the seller's id after its parameters."""
    from copy import deepcopy

    from smartinst.pages.reading.notebook_file import read_notebook, write_notebook

    made = read_notebook(notebook)
    tagged = (
        at for at, cell in enumerate(made.cells) if "parameters" in cell.metadata.get("tags", [])
    )
    if (at := next(tagged, None)) is None:
        raise InputError(
            f"{notebook} has no cell tagged parameters: it cannot be served for a seller"
        )
    given = deepcopy(made.cells[at])
    given |= {"id": "given-seller", "source": f"seller = {seller.id!r}", "outputs": []}
    given.metadata.tags = ["injected-parameters"]
    made.cells.insert(at + 1, given)
    target = home / "serve" / seller.id / notebook.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_notebook(made, target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _is_own(path: Path) -> bool:
    """A notebook of the workspace's own; the project's folder as a workspace holds the shipped ones, which stay clean."""
    return path.is_file() and not path.samefile(SHIPPED / path.name)


def _become(module: str, arguments: list[str]) -> None:
    """This process becomes the server; its kernels find the workspace by SMARTINST_CONFIG wherever they start."""
    from smartinst.dashboard.cell import LIVE

    settings = load_settings()
    os.environ[LIVE] = "1"
    path = Path(os.environ.get("SMARTINST_CONFIG", "smartinst.toml")).absolute()
    if path.is_file():
        os.environ["SMARTINST_CONFIG"] = str(path)
    else:  # the demo lies below the directory we were called in, kernels start beside the notebook
        os.environ.setdefault("SMARTINST_HOME", str(settings.home))
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):
        known = os.environ.get(name)
        os.environ[name] = os.pathsep.join([*([known] if known else []), str(QUIET)])
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own Python
