"""One chart a figure: an Altair chart over the figure's own rows, drawn for the size at which it is printed.

Encodings sum and nothing else, so folded and unfolded rows draw the same picture; scales of statuses, buckets and
installments are fixed, so a colour means the same under every filter. Currencies are never stacked: they stand apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import polars as pl
from altair.utils.schemapi import debug_mode

from smartinst.analytics.figures import Figure
from smartinst.analytics.plans import BUCKETS
from smartinst.analytics.refusals import HELPS
from smartinst.facts import PLAN_STATUSES
from smartinst.locale import Locale
from smartinst.money import exponent
from smartinst.report import palette, tooltips
from smartinst.report.labels import HELP_LABELS

NARROW: Final = 300
THIRD: Final = 176
WIDE: Final = 640
HEIGHT: Final = 190
PANEL_HEIGHT: Final = 106
ROW: Final = 20
MONTH: Final = 34
"""Sizes in CSS pixels at which charts are printed: one wide one, two narrow ones or three panels across the page."""

MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 600)


@dataclass(frozen=True)
class Drawing:
    """What a chart needs beside its figure: the rows, the language, and the currencies in them.

    `is_apart`: the chart only names its rows, and whoever asked adds them once (Altair copies all of them at every step).
    """

    figure: Figure
    rows: pl.DataFrame
    words: Locale
    is_apart: bool = False

    @property
    def data(self) -> alt.InlineData | alt.NamedData:
        """The rows under the figure's name; dates as text, so that no zone moves them."""
        if self.is_apart:
            return alt.NamedData(name=self.figure.name)
        return alt.InlineData(values=self.rows.to_dicts(), name=self.figure.name)

    def panels(self, column: str = "currency") -> list[str]:
        """The currencies in the rows, the one with the most rows first."""
        counts = self.rows.group_by(column).len().sort("len", column, descending=[True, False])
        return [one for one in counts[column].to_list() if one is not None]


def expression(mapping: Mapping[str, Any], of: str) -> str:
    """A Vega expression that looks a value up; the value itself where it is not listed."""
    return f"({json.dumps(dict(mapping), ensure_ascii=False)}[{of}] || {of})"


def major(drawing: Drawing, minor: str, currency: str = "currency") -> str:
    """A Vega expression: minor units to major units by each currency's exponent."""
    powers = {one: 10 ** exponent(one) for one in drawing.panels(currency)}
    return f"datum.{minor} / ({json.dumps(powers)}[datum.{currency}] || 100)"


APART: Final[dict[str, Any]] = {"labelOverlap": "greedy", "labelSeparation": 5, "labelLimit": 0}
"""Labels of an axis: whole, and none beside one that it would touch. A limit costs a measuring of each label more."""


