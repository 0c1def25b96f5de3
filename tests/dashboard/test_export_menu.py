"""JupyterLab's own menu exports an executed notebook as the report of `smartinst render`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import TimeoutError as Timeout

from smartinst.pages.reading.notebook_file import write_notebook
from tests.support.jupyterlab import Screen, open_screen, run_server
from tests.support.workspace import COMMAND, configuration

SOURCE = """# Weekly study

Prices rose from $5 to $6, and $x^2$ stayed.

| month | sold |
|-------|-----:|
| Jan   |   12 |
"""
HTML = "<h2>By product</h2><p>One</p><iframe src='https://maps.example'></iframe><p>Two</p>"


def executed_notebook() -> nbformat.NotebookNode:
    """A notebook of an analyst with outputs of several libraries."""
    v4 = nbformat.v4
    outputs = [
        v4.new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m\n10%\r100%\n"),
        v4.new_output("display_data", data={"text/html": HTML, "text/plain": "<HTML>"}),
        v4.new_output("execute_result", data={"text/plain": "42"}, execution_count=1),
    ]
    cells = [
        v4.new_markdown_cell(SOURCE),
        v4.new_code_cell("study()", outputs=outputs, execution_count=1),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook: nbformat.NotebookNode = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    return notebook


@pytest.mark.browser
@pytest.mark.process
def test_save_and_export_gives_the_files_of_render(tmp_path: Path) -> None:
    zones = {"acme": ("pt-BR", "America/Sao_Paulo")}
    (tmp_path / "smartinst.toml").write_text(configuration(zones), encoding="utf-8")
    path = tmp_path / "notebooks" / "study.ipynb"
    path.parent.mkdir()
    write_notebook(executed_notebook(), path)
    with run_server("lab", tmp_path, {}) as address:
        notebook = address.replace("live/explore.ipynb", path.name)
        with open_screen(notebook) as screen:
            pdf = export(screen, address, "Smart report (PDF)")
            page = export(screen, address, "Smart report (HTML)")
            assert screen.foreign_requests == []
    subprocess.run(
        [COMMAND, "render", str(path), "--to", "pdf,html", "--out", str(tmp_path / "rendered")],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert pdf == (tmp_path / "rendered" / "study.pdf").read_bytes()
    assert page == (tmp_path / "rendered" / "study.html").read_bytes()


def export(screen: Screen, address: str, label: str) -> bytes:
    """The file that *File > Save and Export Notebook As* downloads."""
    page = screen.page
    page.locator(".jp-Notebook .jp-MarkdownCell").first.wait_for(timeout=120_000)
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=120_000)
    with page.context.expect_event(
        "request", lambda request: "/nbconvert/" in request.url, timeout=120_000
    ) as request:
        while not clicked(screen, label):
            page.keyboard.press("Escape")
    reply = page.context.request.get(f"{request.value.url}&{token_of(address)}")
    return reply.body()  # fetched once more, because the window of the download closes at once


def token_of(address: str) -> str:
    """The token of the server as a parameter of an address."""
    return next(part for part in urlsplit(address).query.split("&") if part.startswith("token="))


def clicked(screen: Screen, label: str) -> bool:
    """Opens the menu and clicks an entry; false if it is not there, as while the menu is built."""
    page = screen.page
    page.keyboard.press("Escape")
    try:
        page.get_by_role("menuitem", name="File", exact=True).click(timeout=5_000)
        page.get_by_text("Save and Export Notebook As", exact=True).hover(timeout=5_000)
        entry = page.get_by_role("menuitem", name=label, exact=True)
        entry.wait_for(timeout=5_000)
        screen.save_picture("export-menu")
        entry.click(timeout=5_000)
    except Timeout:
        return False
    return True
