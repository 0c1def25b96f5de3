"""All sellers live: totals, PAR30, sortable tables, and below them the board of one seller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smartinst.dashboard.cell import UnavailableBoard, default_locale, load_board, loading_html
from smartinst.dashboard.seller_board import LiveBoard, open_seller_board
from smartinst.dashboard.seller_table import SELLER_COLUMNS, SellerTable
from smartinst.dashboard.templating import message_html, render_html
from smartinst.dashboard.widgets.key_figures import amount_line
from smartinst.dashboard.widgets.primitives import ScrollTarget, board_part, close_widgets
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.pages.compiler import filter_text
from smartinst.report.filter_descriptions import filter_descriptions
from smartinst.report.notebook_parts import PortfolioParts
from smartinst.report.portfolio import (
    BALANCES,
    SELLERS,
    STATUSES,
    Portfolio,
    open_portfolio,
)
from smartinst.settings import Settings, load_settings


def explore_sellers(
    as_of: str = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    live: bool = True,
    title: str = "Portfolio",
    report: str = "portfolio",
    operations: Mapping[str, Mapping[str, Any]] | None = None,
) -> Portfolio | LivePortfolio | UnavailableBoard:
    """All configured sellers. `live`: widgets (JupyterLab); otherwise the parts of a report.

    InputError for an invalid filter, and for an empty ledger if no date is given. In a live
    kernel, a board that displays the reason.
    """

    def load() -> Portfolio | LivePortfolio:
        settings = load_settings()

        def read() -> Portfolio:
            return open_portfolio(
                as_of,
                where,
                locale=locale,
                title=title,
                report=report,
                operations=operations,
                settings=settings,
            )

        return LivePortfolio(read, settings, is_pinned=bool(as_of)) if live else read()

    return load_board(load, lambda: default_locale(locale=locale)) if live else load()


class LivePortfolio(PortfolioParts):
    """The portfolio's parts as widgets; `open` displays a seller's board, in the seller's language.

    `read` returns the portfolio. It is called again, and all parts are redrawn, after a board is
    updated from the platform.
    """

    def __init__(
        self, read: Callable[[], Portfolio], settings: Settings, *, is_pinned: bool = False
    ) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        from smartinst.dashboard.widgets.par30_chart import Par30Chart

        self._read, self._settings, self._is_pinned = read, settings, is_pinned
        self.portfolio = read()
        self.locale = self.portfolio.locale
        self.seller_id = ""
        self._seller_board: LiveBoard | None = None
        self.balance_table = SellerTable(self.locale, SELLER_COLUMNS)
        self.status_table = SellerTable(self.locale, self.portfolio.status_columns())
        status_name = {"name": self.locale.gettext(STATUSES)}
        self.status_table.labels = {**self.status_table.labels, **status_name}
        for table in (self.balance_table, self.status_table):
            table.observe(lambda change: self._open_clicked(change["new"]), names="open_row")
        self.par30_chart = Par30Chart(self.portfolio, self._open_clicked)
        self.cover_html, self.notes_html = widgets.HTML(), widgets.HTML()
        self.outdated_notice = widgets.HTML()
        self.scroll_target = ScrollTarget()
        hint = self.locale.gettext(
            "Open a seller in the table or in the chart to see its dashboard here."
        )
        self.board_box = widgets.VBox([widgets.HTML(message_html(hint, self.locale))]).add_class(
            "smartinst-open-board"
        )
        self.board_part = widgets.VBox([self.scroll_target, self.outdated_notice, self.board_box])
        self._show()

    def cover(self) -> Any:
        """Date, number of sellers, filters; live balance, overdue and PAR30 by currency."""
        return board_part(self.locale, self.cover_html)

    def chart(self) -> Any:
        """PAR30 of the sellers with the highest share; a clicked bar opens its seller."""
        return board_part(self.locale, self.par30_chart.widget)

    def sellers(self) -> Any:
        """The table of balances, one row per seller and currency."""
        return self._with_heading(SELLERS, self.balance_table)

    def statuses(self) -> Any:
        """The table of plans by seller and status."""
        return self._with_heading(STATUSES, self.status_table)

    def notes(self) -> Any:
        """The configured sellers without plans; hidden if there are none."""
        return self.notes_html

    def board(self) -> Any:
        """The board of the open seller, below a notice if the tables are older."""
        return self.board_part

    def close(self) -> None:
        """Removes all parts from the screen, in all cells."""
        if self._seller_board is not None:
            self._seller_board.close()
        close_widgets(
            self.cover_html,
            self.par30_chart.widget,
            self.balance_table,
            self.status_table,
            self.notes_html,
            self.board_part,
        )

    def open(self, seller_id: str) -> None:
        """Displays a seller's board with the same date and filters; may raise SmartinstError."""
        board = open_seller_board(
            seller_id,
            self.portfolio.as_of.isoformat(),
            self.portfolio.where,
            is_pinned=self._is_pinned,
            title="Smart Installments",
            report="explore",
            settings=self._settings,
        )
        self._highlight(seller_id)
        board.refresh_day = self._refresh
        former_board, former_children = self._seller_board, self.board_box.children
        self._seller_board = board
        self.board_box.children = [
            board.filters(),
            board.keys(),
            board.charts(),
            board.table(),
            board.plan(),
            board.notes(),
        ]
        close_widgets(*former_children)
        if former_board is not None:
            former_board.close()

    def _show(self) -> None:
        """Displays the portfolio in all parts."""
        portfolio = self.portfolio
        balances = portfolio.frame.with_columns(portfolio.seller_columns())
        self.balance_table.show(balances, balances.height)
        status_counts = portfolio.status_counts()
        self.status_table.show(status_counts, status_counts.height)
        self.par30_chart.set_portfolio(portfolio)
        self.cover_html.value = self._render_cover()
        self.notes_html.value = self._render_notes()
        self.notes_html.layout.display = "" if self.notes_html.value else "none"
        self.outdated_notice.value = ""

    def _refresh(self) -> str:
        """Reads the portfolio before a board's refresh, and returns the day for the board.

        After an error the tables are not changed, a notice says that they are outdated, and the
        day is empty, which means the seller's last day.
        """
        try:
            self.portfolio = self._read()
        except SmartinstError:
            text = self.locale.gettext(
                "The list above was made before the update. Run the notebook again."
            )
            self.outdated_notice.value = message_html(text, self.locale, "status")
            return ""
        self._show()
        return self.portfolio.as_of.isoformat()

    def _open_clicked(self, seller_id: str) -> None:
        """Opens the seller clicked in a table or in the chart, and scrolls to its board."""
        import ipywidgets as widgets

        if seller_id == self.seller_id:
            return
        former_children = self.board_box.children
        self.board_box.children = [widgets.HTML(loading_html(self.locale))]
        try:
            self.open(seller_id)
            self.scroll_target.turn += 1
        except Exception as error:
            self._show_error(seller_id, error)
            if not isinstance(error, SmartinstError):
                raise
        finally:
            close_widgets(*former_children)

    def _show_error(self, seller_id: str, error: Exception) -> None:
        """Displays why a seller's board is unavailable; another click tries again."""
        import ipywidgets as widgets

        name = self.portfolio.names.get(seller_id, seller_id)
        text = self.locale.gettext(
            "The dashboard cannot be shown: {reason}", reason=f"{name}: {error}"
        )
        self.board_box.children = [widgets.HTML(message_html(text, self.locale, "alert"))]
        if self._seller_board is not None:
            self._seller_board.close()
        self._seller_board = None
        self._highlight("")

    def _highlight(self, seller_id: str) -> None:
        """Highlights the open seller in tables and chart."""
        self.seller_id = seller_id
        self.balance_table.open_row = self.status_table.open_row = seller_id
        self.par30_chart.highlight(seller_id)

    def _with_heading(self, title: str, table: Any) -> Any:
        import ipywidgets as widgets

        html = render_html("portfolio_heading", self.locale, title=self.locale.gettext(title))
        return board_part(self.locale, widgets.HTML(html), table)

    def _render_cover(self) -> str:
        locale, portfolio = self.locale, self.portfolio
        filters = [
            filter_text(item, locale) for item in filter_descriptions(portfolio.where, locale)
        ]
        return render_html(
            "portfolio_cover",
            locale,
            title=locale.gettext(portfolio.title),
            date=locale.gettext("as of {day}", day=locale.date(portfolio.as_of, "long")),
            seller_count=locale.ngettext("{n} seller", "{n} sellers", len(portfolio.names)),
            cards=[
                {"title": row["currency"] or "", "lines": _card_lines(row, locale)}
                for row in portfolio.currency_sums().iter_rows(named=True)
            ],
            filters="; ".join(f"{item['label']}: {item['value']}" for item in filters),
        )

    def _render_notes(self) -> str:
        notes = self.portfolio.notes()
        if notes is None:
            return ""
        return render_html("report_table", self.locale, table=notes.bundle["text/html"])


def _card_lines(row: Mapping[str, Any], locale: Locale) -> list[dict[str, Any]]:
    """The lines of a currency's card; PAR30 only if there is a live balance."""
    currency = row["currency"] or ""
    lines = [
        amount_line(locale.gettext(label), row[name], currency, name, locale)
        for name, label in BALANCES
    ]
    if row["outstanding_minor"]:
        share = locale.percent(row["outstanding_par30_minor"], row["outstanding_minor"])
        lines.append({"label": locale.gettext("PAR30"), "text": share, "figure": "", "part": ""})
    return lines