def _month_axis(months: list[str], width: int) -> alt.Axis:
    """As many months named as stand side by side, counted from January: every one, or each second, third, sixth, …"""
    choices = ([one for one in months if _ordinal(one) % step == 0] for step in MONTH_STEPS)
    named = next((some for some in choices if len(some) <= width // MONTH), [])
    return alt.Axis(
        title=None,
        labelExpr="timeFormat(toDate(datum.value + '-01T00:00:00'), '%b %y')",
        labelAngle=0,
        **APART,
        values=named or months[:1],
    )


def _ordinal(month: str) -> int:
    """Months since January of the year 0."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _money_axis(title: str | None = None) -> alt.Axis:
    return alt.Axis(
        title=title,
        format="~s",
        tickCount=4,
        **APART,
        labelExpr="datum.value === 0 ? '0' : datum.label",
    )


def whole_numbers() -> alt.Axis:
    """An axis of counts: Vega puts ticks at halves where counts are small, whatever the least step; they stay unseen."""
    whole = {"condition": {"test": "datum.value % 1 === 0", "value": 1}, "value": 0}
    return alt.Axis(format="d", labelLimit=0, labelExpr="datum.value % 1 === 0 ? datum.label : ''", gridOpacity=whole)


def _installments(words: Locale) -> alt.X:
    """N on the horizontal axis: all twelve, always."""
    return alt.X(
        "installments:O",
        title=words.gettext("Installments"),
        scale=alt.Scale(domain=list(range(1, 13))),
        axis=alt.Axis(labelAngle=0, labelLimit=0),
    )


def status_by_installments(drawing: Drawing) -> Any:
    """Plans by N, 1 to 12, stacked by status."""
    words = drawing.words
    labels = {status: words.status(status) for status in PLAN_STATUSES}
    return (
        alt.Chart(drawing.data, width=WIDE, height=HEIGHT + 20)
        .mark_bar()
        .encode(
            x=_installments(words),
            y=alt.Y("sum(plans):Q", title=words.gettext("Plans"), axis=whole_numbers()),
            color=alt.Color(
                "status:N",
                scale=alt.Scale(domain=list(PLAN_STATUSES), range=[palette.STATUS_COLORS[s] for s in PLAN_STATUSES]),
                legend=alt.Legend(
                    title=None, orient="bottom", columns=4, labelLimit=0, labelExpr=expression(labels, "datum.label")
                ),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("installments:O", title=words.gettext("Installments")),
                alt.Tooltip("said:N", title=words.gettext("Status")),
                tooltips.count("sum(plans):Q", words.gettext("Plans")),
            ],
        )
        .transform_calculate(
            rank=f"indexof({json.dumps(list(PLAN_STATUSES))}, datum.status)", said=expression(labels, "datum.status")
        )
    )


def _panels(drawing: Drawing, draw: Callable[[str, int], Any], column: str = "currency", pairs: int = 2) -> Any:
    """One small panel a currency, each with its own scale and the currency as its title.

    Two in a row for up to `pairs` currencies, three in a row for more: twelve currencies still fit a page.
    """
    names = drawing.panels(column)
    across = _across(len(names), pairs)
    made = [draw(name, (WIDE, NARROW - 20, THIRD)[across - 1]).properties(title=name) for name in names]
    rows = [alt.hconcat(*made[at : at + across]) for at in range(0, len(made), across)]
    return alt.vconcat(*rows).resolve_scale(y="independent") if len(made) > 1 else made[0]


def _across(panels: int, pairs: int = 2) -> int:
    """Panels in a row."""
    return min(panels, 2 if panels <= pairs else 3)


def revenue(drawing: Drawing) -> Any:
    """The five parts of the total, a panel a currency; the first panel of a row names the parts."""
    words = drawing.words
    names = drawing.panels()
    leaders = names[:: _across(len(names)) or 1]
    parts = {
        "collected_minor": words.gettext("Collected"),
        "overdue_minor": words.gettext("Overdue"),
        "to_receive_minor": words.gettext("To receive"),
        "refunded_minor": words.gettext("Refunded"),
        "released_minor": words.gettext("Released"),
    }

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=ROW * 5)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(parts), as_=["part", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "part"])
            .transform_calculate(amount=major(drawing, "minor"))
            .transform_calculate(told=tooltips.line(expression(parts, "datum.part"), tooltips.money(words, currency)))
            .mark_bar()
            .encode(
                x=alt.X("amount:Q", axis=_money_axis()),
                y=alt.Y(
                    "part:N",
                    sort=list(parts),
                    scale=alt.Scale(domain=list(parts)),
                    axis=alt.Axis(
                        title=None, labels=currency in leaders, labelLimit=0, labelExpr=expression(parts, "datum.label")
                    ),
                ),
                color=alt.Color(
                    "part:N",
                    legend=None,
                    scale=alt.Scale(domain=list(parts), range=[palette.PART_COLORS[name] for name in parts]),
                ),
                tooltip=alt.Tooltip("told:N"),
            )
        )

    return _panels(drawing, panel)


def revenue_by_month(drawing: Drawing) -> Any:
    """Received (up) and returned (down) by month, a panel a currency."""
    words = drawing.words
    kinds = {"received_minor": words.gettext("Received"), "returned_minor": words.gettext("Returned")}
    months = _months(drawing.rows["movement_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(kinds), as_=["kind", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "movement_month", "kind"])
            .transform_calculate(
                amount=f"({major(drawing, 'minor')}) * (datum.kind === 'returned_minor' ? -1 : 1)",
            )
            .transform_calculate(
                told=tooltips.lines(
                    tooltips.month("movement_month"),
                    tooltips.line(expression(kinds, "datum.kind"), tooltips.money(words, currency, "abs(datum.amount)")),
                )
            )
            .mark_bar()
            .encode(
                x=alt.X("movement_month:O", scale=alt.Scale(domain=months), axis=_month_axis(months, width)),
                y=alt.Y("amount:Q", axis=_money_axis()),
                color=alt.Color(
                    "kind:N",
                    scale=alt.Scale(domain=list(kinds), range=[palette.RECEIVED, palette.RETURNED]),
                    legend=alt.Legend(
                        title=None, orient="bottom", labelLimit=0, labelExpr=expression(kinds, "datum.label")
                    ),
                ),
                tooltip=alt.Tooltip("told:N"),
            )
        )

    return _panels(drawing, panel)


def net_by_month(drawing: Drawing) -> Any:
    """The producer's net by month of payment, a panel a commission currency."""
    words, net = drawing.words, tooltips.text(drawing.words.gettext("Net"))
    months = _months(drawing.rows["paid_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.commission_currency === {json.dumps(currency)}")
            .transform_aggregate(minor="sum(net_minor)", groupby=["commission_currency", "paid_month"])
            .transform_calculate(amount=major(drawing, "minor", "commission_currency"))
            .transform_calculate(
                told=tooltips.lines(tooltips.month("paid_month"), tooltips.line(net, tooltips.money(words, currency)))
            )
            .mark_bar(color=palette.NET)
            .encode(
                x=alt.X("paid_month:O", scale=alt.Scale(domain=months), axis=_month_axis(months, width)),
                y=alt.Y("amount:Q", axis=_money_axis()),
                tooltip=alt.Tooltip("told:N"),
            )
        )

    return _panels(drawing, panel, "commission_currency")


def net_by_country(drawing: Drawing) -> Any:
    """The producer's net by the buyer's country, a panel a commission currency, the larger first."""
    words = drawing.words
    names = {code: words.country(code) for code in drawing.rows["country"].drop_nulls().unique().to_list()}
    unknown = json.dumps(words.gettext("Unknown country"), ensure_ascii=False)

    def panel(currency: str, width: int) -> Any:
        shown = drawing.rows.filter(pl.col("commission_currency") == currency)
        return (
            alt.Chart(drawing.data, width=width - 40, height=ROW * min(max(shown.height, 2), 10))
            .transform_filter(f"datum.commission_currency === {json.dumps(currency)}")
            .transform_aggregate(minor="sum(net_minor)", groupby=["commission_currency", "country"])
            .transform_window(rank="rank()", sort=[alt.SortField("minor", "descending")])
            .transform_filter("datum.rank <= 10")
            .transform_calculate(
                amount=major(drawing, "minor", "commission_currency"),
                place=f"datum.country ? {expression(names, 'datum.country')} : {unknown}",
            )
            .transform_calculate(told=tooltips.line("datum.place", tooltips.money(words, currency)))
            .mark_bar(color=palette.NET)
            .encode(
                x=alt.X("amount:Q", axis=_money_axis()),
                y=alt.Y("place:N", sort="-x", axis=alt.Axis(title=None, labelLimit=130)),
                tooltip=alt.Tooltip("told:N"),
            )
        )

    return _panels(drawing, panel, "commission_currency", pairs=4)


def overdue_by_product(drawing: Drawing) -> Any:
    """Overdue installments by product: a number that compares across currencies; the ten with the most."""
    height = ROW * min(max(drawing.rows["product_id"].n_unique(), 2), 10)
    overdue = drawing.words.gettext("Overdue installments")
    return (
        alt.Chart(drawing.data, width=WIDE - 150, height=height)
        .transform_aggregate(charges="sum(overdue_installments)", groupby=["product_id", "product"])
        .transform_window(rank="row_number()", sort=[alt.SortField("charges", "descending"), alt.SortField("product_id")])
        .transform_filter("datum.rank <= 10 && datum.charges > 0")
        .transform_calculate(label="(datum.product || datum.product_id)")
        .mark_bar(color=palette.OVERDUE)
        .encode(
            x=alt.X(
                "charges:Q",
                title=overdue,
                axis=whole_numbers(),
            ),
            y=alt.Y(
                "product_id:N",
                sort=alt.EncodingSortField("charges", order="descending"),
                axis=alt.Axis(title=None, labelLimit=190, labelExpr=expression(_products(drawing.rows), "datum.label")),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=drawing.words.gettext("Product")),
                tooltips.count("charges:Q", overdue),
            ],
        )
    )


def _products(rows: pl.DataFrame) -> dict[str, str]:
    named = rows.select("product_id", "product").unique().sort("product_id", "product").drop_nulls()
    return {product_id: name[:60] for product_id, name in named.iter_rows()}


def aging(drawing: Drawing) -> Any:
    """Overdue charges by days past due."""
    words = drawing.words
    return (
        alt.Chart(drawing.data, width=NARROW - 40, height=HEIGHT - 40)
        .mark_bar()
        .encode(
            x=alt.X(
                "bucket:O",
                title=words.gettext("Days past due"),
                scale=alt.Scale(domain=list(BUCKETS)),
                axis=alt.Axis(labelAngle=0, labelLimit=0),
            ),
            y=alt.Y(
                "sum(overdue_charges):Q",
                title=words.gettext("Overdue installments"),
                axis=whole_numbers(),
            ),
            color=alt.Color("bucket:O", legend=None, scale=alt.Scale(domain=list(BUCKETS), range=list(palette.AGING))),
            tooltip=[
                alt.Tooltip("bucket:O", title=words.gettext("Days past due")),
                tooltips.count("sum(overdue_charges):Q", words.gettext("Overdue installments")),
            ],
        )
    )


def days_overdue_by_charge(drawing: Drawing) -> Any:
    """Box plot of the days past due of overdue charges by N; whiskers from least to most.

    Drawn of its parts, since those of Vega's own mark tell of themselves in English.
    """
    words = drawing.words
    title, days = words.gettext("Days past due"), "days_past_due"
    told = tooltips.lines(
        tooltips.line(tooltips.text(words.gettext("Installments")), "datum.installments"),
        tooltips.line(tooltips.text(words.gettext("Overdue installments")), "format(datum.charges, ',d')"),
        tooltips.line(tooltips.text(title), tooltips.span("datum.least", "datum.most")),
        tooltips.line(tooltips.text(words.gettext("Middle half")), tooltips.span("datum.q1", "datum.q3")),
        tooltips.line(tooltips.text(words.gettext("Median")), f"format(datum.middle, {tooltips.DAYS})"),
    )
    boxes = (
        alt.Chart()
        .encode(x=_installments(words), tooltip=alt.Tooltip("told:N"))
        .transform_aggregate(
            charges="count()",
            least=f"min({days})",
            q1=f"q1({days})",
            middle=f"median({days})",
            q3=f"q3({days})",
            most=f"max({days})",
            groupby=["installments"],
        )
        .transform_calculate(told=told)
    )
    scale = alt.Scale(zero=True)
    whiskers = boxes.mark_rule(color=palette.OVERDUE).encode(y=alt.Y("least:Q", title=title, scale=scale), y2="most:Q")
    box = boxes.mark_bar(size=12, color=palette.OVERDUE).encode(y=alt.Y("q1:Q", title=title, scale=scale), y2="q3:Q")
    median = boxes.mark_tick(size=12, thickness=1, color=palette.PAPER).encode(
        y=alt.Y("middle:Q", title=title, scale=scale)
    )
    return alt.layer(whiskers, box, median, data=drawing.data, width=NARROW - 20, height=HEIGHT - 40)


def refusals(drawing: Drawing) -> Any:
    """Charges that were refused, by what helps, split into paid since and still unpaid."""
    words = drawing.words
    helps = {one: words.gettext(HELP_LABELS[one]) for one in HELPS}
    kinds = {"cured_charges": words.gettext("Paid since"), "open_charges": words.gettext("Not paid")}
    return (
        alt.Chart(drawing.data, width=WIDE - 150, height=ROW * 5 + 20)
        .transform_aggregate(cured_charges="sum(cured_charges)", failed_charges="sum(failed_charges)", groupby=["help"])
        .transform_calculate(open_charges="datum.failed_charges - datum.cured_charges")
        .transform_fold(list(kinds), as_=["kind", "charges"])
        .transform_calculate(
            told=tooltips.lines(
                expression(helps, "datum.help"),
                tooltips.line(expression(kinds, "datum.kind"), "format(datum.charges, ',d')"),
            )
        )
        .mark_bar()
        .encode(
            x=alt.X("sum(charges):Q", title=words.gettext("Installments"), axis=whole_numbers()),
            y=alt.Y(
                "help:N",
                scale=alt.Scale(domain=list(HELPS)),
                axis=alt.Axis(title=None, labelLimit=190, labelExpr=expression(helps, "datum.label")),
            ),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(kinds), range=[palette.RECEIVED, palette.OVERDUE]),
                legend=alt.Legend(title=None, orient="bottom", labelLimit=0, labelExpr=expression(kinds, "datum.label")),
            ),
            tooltip=alt.Tooltip("told:N"),
        )
    )


