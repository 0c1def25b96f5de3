"""Tables of figures, declared so that the page's script writes them again after a filter: keys, sums, ratios of two sums.

A ratio is divided after aggregation, never summed: `[numerator, denominator]` in the notebook, two names on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from smartinst.analytics.figures import Figure
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import N_, Locale
from smartinst.report.mime_bundles import Column, TableSpec
from smartinst.report.tables.plans import columns, more_rows, values


@dataclass(frozen=True)
class Ratio:
    """Two sums of a row; with `within`, the lower one is the sum over the rows that agree on those columns."""

    above: str
    below: str
    within: tuple[str, ...] | None = None

    def pair(self) -> pl.Expr:
        """Both sums side by side, divided only when shown."""
        below = pl.col(self.below).cast(pl.Int64)
        if self.within is not None:
            below = below.sum().over(self.within) if self.within else below.sum()
        return pl.concat_list(pl.col(self.above).cast(pl.Int64), below)


@dataclass(frozen=True)
class Layout:
    """How a figure's table differs from its keys and sums: columns, rows that are all zero left out, order."""

    shown: tuple[str, ...] = ()
    nonzero: tuple[str, ...] = ()
    sort: tuple[tuple[str, str], ...] = ()
    every: tuple[str, tuple[str, ...]] | None = None


RATIOS: Final[dict[str, dict[str, Ratio]]] = {
    "revenue_by_country": {
        "share": Ratio("collected_minor", "collected_minor", ("currency",)),
        "debt_share": Ratio("plans_with_debt", "live_plans"),
    },
    "overdue_by_product": {
        "overdue_share": Ratio("overdue_minor", "fallen_due_minor"),
        "debt_share": Ratio("plans_with_debt", "live_plans"),
        "par30": Ratio("outstanding_par30_minor", "outstanding_minor"),
    },
    "debt_by_installments": {"debt_share": Ratio("plans_with_debt", "live_plans")},
    "refusals": {"cure_share": Ratio("cured_charges", "failed_charges")},
    "status_shares": {"share": Ratio("plans", "plans", ())},
}
DIFFERENCES: Final = {"revenue_by_month": {"movement_minor": ("received_minor", "returned_minor")}}

LAYOUTS: Final[dict[str, Layout]] = {
    "revenue": Layout(
        (
            *(
                "currency",
                "plans",
                "total_minor",
                "collected_minor",
                "overdue_minor",
                "to_receive_minor",
            ),
            *("refunded_minor", "released_minor"),
        )
    ),
    "released": Layout(
        (
            *(
                "currency",
                "sold_minor",
                "released_minor",
                "lost_minor",
                "not_earned_minor",
                "forgiven_minor",
            ),
            "not_activated_minor",
        )
    ),
    "of_which": Layout(
        (
            *(
                "currency",
                "collected_minor",
                "disputed_minor",
                "refunded_minor",
                "charged_back_minor",
            ),
            *("overdue_minor", "unconfirmed_minor", "lost_minor"),
        )
    ),
    "overdue_by_product": Layout(
        (
            *(
                "product",
                "currency",
                "overdue_installments",
                "overdue_minor",
                "lost_minor",
                "overdue_share",
            ),
            *("debt_share", "par30"),
        ),
        nonzero=("overdue_installments", "lost_minor"),
        sort=(
            ("overdue_installments", "desc"),
            ("currency", "asc"),
            ("overdue_minor", "desc"),
            ("product_id", "asc"),
        ),
    ),
    "revenue_by_country": Layout(
        sort=(
            ("plans", "desc"),
            ("currency", "asc"),
            ("collected_minor", "desc"),
            ("country", "asc"),
        )
    ),
    "refusals": Layout(sort=(("failed_charges", "desc"), ("currency", "asc"), ("help", "asc"))),
    "debt_by_installments": Layout(
        nonzero=("live_plans", "plans_with_debt", "overdue_minor", "lost_minor")
    ),
    "revenue_by_month": Layout(sort=(("movement_month", "desc"), ("currency", "asc"))),
    "net_by_month": Layout(sort=(("paid_month", "desc"), ("commission_currency", "asc"))),
    "possible_by_month": Layout(sort=(("due_month", "desc"), ("currency", "asc"))),
    "status_shares": Layout(every=("status", PLAN_STATUSES)),
}

