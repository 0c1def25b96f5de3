"""The sandbox has Python, wherever its symbolic links lead; each version of Landlock is used."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

import pytest

from smartinst.sandbox.linux import landlock_version
from tests.support.paths import ROOT

START: Final = """
import subprocess, sys
from pathlib import Path
from smartinst.sandbox.command import sandbox_command
from smartinst.sandbox.environment import clean_environment
work, packages = map(Path, sys.argv[1:])
code = "import sys, polars, smartinst.settings; print(sys.prefix, sys.base_prefix)"
command = [*sandbox_command(work, [packages]), sys.executable, "-c", code]
subprocess.run(command, env=clean_environment(work), check=True)
"""
RESTRICT: Final = """
import sys
from pathlib import Path
from smartinst.sandbox import linux
linux.landlock_version = lambda: int(sys.argv[2])
folder = Path(sys.argv[1])
linux.restrict_files([folder / "readable"], [folder / "writable"], permits_tcp=False)
(folder / "writable/new").write_text("new")
print((folder / "readable/file").read_text(), (folder / "writable/new").read_text())
for action in (
    (folder / "private").read_text,
    lambda: (folder / "readable/file").write_text("changed"),
    lambda: (folder / "writable/new").rename(folder / "readable/new"),
):
    try:
        action()
    except OSError:
        continue
    sys.exit(f"not refused: {action}")
"""


@pytest.mark.parametrize("link", ["program", "folder"])
def test_python_behind_symbolic_links_starts_in_the_sandbox(tmp_path: Path, link: str) -> None:
    """As version managers install it: a program, or a folder of a version, is a link."""
    if link == "folder":
        (tmp_path / "python").symlink_to(sys.base_prefix)
        python = tmp_path / f"python/bin/python3.{sys.version_info.minor}"
    else:
        python = tmp_path / "bin/python3"
        python.parent.mkdir()
        python.symlink_to(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))
    environment = tmp_path / "environment"
    subprocess.run([python, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    site_packages = sysconfig.get_path("purelib")
    (packages / "checkout.pth").write_text(f"{ROOT}\n{site_packages}\n", encoding="utf-8")
    (tmp_path / "work").mkdir()
    command = [f"{environment}/bin/python", "-c", START, str(tmp_path / "work"), site_packages]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.split()[0] == str(environment)


@pytest.mark.parametrize("version", range(1, 8))
def test_files_are_restricted_by_each_version_of_landlock(tmp_path: Path, version: int) -> None:
    assert landlock_version() >= version
    for name in ("readable/file", "writable/file", "private"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("content", encoding="ascii")
    completed = subprocess.run(
        [sys.executable, "-c", RESTRICT, tmp_path, str(version)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout == "content new\n"
