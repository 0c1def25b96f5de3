"""The board: panel, key figures, linked charts, table, plan and actions of one seller; widgets, or a report's parts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from smartinst.analytics.metrics import contact_order
from smartinst.errors import InputError
from smartinst.explore.view import PICKED, View
from smartinst.report.book import Book, open_book
from smartinst.report.contact import linker


def explore(
    seller: str,
    as_of: str = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    live: bool = True,
    title: str = "Smart Installments",
    report: str = "explore",
) -> Board | LiveBoard:
    """One seller to explore. `live`: widgets (JupyterLab, Voilà); else the parts of a report, without any widget."""
    if live:
        book = open_book(seller, as_of, _read(where), locale=locale, title=title, report=report)
        return LiveBoard(book, where or {})
    return Board(open_book(seller, as_of, where, locale=locale, title=title, report=report))


def _read(where: Mapping[str, Any] | None) -> dict[str, Any]:
    """Of the filters the one that decides what is read of the ledger."""
    return {name: value for name, value in (where or {}).items() if name == "billing_type" and value}


class Board:
    """The parts as a report shows them."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def filters(self) -> Any:
        """Who, as of when, filtered by what."""
        return self.book.cover()

    def keys(self) -> Any:
        """The key figures."""
        return self.book.headline()

    def charts(self) -> None:
        """The charts, one after the other."""
        from IPython.display import display

        names = ("status_by_installments", "revenue", "net_by_country", "overdue_by_product", "aging")
        for name in (*names, "days_overdue_by_charge", "refusals", "possible_by_month"):
            display(getattr(self.book, name).chart())  # type: ignore[no-untyped-call]

    def table(self) -> Any:
        """The detail table."""
        return self.book.detail()

    def plan(self, plan_id: str = "") -> None:
        """A report has no plan's page."""

    def notes(self) -> Any:
        """How far and how whole the data are."""
        return self.book.notes()

    def dataset(self) -> Any:
        """The rows of the offline page."""
        return self.book.dataset()


class LiveBoard:
    """The parts as linked widgets; each is made once and may be shown in any cell."""

    def __init__(self, book: Book, where: Mapping[str, Any]) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        from smartinst.explore.actions import Actions
        from smartinst.explore.charts import LinkedCharts
        from smartinst.explore.grid import Grid
        from smartinst.explore.panel import Panel

        self.book, self.words = book, book.words
        self.view = View(book.as_of, book.rows)
        self._link = linker(book.settings, book.seller)
        self.panel = Panel(self.view.plans, self.words, self._filtered)
        self.key_figures = widgets.HTML()
        self.linked = LinkedCharts(self.view, self.words, self._picked)
        self.picked = widgets.HBox()
        self.grid = Grid(self.words, self._link)
        self.grid.observe(lambda change: self.open(change["new"]), names="opened")
        self.plan_page, self._line = widgets.HTML(), widgets.VBox()
        self.actions = Actions(book.settings, book.seller, self.words, self._acted)
        self._plan = widgets.VBox([self.plan_page])
        self._acted()
        self.panel.show(where)

    def filters(self) -> Any:
        """The panel, under a heading."""
        import ipywidgets as widgets

        day = self.words.gettext("as of {day}", day=self.words.date(self.book.as_of, "long"))
        heading = widgets.HTML(f"<h2>{escape(self.book.seller.name)}, {escape(day)}</h2>")
        return widgets.VBox([heading, self.panel.widget])

    def keys(self) -> Any:
        """The key figures of what passes."""
        return self.key_figures

    def charts(self) -> Any:
        """The linked charts, and what is clicked in them."""
        import ipywidgets as widgets

        grid = widgets.Box(list(self.linked.widgets.values()))
        grid.add_class("smartinst-charts")
        return widgets.VBox([self.picked, grid])

    def table(self) -> Any:
        """The detail table."""
        return self.grid

    def plan(self, plan_id: str = "") -> Any:
        """A plan's page and its actions; the one that is opened in the table."""
        if plan_id:
            self.open(plan_id)
        else:
            said = self.words.gettext("Open a plan in the table: its page stands here.")
            self.plan_page.value = f"<p>{escape(said)}</p>"
        return self._plan

    def notes(self) -> Any:
        """How far and how whole the data are."""
        return self.book.notes()

    def dataset(self) -> None:
        """Nothing: the widgets ask the kernel."""

    def open(self, plan_id: str) -> None:
        """Shows a plan's page; InputError for one that the seller has not."""
        import altair as alt

        from smartinst.explore.plan import plan_page, time_line

        if plan_id not in self.book.rows["plans"]["plan_id"]:
            raise InputError(f"plan {plan_id!r} is not of seller {self.book.seller.id}")
        self.plan_page.value = plan_page(self.book.rows, plan_id, self.words, self._link)
        self._line.children = (alt.JupyterChart(time_line(self.book.rows, plan_id, self.words)),)
        self.actions.of(plan_id)
        self._plan.children = (self.actions.widget, self._line, self.plan_page)

    def _filtered(self, where: dict[str, Any]) -> None:
        try:
            if _read(where) != _read(self.book.where):
                self._reread(where)
            self.view.filter(where)
        except InputError as error:
            self.panel.said.value = f"<strong>{escape(str(error))}</strong>"
            return
        self.panel.said.value = ""
        self._redraw()

    def _reread(self, where: dict[str, Any]) -> None:
        """Another billing type is another read of the ledger."""
        self.book = open_book(
            self.book.seller.id, self.book.as_of, _read(where), locale=self.book.seller.locale, settings=self.book.settings
        )
        self.view = View(self.book.as_of, self.book.rows)
        self.linked.of(self.view)

    def _picked(self, chart: str, marks: list[dict[str, Any]]) -> None:
        self.view.pick(chart, marks)
        self._redraw(but=chart)

    def _redraw(self, but: str = "") -> None:
        self.key_figures.value = self._keys()
        self.linked.redraw(but)
        self.grid.show(contact_order(self.view.kept()), self.view.plans.height)
        self.picked.children = tuple(self._chip(chart) for chart in PICKED if chart in self.view.picks)

    def _keys(self) -> str:
        from smartinst.explore.keys import key_figures

        return key_figures(self.view, self.words)

    def _chip(self, chart: str) -> Any:
        """What is clicked in a chart, as a button that lets go of it."""
        import ipywidgets as widgets

        marks = self.view.picks[chart]
        label = "; ".join(" · ".join(self._said(name, one[name]) for name in PICKED[chart]) for one in marks)
        chip = widgets.Button(description=label, icon="times", layout=widgets.Layout(width="auto"))
        chip.add_class("smartinst-chip")
        chip.on_click(lambda _button: self._let_go(chart))
        return chip

    def _let_go(self, chart: str) -> None:
        self.view.pick(chart, [])
        self._redraw()

    def _said(self, name: str, value: Any) -> str:
        if value is None:
            return self.words.gettext("Unknown country")
        if name == "status":
            return self.words.status(value)
        return self.words.country(value) if name == "country" else str(int(value) if isinstance(value, float) else value)

    def _acted(self) -> None:
        """What was done stands in the table; the ledger itself learns of it with the next sync."""
        from smartinst.explore.actions import told
        from smartinst.operations.acting import outcomes

        found = outcomes(self.book.settings, self.book.seller)
        self.grid.tell({plan_id: told(kind, state, self.words) for plan_id, (kind, state) in found.items()})