def possible_by_month(drawing: Drawing) -> Any:
    """Contracted money by due month: overdue, of plans with debt, of plans without; a panel a currency."""
    words = drawing.words
    parts = {
        "overdue_minor": words.gettext("Overdue"),
        "later_debt_minor": words.gettext("To come, plans with debt"),
        "later_clean_minor": words.gettext("To come, plans without debt"),
    }
    dated = drawing.rows.filter(pl.sum_horizontal(list(parts)) != 0)
    months = _months(dated["due_month"] if dated.height else drawing.rows["due_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(parts), as_=["part", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "due_month", "part"])
            .transform_filter("datum.minor != 0")
            .transform_calculate(amount=major(drawing, "minor"))
            .transform_calculate(
                told=tooltips.lines(
                    tooltips.month("due_month"),
                    tooltips.line(expression(parts, "datum.part"), tooltips.money(words, currency)),
                )
            )
            .mark_bar()
            .encode(
                x=alt.X("due_month:O", scale=alt.Scale(domain=months), axis=_month_axis(months, width)),
                y=alt.Y("amount:Q", axis=_money_axis()),
                color=alt.Color(
                    "part:N",
                    scale=alt.Scale(domain=list(parts), range=[palette.OVERDUE, palette.LATER_DEBT, palette.LATER_CLEAN]),
                    legend=alt.Legend(
                        title=None, orient="bottom", labelLimit=0, labelExpr=expression(parts, "datum.label")
                    ),
                ),
                tooltip=alt.Tooltip("told:N"),
            )
        )

    return _panels(drawing, panel)


def _months(found: pl.Series) -> list[str]:
    """Every month from the first to the last, so that a quiet one keeps its place."""
    known = found.drop_nulls().unique().sort().to_list()
    if not known:
        return []
    first, last = _ordinal(known[0]), _ordinal(known[-1])
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, last + 1)]


