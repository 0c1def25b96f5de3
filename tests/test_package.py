"""The wheel: its contents, and the demo from an environment that has only the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from email.message import Message
from email.parser import BytesParser
from importlib.metadata import requires
from pathlib import Path
from typing import Final

import pytest

from smartinst.settings import DEMO_SELLERS
from tests.support.paths import ROOT

SHIPPED_FOLDERS: Final = ("notebooks", "reports", "templates")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `make build` builds it, without a network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a new environment: the wheel, and the locked packages of this one.

    A path file makes the packages importable. Path files inside their folder are not read, so the
    editable package is not.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "locked.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    uv = Path(sys.executable).with_name("uv")
    options = ["--offline", "--no-deps", "--python", str(folder / "bin" / "python")]
    subprocess.run([uv, "-q", "pip", "install", *options, wheel], check=True)
    return folder / "bin"


def run(command: list[str | Path], folder: Path) -> str:
    """Standard output of a command in a folder, without this session's settings and import path."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SMARTINST_", "PYTHON", "VIRTUAL_ENV"))
    }
    result = subprocess.run(
        command, cwd=folder, env=inherited, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def wheel_metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return BytesParser().parsebytes(archive.read(name))


def test_the_wheel_contains_every_tracked_file_of_package_notebooks_reports_and_templates(
    wheel: Path,
) -> None:
    folders = ["smartinst", *SHIPPED_FOLDERS]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    tracked = {name for name in listing.splitlines() if (ROOT / name).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name.replace("smartinst/_shipped/", "") for name in packed} == tracked
    assert "smartinst/py.typed" in packed


def test_the_wheel_names_its_license_and_carries_those_of_its_assets(wheel: Path) -> None:
    metadata = wheel_metadata(wheel)
    assert metadata["License-Expression"] == "MIT"
    assets = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("templates/assets/*/LICENSE")}
    assert set(metadata.get_all("License-File", [])) == {"LICENSE", *assets}


def test_every_extra_that_a_message_or_a_page_names_exists(wheel: Path) -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("smartinst/**/*.py")]
    named = {
        extra
        for page in pages
        for extra in re.findall(r"smartinst\[(\w+)\]", page.read_text(encoding="utf-8"))
    }
    assert named == {"dask", "serve"}
    assert named == set(wheel_metadata(wheel).get_all("Provides-Extra", []))


@pytest.mark.parametrize(("extra", "package"), [("dask", "distributed"), ("serve", "voila")])
def test_an_extra_brings_the_package_that_its_command_imports(extra: str, package: str) -> None:
    requirements = [text for text in requires("smartinst") or [] if f"extra == '{extra}'" in text]
    assert [re.split(r"\W", text)[0] for text in requirements] == [package]


@pytest.mark.process
@pytest.mark.kernel
@pytest.mark.pdf
def test_the_demo_runs_from_the_wheel_alone(environment: Path, tmp_path: Path) -> None:
    printed = run(
        [environment / "python", "-c", "from smartinst import shipped; print(shipped.TEMPLATES)"],
        tmp_path,
    )
    assert Path(printed.strip()).is_relative_to(environment.parent)
    assert not list(tmp_path.iterdir())

    paths = [Path(line) for line in run([environment / "smartinst", "demo"], tmp_path).split()]

    assert {(path.parent.parent.name, path.suffix) for path in paths} == {
        (seller.id, suffix)
        for seller in DEMO_SELLERS
        for suffix in (".pdf", ".html", ".xlsx", ".ipynb")
    }
    assert all(path.is_relative_to(tmp_path) for path in paths)
    assert all(path.stat().st_size > 10_000 for path in paths)


@pytest.mark.process
def test_the_installed_command_names_its_version(
    environment: Path, wheel: Path, tmp_path: Path
) -> None:
    version = wheel_metadata(wheel)["Version"]
    printed = run([environment / "smartinst", "--version"], tmp_path)
    assert printed == f"smartinst, version {version}\n"
