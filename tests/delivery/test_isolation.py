"""Sellers made together stay apart: no artifact, mail or log line of one says a word of another.

SMARTINST_TEST_SELLERS is how many; `make isolation` takes fifty.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.support.many_sellers import (
    MONDAY,
    mail_server,
    marker,
    seller_id,
    settle,
    text_of,
    texts,
)
from tests.support.workspace import smartinst

SELLERS = int(os.environ.get("SMARTINST_TEST_SELLERS", "3"))
ANY_MARKER = re.compile(r"Qx\d{3}vj")


def test_nothing_that_a_seller_gets_says_a_word_of_another(tmp_path: Path) -> None:
    with mail_server() as (server, port):
        settle(tmp_path, SELLERS, 12, port)
        told = smartinst(tmp_path, "schedule", "tick", "--now", MONDAY)
    assert told.returncode == 0, told.stderr
    assert ANY_MARKER.findall(told.stdout + told.stderr) == []
    assert {to: len(messages) for to, messages in server.taken.items()} == {
        f"{seller_id(number)}@example.com": 1 for number in range(SELLERS)
    }
    for number in range(SELLERS):
        one = seller_id(number)
        runs = tmp_path / "var" / "runs" / "weekly" / one
        said = {
            path.suffix: text_of(path.name, path.read_bytes())
            for path in runs.rglob("*.*")
            if path.is_file()
        }
        assert {".pdf", ".html", ".xlsx", ".ipynb"} <= set(said)
        said |= texts(server.taken[f"{one}@example.com"][0])
        own = [place for place, text in said.items() if marker(number) in text]
        assert (
            len([place for place in own if place.endswith((".pdf", ".html", ".xlsx", ".ipynb"))])
            == 7
        ), own
        foreign = {
            place: set(ANY_MARKER.findall(text)) - {marker(number)} for place, text in said.items()
        }
        assert {place: words for place, words in foreign.items() if words} == {}
