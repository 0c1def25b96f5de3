"""No artifact, message or log line of one seller has data of another.

SMARTINST_TEST_SELLERS is their number; `make isolation` takes fifty.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.many_sellers import (
    MONDAY,
    mail_server,
    marker,
    seller_id,
    text_of,
    texts,
    write_workspace,
)
from tests.support.workspace import smartinst

SELLERS = int(os.environ.get("SMARTINST_TEST_SELLERS", "3"))
ANY_MARKER = re.compile(r"Qx\d{3}vj")


@pytest.mark.pdf
def test_nothing_that_a_seller_receives_has_data_of_another(tmp_path: Path) -> None:
    with mail_server() as (server, port):
        write_workspace(tmp_path, SELLERS, 12, port)
        process = smartinst(tmp_path, "schedule", "tick", "--now", MONDAY)
    assert process.returncode == 0, process.stderr
    assert ANY_MARKER.findall(process.stdout + process.stderr) == []
    assert {to: len(messages) for to, messages in server.messages_by_recipient.items()} == {
        f"{seller_id(number)}@example.com": 1 for number in range(SELLERS)
    }
    for number in range(SELLERS):
        seller = seller_id(number)
        runs = tmp_path / "var" / "runs" / "weekly" / seller
        texts_by_file = {
            path.suffix: text_of(path.name, path.read_bytes())
            for path in runs.rglob("*.*")
            if path.is_file()
        }
        assert {".pdf", ".html", ".xlsx", ".ipynb"} <= set(texts_by_file)
        texts_by_file |= texts(server.messages_by_recipient[f"{seller}@example.com"][0])
        own_files = [place for place, text in texts_by_file.items() if marker(number) in text]
        assert (
            len(
                [
                    place
                    for place in own_files
                    if place.endswith((".pdf", ".html", ".xlsx", ".ipynb"))
                ]
            )
            == 7
        ), own_files
        foreign = {
            place: set(ANY_MARKER.findall(text)) - {marker(number)}
            for place, text in texts_by_file.items()
        }
        assert {name: markers for name, markers in foreign.items() if markers} == {}
