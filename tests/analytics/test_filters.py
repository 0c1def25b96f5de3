"""Filters: the plans that each keeps, and the values that it refuses (docs/metrics.md §7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from smartinst.analytics.figures import collect_plans, collect_rows
from smartinst.analytics.filter_table import DATE_FIELDS, FILTERS
from smartinst.analytics.filters import check_billing_type, check_filters
from smartinst.analytics.snapshot import snapshot
from smartinst.errors import InputError
from smartinst.facts import PLAN_STATUSES
from tests.support.builders import Attempt, Plan, day, facts, monthly, paid, rows
from tests.support.workspace import smartinst

PLANS = (
    Plan(
        3,
        monthly("Jan", "Feb", "Mar"),
        plan_id="done",
        product_id="70",
        product="Formação Avançada",
        buyer="João da Silva",
        email="Joao@Example.com",
        country="PT",
    ),
    Plan(
        6,
        (*monthly("Jan", "Feb"), Attempt(3, "15 Mar", payment_type="PIX", transaction="HPOPEN")),
        plan_id="late",
        product_id="7",
        product="Inglês 70 horas",
        buyer="Inês Conceição",
        email="ines@example.com",
        country="AO",
    ),
    Plan(
        12,
        monthly("Jan", currency="JPY", minor=4_980),
        canceled="1 Feb",
        plan_id="gone",
        product_id="8",
        product="100% a_b.*",
        buyer=None,
        email=None,
        country=None,
    ),
    Plan(
        None,
        (paid(1, "1 Apr"),),
        purchased=day("1 Apr"),
        plan_id="open",
        product_id="9",
        product="Straße",
        buyer="İbrahim",
        email="ibrahim@example.org",
        country="KW",
    ),
)


def ids_after(where: dict[str, Any], as_of: str = "20 Apr") -> list[str]:
    """The ids of the plans that pass."""
    return rows(PLANS, as_of, where)["plans"]["plan_id"].to_list()


CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, ["done", "gone", "late", "open"]),
    "empty ones": ({"buyer": "", "status": [], "from": None}, ["done", "gone", "late", "open"]),
    "product by id": ({"product": "8"}, ["gone"]),
    "product by id or by part of its name": ({"product": "70"}, ["done", "late"]),
    "product by part of its name": ({"product": "ingles"}, ["late"]),
    "a part of an id is none": ({"product": "9999"}, []),
    "one status": ({"status": "Completed"}, ["done"]),
    "several statuses": ({"status": ["Canceled", "Completed"]}, ["done", "gone"]),
    "issued at least": ({"issued": "2"}, ["done", "late"]),
    "issued exactly": ({"issued": "3:3"}, ["done", "late"]),
    "issued between": ({"issued": "1:2"}, ["gone", "open"]),
    "issued as a number": ({"issued": 3}, ["done", "late"]),
    "issued as a pair": ({"issued": [1, 2]}, ["gone", "open"]),
    "issued at least, as a pair": ({"issued": [2, None]}, ["done", "late"]),
    "installments at least, unknown fails": ({"installments": "0"}, ["done", "gone", "late"]),
    "installments between": ({"installments": "3:6"}, ["done", "late"]),
    "installments beyond all": ({"installments": "999999999"}, []),
    "transaction": ({"transaction": "HPOPEN"}, ["late"]),
    "a part of a transaction is none": ({"transaction": "HPOPE"}, []),
    "a transaction pasted with blanks": ({"transaction": " HPOPEN\u00a0\n"}, ["late"]),
    "an e-mail pasted with blanks": ({"email": "\tjoao@example.com "}, ["done"]),
    "blanks alone are no filter": ({"buyer": "  "}, ["done", "gone", "late", "open"]),
    "buyer": ({"buyer": "SILVA"}, ["done"]),
    "e-mail": ({"email": "JOAO@example"}, ["done"]),
    "currency": ({"currency": "JPY"}, ["gone"]),
    "currency in lower case": ({"currency": "jpy"}, ["gone"]),
    "country": ({"country": "PT"}, ["done"]),
    "payment method of the latest attempt": ({"payment_method": "PIX"}, ["late"]),
    "several filters": (
        {"status": "In progress with issues", "currency": "EUR", "buyer": "a"},
        ["late"],
    ),
    "filters that contradict": ({"currency": "JPY", "country": "PT"}, []),
}


@pytest.mark.parametrize(("where", "ids"), CASES.values(), ids=CASES.keys())
def test_a_filter_keeps_the_plans_that_match(where: dict[str, Any], ids: list[str]) -> None:
    assert ids_after(where) == ids


def test_the_plans_alone_are_those_of_all_rows() -> None:
    of_plans = snapshot(facts(PLANS), day("20 Apr"))
    for where in ({}, {"currency": "EUR"}, {"currency": "JPY", "country": "PT"}):
        valid = check_filters(where)
        assert_frame_equal(collect_plans(of_plans, valid), collect_rows(of_plans, valid)["plans"])


ALIKE = {
    "case": ("JOÃO", "João da Silva"),
    "accents": ("joao", "João da Silva"),
    "accents that are asked for": ("joão", "Joao da Silva"),
    "combining marks": ("joa\u0303o", "João"),
    "combining marks in the name": ("joão", "Joa\u0303o"),
    "a mark alone is nothing": ("\u0303", "Joao"),
    "dotted capital i": ("istanbul", "İSTANBUL"),
    "dotted capital i asked for": ("İSTANBUL", "istanbul"),
    "capital sharp s": ("straße", "STRAẞE"),
    "sharp s in capitals": ("STRASSE", "straße"),
    "final sigma": ("ΟΔΟΣ", "οδοσα"),
    "full width": ("joao", "ＪＯＡＯ"),
    "ligature": ("fi", "ﬁm"),
    "mathematical letters": ("ana", "𝐀𝐧𝐚"),
    "two accents": ("nguyen thi anh", "Nguyễn Thị Ánh"),
    "Arabic marks": ("محمد", "مُحَمَّد"),
    "no letters": ("李小", "李小龍"),
    "an emoji": ("😀", "Zoë 😀 Brontë"),
    "spaces are kept": ("a d", "Joana Dias"),
    "a quotation mark": ("o'", 'Ana "Nina" O\'Connor'),
    "an asterisk": (".*", "José.* [x]"),
    "a bracket": ("[X]", "José.* [x]"),
    "a percent sign": ("%b", "a%b_c"),
    "a backslash": ("\\n", "back\\slash \\n"),
    "markup": ("<SCRIPT>", "<script>alert('b')</script>"),
}


@pytest.mark.parametrize(("part", "name"), ALIKE.values(), ids=ALIKE.keys())
def test_text_is_found_without_case_and_accents_and_literally(part: str, name: str) -> None:
    plan = Plan(1, monthly("Jan"), buyer=name, email=name, product=name)
    for field in ("buyer", "email", "product"):
        assert rows(plan, where={field: part})["plans"].height == 1


UNLIKE = {
    "a pattern": ("J.*o", "João"),
    "a wild card": ("a%c", "a%b_c"),
    "an underscore": ("a_b", "a%b"),
    "another letter": ("jose", "João"),
    "a bracket that opens": ("[x", "José x"),
    "spaces count": ("joaoda", "João da Silva"),
}


@pytest.mark.parametrize(("part", "name"), UNLIKE.values(), ids=UNLIKE.keys())
def test_text_is_never_a_pattern(part: str, name: str) -> None:
    assert rows(Plan(1, monthly("Jan"), buyer=name), where={"buyer": part})["plans"].height == 0


@pytest.mark.parametrize("field", ["buyer", "email", "country", "product"])
def test_an_unknown_value_matches_no_text(field: str) -> None:
    plan = Plan(1, monthly("Jan"), buyer=None, email=None, country=None)
    assert rows(plan, where={field: "x"})["plans"].height == 0


# --- dates ----------------------------------------------------------------------------

DATES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "the field alone filters nothing": ({"date_field": "paid"}, ["done", "gone", "late", "open"]),
    "purchase, without a field": ({"from": "2026-04-01", "to": "2026-04-01"}, ["open"]),
    "purchase from": ({"date_field": "purchase", "from": "2026-01-16"}, ["open"]),
    "purchase to": ({"date_field": "purchase", "to": "2026-01-15"}, ["done", "gone", "late"]),
    "due in March": (
        {"date_field": "due", "from": "2026-03-01", "to": "2026-03-31"},
        ["done", "late"],
    ),
    "due on a day": (
        {"date_field": "due", "from": "2026-03-15", "to": "2026-03-15"},
        ["done", "late"],
    ),
    "due after all attempts": ({"date_field": "due", "from": "2026-05-01"}, ["late"]),
    "due between two charges": (
        {"date_field": "due", "from": "2026-02-16", "to": "2026-03-14"},
        [],
    ),
    "released charges are not due": (
        {"date_field": "due", "from": "2026-02-01", "to": "2026-02-28"},
        ["done", "late"],
    ),
    "paid in February": (
        {"date_field": "paid", "from": "2026-02-01", "to": "2026-02-28"},
        ["done", "late"],
    ),
    "paid from": ({"date_field": "paid", "from": "2026-03-01"}, ["done", "open"]),
    "paid to": ({"date_field": "paid", "to": "2026-01-31"}, ["done", "gone", "late"]),
    "unpaid is not paid": (
        {"date_field": "paid", "from": "2026-03-15", "to": "2026-03-15"},
        ["done"],
    ),
}


@pytest.mark.parametrize(("where", "ids"), DATES.values(), ids=DATES.keys())
def test_a_date_range_is_of_the_purchase_or_of_a_charge(
    where: dict[str, Any], ids: list[str]
) -> None:
    assert ids_after(where) == ids


def test_one_charge_must_be_within_both_bounds() -> None:
    two = Plan(2, (paid(1, "15 Jan"), paid(2, "15 Mar", due="15 Feb")))
    assert (
        rows(two, where={"date_field": "paid", "from": "2026-02-01", "to": "2026-02-28"})[
            "plans"
        ].height
        == 0
    )


def test_a_refunded_charge_was_paid_and_fell_due() -> None:
    refunded = Plan(2, (paid(1, "15 Jan"), paid(2, "15 Feb", reversed="1 Mar")))
    for field in ("due", "paid"):
        where = {"date_field": field, "from": "2026-02-15", "to": "2026-02-15"}
        assert rows(refunded, where=where)["plans"].height == 1


def test_a_payment_after_the_date_does_not_pass() -> None:
    where = {"date_field": "paid", "from": "2026-03-01"}
    assert ids_after(where, "14 Mar") == []
    assert ids_after(where, "15 Mar") == ["done"]


def test_an_attempt_after_the_date_has_no_transaction_code_yet() -> None:
    assert ids_after({"transaction": "HPOPEN"}, "14 Mar") == []


# --- all grains ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        {"status": "Canceled"},
        {"date_field": "paid", "from": "2026-02-01", "to": "2026-02-28"},
        {"transaction": "HPOPEN"},
    ],
    ids=["status", "a date", "a transaction"],
)
def test_a_filter_keeps_or_drops_whole_plans_in_every_grain(where: dict[str, Any]) -> None:
    all_rows, filtered = rows(PLANS), rows(PLANS, where=where)
    ids = filtered["plans"]["plan_id"]
    for grain, frame in all_rows.items():
        assert filtered[grain].equals(frame.filter(pl.col("plan_id").is_in(ids.to_list())))


# --- invalid filters -----------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown name": (
        {"produkt": "x"},
        "filter 'produkt' is not known; known: product, status, from",
    ),
    "an unknown status": ({"status": "Active"}, "expected one of In progress, .*, found 'Active'"),
    "one unknown status of two": ({"status": ["Completed", "completed"]}, "found 'completed'"),
    "a status that is no text": ({"status": 5}, "found 5"),
    "a status in an object": ({"status": {"Completed": True}}, "found {'Completed': True}"),
    "statuses in a list of lists": ({"status": [["Completed"]]}, "found \\['Completed'\\]"),
    "a reversed range": ({"issued": "3:2"}, "MIN not above MAX, found '3:2'"),
    "a reversed pair": ({"installments": [3, 2]}, "MIN not above MAX"),
    "a range without a beginning": ({"issued": ":3"}, "expected MIN or MIN:MAX"),
    "a range without an end": ({"issued": "3:"}, "expected MIN or MIN:MAX"),
    "a range of three": ({"issued": "1:2:3"}, "expected MIN or MIN:MAX"),
    "a negative bound": ({"issued": "-1"}, "expected MIN or MIN:MAX"),
    "a negative number": ({"issued": -1}, "expected MIN or MIN:MAX"),
    "a fraction": ({"issued": 2.5}, "found 2.5"),
    "a fraction in a pair": ({"issued": [1, 2.5]}, "expected MIN or MIN:MAX"),
    "a truth value": ({"issued": True}, "found True"),
    "an object": ({"issued": {"min": 1}}, "expected MIN or MIN:MAX"),
    "words": ({"issued": "many"}, "found 'many'"),
    "foreign digits": ({"issued": "٣"}, "expected MIN or MIN:MAX"),
    "more digits than anything has": ({"issued": "1" * 40}, "expected MIN or MIN:MAX"),
    "a maximum alone": ({"issued": [None, 3]}, "expected MIN or MIN:MAX"),
    "a date that is none": (
        {"from": "2026-02-30"},
        "filter from: expected a date YYYY-MM-DD, found '2026-02-30'",
    ),
    "a date of another kind": ({"to": "15/02/2026"}, "filter to: expected a date"),
    "a number for a date": ({"to": 20260215}, "filter to: expected a text"),
    "dates reversed": (
        {"from": "2026-03-01", "to": "2026-02-28"},
        "expected from no later than to",
    ),
    "an unknown date": (
        {"date_field": "billing", "from": "2026-03-01"},
        "expected purchase, due or paid",
    ),
    "a number for a text": ({"buyer": 5}, "filter buyer: expected a text, found 5"),
    "a list for a text": ({"currency": ["EUR"]}, "filter currency: expected a text"),
}


@pytest.mark.parametrize(("where", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_the_error_of_an_invalid_filter_says_what_was_expected(
    where: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        check_filters(where)


def test_valid_filters_do_not_change_when_checked_again() -> None:
    where = {
        "status": ["Completed", "Canceled", "Completed"],
        "issued": "1:3",
        "installments": 2,
        "currency": "eur",
        "from": "20260101",
        "date_field": "due",
        "buyer": " João ",
    }
    filters = check_filters(where)
    assert filters == {
        "status": ["Completed", "Canceled"],
        "issued": [1, 3],
        "installments": [2, None],
        "currency": "EUR",
        "from": "2026-01-01",
        "date_field": "due",
        "buyer": "João",
    }
    assert check_filters(filters) == filters


def test_an_unknown_billing_type_is_refused_unless_the_ledger_has_it(
    workspace: Path,
) -> None:
    result = smartinst(workspace, "plans", "--seller", "acme", "--billing-type", "foo")
    assert (result.returncode, result.stdout) == (1, "")
    assert (
        "expected one of SMART_INSTALLMENT, SMART_RECOVERY, BILLET_INSTALLMENT, "
        "HOTMART_INSTALLMENTS, found 'FOO'" in result.stderr
    )
    assert (
        smartinst(
            workspace, "plans", "--seller", "acme", "--billing-type", "SMART_RECOVERY"
        ).returncode
        == 0
    )
    check_billing_type({"billing_type": "BRAND_NEW"}, has_plans=True)


def test_the_table_declares_every_documented_filter_once() -> None:
    flags = (
        "--product --status --from --to-date --date-field --issued --installments --transaction "
        "--buyer --email --currency "
        "--country --payment-method --billing-type"
    )
    assert [rule.flag for rule in FILTERS] == flags.split()
    assert len({rule.name for rule in FILTERS}) == len(FILTERS)


@pytest.mark.parametrize("status", PLAN_STATUSES)
def test_every_status_is_a_valid_filter(status: str) -> None:
    assert check_filters({"status": status}) == {"status": [status]}


@pytest.mark.parametrize("field", DATE_FIELDS)
def test_every_date_field_is_a_valid_filter(field: str) -> None:
    assert check_filters({"date_field": field, "to": "2026-01-01"}) == {
        "date_field": field,
        "to": "2026-01-01",
    }
