"""All sellers live: totals, PAR30, a table in any order, and below it the board of the seller that is clicked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from smartinst.analytics.portfolio import par30_parts
from smartinst.dashboard.cell import Refused, language, opened, reading, sentence
from smartinst.dashboard.seller_board import LiveBoard, seller_board
from smartinst.dashboard.widgets.data_table import Table
from smartinst.dashboard.widgets.key_figures import amount
from smartinst.dashboard.widgets.primitives import Arrival, part, shut
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.pages.compiler import filter_text
from smartinst.report.book import filter_descriptions
from smartinst.report.mime_bundles import DisplayBundle
from smartinst.report.portfolio import (
    BALANCES,
    COLUMNS,
    SELLERS,
    STATUSES,
    Portfolio,
    open_portfolio,
)
from smartinst.report.table import Column
from smartinst.settings import Settings, load_settings

_FIRST: Final = (
    "seller",
    "currency",
    "par30",
    "overdue_minor",
    "outstanding_minor",
    "data_through_date",
)
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
) -> Portfolio | LivePortfolio | Refused:
    """Every configured seller. `live`: widgets (JupyterLab); else the parts of a report, without any widget.

    InputError for a filter that cannot be meant, and where no date is given and the ledger holds nothing. In a
    notebook's kernel a live portfolio that cannot be shown says so instead of raising.
    """

    def made() -> Portfolio | LivePortfolio:
        settings = load_settings()

        def read() -> Portfolio:
            return open_portfolio(
                as_of, where, locale=locale, title=title, report=report, settings=settings
            )

        return LivePortfolio(read, settings, is_pinned=bool(as_of)) if live else read()

    return opened(made, lambda: language("", locale)) if live else made()


class SellerTable(Table):
    """One row a seller, or a seller and currency, the worst first; a click opens the seller."""

    key, opens, named = "seller_id", "seller", SELLERS

    def __init__(self, locale: Locale, columns: tuple[Column, ...]) -> None:
        super().__init__(locale, columns, locale.gettext("Rows {first} to {last} of {total}"))

    def cells(self, row: dict[str, Any]) -> list[str]:
        """A seller's cells; counts have no currency and no PAR30."""
        return super().cells(
            {"currency": None, **row, **({"par30": par30_parts(row)} if "par30" in row else {})}
        )


