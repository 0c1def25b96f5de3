"""All sellers live: totals, PAR30, a table in any order, and below it the board of the seller that is clicked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.errors import SmartinstError
from smartinst.explore.board import seller_board
from smartinst.explore.charts import PICK, WIDEST
from smartinst.explore.grid import Table
from smartinst.explore.keys import amount
from smartinst.explore.parts import Chart, Library, Measure
from smartinst.locale import Locale
from smartinst.report.book import filters_shown
from smartinst.report.bundles import Shown
from smartinst.report.compiler import chosen
from smartinst.report.portfolio import BALANCES, COLUMNS, Portfolio, open_portfolio
from smartinst.settings import Settings, load

_FIRST: Final = ("seller", "currency", "par30", "overdue_minor", "outstanding_minor")
SHOWN: Final = tuple(sorted(COLUMNS, key=lambda one: (*_FIRST, one.name).index(one.name)))
"""What the report's table shows, what an operator asks first at the left: a narrow window shows no more."""


def explore_sellers(
    as_of: str = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    live: bool = True,
    title: str = "Portfolio",
    report: str = "portfolio",
) -> Portfolio | LivePortfolio:
    """Every configured seller. `live`: widgets (JupyterLab); else the parts of a report, without any widget.

    InputError for a filter that cannot be meant, and where no date is given and the ledger holds nothing.
    """
    settings = load()

    def read() -> Portfolio:
        return open_portfolio(as_of, where, locale=locale, title=title, report=report, settings=settings)

    return LivePortfolio(read, settings, is_pinned=bool(as_of)) if live else read()


class SellerTable(Table):
    """One row a seller and currency, the worst first; a click opens the seller."""

    key, opens = "seller_id", "seller"

    def __init__(self, words: Locale) -> None:
        super().__init__(words, SHOWN, words.gettext("Rows {first} to {last} of {total}"))

    def cells(self, row: dict[str, Any]) -> list[str]:
        """A seller's cells; no share where there is no live balance."""
        parts = (row["outstanding_par30_minor"], row["outstanding_minor"])
        return super().cells({**row, "par30": parts if row["outstanding_minor"] else None})


