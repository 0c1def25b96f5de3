"""Each note is one sentence that agrees with its number, in every language, and only if needed.

`tests/golden/notes.json` has the sentences: note → one or several → language.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from smartinst.analytics.reconciliation import Reconciliation
from smartinst.facts import DataQuality, Tally, UnidentifiedPlans, UnknownWord
from smartinst.i18n.locales import Locale
from smartinst.ledger.ledger import Ledger
from smartinst.report.book import open_book
from smartinst.report.mime_bundles import TABLE
from smartinst.report.previous import Previous
from smartinst.report.tables.notes import notes_table
from smartinst.settings import Settings
from tests.report.test_states import PAID_PLAN
from tests.support.builders import Attempt, Plan, paid, rows
from tests.support.executed import COMPLETE_DATA
from tests.support.hotmart_payloads import (
    ACME,
    MISSING,
    envelope,
    export,
    item,
    line,
    negotiation,
    webhook,
)
from tests.support.ingested import ingest_documents
from tests.support.internal_words import INTERNAL_WORDS
from tests.support.paths import ROOT

SENTENCES = json.loads((ROOT / "tests/golden/notes.json").read_text(encoding="utf-8"))
COMPLETE = replace(COMPLETE_DATA, data_through_date=date(2026, 4, 20))


def twice() -> Plan:
    return Plan(1, (paid(1, "15 Jan"), paid(1, "16 Jan", minor=9_000)))


def overdue_plan() -> Plan:
    return Plan(2, (paid(1, "15 Jan"),))


def partly_refunded() -> Plan:
    reversal = {"reversed": "20 Jan", "reversal": "partially_refunded"}
    return Plan(1, (paid(1, "15 Jan", transaction="HP1", **reversal),))


def overpaid() -> Plan:
    return Plan(3, (paid(1, "15 Jan"), Attempt((2, 3), "15 Feb", "15 Feb", minor=21_000)))


def numbered(plan: Callable[[], Plan], count: int) -> list[Plan]:
    return [replace(plan(), plan_id=str(number)) for number in range(1, count + 1)]


def longer() -> Plan:
    return Plan(13, tuple(paid(number, "15 Jan") for number in range(1, 14)))


def of_unknown_length() -> Plan:
    return Plan(None, (paid(1, "15 Jan"),))


def tally(count: int, example: str = "HP1") -> Tally:
    return Tally(count, example)


def word(column: str, text: str, count: int, state: str = "") -> DataQuality:
    return replace(COMPLETE, unknown_words=(UnknownWord(column, text, state, tally(count)),))


def unidentified(count: int, *sources: str, offers: tuple[str, ...] = ()) -> DataQuality:
    plans = UnidentifiedPlans(sources, tally(count, "CODE1"), offers)
    return replace(COMPLETE, unidentified=count, unidentified_plans=(plans,))


def lines(part: str, count: int) -> Reconciliation:
    """Payments of one part: `count` of 50.00 EUR each."""
    row = (f"{part}_minor", None, "EUR", count, 5_000 * count, "HP1")
    return Reconciliation(
        lines=pl.DataFrame([row], schema=Reconciliation().lines.schema, orient="row")
    )


def notes(
    quality: DataQuality = COMPLETE,
    reconciliation: Reconciliation | None = None,
    plans: list[Plan] | None = None,
    language: str = "en",
    measures: dict[str, Any] | None = None,
) -> dict[str, str]:
    """The notes as of 20 April 2026, with ordinary spaces."""
    plan_rows = rows(plans or [PAID_PLAN])
    previous = Previous(date(2026, 4, 13), lambda: plan_rows["plans"], measures or {})
    table = notes_table(
        plan_rows,
        quality,
        reconciliation or Reconciliation(),
        previous,
        date(2026, 4, 20),
        Locale(language),
    )
    return {str(about): str(note).replace("\u00a0", " ") for about, note in table.rows}


def only_note(count: int, name: str, language: str) -> tuple[str, str]:
    """The note of a case besides the first one: what it is about, and the sentence."""
    (_, note) = notes(**CASES[name](count), language=language).items()
    return note


CASES: dict[str, Any] = {
    "unconfirmed": lambda n: {"plans": numbered(overdue_plan, n)},
    "charged twice": lambda n: {"plans": numbered(twice, n)},
    "unknown part": lambda n: {"plans": numbered(partly_refunded, n)},
    "surplus": lambda n: {"plans": numbered(overpaid, n)},
    "webhooks": lambda n: {"quality": unidentified(n, "webhook", offers=("offer001",))},
    "exports": lambda n: {"quality": unidentified(n, "export", offers=("offer001",))},
    "webhooks and exports": lambda n: {"quality": unidentified(n, "webhook", "export")},
    "histories": lambda n: {"quality": unidentified(n, "history")},
    "unidentified money": lambda n: {"reconciliation": lines("unidentified", n)},
    "other type": lambda n: {
        "quality": replace(COMPLETE, other_billing_types={"SMART_RECOVERY": n}),
        "reconciliation": lines("other_type", n),
    },
    "no charge": lambda n: {"reconciliation": lines("no_charge", n)},
    "price difference": lambda n: {"reconciliation": lines("price_difference", n)},
    "repeated": lambda n: {"reconciliation": lines("repeated", n)},
    "not listed": lambda n: {"reconciliation": lines("not_listed", n)},
    "single sale": lambda n: {"reconciliation": lines("single_sale", n)},
    "several payments": lambda n: {"quality": replace(COMPLETE, several_payments=tally(n))},
    "undated refunds": lambda n: {"quality": replace(COMPLETE, undated_refunds=tally(n))},
    "rounded": lambda n: {"quality": replace(COMPLETE, rounded=tally(n))},
    "more than 12 installments": lambda n: {"plans": numbered(longer, n)},
    "unknown number of installments": lambda n: {"plans": numbered(of_unknown_length, n)},
    "outside the plan": lambda n: {"quality": replace(COMPLETE, outside_plan=n)},
    "quarantined": lambda n: {"quality": replace(COMPLETE, quarantined=n)},
    "status paid": lambda n: {"quality": word("status", "SETTLED", n, "paid")},
    "status reversed": lambda n: {"quality": word("status", "GIVEN_BACK", n, "reversed")},
    "status claimed": lambda n: {"quality": word("status", "ARGUED", n, "claimed")},
    "status failed": lambda n: {"quality": word("status", "DROPPED", n, "failed")},
    "status waiting": lambda n: {"quality": word("status", "PARKED", n, "waiting")},
    "status unknown": lambda n: {"quality": word("status", "ODD", n, "unknown")},
    "payment method": lambda n: {"quality": word("payment_type", "SEASHELLS", n)},
    "currency": lambda n: {"quality": word("currency", "QQQ", n)},
    "billing type": lambda n: {"quality": word("billing_type", "BARTER", n)},
    "event": lambda n: {"quality": replace(COMPLETE, unknown_events={"BUYER_SMILED": n})},
}
"""Note → its data for a number of cases."""


@pytest.mark.parametrize("language", ["en", "pt-BR", "es"])
@pytest.mark.parametrize("number", ["one", "several"])
@pytest.mark.parametrize("name", CASES)
def test_a_note_is_the_sentence_of_its_number_and_language(
    name: str, number: str, language: str
) -> None:
    count = {"one": 1, "several": 2}[number]
    assert ": ".join(only_note(count, name, language)) == SENTENCES[name][number][language]


def test_every_sentence_has_a_case() -> None:
    assert SENTENCES.keys() == CASES.keys()


@pytest.mark.parametrize("language", ["en", "pt-BR", "es"])
@pytest.mark.parametrize("name", CASES)
def test_a_note_has_no_internal_words(name: str, language: str) -> None:
    sentence = ": ".join(only_note(2, name, language))
    assert [word for word in INTERNAL_WORDS if word in sentence] == []


@pytest.mark.parametrize("language", ["en", "pt-BR", "es"])
def test_a_report_of_complete_data_has_no_note_but_its_last_day(language: str) -> None:
    assert list(notes(language=language).values()) == [Locale(language).date(date(2026, 4, 20))]


def test_a_note_has_the_most_frequent_words_and_the_number_of_the_others() -> None:
    counts = {f"WORD_{number}": number for number in range(1, 8)} | {"L" * 50: 9}
    unknown_words = tuple(
        UnknownWord("currency", text, "", tally(count)) for text, count in counts.items()
    )
    quality = replace(COMPLETE, unknown_words=unknown_words, unknown_events=counts)
    texts = notes(quality)
    for about in ("Unknown currencies", "Unknown events"):
        assert f"{'L' * 40}…;" in texts[about]
        assert "WORD_4" in texts[about]
        assert "WORD_3" not in texts[about]
        assert texts[about].endswith("3 more unknown words are left out here.")


def test_amounts_of_several_currencies_are_not_added() -> None:
    euros, reais = (lines("no_charge", count).lines for count in (1, 2))
    reais = reais.with_columns(currency=pl.lit("BRL"), example=pl.lit("HP2"))
    texts = notes(reconciliation=Reconciliation(lines=pl.concat([reais, euros])))
    sentence = "3 payments (the first: HP2) of €50.00 and R$100.00 in all name no charge"
    assert texts["Payments that name no charge"].startswith(sentence)


# --- reports of a ledger ---

SELLER = ACME.model_copy(update={"smart_offers": ("offer001",)})
SETTLED_ITEM = item(2, "SETTLED", recurrency__status="PAID", approved="2026-02-15")
ODD_ITEM = item(
    3,
    "ODD",
    recurrency__status="ODD",
    purchase__approved_date=MISSING,
    purchase__commission=MISSING,
)


def hotmart_installments(number: int) -> dict[str, Any]:
    """A payment of an own installment plan of the platform, without its charge number."""
    return webhook(
        "PURCHASE_APPROVED",
        "APPROVED",
        f"2026-{number:02d}-15",
        number,
        plan=20000009,
        purchase__recurrence_number=MISSING,
        purchase__payment={"type": "HOTMART_INSTALLMENTS", "installments_number": 12},
    )


def tax_free_price(currency: str, amount: str, plan: int) -> dict[str, Any]:
    """A payment whose price is a quotient, in a currency without decimals."""
    return webhook(
        "PURCHASE_APPROVED",
        "APPROVED",
        "2026-01-15",
        plan=plan,
        purchase__price={"value": float(amount), "currency_value": currency},
    )


LEDGERS: dict[str, tuple[list[Any], dict[str, str]]] = {
    "complete": ([item(1)], {}),
    "unknown status words": (
        [[item(1), SETTLED_ITEM, ODD_ITEM]],
        {
            "Status desconhecidos": (
                "1 pagamento (HP2000000103) tem o status desconhecido ODD e nada mais comprova que "
                "foi pago; fica como não confirmado e ninguém recebe lembrete. "
                "1 pagamento (HP2000000102) tem o status desconhecido SETTLED e conta como pago, "
                "porque os demais dados o comprovam."
            )
        },
    ),
    "prices with more decimals": (
        [tax_free_price("CLP", "5625.21", 20000002), tax_free_price("JPY", "4528.18", 20000003)],
        {
            "Valores arredondados": (
                "2 pagamentos (o primeiro: HP2000000201) vieram com mais casas decimais do que a "
                "moeda admite; foram arredondados para a menor unidade da moeda."
            )
        },
    ),
    "another billing type": (
        [item(1), *(hotmart_installments(number) for number in (2, 3))],
        {
            "Outros tipos de cobrança": (
                "Há planos de outros tipos de cobrança: Parcelado Hotmart (1). "
                "A pessoa que opera estes relatórios pode lhe enviar um relatório deles. "
                "Pagamentos em planos de outros tipos de cobrança, fora dos números: € 80,00."
            )
        },
    ),
    "a negotiation of a charge of the plan and one above N": (
        [negotiation(5, 6), item(1)],
        {},
    ),
    "a negotiation of charges above N": (
        [negotiation(6, 7), item(1)],
        {
            "Pagamentos sem parcela indicada": (
                "1 pagamento (HP2000000106), de € 40,00, não indica parcela do plano nem "
                "corresponde a nenhuma; não entra em nenhum número."
            ),
            "Parcelas fora do plano": (
                "1 registro indica uma parcela que o plano não tem; não entra em nenhum número."
            ),
        },
    ),
    "an undated refund of an export": (
        [export(line(1, "COMPLETED"), line(2, "Refunded"))],
        {
            "Datas de reembolso": (
                "1 reembolso (HP2000000102) veio sem data; aparece na data do pagamento."
            )
        },
    ),
    "unknown events": (
        [
            item(1),
            envelope("BUYER_SMILED", "2026-03-01", {}),
            envelope("CLUB_FIRST_ACCESS", "2026-03-01", {}),
        ],
        {
            "Eventos desconhecidos": (
                "1 evento tem o nome desconhecido BUYER_SMILED; só conta o pagamento que houver "
                "nele."
            )
        },
    ),
    "two payments of a plan of another offer": (
        [
            item(1),
            *(
                webhook(
                    "PURCHASE_APPROVED",
                    "APPROVED",
                    f"2026-{number:02d}-15",
                    number,
                    plan=20000004,
                    purchase__offer={"code": "other"},
                )
                for number in (1, 2)
            ),
        ],
        {
            "Planos não identificados": (
                "1 plano (CODE20000004) aparece só em webhooks e não entra em nenhum número; para "
                "incluí-lo, informe à pessoa que opera estes relatórios que a oferta dele (other) "
                "é vendida em Parcelamento Inteligente. Pagamentos em planos não identificados, "
                "fora dos números: € 80,00."
            )
        },
    ),
}
"""Situation → what is ingested, and the notes of the report on completeness and words."""

ALWAYS = ("Dados até", "Atraso não confirmado", "Planos fora de 1 a 12")


@pytest.mark.parametrize(("documents", "sentences"), LEDGERS.values(), ids=LEDGERS)
def test_a_report_of_ingested_payloads_has_the_notes_that_apply(
    tmp_path: Path, documents: list[Any], sentences: dict[str, str]
) -> None:
    seller = SELLER.model_copy(update={"locale": "pt-BR"})
    for document in documents:
        ingest_documents(Ledger(str(tmp_path)), document, seller=seller)
    settings = Settings(ledger=str(tmp_path), seller=(seller,), workspace=tmp_path)
    table = open_book("acme", "2026-06-30", settings=settings).notes().bundle[TABLE]
    texts = {about: note.replace("\u00a0", " ") for about, note in table["rows"]}
    assert {about: note for about, note in texts.items() if about not in ALWAYS} == sentences
