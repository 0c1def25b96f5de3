"""One seller's board as linked widgets: panel, key figures, charts, table, a plan's page and its actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

import polars as pl

from smartinst.actions.session import logged_calls
from smartinst.analytics.filters import check_filters
from smartinst.analytics.metrics import contact_order, plan_details
from smartinst.dashboard.cell import reading
from smartinst.dashboard.plan.call_history import outcomes
from smartinst.dashboard.selection import PICKED, PLAN_ROW, View
from smartinst.dashboard.widgets.chart_marks import mark_label
from smartinst.dashboard.widgets.key_figures import key_figures
from smartinst.errors import InputError, SmartinstError
from smartinst.facts import BILLING_TYPES
from smartinst.intake.refresh import ledger_version
from smartinst.report.book import Book, open_book
from smartinst.report.whatsapp import whatsapp_linker

TAKEN: Final = ("nets", "attempts")
"""The rows that a plan's details need besides its own."""


def seller_board(
    seller_id: str,
    as_of: str,
    meant: Mapping[str, Any],
    *,
    is_pinned: bool,
    told: Mapping[str, Any],
) -> LiveBoard:
    """The widgets of one seller; `meant` as `check_filters` returns it, `told` what `open_book` is told besides."""
    version = ledger_version(told["settings"])  # before it is read: what comes meanwhile is newer
    return LiveBoard(
        open_book(seller_id, as_of, _read(meant), **told), meant, version, is_pinned=is_pinned
    )


def _read(where: Mapping[str, Any] | None) -> dict[str, Any]:
    """Of the filters the one that decides what is read of the ledger."""
    return {
        name: value for name, value in (where or {}).items() if name == "billing_type" and value
    }