CHARTS: Final[dict[str, Callable[[Drawing], Any]]] = {
    "status_by_installments": status_by_installments,
    "revenue": revenue,
    "revenue_by_month": revenue_by_month,
    "net_by_month": net_by_month,
    "net_by_country": net_by_country,
    "overdue_by_product": overdue_by_product,
    "aging": aging,
    "days_overdue_by_charge": days_overdue_by_charge,
    "refusals": refusals,
    "possible_by_month": possible_by_month,
}
"""Figure → the chart that shows it; the other figures are tables."""

DRAWN: Final = {
    "overdue_by_product": ("overdue_installments",),
    "possible_by_month": ("overdue_minor", "later_debt_minor", "later_clean_minor"),
}
"""Charts that show not all sums of their figure: where these are 0 there is nothing to draw."""

WIDE_CHARTS: Final = frozenset(
    (
        "status_by_installments",
        "revenue",
        "revenue_by_month",
        "net_by_month",
        "net_by_country",
        "overdue_by_product",
        "refusals",
        "possible_by_month",
    )
)


def styled(chart: Any, words: Locale, description: str, usermeta: Mapping[str, Any]) -> Any:
    """The chart in the house's fonts, colours and number formats, with its sentence and its figure noted."""
    return chart.properties(usermeta={"smartinst": dict(usermeta)}, description=description).configure(
        **palette.chart_config(words)
    )


def drawn(figure: Figure, rows: pl.DataFrame, words: Locale, sentence: str, usermeta: Mapping[str, Any]) -> Any:
    """The figure's chart, styled; Altair checks it once, when it is shown, and not each part as it is made."""
    with debug_mode(False):
        chart = styled(CHARTS[figure.name](Drawing(figure, rows, words, is_apart=True)), words, sentence, usermeta)
        chart.datasets = {figure.name: rows.to_dicts()}
    return chart
