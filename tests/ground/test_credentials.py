"""Secrets leave the environment of a command before it does anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from smartinst import credentials
from smartinst.settings import read_secret
from tests.support.workspace import COMMAND

SECRETS: Final = {
    "SMARTINST_MAIL_PASSWORD": "correct horse",
    "SMARTINST_PDF_PASSWORD_ACME_FILE": "/run/secrets/acme",
    "SMARTINST_DATABASE": "postgresql+psycopg://user:battery@host/name",
    "AWS_SECRET_ACCESS_KEY": "staple\nof two lines = é",
    "COMPANY_TOKEN": "of no program that smartinst knows",
}
BASE: Final = {"PATH": os.environ["PATH"], "HOME": "/", "LANG": "C.UTF-8"}
PROBE: Final = """
import ctypes, json, os, sys
import smartinst.cli
from smartinst import credentials
from smartinst.settings import load_settings, read_secret

def report():
    names = ("environ", "cmdline")
    process = {name: open(f"/proc/self/{name}", "rb").read().decode() for name in names}
    print(json.dumps(process | {
        "environment": credentials.environment(),
        "os.environ": dict(os.environ),
        "password": str(read_secret("SMARTINST_MAIL_PASSWORD") and "read"),
        "database": load_settings().database,
        "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
        "arguments": sys.argv[1:],
        "utf8": sys.flags.utf8_mode,
        "input": sys.stdin.read(),
    }))

smartinst.cli.main = report
from smartinst.start import main
main()
"""


def probe(*options: str, **variables: str) -> dict[str, Any]:
    """What a command with these variables finds, and what the kernel shows of it."""
    completed = subprocess.run(
        [sys.executable, *options, "-c", PROBE, "run", "a b"],
        env=BASE | variables,
        input="typed",
        capture_output=True,
        text=True,
        check=True,
    )
    document: dict[str, Any] = json.loads(completed.stdout)
    return document


def test_a_command_has_its_secrets_and_the_kernel_shows_none() -> None:
    process = probe("-X", "utf8", **SECRETS)
    assert SECRETS.items() <= process["environment"].items()
    assert process["password"] == "read"
    assert process["database"] == SECRETS["SMARTINST_DATABASE"]
    for name, value in SECRETS.items():
        assert name not in process["environ"]
        assert value not in process["environ"] + process["cmdline"]


def test_libraries_find_their_variables_and_programs_inherit_none_of_smartinst() -> None:
    variables = probe(**SECRETS)["os.environ"]
    assert variables["AWS_SECRET_ACCESS_KEY"] == SECRETS["AWS_SECRET_ACCESS_KEY"]
    assert not [name for name in variables if name.startswith("SMARTINST_")]


def test_arguments_options_and_input_survive_the_second_start() -> None:
    process = probe("-X", "utf8", **SECRETS)
    assert (process["arguments"], process["utf8"], process["input"]) == (["run", "a b"], 1, "typed")


def test_nobody_else_can_read_the_memory_of_a_command() -> None:
    assert probe(**SECRETS)["dumpable"] == 0
    assert probe()["dumpable"] == 0


def test_a_harmless_environment_stays_as_it_is() -> None:
    process = probe(LC_ALL="C.UTF-8", XDG_CACHE_HOME="/tmp")
    assert "XDG_CACHE_HOME=/tmp" in process["environ"]
    assert credentials.FILE_VARIABLE not in process["environ"]


@pytest.mark.parametrize(
    "command", [[str(COMMAND)], [sys.executable, "-m", "smartinst.start"]], ids=["script", "module"]
)
def test_each_way_to_start_the_command_works_with_secrets(command: list[str]) -> None:
    completed = subprocess.run(
        [*command, "--version"], env=BASE | SECRETS, capture_output=True, text=True, check=True
    )
    assert ", version " in completed.stdout


def test_a_foreign_value_of_the_variable_is_one_line() -> None:
    completed = subprocess.run(
        [COMMAND, "--version"],
        env=BASE | {credentials.FILE_VARIABLE: "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 1
    assert completed.stderr == (
        "smartinst: SMARTINST_CREDENTIALS_FD is for smartinst itself: "
        "remove it from the environment\n"
    )


def test_a_secret_file_is_read_at_each_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_withdrawn", {})
    file = tmp_path / "password"
    credentials.add({"SMARTINST_MAIL_PASSWORD_FILE": str(file)})
    values = []
    for text in ("first", "second"):
        file.write_text(text, encoding="utf-8")
        secret = read_secret("SMARTINST_MAIL_PASSWORD")
        values.append(secret.get_secret_value() if secret else "")
    assert values == ["first", "second"]
    assert list(credentials.secret_files()) == [file]