class LivePortfolio:
    """The portfolio's parts as widgets, each made once; `open` shows a seller's own board, in the seller's language.

    `read` gives the portfolio; it is called again, and every part shown anew, when a board was updated from the platform.
    """

    def __init__(
        self, read: Callable[[], Portfolio], settings: Settings, *, is_pinned: bool = False
    ) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        from smartinst.dashboard.widgets.par30_bars import WorstSellers

        self._read, self._settings, self._is_pinned = read, settings, is_pinned
        self.portfolio = read()
        self.locale = self.portfolio.locale
        self.seller_id = ""
        self._opened: LiveBoard | None = None
        self.grid = SellerTable(self.locale, SHOWN)
        self.counts = SellerTable(self.locale, self.portfolio.status_columns())
        self.counts.labels = {**self.counts.labels, "named": self.locale.gettext(STATUSES)}
        for table in (self.grid, self.counts):
            table.observe(lambda change: self._clicked(change["new"]), names="opened")
        self.worst = WorstSellers(self.portfolio, self._clicked)
        self.told, self.unseen, self.outdated = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.arrival = Arrival()
        said = self.locale.gettext(
            "Open a seller in the table or in the chart: its dashboard stands here."
        )
        self.opened = widgets.VBox([widgets.HTML(sentence(said))])
        self.opened.add_class("smartinst-open-board")
        self.below = widgets.VBox([self.arrival, self.outdated, self.opened])
        self._show()

    def cover(self) -> Any:
        """As of when, of how many sellers, filtered by what; per currency the live balance, what is overdue and PAR30."""
        return part(self.locale, self.told)

    def chart(self) -> Any:
        """PAR30 of the worst; a clicked bar opens its seller."""
        return part(self.locale, self.worst.widget)

    def sellers(self) -> Any:
        """The table of balances, one row a seller and currency."""
        return self._headed(SELLERS, self.grid)

    def statuses(self) -> Any:
        """Per seller the plans of each status, the worst first."""
        return self._headed(STATUSES, self.counts)

    def notes(self) -> Any:
        """The configured sellers of which no plan is shown; nothing is seen where there are none."""
        return self.unseen

    def board(self) -> Any:
        """The board of the seller that is opened, and above it whether the list is older."""
        return self.below

    def close(self) -> None:
        """Takes every part off the screen, in whatever cell it stands."""
        if self._opened is not None:
            self._opened.close()
        shut(self.told, self.worst.widget, self.grid, self.counts, self.unseen, self.below)

    def open(self, seller_id: str) -> None:
        """Shows a seller's board as of the same date, with the same filters; SmartinstError for one without data."""
        board = seller_board(
            seller_id,
            self.portfolio.as_of.isoformat(),
            self.portfolio.where,
            is_pinned=self._is_pinned,
            told={"title": "Smart Installments", "report": "explore", "settings": self._settings},
        )
        self._mark(seller_id)
        board.newest = self._renewed
        former, before = self._opened, self.opened.children
        self._opened = board
        self.opened.children = [
            board.filters(),
            board.keys(),
            board.charts(),
            board.table(),
            board.plan(),
            board.notes(),
        ]
        shut(*before)
        if former is not None:
            former.close()

    def _show(self) -> None:
        """Puts the portfolio as it was read into every part."""
        made = self.portfolio
        self.grid.show(made.frame.with_columns(made.seller_columns()), made.frame.height)
        self.worst.of(made)
        self.told.value = self._told()
        of_seller = made.status_counts()
        self.counts.show(of_seller, of_seller.height)
        self.unseen.value = _framed(made.notes())
        self.unseen.layout.display = "" if self.unseen.value else "none"
        self.outdated.value = ""

    def _renewed(self) -> str:
        """A board is read again: above it everything is first, or it is said to be old; of which day the board is then."""
        try:
            self.portfolio = self._read()
        except SmartinstError:
            self.outdated.value = sentence(
                self.locale.gettext(
                    "The list above is of before the update: run the notebook again."
                ),
                'role="status"',
            )
            return ""
        self._show()
        return self.portfolio.as_of.isoformat()

    def _clicked(self, seller_id: str) -> None:
        """A seller of the table or of the chart, which both learn of it."""
        import ipywidgets as widgets

        if seller_id == self.seller_id:
            return
        before = self.opened.children
        self.opened.children = [widgets.HTML(reading(self.locale))]
        try:
            self.open(seller_id)
            self.arrival.turn += 1
        except Exception as error:
            why = f"{self.portfolio.names.get(seller_id, seller_id)}: {error}"
            said = self.locale.gettext("The dashboard cannot be shown: {reason}", reason=why)
            self.opened.children = [widgets.HTML(sentence(said, 'role="alert"'))]
            if self._opened is not None:
                self._opened.close()
            self._opened = None
            self._mark("")  # no row is marked, and a click on it tries again
            if not isinstance(error, SmartinstError):
                raise
        finally:
            shut(*before)

    def _mark(self, seller_id: str) -> None:
        self.seller_id = self.grid.opened = self.counts.opened = seller_id
        self.worst.mark(seller_id)

    def _headed(self, title: str, table: Any) -> Any:
        import ipywidgets as widgets

        heading = widgets.HTML(
            f'<h3 class="smartinst-heading">{escape(self.locale.gettext(title))}</h3>'
        )
        return part(self.locale, heading, table)

    def _told(self) -> str:
        locale, made = self.locale, self.portfolio
        day = locale.gettext("as of {day}", day=locale.date(made.as_of, "long"))
        counted = locale.ngettext("{n} seller", "{n} sellers", len(made.names))
        told = [filter_text(one, locale) for one in filter_descriptions(made.where, locale)]
        filters = "; ".join(f"{one['label']}: {one['value']}" for one in told)
        cards = "".join(self._card(one) for one in made.currency_sums().iter_rows(named=True))
        return (
            f'<div class="smartinst-top"><h2>{escape(locale.gettext(made.title))}, {escape(day)}</h2></div>'
            f'<div class="smartinst-key-figures"><div class="smartinst-count">{escape(counted)}</div>{cards}</div>'
            f"{sentence(filters) if filters else ''}"
        )

    def _card(self, row: dict[str, Any]) -> str:
        locale, currency = self.locale, row["currency"] or ""
        cells = "".join(
            amount(locale.gettext(label), row[name], currency, name, locale)
            for name, label in BALANCES
        )
        if row["outstanding_minor"]:
            share = locale.percent(row["outstanding_par30_minor"], row["outstanding_minor"])
            cells += f"<dt>{escape(locale.gettext('PAR30'))}</dt><dd>{escape(share)}</dd>"
        return f'<div class="smartinst-card"><b>{escape(currency)}</b><dl>{cells}</dl></div>'


def _framed(shown: DisplayBundle | None) -> str:
    """A table of the report in the look of the board, nothing where there is none."""
    return f'<div class="smartinst-plan">{shown.bundle["text/html"]}</div>' if shown else ""