class LivePortfolio:
    """The portfolio's parts as widgets; `open` shows a seller's own board, in the seller's language.

    `read` gives the portfolio; it is called again, and every part drawn anew, when a board was updated from the platform.
    """

    def __init__(self, read: Callable[[], Portfolio], settings: Settings, *, is_pinned: bool = False) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        self._read, self._settings, self._is_pinned = read, settings, is_pinned
        self.portfolio = read()
        self.words = self.portfolio.words
        self.grid = SellerTable(self.words)
        self._list()
        self._parts: dict[str, Callable[[], None]] = {"sellers": self._list}
        self.grid.observe(lambda change: self._clicked(change["new"]), names="opened")
        said = self.words.gettext("Open a seller in the table or in the chart: its dashboard stands here.")
        self.opened = widgets.VBox([widgets.HTML(f'<p class="smartinst-said">{escape(said)}</p>')])
        self.opened.add_class("smartinst-opened")
        self.outdated = widgets.HTML()
        self.seller_id = ""

    def _list(self) -> None:
        """Puts the sellers into the table."""
        names = self.portfolio.names
        seller = pl.col("seller_id").replace_strict(names, default=pl.col("seller_id")).alias("seller")
        self.grid.show(self.portfolio.frame.with_columns(seller), self.portfolio.frame.height)

    def cover(self) -> Any:
        """As of when, of how many sellers, filtered by what; per currency the live balance, what is overdue and PAR30."""
        return self._kept("cover", self._told)

    def _kept(self, name: str, told: Callable[[], str]) -> Any:
        """A part that is told anew when the portfolio is read again."""
        import ipywidgets as widgets

        shown = widgets.HTML(told())

        def tell() -> None:
            shown.value = told()

        self._parts[name] = tell
        return shown

    def _told(self) -> str:
        words, made = self.words, self.portfolio
        day = words.gettext("as of {day}", day=words.date(made.as_of, "long"))
        counted = words.ngettext("{n} seller", "{n} sellers", len(made.names))
        told = [chosen(one, words) for one in filters_shown(made.where, words)]
        filters = "; ".join(f"{one['label']}: {one['value']}" for one in told)
        said = f'<p class="smartinst-said">{escape(filters)}</p>' if filters else ""
        cards = "".join(self._card(one) for one in made.of_currency().iter_rows(named=True))
        return (
            f'<div class="smartinst-top"><h2>{escape(words.gettext(made.title))}, {escape(day)}</h2></div>'
            f'<div class="smartinst-keys"><div class="smartinst-count">{escape(counted)}</div>{cards}</div>{said}'
        )

    def chart(self) -> Any:
        """PAR30 of the worst; a clicked bar opens its seller."""
        import ipywidgets as widgets

        found = self.portfolio.chart()
        if not isinstance(found, alt.Chart):
            return self._boxed("chart", lambda: found)
        shown, measure = Chart(self._drawn(WIDEST)), Measure()

        def watch() -> None:
            shown.selections.observe(lambda change: self._picked(change["new"]), names=PICK)

        def fit(width: int) -> None:
            shown.chart = self._drawn(min(width, WIDEST))
            watch()

        def draw() -> None:
            if isinstance(self.portfolio.chart(), alt.Chart):
                fit(measure.width or WIDEST)

        watch()
        self._parts["chart"] = draw
        measure.observe(lambda change: fit(change["new"]), names="width")
        box = widgets.VBox([Library(), measure, shown])
        box.add_class("smartinst-charts")
        return box

    def _drawn(self, width: int) -> Any:
        """The report's chart with marks that can be clicked, so many CSS pixels wide."""
        pick = alt.selection_point(name=PICK, fields=["seller_id"], clear=False)
        drawn = self.portfolio.chart()
        drawn.encoding.x = drawn.encoding.x.title(None)
        fitted = drawn.properties(
            title=drawn.usermeta["smartinst"]["title"],
            width=width,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        )
        return fitted.add_params(pick).encode(opacity=alt.condition(pick, alt.value(1), alt.value(0.3)))

    def sellers(self) -> Any:
        """The table."""
        return self.grid

    def statuses(self) -> Any:
        """Per seller the plans of each status, the worst first."""
        return self._boxed("statuses", lambda: self.portfolio.statuses())

    def notes(self) -> Any:
        """The configured sellers of which no plan is shown; nothing where there are none."""
        return self._boxed("notes", lambda: self.portfolio.notes())

    def board(self) -> Any:
        """The board of the seller that is opened."""
        return self.opened

    def open(self, seller_id: str) -> None:
        """Shows a seller's board as of the same date, with the same filters; SmartinstError for one without data."""
        board = seller_board(
            seller_id,
            self.portfolio.as_of.isoformat(),
            self.portfolio.where,
            is_pinned=self._is_pinned,
            told={"title": "Smart Installments", "report": "explore", "settings": self._settings},
        )
        self.seller_id = self.grid.opened = seller_id
        board.renewed = self._renewed
        self.opened.children = [board.filters(), board.keys(), board.charts(), board.table(), board.plan(), board.notes()]

    def _renewed(self) -> None:
        """A board was updated from the platform: above it everything is read and drawn again, or it is said to be old."""
        try:
            self.portfolio = self._read()
        except SmartinstError:
            said = self.words.gettext("The list above is of before the update: run the notebook again.")
            self.outdated.value = f'<p class="smartinst-said" role="status">{escape(said)}</p>'
            others = [one for one in self.opened.children if one is not self.outdated]
            self.opened.children = [self.outdated, *others]
            return
        self.opened.children = [one for one in self.opened.children if one is not self.outdated]
        for draw in self._parts.values():
            draw()

    def _clicked(self, seller_id: str) -> None:
        import ipywidgets as widgets

        if seller_id == self.seller_id:
            return
        try:
            self.open(seller_id)
        except SmartinstError as error:  # else the board of another would stand under the row that is marked
            self.seller_id = seller_id
            self.opened.children = [widgets.HTML(f'<p class="smartinst-said">{escape(str(error))}</p>')]

    def _picked(self, selection: Any) -> None:
        for one in selection.value or []:
            self._clicked(str(one["seller_id"]))

    def _boxed(self, name: str, part: Callable[[], Shown | None]) -> Any:
        """A part of the report in the look of the board; a sentence as it is, nothing where there is none."""
        shown = part()
        if shown is None or "text/html" not in shown.bundle:
            return shown

        def told() -> str:
            found = part()
            html = found.bundle.get("text/html", "") if found else ""
            return f'<div class="smartinst-plan">{html}</div>' if html else ""

        return self._kept(name, told)

    def _card(self, row: dict[str, Any]) -> str:
        words, currency = self.words, row["currency"] or ""
        cells = "".join(amount(words.gettext(label), row[name], currency, name, words) for name, label in BALANCES)
        if row["outstanding_minor"]:
            share = words.percent(row["outstanding_par30_minor"], row["outstanding_minor"])
            cells += f"<dt>{escape(words.gettext('PAR30'))}</dt><dd>{escape(share)}</dd>"
        return f'<div class="smartinst-card"><b>{escape(currency)}</b><dl>{cells}</dl></div>'