STATUS_SHARES: Final = Figure("status_shares", N_("Statuses"), "plans", ("status",), ("plans",))
NET: Final = Figure(
    "net_by_commission",
    N_("Net"),
    "nets",
    ("commission_currency",),
    ("net_minor", "estimated_minor"),
)
ONLY_TABLES: Final = (STATUS_SHARES, NET)
"""Figures that are coarser folds of others and only stand in a table."""


def figure_table(
    figure: Figure,
    rows: Mapping[str, pl.DataFrame],
    locale: Locale,
    top: int | None = None,
    shown: str | None = None,
) -> TableSpec:
    """A figure's table, its ratios beside its sums; `top`: so many rows, and how many more there are."""
    layout = LAYOUTS.get(shown or figure.name, Layout())
    folded = _ordered(figure.fold(rows), layout)
    kept = folded.head(top) if top else folded
    made = figure_columns(figure, locale, layout.shown)
    return TableSpec(
        shown or figure.name,
        locale.gettext(figure.title),
        made,
        values(with_ratios(kept, folded, figure), tuple(one.name for one in made)),
        total_rows=folded.height,
        more=more_rows(folded.height - kept.height, locale),
        figure=figure.declaration(),
        sort=layout.sort,
        top=top,
        nonzero=layout.nonzero,
        every=layout.every,
    )


def figure_columns(
    figure: Figure, locale: Locale, shown: tuple[str, ...] = ()
) -> tuple[Column, ...]:
    """The columns of a figure's table, each ratio with the sums that it is of."""
    ratios, differences = RATIOS.get(figure.name, {}), DIFFERENCES.get(figure.name, {})
    names = shown or (*figure.by, *figure.sums, *differences, *ratios)
    currency = "commission_currency" if "commission_currency" in figure.by else "currency"

    def told(column: Column) -> Column:
        if one := ratios.get(column.name):
            return replace(column, numerator=one.above, denominator=one.below, within=one.within)
        return replace(column, minus=differences.get(column.name))

    return tuple(told(column) for column in columns(names, locale, currency))


def with_ratios(kept: pl.DataFrame, whole: pl.DataFrame, figure: Figure) -> pl.DataFrame:
    """The kept rows with ratios and differences; shares are of the whole, not of the rows kept."""
    added = {name: one.pair() for name, one in RATIOS.get(figure.name, {}).items()} | {
        name: pl.col(more) - pl.col(less)
        for name, (more, less) in DIFFERENCES.get(figure.name, {}).items()
    }
    return whole.with_columns(**added).head(kept.height)


def _ordered(folded: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Rows in the order in which a reader wants them: the worst product first, the newest month first."""
    if layout.every:
        name, wanted = layout.every
        all_of_them = pl.DataFrame({name: wanted})
        found = folded.with_columns(pl.col(name).cast(pl.String))
        folded = all_of_them.join(
            found, on=name, how="left", validate="1:1", maintain_order="left"
        ).fill_null(0)
    if layout.nonzero:
        folded = folded.filter(pl.any_horizontal(pl.col(name) != 0 for name in layout.nonzero))
    if not layout.sort:
        return folded
    ways = [way == "desc" for _, way in layout.sort]
    return folded.sort(
        [name for name, _ in layout.sort], descending=ways, nulls_last=True, maintain_order=True
    )


def net_table(rows: Mapping[str, pl.DataFrame], locale: Locale) -> TableSpec:
    """Net by commission currency, of which estimated."""
    return replace(figure_table(NET, rows, locale), name="net")


def status_table(rows: Mapping[str, pl.DataFrame], locale: Locale) -> TableSpec:
    """The seven statuses: plans, and their share of all plans; every status is there."""
    spec = figure_table(STATUS_SHARES, rows, locale)
    return spec if rows["plans"].height else replace(spec, rows=[])
