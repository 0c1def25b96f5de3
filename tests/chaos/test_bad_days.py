"""A full disk, a read-only home, no server, Ctrl-C: one clear line, and nothing is damaged."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
from pathlib import Path
from typing import Final

import pytest

from smartinst.sandbox.state import probe
from tests.support.hotmart_payloads import item
from tests.support.ports import free_port
from tests.support.workspace import COMMAND, SELLERS, configuration, smartinst

DISK_BYTES: Final = 600_000
PATIENCE: Final = 60


def write_pages(place: Path, *first_plans: int) -> None:
    """A page of 6,000 transactions for each first plan."""
    for first in first_plans:
        items = [item(k, plan=first + number) for number in range(3000) for k in (1, 2)]
        text = json.dumps({"items": items})
        (place / f"{first}.json").write_text(text, encoding="utf-8")


def run_in_mounts(place: Path, mounts: list[str], *commands: str) -> list[tuple[int, str]]:
    """Exit code and stderr of commands, one after another, that see `mounts` of bubblewrap."""
    if not (state := probe()).is_in_force:
        pytest.skip(f"this machine permits no mounts: {state.reason}")
    lines = [f"{command} 2>{number}.err; echo $?" for number, command in enumerate(commands)]
    process = subprocess.run(
        ["bwrap", "--dev-bind", "/", "/", *mounts, "sh", "-c", "\n".join(lines)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    codes = [int(line) for line in process.stdout.splitlines() if line.isdigit()]
    assert len(codes) == len(commands), process.stderr
    return [(code, (place / f"{number}.err").read_text()) for number, code in enumerate(codes)]


def test_a_full_disk_is_named_and_damages_nothing(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    (tmp_path / "var").mkdir()
    write_pages(tmp_path, 20000000, 30000000)
    ingest, quoted = f"{shlex.quote(str(COMMAND))} ingest --seller acme", shlex.quote(str(COMMAND))
    results = run_in_mounts(
        tmp_path,
        ["--size", str(DISK_BYTES), "--tmpfs", str(tmp_path / "var")],
        f"{ingest} 20000000.json >/dev/null",
        f"{quoted} deliveries list >/dev/null",
        "dd if=/dev/zero of=var/filling bs=4096",
        f"{ingest} 30000000.json >/dev/null",
        f"{quoted} deliveries list >/dev/null",
        f"{quoted} doctor >examined",
        "rm var/filling",
        f"{quoted} ledger verify >verified",
        f"{ingest} 20000000.json >again",
    )
    assert [code for code, _ in results] == [0, 0, 1, 1, 1, 1, 0, 0, 0]
    of_ledger, of_database = results[3][1], results[4][1]
    assert of_ledger.startswith("smartinst: ") and "No space left on device" in of_ledger
    assert of_database.startswith("smartinst: database ") and " MB are free)" in of_database
    assert (of_ledger.count("\n"), of_database.count("\n")) == (1, 1)
    findings = (tmp_path / "examined").read_text().splitlines()
    remedies = {line.split(": ")[0]: line.partition("; remedy: ")[2] for line in findings}
    assert remedies["FAIL  home"] == f"free space on the disk of {tmp_path}/var"
    assert remedies["FAIL  database"] == f"free space on the disk of {tmp_path}/var/smartinst.db"
    assert "6000 rows" in (tmp_path / "verified").read_text()
    assert "duplicates 6000" in (tmp_path / "again").read_text()


def test_a_read_only_home_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    (tmp_path / "in.json").write_text(json.dumps({"items": [item(1)]}), encoding="utf-8")
    home, quoted = tmp_path / "var", shlex.quote(str(COMMAND))
    home.mkdir()
    reason = f"{home} cannot be written: Read-only file system\n"
    starts = {
        "ingest in.json --seller acme": "smartinst: the home ",
        "schedule tick": f"smartinst: database {home}/smartinst.db: unable to open database file; ",
        "run seller --seller acme": "smartinst: the home ",
    }
    results = run_in_mounts(
        tmp_path,
        ["--ro-bind", str(home), str(home)],
        *(f"{quoted} {words} >/dev/null" for words in starts),
    )
    assert results == [(1, start + reason) for start in starts.values()]


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_a_configuration_that_is_no_file_does_not_start_the_demo(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "smartinst.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("missing.toml")
    process = smartinst(tmp_path, "plans", "--seller", "acme")
    error = "smartinst: smartinst.toml is not a file\n"
    assert (process.returncode, process.stderr) == (1, error)


@pytest.mark.parametrize("words", ["deliveries list", "schedule tick", "backup b.tar.gz"])
def test_a_server_that_does_not_answer_is_one_line_without_its_password(
    tmp_path: Path, words: str
) -> None:
    database = f"postgresql+psycopg://me:hidden-word@127.0.0.1:{free_port()}/x"
    text = f'database = "{database}"\n{configuration(SELLERS)}'
    (tmp_path / "smartinst.toml").write_text(text, encoding="utf-8")
    process = smartinst(tmp_path, *words.split())
    assert (process.returncode, process.stderr.count("\n")) == (1, 1)
    assert process.stderr.endswith("Connection refused\n")
    assert "hidden-word" not in process.stderr
    assert not (tmp_path / "b.tar.gz").exists()


def test_an_interrupted_command_says_so(tmp_path: Path) -> None:
    """Ctrl-C while it waits for a server that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        database = f"postgresql+psycopg://me@127.0.0.1:{server.getsockname()[1]}/x"
        text = f'database = "{database}"\n{configuration(SELLERS)}'
        (tmp_path / "smartinst.toml").write_text(text, encoding="utf-8")
        words = [str(COMMAND), "deliveries", "list"]
        process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        connection, _ = server.accept()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        connection.close()
    assert (process.returncode, errors.strip()) == (130, "smartinst: interrupted")
