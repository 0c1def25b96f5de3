"""Control characters in data do not reach a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from smartinst.commands.options import say
from smartinst.terminal import visible, visible_line
from tests.support.workspace import COMMAND, SELLERS, configuration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b31m", "␛31m"),
        ("a\rb\x08\x7f\x00", "a␍b␈␡␀"),
        ("safe\u202eexe.gnp", "safe�exe.gnp"),
        ("moc\u200f.elpmaxe\u200e\u061c", "moc�.elpmaxe��"),
        ("pay\u200bpal\u00ad\ufeff\u2060\U000e0041", "pay�pal����"),
        ("a\u2028b\u2029", "a�b�"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Ação, 社會 👩‍👧\tb\n", "Ação, 社會 👩‍👧\tb\n"),
    ],
)
def test_control_characters_are_shown_and_text_stays(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_a_line_has_no_line_end() -> None:
    assert visible_line("a\r\nb\n\x1b[2J") == "a␍ b ␛[2J"


def test_a_terminal_gets_no_control_character_of_a_file_name(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x\x1b]0;owned\x07\x9b2J.json").write_text("{", encoding="utf-8")
    master, terminal = pty.openpty()
    for words in (("ingest", "in", "--seller", "acme"), ("quarantine",), ("ingest", "\x1b[2J")):
        command = [COMMAND, *words, *(("--seller", "acme") if words[-1] == "\x1b[2J" else ())]
        subprocess.run(command, cwd=tmp_path, stdout=terminal, stderr=terminal, check=False)
    os.close(terminal)
    text = b""
    while chunk := _read(master):
        text += chunk
    assert "␛]0;owned␇␛2J.json" in text.decode()
    assert b"\x1b" not in text and b"\x07" not in text and b"\xc2\x9b" not in text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""


def test_a_line_on_stderr_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("quarantined 1: no JSON (a\nread 400: accepted 400.json)")
    assert capsys.readouterr().err == "quarantined 1: no JSON (a read 400: accepted 400.json)\n"
