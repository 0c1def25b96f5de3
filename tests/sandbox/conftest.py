"""A Python that every user can start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.paths import ROOT

SYSTEM_PYTHON: Final = Path("/usr/bin/python3")


@pytest.fixture(scope="session")
def other_python() -> Iterator[list[Path]]:
    """A Python that every user can start, and the folders of packages that it needs."""
    if all(path.stat().st_mode & 1 for path in Path(sys.base_prefix).parents):
        yield [Path(sys.executable)]
        return
    folder = Path(tempfile.mkdtemp(prefix="smartinst-python-"))
    folder.chmod(0o755)
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    if packages.parent.name != f"python{sysconfig.get_python_version()}":
        pytest.skip(f"{SYSTEM_PYTHON} has another version than {sys.executable}")
    site_packages = Path(sysconfig.get_path("purelib"))
    (packages / "checkout.pth").write_text(f"{site_packages}\n{ROOT}\n", encoding="utf-8")
    yield [folder / "bin/python", site_packages]
    shutil.rmtree(folder)
