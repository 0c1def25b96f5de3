"""`smartinst serve`: the board as a page by Voilà, for whoever has its token, on this machine only; what `lab` says."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.jupyterlab import live, screen
from tests.support.workspace import COMMAND, smartinst


@pytest.fixture(scope="module")
def served(workspace: Path) -> Iterator[str]:
    with live("serve", workspace, {}) as address:
        yield address


def listening(port: int) -> set[str]:
    """The local addresses, in hexadecimal, of this machine's sockets that listen on a port."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    found = [(*line[1].split(":"), line[3]) for line in lines]
    return {address for address, at, state in found if int(at, 16) == port and state == "0A"}


def answer(address: str) -> tuple[int, str]:
    """Status and text of a page; what it redirects to, where it does."""
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong"])
def test_without_its_token_nothing_is_shown(served: str, query: str) -> None:
    status, text = answer(served.partition("?")[0] + query)
    assert status in (401, 403) or "login" in text.lower()
    assert "smartinst" not in text


def test_it_listens_on_this_machine_only(served: str) -> None:
    assert listening(urlsplit(served).port or 0) == {"0100007F"}


def test_the_page_has_the_whole_board_and_asks_nobody_else(served: str) -> None:
    with screen(served) as shown:
        shown.drawn()
        everything = shown.total()
        shown.page.locator(".smartinst-checkboxes input").first.check()
        shown.becomes(f"< {everything}")
        plan_id = shown.page.locator(".smartinst-table tr[data-plan-id]").first.get_attribute(
            "data-plan-id"
        )
        shown.open_plan(str(plan_id))
        shown.shot("serve")
        assert (shown.foreign, shown.faults) == ([], [])


@pytest.mark.parametrize("name", ["lab", "serve"])
def test_help_says_what_is_opened_and_for_whom(workspace: Path, name: str) -> None:
    said = smartinst(workspace, name, "--help").stdout
    assert "explore" in said
    assert "token" in said
    assert "127.0.0.1" in said


def test_a_port_that_cannot_be_is_bad_usage() -> None:
    done = subprocess.run(
        [COMMAND, "lab", "--port", "70000"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
