"""News sentences: the events of a period, worst first, in three languages."""

from __future__ import annotations

from datetime import date

import pytest

from smartinst.analytics.currency_order import rows_in_currency_order
from smartinst.i18n.locales import Locale
from smartinst.report.news.events import NewsEvent, news_events, top_events
from smartinst.report.news.sentences import news_items
from smartinst.report.period import report_period
from tests.support.builders import Attempt, Plan, rows

WEEK = report_period("week", date(2026, 4, 20))
OVERDUE_PLAN = Plan(3, (Attempt(1, "15 Mar", "15 Mar"), Attempt(2, "15 Apr", status="refused")))
ENDED_PLAN = Plan(
    3,
    (Attempt(1, "15 Jan", "15 Jan"), Attempt(2, "15 Feb", status="refused")),
    plan_id="2",
    canceled="18 Apr",
)
LATE_PAYER = Plan(
    3,
    (
        Attempt(1, "10 Feb", "10 Feb"),
        Attempt(2, "10 Mar", "16 Apr"),
        Attempt(3, "10 Apr", "10 Apr"),
    ),
    plan_id="3",
)


def events(*plans: Plan) -> list[NewsEvent]:
    """The events of the week that ends on 20 April."""
    now = rows_in_currency_order(rows(plans))
    return top_events(news_events(now["plans"], rows(plans, "13 Apr")["plans"], WEEK))


def sentences(tag: str, *plans: Plan) -> list[tuple[str, str]]:
    items = news_items(events(*plans), WEEK, date(2026, 4, 20), Locale(tag))
    return [(item["tone"], item["text"].replace("\xa0", " ")) for item in items]


def test_news_begin_with_what_was_lost_and_end_with_what_came_back() -> None:
    assert [event.kind for event in events(LATE_PAYER, ENDED_PLAN, OVERDUE_PLAN)] == [
        "lost",
        "behind",
        "recovered",
    ]
    assert sentences("en", LATE_PAYER, ENDED_PLAN) == [
        (
            "worse",
            "1 plan ended unpaid: €200.00 lost. This took €100.00 off the overdue amount.",
        ),
        ("better", "1 plan caught up: €100.00 no longer overdue."),
    ]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("en", "No plan fell behind and nothing was lost (Apr 13, 2026 – Apr 19, 2026)."),
        ("pt-BR", "Nenhum plano atrasou e nada foi perdido (13/04/2026 – 19/04/2026)."),
        ("es", "Ningún plan se atrasó y no se perdió nada (13/04/2026 – 19/04/2026)."),
    ],
)
def test_a_quiet_week_says_that_no_plan_fell_behind(tag: str, text: str) -> None:
    paid = Plan(3, (Attempt(1, "1 Apr", "1 Apr"),))
    assert sentences(tag, paid) == [("neutral", text)]


@pytest.mark.parametrize(
    ("tag", "singular", "plural"),
    [
        ("en", "1 plan fell behind", "2 plans fell behind"),
        ("pt-BR", "1 plano atrasou", "2 planos atrasaram"),
        ("es", "1 plan se atrasó", "2 planes se atrasaron"),
    ],
)
def test_a_sentence_has_the_plural_form_of_its_plans(tag: str, singular: str, plural: str) -> None:
    second = Plan(OVERDUE_PLAN.installments, OVERDUE_PLAN.attempts, plan_id="9")
    assert sentences(tag, OVERDUE_PLAN)[0][1].startswith(singular)
    assert sentences(tag, OVERDUE_PLAN, second)[0][1].startswith(plural)


@pytest.mark.parametrize(
    ("tag", "texts"),
    [
        (
            "en",
            (
                "3 plans ended unpaid: €10.00 and US$20.00 lost. This took €5.00 and US$6.00 off "
                "the overdue amount.",
                "3 plans fell behind: €10.00 and US$20.00 overdue.",
                "3 plans are newly disputed: €10.00 and US$20.00 may have to be returned.",
            ),
        ),
        (
            "pt-BR",
            (
                "3 planos foram encerrados sem pagamento: € 10,00 e US$ 20,00 perdidos. Isso "
                "reduziu o valor em atraso em € 5,00 e US$ 6,00.",
                "3 planos atrasaram: € 10,00 e US$ 20,00 em atraso.",
                "3 planos entraram em disputa: € 10,00 e US$ 20,00 podem ter de ser devolvidos.",
            ),
        ),
        (
            "es",
            (
                "3 planes terminaron impagos: 10,00 € y 20,00 US$ perdidos. Esto redujo lo vencido "
                "en 5,00 € y 6,00 US$.",
                "3 planes se atrasaron: 10,00 € y 20,00 US$ vencidos.",
                "3 planes entraron en disputa: quizá haya que devolver 10,00 € y 20,00 US$.",
            ),
        ),
    ],
)
def test_sentences_of_several_amounts_agree_and_claim_no_net_fall(
    tag: str, texts: tuple[str, ...]
) -> None:
    amounts, ended = {"EUR": 1000, "USD": 2000}, {"EUR": 500, "USD": 600}
    several = [
        NewsEvent("lost", 3, amounts, 3, ended),
        NewsEvent("behind", 3, amounts, 2),
        NewsEvent("disputed", 3, amounts, 1),
    ]
    items = news_items(several, WEEK, date(2026, 4, 20), Locale(tag))
    assert tuple(item["text"].replace("\xa0", " ") for item in items) == texts


@pytest.mark.parametrize(
    ("data_through", "text"),
    [
        (date(2026, 4, 17), "No data after Apr 17, 2026: the figures end on that day."),
        (date(2026, 3, 17), "No data after Mar 17, 2026: what has happened since is not known."),
    ],
)
def test_the_first_sentence_says_where_the_data_end(data_through: date, text: str) -> None:
    (first, *_) = news_items([], WEEK, data_through, Locale("en"))
    assert first["text"] == text


@pytest.mark.parametrize(
    ("day", "kinds"), [(18, ["behind", "no_data"]), (17, ["no_data", "behind"])]
)
def test_a_missing_last_day_is_said_after_the_news(day: int, kinds: list[str]) -> None:
    event = NewsEvent("behind", 1, {"EUR": 100}, 1.0)
    items = news_items([event], WEEK, date(2026, 4, day), Locale("en"))
    assert [item["kind"] for item in items] == kinds
