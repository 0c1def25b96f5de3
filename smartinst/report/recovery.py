"""The recovery report: everyone to write to today, grouped by what to do (docs/metrics.md §6.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import polars as pl

from smartinst.analytics.book.recovery.recovery_queue import FLOOR
from smartinst.i18n.locales import N_, Locale
from smartinst.report import mime_bundles
from smartinst.report.reader_actions import with_reader_actions
from smartinst.report.section import ReportSection, section
from smartinst.report.table import Column, Table

GROUPS: Final = (
    (
        "change_card",
        N_("Ask for another card"),
        N_(
            "The card was refused for good. The message names the address where the buyer "
            "enters another one."
        ),
    ),
    (
        "pix_or_slip",
        N_("Offer a Pix or a slip"),
        N_(
            "The card was refused for a reason that may pass, such as a low balance or a fault at "
            "the bank. A Pix or a slip is paid without it."
        ),
    ),
    (
        "other_payment",
        N_("Offer another way to pay"),
        N_(
            "The card was refused for a reason that may pass, such as a low balance or a fault at "
            "the bank. Offer another card, or agree on a day."
        ),
    ),
    (
        "ask",
        N_("Ask what happened"),
        N_("The reason is not clear. Ask whether something is wrong, and offer help."),
    ),
    (
        "retry",
        N_("Remind before the next charge"),
        N_(
            "The platform charges the card again on the date shown. Write before that day, so "
            "that the charge goes through."
        ),
    ),
)
"""What to do, its heading, and how: the groups of the report in their order."""

RECOVERY_COLUMNS: Final = (
    Column("rank", N_("Priority"), "integer"),
    Column("buyer", N_("Buyer")),
    Column("email", N_("E-mail")),
    Column("product", N_("Product")),
    Column("days_past_due", N_("Days past due"), "days"),
    Column("currency", N_("Currency")),
    Column("overdue_minor", N_("Overdue"), "money", "currency"),
    Column("retry_date", N_("Next charge"), "date"),
    Column("last_contact_date", N_("Written on"), "date"),
    Column("whatsapp", N_("WhatsApp"), "link"),
)
"""One row per plan. Dates are in the seller's zone. The rank over all groups is for workbook and
mail. E-mails are those of buyers without a WhatsApp link; dates, e-mails and links are left out if
there are none."""


@dataclass(frozen=True)
class RecoveryReport:
    """The recovery queue of a seller as the parts of a report.

    rows            the plans to write to, first to contact first (`recovery_queue.COLUMNS`)
    left_out_plans  plans with debt that get no message today, with the column `reason`
    currencies      of all plans of the seller, in order
    link            plan → link that opens the message to its buyer
    excluded        columns that the report leaves out
    measures        of the book, for gates and conditions
    note            said below the headline of a list; empty: nothing
    """

    locale: Locale
    rows: pl.DataFrame
    left_out_plans: pl.DataFrame
    currencies: Sequence[str]
    link: Callable[[dict[str, Any]], str | None]
    excluded: Collection[str]
    measures: Mapping[str, Any]
    note: str = ""

    def headline(self) -> mime_bundles.DisplayBundle:
        """How many buyers to write to and the amount, by currency; and the measures."""
        content = {
            "sentence": self._sentence(),
            "currencies": [self._card(row) for row in self._sums()],
            "net": [],
            "note": self.note if self.rows.height else "",
        }
        return mime_bundles.DisplayBundle(
            {
                mime_bundles.KPI: content,
                mime_bundles.MEASURES: {**self.measures, "to_contact": self.rows.height},
                "text/plain": content["sentence"],
            }
        )

    def groups(self) -> ReportSection:
        """One table for each thing to do; nothing if there is no one to write to."""
        tables = [mime_bundles.table_output(table, self.locale) for table in self._tables()]
        return section(N_("To write to today"), tables, self.locale)

    def left_out(self) -> ReportSection:
        """The number of plans with debt that get no message today, by reason; nothing if none."""
        lines = "\n".join(f"- {line}" for line in self._reasons())
        text = mime_bundles.text_output(lines) if lines else None
        return section(N_("No message today"), [text], self.locale)

    def _tables(self) -> Iterator[Table]:
        queue = with_reader_actions(self.rows)
        for action, title, advice in GROUPS:
            rows = queue.filter(pl.col("action") == action)
            if rows.height:
                yield self._table(action, title, advice, rows)

    def _table(self, action: str, title: str, advice: str, rows: pl.DataFrame) -> Table:
        links = pl.Series("whatsapp", [self.link(row) for row in rows.iter_rows(named=True)])
        frame = rows.with_columns(links.cast(pl.String)).with_columns(
            pl.selectors.date().dt.to_string("iso"),
            email=pl.when(pl.col("whatsapp").is_null()).then("email"),
        )
        names = [column.name for column in RECOVERY_COLUMNS if self._is_used(column, frame)]
        return Table(
            f"recovery_{action}",
            self.locale.gettext(title),
            tuple(
                replace(column, label=self.locale.gettext(column.label))
                for column in RECOVERY_COLUMNS
                if column.name in names
            ),
            tuple(frame.select(names).iter_rows()),
            caption=self.locale.gettext(advice),
            role="recovery",
        )

    def _is_used(self, column: Column, frame: pl.DataFrame) -> bool:
        """Whether the report has a column: dates, e-mails and links only if there are any."""
        if column.name in self.excluded:
            return False
        is_optional = column.kind in ("date", "link") or column.name == "email"
        return not is_optional or bool(frame[column.name].is_not_null().any())

    def _sentence(self) -> str:
        locale, count = self.locale, count_buyers(self.rows)
        if not count:
            return locale.gettext("No one to write to today.")
        amounts = [locale.money(row["overdue_minor"], row["currency"]) for row in self._sums()]
        return locale.ngettext(
            "{n} buyer to write to today: {amounts} overdue.",
            "{n} buyers to write to today: {amounts} overdue.",
            count,
            amounts=locale.join_words(amounts),
        )

    def _sums(self) -> list[dict[str, Any]]:
        """One row per currency of the plans to write to, in the order of currencies."""
        sums = self.rows.group_by("currency").agg(
            pl.len().alias("plans"), pl.col("overdue_minor", "to_receive_minor").sum()
        )
        by_currency = {row["currency"]: row for row in sums.to_dicts()}
        return [by_currency[currency] for currency in self.currencies if currency in by_currency]

    def _card(self, row: Mapping[str, Any]) -> dict[str, Any]:
        _ = self.locale.gettext
        return {
            "currency": row["currency"],
            "items": [
                {"name": "overdue", "label": _("Overdue"), "minor": row["overdue_minor"]},
                {
                    "name": "to_receive",
                    "label": _("Still to fall due"),
                    "minor": row["to_receive_minor"],
                },
                {"name": "to_contact", "label": _("Plans to write about"), "count": row["plans"]},
            ],
        }

    def _reasons(self) -> list[str]:
        """A sentence for each reason for which plans with debt get no message."""
        counts = dict(self.left_out_plans.group_by("reason").len().iter_rows())
        return [
            reason_text(reason, counts[reason], self.locale)
            for reason in LEFT_OUT_REASONS
            if counts.get(reason)
        ]


LEFT_OUT_REASONS: Final = ("retry_soon", "suspended", "unconfirmed", "held_out", "not_worth")


def reason_text(reason: str, count: int, locale: Locale) -> str:
    """A sentence for plans that get no message for one of LEFT_OUT_REASONS."""
    match reason:
        case "retry_soon":
            return locale.ngettext(
                "{n} plan: the platform charges the card again within three days.",
                "{n} plans: the platform charges the cards again within three days.",
                count,
            )
        case "suspended":
            return locale.ngettext(
                "{n} plan: not charged any more until the buyer enters another card.",
                "{n} plans: not charged any more until the buyers enter another card.",
                count,
            )
        case "unconfirmed":
            return locale.ngettext(
                "{n} plan: perhaps paid meanwhile, the platform has not confirmed it yet.",
                "{n} plans: perhaps paid meanwhile, the platform has not confirmed it yet.",
                count,
            )
        case "held_out":
            return locale.ngettext(
                "{n} plan: no message this month, to measure what messages bring.",
                "{n} plans: no message this month, to measure what messages bring.",
                count,
            )
    return locale.ngettext(
        "{n} plan: a message would probably bring less than {share} of an average plan, so it is "
        "not worth it.",
        "{n} plans: a message would probably bring less than {share} of an average plan each, so "
        "it is not worth it.",
        count,
        share=locale.percent(Decimal(str(FLOOR)), decimals=1),
    )


def count_buyers(rows: pl.DataFrame) -> int:
    """The number of buyers of plans; a plan without an e-mail counts as a buyer of its own."""
    return int(rows.select(pl.coalesce("email", "plan_id").n_unique()).item()) if rows.height else 0
