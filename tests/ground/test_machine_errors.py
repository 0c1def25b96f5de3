"""Faults of the machine: full and read-only disks, each in one line."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from smartinst.errors import ReportError
from smartinst.file_writing import write_file
from smartinst.isolated_call import call_isolated
from smartinst.ledger.files.table_versions import table_error
from smartinst.machine_errors import machine_error, no_space_error
from smartinst.statements import QUARANTINE

FULL_DEVICE = Path("/dev/full")


def write_to_full_device() -> None:
    with FULL_DEVICE.open("wb") as file:
        file.write(b"x")


def test_a_copy_of_a_folder_to_a_full_disk_is_named() -> None:
    error = shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")])
    assert machine_error(error) == "the disk: No space left on device"
    assert machine_error(OSError("Generic LocalFileSystem error: Disk quota exceeded")) == (
        "the disk: Disk quota exceeded"
    )
    assert machine_error(shutil.Error([("a", "b", "[Errno 2] No such file")])) is None


def test_a_full_disk_is_named_with_the_file() -> None:
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_file(FULL_DEVICE, b"x")
    line = machine_error(caught.value)
    assert line is not None
    assert line.startswith("/dev/full: No space left on device (")
    assert no_space_error(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None


def test_a_full_disk_in_an_isolated_call_is_named() -> None:
    with pytest.raises(ReportError) as caught:
        call_isolated(write_to_full_device, (), 60, "too long")
    assert str(caught.value) == "the disk: No space left on device"


def test_a_full_disk_without_a_file_has_the_space_of_the_full_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    line = "the disk: No space left on device"  # of a pipe or device, while no folder is full
    assert machine_error(error, (tmp_path,)) == line
    usage = shutil._ntuple_diskusage(2_000_000, 2_000_000, 0)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    assert machine_error(error, (tmp_path,)) == (
        f"{tmp_path}: No space left on device (0.0 MB of 2 MB are free)"
    )


def test_a_full_disk_of_a_ledger_is_named_with_its_space(tmp_path: Path) -> None:
    full = table_error(QUARANTINE, OSError(errno.ENOSPC, "No space left on device"), str(tmp_path))
    assert str(full).startswith(
        "ledger table quarantine: [Errno 28] No space left on device ("
    ) and str(full).endswith(" MB are free)")
    other = table_error(QUARANTINE, OSError(errno.EIO, "Input/output error"), str(tmp_path))
    assert str(other) == "ledger table quarantine: [Errno 5] Input/output error"


def test_a_file_that_cannot_be_written_whole_keeps_its_earlier_content(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    write_file(path, b"earlier")
    path.chmod(0o640)
    limit = 1000
    child = os.fork()
    if child == 0:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            write_file(path, b"x" * (limit + 1))
        except OSError as error:
            os._exit(0 if (error.errno, error.filename) == (errno.EFBIG, str(path)) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert path.read_bytes() == b"earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plans.csv"]
    write_file(path, b"later")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"later", 0o640)


def test_a_link_and_its_target_stay(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    write_file(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"
