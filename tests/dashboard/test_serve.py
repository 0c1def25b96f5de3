"""`smartinst serve`: the board as a page of Voilà, with a token, on this machine only."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.jupyterlab import open_screen, run_server
from tests.support.workspace import COMMAND, smartinst


@pytest.fixture(scope="module")
def served(workspace: Path) -> Iterator[str]:
    with run_server("serve", workspace, {}) as address:
        yield address


def listening(port: int) -> set[str]:
    """The local addresses, in hexadecimal, of this machine's sockets that listen on a port."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    sockets = [(*line[1].split(":"), line[3]) for line in lines]
    return {
        address for address, number, state in sockets if int(number, 16) == port and state == "0A"
    }


def answer(address: str) -> tuple[int, str]:
    """Status and text of a page, after redirects."""
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong"])
def test_without_the_token_nothing_is_displayed(served: str, query: str) -> None:
    status, text = answer(served.partition("?")[0] + query)
    assert status in (401, 403) or "login" in text.lower()
    assert "smartinst" not in text


def test_it_listens_on_this_machine_only(served: str) -> None:
    assert listening(urlsplit(served).port or 0) == {"0100007F"}


def test_the_page_has_the_whole_board_and_makes_no_foreign_requests(served: str) -> None:
    with open_screen(served) as screen:
        screen.wait_for_board()
        count = screen.plan_count()
        screen.page.locator(".smartinst-checkboxes input").first.check()
        screen.wait_for_plan_count(f"< {count}")
        plan_id = screen.page.locator(".smartinst-main-table tr[data-plan-id]").first.get_attribute(
            "data-plan-id"
        )
        screen.open_plan(str(plan_id))
        screen.save_picture("serve")
        assert (screen.foreign_requests, screen.errors) == ([], [])


@pytest.mark.parametrize("name", ["lab", "serve"])
def test_help_names_notebook_token_and_address(workspace: Path, name: str) -> None:
    text = smartinst(workspace, name, "--help").stdout
    assert "explore" in text
    assert "token" in text
    assert "127.0.0.1" in text


def test_an_invalid_port_is_bad_usage() -> None:
    process = subprocess.run(
        [COMMAND, "lab", "--port", "70000"], capture_output=True, text=True, check=False
    )
    assert process.returncode == 2
