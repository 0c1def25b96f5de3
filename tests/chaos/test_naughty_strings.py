"""Strings that break programs, in every field that a buyer, a seller or the platform can fill."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import pytest

from smartinst.pages.csv_export import to_csv
from tests.chaos import SIZE
from tests.support.hotmart_payloads import webhook
from tests.support.workspace import SELLERS, configuration, smartinst

LINES: Final = (Path(__file__).parent / "naughty_strings.txt").read_text(encoding="utf-8")
STRINGS: Final = (
    *LINES.splitlines(),
    *(f"x{chr(code)}y" for code in (*range(1, 32), 127, *range(128, 160))),
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[1;1H",
    "\u202etxt.exe",
    "\ufeffx",
    "\u2028\u2029\u200b\ufffe\uffff",
    "line\r\nbreak",
    "tab\t=1+1",
    "\t=1+1",
    "\r=1+1",
    "x" * 9_999,
    "=" * 300,
    "",
    " ",
)
FORMULA: Final = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20]")


def every_text(payload: Any, strings: Iterator[str]) -> Any:
    """The payload with another string in the place of each text, except what identifies it."""
    if isinstance(payload, dict):
        kept = ("event", "version", "id", "status", "transaction", "code", "currency_value")
        return {
            name: value if name in kept else every_text(value, strings)
            for name, value in payload.items()
        }
    if isinstance(payload, list):
        return [every_text(value, strings) for value in payload]
    return next(strings) if isinstance(payload, str) else payload


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose ledger has as many plans as there are strings, in all fields."""
    place = tmp_path_factory.mktemp("naughty")
    (place / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    strings = cycle(STRINGS)
    lines = []
    for number in range(len(STRINGS) * SIZE):
        event = webhook("PURCHASE_APPROVED", "APPROVED", "2026-06-01")
        event = every_text(event, strings) | {"id": f"event-{number}"}
        purchase = event["data"]["purchase"]
        purchase["transaction"] = f"HP{number:010}"
        event["data"]["buyer"]["name"] = next(strings)
        lines.append(json.dumps(event))
    (place / "events.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return place


def test_every_string_is_read_or_refused_and_counted(workspace: Path) -> None:
    ingest = smartinst(workspace, "ingest", "events.jsonl", "--seller", "acme", "--json")
    counts = json.loads(ingest.stdout)
    assert "Traceback" not in ingest.stderr
    assert counts["read"] == len(STRINGS) * SIZE
    assert counts["read"] == sum(
        counts[name] for name in ("accepted", "duplicates", "ignored", "quarantined")
    )


@pytest.mark.parametrize(
    "words",
    [
        ("plans", "--seller", "acme"),
        ("plans", "--seller", "acme", "--format", "csv"),
        ("plans", "--seller", "acme", "--format", "json"),
        ("metrics", "--seller", "acme"),
        ("loan-book", "--seller", "acme"),
        ("quarantine",),
    ],
    ids=lambda words: " ".join(words[::3]),
)
def test_commands_print_every_string_without_control_characters(
    workspace: Path, words: tuple[str, ...]
) -> None:
    process = smartinst(workspace, *words)
    assert process.returncode == 0, process.stderr[-500:]
    assert "Traceback" not in process.stderr
    is_data = words[-1] in ("csv", "json")
    forbidden = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]" if not is_data else r"\x1b\[2J(?!.)"
    assert not re.search(forbidden, process.stdout)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("reader_delimiter", [",", ";", "\t"])
def test_no_cell_of_a_csv_is_a_formula_at_any_separator(
    delimiter: str, reader_delimiter: str
) -> None:
    texts = [
        f"{start}{text}"
        for start in ("", "x ", "x;", "x,", 'x"', "x\t ")
        for text in STRINGS
        if start or text
    ]
    written = to_csv([{"name": text, "amount": 5} for text in texts], ["name", "amount"], delimiter)
    cells = [
        cell
        for row in csv.reader(StringIO(written, newline=""), delimiter=reader_delimiter)
        for cell in row
    ]
    for cell in cells:
        assert not FORMULA.match(cell.lstrip(' "\t\r\n')), repr(cell)


def test_a_csv_has_an_apostrophe_before_a_formula_and_before_a_phone() -> None:
    texts = ["+351912000374", "-5", "+351 912", "+1+1", "=1", "+5\n", "a;+351912000374"]
    written = to_csv([{"name": text} for text in texts], ["name"])
    assert [row[0] for row in csv.reader(StringIO(written, newline=""))][1:] == [
        *("'+351912000374", "'-5", "'+351 912", "'+1+1", "'=1", "'+5\n", "a;'+351912000374"),
    ]
