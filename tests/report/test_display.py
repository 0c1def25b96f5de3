"""The IPython extension in a live notebook, and the reader whom a book sets."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

from smartinst.report.display import install_for
from smartinst.report.frames.frame_output import LIVE_CELLS
from smartinst.report.mime_bundles import TABLE, VEGALITE
from smartinst.report.reader import LOCALE_VARIABLE, TIMEZONE_VARIABLE, Reader
from smartinst.report.table import Table
from tests.report.test_frame_output import FRAME, bundle
from tests.report.test_wall_clock import LATE, chart, days_of


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A notebook after `%load_ext smartinst`, without a run."""
    monkeypatch.delenv(LOCALE_VARIABLE, raising=False)
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "smartinst")
    yield shell
    InteractiveShell.clear_instance()


def labels(shell: InteractiveShell) -> list[str]:
    table = Table.from_json(bundle(shell, FRAME)[TABLE])
    return [column.label for column in table.columns]


def test_without_a_run_the_reader_is_english_and_frames_are_short(shell: InteractiveShell) -> None:
    assert labels(shell)[:3] == ["Buyer", "Currency", "Overdue"]
    frame = pl.select(n=pl.int_range(LIVE_CELLS + 1))
    table = Table.from_json(bundle(shell, frame)[TABLE])
    assert len(table.rows) == LIVE_CELLS
    assert table.caption == "The first 20,000 of 20,001 rows."


def test_a_book_sets_language_and_zone_of_what_is_displayed_after_it(
    shell: InteractiveShell,
) -> None:
    points = chart(LATE).encode(x="day:T")
    assert days_of(bundle(shell, points)[VEGALITE]) == ["2026-12-01T00:30:00"]
    install_for("es", "America/Sao_Paulo")
    assert labels(shell)[:3] == ["Comprador", "Moneda", "Vencido"]
    assert days_of(bundle(shell, points)[VEGALITE]) == ["2026-11-30T21:30:00"]


def test_a_live_chart_that_cannot_be_drawn_is_left_to_altair(shell: InteractiveShell) -> None:
    elsewhere = alt.Chart("https://example.com/sales.csv").mark_bar().encode(x="sold:Q")
    assert "text/html" in bundle(shell, elsewhere)
    assert VEGALITE not in bundle(shell, elsewhere)


def test_a_run_names_its_reader_in_the_environment() -> None:
    reader = Reader("pt-BR", "America/Sao_Paulo", is_live=False, is_printed_only=True)
    assert Reader.from_environment(reader.to_environment()) == reader
    assert Reader.from_environment({TIMEZONE_VARIABLE: "Asia/Tokyo"}).is_live
