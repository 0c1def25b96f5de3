"""Gates and messages of a run read its notebook once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smartinst.delivery.executed_reports import report_at
from smartinst.errors import ReportError
from tests.pages.test_compiler import notebook


def test_a_notebook_is_read_again_only_if_it_has_changed(tmp_path: Path) -> None:
    path = notebook(tmp_path, markdown="# One")
    report = report_at(path)
    assert report_at(path) is report
    notebook(tmp_path, markdown="# Two")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert report_at(path).blocks != report.blocks


def test_a_missing_notebook_is_an_error_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises((ReportError, FileNotFoundError), match=r"none\.ipynb"):
            report_at(tmp_path / "none.ipynb")
