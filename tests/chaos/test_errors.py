"""One line and exit 1, whatever is broken around a command: no traceback reaches a user."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from smartinst.errors import ReportError
from smartinst.runs.rendering import render_notebook
from smartinst.settings import Limits, Settings
from tests.chaos import SIZE
from tests.support.workspace import (
    COMMAND,
    SELLERS,
    configuration,
    environment_without_smartinst,
    smartinst,
)

GARBAGE = {
    "no TOML": b"\x00\xff[",
    "deep": b"a = " + b"[" * 5_000,
    "unknown key": b"hom = 1",
    "wrong type": b"seller = 5",
    "seller of numbers": b"seller = [1]",
    "not UTF-8": b"home = '\xff'",
    "huge number": b"[limits]\nmax_file_mb = " + b"9" * 5_000,
    "control characters": b'home = "\\u001b[2J"\nx = 1',
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_a_configuration_that_is_garbage_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "smartinst.toml").write_bytes(content)
    assert_one_line(smartinst(tmp_path, "plans", "--seller", "acme"))
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "weekly.toml").write_bytes(content)
    assert_one_line(smartinst(tmp_path, "run", "weekly", "--seller", "acme"))


def assert_one_line(process: subprocess.CompletedProcess[str]) -> None:
    assert process.returncode == 1, process.stderr
    assert process.stderr.startswith("smartinst: ") and process.stderr.count("\n") == 1
    assert "\x1b" not in process.stderr


def broken_home(place: Path) -> None:
    (place / "var").write_text("a file in the place of a folder", encoding="utf-8")


def broken_database(place: Path) -> None:
    (place / "var").mkdir()
    (place / "var" / "smartinst.db").write_bytes(b"no database" * 1000)


def broken_ledger(place: Path) -> None:
    log = place / "var" / "ledger" / "plan_statements" / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000000.json").write_bytes(b"\xff{")


@pytest.mark.parametrize(
    ("breakage", "words"),
    [
        (broken_home, ("schedule", "tick")),
        (broken_home, ("act", "log")),
        (broken_database, ("deliveries", "list")),
        (broken_database, ("webhooks", "--fold-once")),
        (broken_ledger, ("plans", "--seller", "acme")),
        (broken_ledger, ("metrics", "--seller", "acme")),
    ],
)
def test_broken_data_are_one_line(
    tmp_path: Path, breakage: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    breakage(tmp_path)
    assert_one_line(smartinst(tmp_path, *words))


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_output_and_a_closed_pipe_leave_no_traceback(
    unbuffered: str, tmp_path: Path
) -> None:
    environment = environment_without_smartinst() | {"PYTHONUNBUFFERED": unbuffered}
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = subprocess.run(
            [COMMAND, "plans", "--seller", "acme", "--format", "json"],
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert_one_line(process)
    reader, writer = os.pipe()
    os.close(reader)
    closed = subprocess.run(
        [COMMAND, "metrics", "--seller", "acme", "--json"],
        cwd=tmp_path,
        env=environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (closed.returncode, closed.stderr) == (1, "")


def test_what_commands_write_is_for_their_user_only(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    (tmp_path / "event.json").write_text("{", encoding="utf-8")
    smartinst(tmp_path, "ingest", "event.json", "--seller", "acme")
    smartinst(tmp_path, "deliveries", "list")
    paths = [tmp_path / "var", *(tmp_path / "var").rglob("*")]
    assert len(paths) > 5
    assert not [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    (tmp_path / "var" / "smartinst.db").chmod(0o644)
    (tmp_path / "var" / "ledger").mkdir(mode=0o755, exist_ok=True)
    (tmp_path / "var" / "ledger").chmod(0o755)
    findings = json.loads(smartinst(tmp_path, "doctor", "--json").stdout)
    (modes,) = [finding for finding in findings if finding["name"] == "file modes"]
    assert (modes["is_well"], modes["mend"]) == (False, f"chmod -R go= {tmp_path / 'var'}")
    assert modes["found"].startswith("2 files and folders ")
    subprocess.run(modes["mend"].split(), check=True)
    findings = json.loads(smartinst(tmp_path, "doctor", "--json").stdout)
    assert all(finding["is_well"] for finding in findings if finding["name"] == "file modes")


def test_links_that_lead_out_of_a_folder_are_refused_and_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    folder, outside = tmp_path / "in", tmp_path / "outside"
    for place in (folder, outside):
        place.mkdir()
    (outside / "secret.json").write_text('{"secret": 1}', encoding="utf-8")
    (folder / "own.json").write_text("[]", encoding="utf-8")
    (folder / "inside.json").symlink_to("own.json")
    (folder / "out.json").symlink_to(outside / "secret.json")
    (folder / "up.json").symlink_to("../outside/secret.json")
    (folder / "folder").symlink_to(outside)
    process = smartinst(tmp_path, "ingest", "in", "--seller", "acme", "--json")
    assert process.returncode == 1
    assert json.loads(process.stdout)["reasons"] == {"a link that leads out of the folder": 3}


@pytest.mark.parametrize("name", ["../x.ipynb", "/etc/x.ipynb", "a/../../x.ipynb", "link.ipynb"])
def test_the_notebook_of_a_definition_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    for folder in ("reports", "notebooks"):
        (tmp_path / folder).mkdir()
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "x.ipynb")
    (tmp_path / "notebooks" / "link.ipynb").symlink_to(tmp_path / "x.ipynb")
    definition = f'title = "X"\nnotebook = "{name}"\n'
    (tmp_path / "reports" / "weekly.toml").write_text(definition, encoding="utf-8")
    process = smartinst(tmp_path, "run", "weekly", "--seller", "acme")
    assert_one_line(process)
    assert "notebooks/" in process.stderr


def circles(count: int) -> str:
    marks = "".join(
        f'<circle class="a" cx="{n % 500}" cy="{n // 500}" r="1"/>' for n in range(count)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{marks}</svg>'


def picture(svg: str) -> Any:
    output = nbformat.v4.new_output("display_data", {"image/svg+xml": svg})
    return nbformat.v4.new_code_cell("draw()", outputs=[output], execution_count=1)


HOSTILE: dict[str, Callable[[], Any]] = {
    "75,000 circles": lambda: picture(circles(75_000)),
    "deep SVG": lambda: picture(circles(1).replace("<circle", "<g>" * 50_000 + "<circle")),
    "deep Markdown": lambda: nbformat.v4.new_markdown_cell("> " * 5_000 * SIZE + "x"),
    "nested lists": lambda: nbformat.v4.new_markdown_cell(
        "\n".join(" " * 2 * level + "- x" for level in range(700 * SIZE))
    ),
    "brackets": lambda: nbformat.v4.new_markdown_cell("[" * 50_000 * SIZE),
    "absurd metadata": lambda: nbformat.v4.new_markdown_cell("x", metadata={"tags": ["x" * 1000]}),
}


@pytest.mark.parametrize("cell", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_notebook_is_rendered_or_ended_at_the_limit(
    tmp_path: Path, cell: Callable[[], Any]
) -> None:
    nbformat.write(nbformat.v4.new_notebook(cells=[cell()]), tmp_path / "x.ipynb")
    settings = Settings(limits=Limits(compile_seconds=20))
    outcome = ""
    try:
        render_notebook(tmp_path / "x.ipynb", ("html",), settings, tmp_path / "out")
    except ReportError as error:
        outcome = str(error)
    assert outcome.startswith("x.ipynb") or (tmp_path / "out" / "x.html").stat().st_size > 0
    assert not list((tmp_path / "out").glob(".making-*"))


def test_a_database_that_another_program_locks_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    smartinst(tmp_path, "deliveries", "list")
    lock = sqlite3.connect(tmp_path / "var" / "smartinst.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    limited = (
        "from smartinst.database import engine\n"
        "engine.connect.__defaults__ = engine.connected.__wrapped__.__defaults__ = (1,)\n"
        "from smartinst.cli import main\nmain()"
    )
    python = COMMAND.with_name("python")
    process = subprocess.run(
        [python, "-c", limited, "deliveries", "list"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lock.close()
    assert_one_line(process)
    assert "locked" in process.stderr
