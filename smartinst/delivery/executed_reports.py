"""The report of an executed notebook, read once for its gates and all of its messages."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from smartinst.pages.reading.report import Report, read_report


def report_at(executed: Path) -> Report:
    """The report of a notebook, which is read again only if the file has changed.

    ReportError as by `read_report`.
    """
    try:
        status = executed.stat()
    except OSError:
        return read_report(executed)
    return _report(executed, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=2)
def _report(executed: Path, _version: tuple[int, int, int]) -> Report:
    return read_report(executed)