class LiveBoard:
    """The parts as linked widgets; each is made once and may be shown in any cell.

    `is_pinned`: the date shown was asked for; else it moves on when the ledger is renewed.
    `version` of the ledger when it was read, null: as it is now.
    """

    def __init__(
        self,
        book: Book,
        where: Mapping[str, Any],
        version: Mapping[str, int] | None = None,
        *,
        is_pinned: bool = False,
    ) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        from smartinst.dashboard.plan.actions import Actions
        from smartinst.dashboard.plan.page import PlanPage
        from smartinst.dashboard.widgets.data_refresh import Renewal
        from smartinst.dashboard.widgets.data_table import Grid
        from smartinst.dashboard.widgets.filter_panel import Panel
        from smartinst.dashboard.widgets.linked_charts import LinkedCharts

        self.book, self.locale, self.is_pinned = book, book.locale, is_pinned
        self.view = View(book.as_of, book.rows)
        self._link = whatsapp_linker(book.settings, book.seller)
        self.heading, self.key_figures, self.noted = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.panel = Panel(self.view.plans, self.locale, self._filtered, self._cleared)
        self.newest: Callable[[], str] = lambda: (
            ""
        )  # as of when it is read again; empty, the seller's last day
        version = ledger_version(book.settings) if version is None else version
        self._books = {
            str(_read(book.where)): (book, version)
        }  # as they were read, by billing type
        self.renewal = Renewal(
            book.settings, book.seller, self.locale, self._renewed, self._billing_type, version
        )
        self.linked = LinkedCharts(self.view, self.locale, self._picked)
        self.picked = widgets.HBox()
        self.picked.add_class("smartinst-chips")
        self.grid = Grid(self.locale, self._link, self._taken)
        self.grid.observe(lambda change: self._clicked(change["new"]), names="opened")
        self.actions = Actions(book.settings, book.seller, self.locale, self._acted)
        self.plan_page = PlanPage(self.locale, book.seller, self._link, self.actions)
        self.calls: list[dict[str, Any]] = []
        self.opened = ""
        self._acted()
        self.panel.show(where)

    @property
    def plans(self) -> pl.DataFrame:
        """The plans that pass the filters and every clicked mark, those to contact first; amounts in minor units."""
        return contact_order(self.view.kept()).drop(PLAN_ROW)

    @property
    def selected(self) -> pl.DataFrame:
        """The plans that are ticked in the table, as `plans` has them."""
        return self.plans.filter(pl.col("plan_id").is_in(list(self.grid.selected)))

    def _taken(self, ids: list[str]) -> tuple[str, list[dict[str, Any]]]:
        """The plans of these ids, of none all that pass, as the command `plans` has them; and a name for their file."""
        plans = self.view.kept()
        some = plans.filter(pl.col("plan_id").is_in(ids)) if ids else plans
        rows = {
            name: self.book.rows[name].join(some, on=["seller_id", "plan_id"], how="semi")
            for name in TAKEN
        }
        return f"plans-{self.book.seller.id}-{self.book.as_of}.csv", plan_details(
            {**rows, "plans": some}, self._link
        )

    def filters(self) -> Any:
        """Who and as of when, the panel, and the button that renews the figures."""
        import ipywidgets as widgets

        top = widgets.HBox([self.heading, self.renewal.widget])
        top.add_class("smartinst-top")
        title = f"{self.locale.gettext(self.book.title)}: {self.book.seller.name}"
        return self._part(top, self.panel.widget, title=title)

    def _part(self, *children: Any, title: str = "") -> Any:
        from smartinst.dashboard.widgets.primitives import part

        return part(self.locale, *children, title=title)

    def keys(self) -> Any:
        """The key figures of what passes."""
        return self.key_figures

    def charts(self) -> Any:
        """The linked charts, and what is clicked in them."""
        return self._part(self.picked, self.linked.widget)

    def table(self) -> Any:
        """The detail table."""
        return self._part(self.grid)

    def plan(self, plan_id: str = "") -> Any:
        """A plan's page and its actions; the one that is opened in the table."""
        if plan_id:
            self.open(plan_id)
        return self._part(self.plan_page.widget)

    def notes(self) -> Any:
        """How far and how whole the data are."""
        self._note()
        return self._part(self.noted)

    def dataset(self) -> None:
        """Nothing: the widgets ask the kernel."""

    def close(self) -> None:
        """Takes every part off the screen, in whatever cell it stands."""
        from smartinst.dashboard.widgets.primitives import shut

        shut(
            self.heading,
            self.renewal.widget,
            self.panel.widget,
            self.key_figures,
            self.picked,
            self.noted,
        )
        shut(self.linked.widget, self.grid, self.plan_page.widget, *self.plan_page.whole)

    def open(self, plan_id: str) -> None:
        """Shows a plan's page; InputError for one that the seller has not."""
        if plan_id not in self.book.rows["plans"]["plan_id"]:
            raise InputError(f"plan {plan_id!r} is not of seller {self.book.seller.id}")
        self.actions.of(plan_id, self.book.as_of)
        self.opened = self.grid.opened = plan_id
        self._acted()  # the log too, which others write into
        self.renewal.look()

    def _clicked(self, plan_id: str) -> None:
        """A row of the table, which knows at once of a plan that was opened elsewhere."""
        if plan_id != self.opened:
            self.open(plan_id)

    def _show_plan(self) -> None:
        """The plan that is open, from the rows and the log as they are now; nothing where none is, or it is no more."""
        if self.opened in self.book.rows["plans"]["plan_id"]:
            calls = [one for one in self.calls if one["plan_id"] == self.opened]
            self.plan_page.show(
                self.opened, self.book.rows, self.book.as_of, calls, is_pinned=self.is_pinned
            )
            self._compare()

    def _compare(self) -> None:
        self.plan_page.pass_by(passes=not self.opened or self.opened in self.view.kept()["plan_id"])

    def _filtered(self, where: dict[str, Any]) -> None:
        if self._filter(where):
            self._redraw()
            self.renewal.look()

    def _filter(self, where: Mapping[str, Any]) -> bool:
        """Whether the filters can be meant and read; where not, that is told and what is shown stays."""
        try:
            meant = check_filters(where)
            if _read(meant) != _read(self.book.where):
                self._reread(meant, self.book.as_of.isoformat())
            self.view.filter(meant)
        except SmartinstError as error:
            self.panel.said.value = f"<strong>{escape(str(error))}</strong>"
            if not isinstance(
                error, InputError
            ):  # nobody typed it: the panel shows what is shown below
                self.panel.put_back(self.view.where)
            return False
        self.panel.said.value = ""
        return True

    def _cleared(self) -> None:
        """With the filters the clicked marks are let go of."""
        for chart in list(self.view.picks):
            self.view.pick(chart, [])

    def _reread(self, where: Mapping[str, Any], day: str) -> None:
        """Reads the ledger again as of a day: for another billing type, or because it holds something new."""
        wanted = _read(where)
        if (kept := self._books.get(str(wanted))) is None:
            version = ledger_version(
                self.book.settings
            )  # before it is read: what comes meanwhile is newer
            self._books[str(wanted)] = kept = (self._read_anew(wanted, day), version)
        self.book, self.renewal.version = kept
        self.view = self.view.again(self.book.as_of, self.book.rows)
        self.linked.of(self.view)
        self.panel.of(self.view.plans)
        if self.opened and self.opened not in self.book.rows["plans"]["plan_id"]:
            self.opened = self.grid.opened = ""
            self.actions.forget()
            self.plan_page.shut()

    def _read_anew(self, wanted: Mapping[str, Any], day: str) -> Book:
        """Meanwhile, and until what was read is drawn, the panel says that it reads."""
        self.panel.said.value = reading(self.locale)
        try:
            return open_book(
                self.book.seller.id,
                day,
                wanted,
                locale=self.book.seller.locale,
                title=self.book.title,
                report=self.book.report,
                settings=self.book.settings,
            )
        except SmartinstError:
            self.panel.said.value = ""
            raise

    def _billing_type(self) -> str:
        """What a sync reads: the billing type that is looked at."""
        return str(self.panel.where().get("billing_type", BILLING_TYPES[0]))

    def _renewed(self) -> None:
        """The ledger holds something new: everything shown is made from it again, the filters stay."""
        day = self.book.as_of.isoformat() if self.is_pinned else self.newest()
        self._books.clear()
        self._reread(self.view.where, day)
        self._filter(self.panel.where())
        self._redraw()
        self._note()
        self._acted()
        self.actions.renew(self.book.as_of)
        self.renewal.look()

    def _note(self) -> None:
        self.noted.value = (
            f'<div class="smartinst-plan">{self.book.notes().bundle["text/html"]}</div>'
        )

    def _picked(self, chart: str, marks: list[dict[str, Any]]) -> None:
        self.view.pick(chart, marks)
        self._redraw(but=chart)

    def _redraw(self, but: str = "") -> None:
        day = self.locale.gettext("as of {day}", day=self.locale.date(self.book.as_of, "long"))
        self.heading.value = f"<h2>{escape(self.book.seller.name)}, {escape(day)}</h2>"
        self.key_figures.value = key_figures(self.view, self.locale)
        self.panel.count(self.view.statuses())
        self.linked.redraw(but)
        self.grid.show(contact_order(self.view.kept()), self.view.plans.height)
        self._compare()
        self.picked.children = tuple(
            self._chip(chart) for chart in PICKED if chart in self.view.picks
        )

    def _chip(self, chart: str) -> Any:
        """What is clicked in a chart, as a button that lets go of it."""
        import ipywidgets as widgets

        marks = self.view.picks[chart]
        label = "; ".join(mark_label(one, self.view.products, self.locale) for one in marks)
        chip = widgets.Button(
            description=f"× {label}", tooltip=label, layout=widgets.Layout(width="auto")
        )
        chip.add_class("smartinst-chip")
        chip.on_click(lambda _button: self._let_go(chart))
        return chip

    def _let_go(self, chart: str) -> None:
        self.view.pick(chart, [])
        self._redraw()

    def _acted(self) -> None:
        """What was done stands in the table and on the plan's page; the ledger itself learns of it with the next sync."""
        self.calls = logged_calls(self.book.settings, self.book.seller)
        self.grid.tell(outcomes(self.calls, self.locale))
        self._show_plan()
