"""The sample: reproducible, as consistent as the real feed, and with enough variety."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from smartinst import sample
from smartinst.errors import InputError
from smartinst.sample.draws import months_later
from smartinst.sample.people import COUNTRIES
from tests.support.examples import examples
from tests.support.paths import ROOT

Item = dict[str, Any]

AS_OF = date(2026, 10, 31)
SEED = 2026  # the demo's
DEMO = ("acme", "nube", "loft")
EXPONENTS = {
    "ARS": 2,
    "CHF": 2,
    "EUR": 2,
    "GBP": 2,
    "JPY": 0,
    "KWD": 3,
    "PYG": 0,
    "USD": 2,
    "UYU": 2,
}
STATUSES = {
    "Inactive",
    "Refunded",
    "Canceled",
    "Completed with issues",
    "Completed",
    "In progress with issues",
    "In progress",
}
sellers = st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


# --- charges and statuses from items (docs/metrics.md §2 and §3) ---------------------


@dataclass
class Charge:
    """A charge, read from the items of its plan."""

    due: date
    paid: date | None
    status: str  # of the attempt that paid it, else empty
    is_issued: bool


def day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()


def numbers(item: Item) -> list[int]:
    charge = item["recurrency"]
    return [int(number) for number in charge.get("number_list", str(charge["number"])).split(",")]


def due_date(item: Item) -> date:
    payment = item["purchase"]["payment"]
    slip = payment.get("pix_expiration_date") or payment.get("billet_expiration_date")
    return day(slip or item["recurrency"]["start_datetime"])


def charges(items: list[Item]) -> list[Charge]:
    charges = []
    for number in range(1, items[0]["max_cycles"] + 1):
        tries = [item for item in items if number in numbers(item)]
        own_items = [
            item for item in tries if item["recurrency"]["transaction_type"] == "AUTOMATIC"
        ]
        payer = next(
            (item["purchase"] for item in tries if "approved_date" in item["purchase"]), None
        )
        scheduled = date.fromordinal(
            months_later(day(items[0]["adoption_date"]).toordinal(), number - 1)
        )
        charges.append(
            Charge(
                due_date(own_items[0]) if own_items else scheduled,
                day(payer["approved_date"]) if payer else None,
                payer["status"] if payer else "",
                bool(tries),
            )
        )
    return charges


def status(items: list[Item], as_of: date) -> str:
    plan, canceled = charges(items), "cancellation_date" in items[0]
    paid_charges = [charge for charge in plan if charge.paid]
    if not paid_charges:
        first_statuses = [item["purchase"]["status"] for item in items if 1 in numbers(item)]
        if plan[0].due < as_of or canceled or set(first_statuses) <= {"CANCELLED", "EXPIRED"}:
            return "Inactive"
    elif all(charge.status in ("REFUNDED", "CHARGEBACK") for charge in paid_charges):
        return "Refunded"
    elif canceled and len(paid_charges) < len(plan):
        return "Canceled"
    issues = any(
        charge.status not in ("APPROVED", "COMPLETE") or (charge.paid or as_of) > charge.due
        for charge in paid_charges
    )
    if len(paid_charges) == len(plan):
        return "Completed with issues" if issues else "Completed"
    overdue = any(charge.paid is None and charge.due < as_of for charge in plan)
    return "In progress with issues" if issues or overdue else "In progress"


def installment_plans(seller: str) -> Iterator[list[Item]]:
    for plan in sample.sample_plans(seller, as_of=AS_OF, seed=SEED):
        items = list(plan.attempts)
        if items[0]["billing_type"] == "SMART_INSTALLMENT":
            yield items


@pytest.fixture(scope="module")
def demo() -> dict[str, list[list[Item]]]:
    """The installment plans of each demo seller."""
    return {seller: list(installment_plans(seller)) for seller in DEMO}


# --- reproducibility -----------------------------------------------------------------


def digest(folder: Path) -> str:
    files = sorted(folder.iterdir())
    return sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_any_process(
    tmp_path: Path,
) -> None:
    sample.write_sample(tmp_path / "here", "acme", 120, as_of=AS_OF, seed=7)
    program = (
        "import sys; from datetime import date; from pathlib import Path; "
        "from smartinst import sample;"
        "sample.write_sample(Path(sys.argv[1]), 'acme', 120, as_of=date(2026, 10, 31), seed=7)"
    )
    root = ROOT
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "4242",
        "TZ": "Asia/Tokyo",
        "PYTHONPATH": str(root),
    }
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "there")], check=True, env=environment
    )
    assert digest(tmp_path / "here") == digest(tmp_path / "there")


def test_the_bytes_are_the_same_on_every_machine(tmp_path: Path) -> None:
    sample.write_sample(tmp_path, "loft", 40, as_of=AS_OF)
    assert (
        digest(tmp_path) == "117e82e8ac163ac74868cd37d6893b161bace81322b0c52b3f6e3ee0644f9acf"
    )  # changes only when the sample is changed on purpose


def test_another_seed_or_seller_gives_other_sales() -> None:
    def items_of(seller: str, seed: int) -> list[str]:
        profile = sample.PROFILES["loft"]
        plans = sample.sample_plans(seller, 20, as_of=AS_OF, seed=seed, profile=profile)
        return [item["purchase"]["price"]["value"] for plan in plans for item in plan.attempts]

    assert len({str(items_of(seller, seed)) for seller in ("one", "two") for seed in (1, 2)}) == 4


@examples(30)
@given(seller=sellers, seed=st.integers(0, 10**9), count=st.integers(0, 25))
def test_a_plan_does_not_depend_on_the_number_of_plans(seller: str, seed: int, count: int) -> None:
    longer_sample = list(sample.sample_plans(seller, 25, as_of=AS_OF, seed=seed))
    sample_plans = list(sample.sample_plans(seller, count, as_of=AS_OF, seed=seed))
    assert [list(plan.attempts) for plan in sample_plans] == [
        list(plan.attempts) for plan in longer_sample[:count]
    ]


@examples(30)
@given(seed=st.integers(0, 1000), earlier=st.integers(0, 400))
def test_another_as_of_shows_the_same_sales_on_another_day(seed: int, earlier: int) -> None:
    def facts(as_of: date) -> set[tuple[str, int, int]]:
        plans = sample.sample_plans("acme", 20, as_of=as_of, seed=seed, sales_end=AS_OF)
        purchases = [item["purchase"] for plan in plans for item in plan.attempts]
        return {
            (purchase["transaction"], purchase["order_date"], purchase["price"]["value"])
            for purchase in purchases
        }

    seen_then = facts(AS_OF - timedelta(days=earlier))
    assert seen_then == {
        fact for fact in facts(AS_OF) if day(fact[1]) <= AS_OF - timedelta(days=earlier)
    }


# --- consistency ---------------------------------------------------------------------


@examples(20)
@given(seller=sellers, seed=st.integers(0, 10**6), as_of=days)
def test_items_contain_no_later_event(seller: str, seed: int, as_of: date) -> None:
    for plan in sample.sample_plans(seller, 220, as_of=as_of, seed=seed):
        for item in plan.attempts:
            charge, purchase = item["recurrency"], item["purchase"]
            instants = [
                item["adoption_date"],
                item["last_update"],
                item["last_recurrency_start_date"],
            ]
            instants += [
                charge["start_datetime"],
                purchase["order_date"],
                item.get("cancellation_date", 0),
            ]
            instants += [
                purchase.get("approved_date", 0),
                purchase["payment"].get("refund_chargeback_date", 0),
            ]
            assert all(day(moment) <= as_of for moment in instants)
            assert item["last_update"] >= max(instants[3:])
            ahead = [item.get("date_next_charge"), charge.get("scheduled_retry")]
            assert all(day(moment) > as_of for moment in ahead if moment)


@examples(20)
@given(seed=st.integers(0, 10**6), as_of=days, seller=st.sampled_from(DEMO))
def test_the_items_of_a_plan_are_consistent(seed: int, as_of: date, seller: str) -> None:
    for plan in sample.sample_plans(seller, 220, as_of=as_of, seed=seed):
        items = list(plan.attempts)
        assert (
            len({json.dumps({**item, "recurrency": 0, "purchase": 0}) for item in items}) <= 3
        )  # alike but for those
        assert_the_words_agree(items)
        assert_the_attempts_follow_each_other(items)


def assert_the_words_agree(items: list[Item]) -> None:
    paid = {
        number for item in items if "approved_date" in item["purchase"] for number in numbers(item)
    }
    payable = {
        n
        for item in items
        if item["purchase"]["status"] in ("PRINTED_BILLET", "WAITING_PAYMENT")
        for n in numbers(item)
    }
    unpaid = {number for item in items for number in numbers(item)} - paid
    plan = items[0]
    assert plan["has_unpaid_recurrency"] == bool(unpaid - payable)
    assert plan["last_recurrency_number"] == max(paid | unpaid)
    if "cancellation_date" in plan:
        assert plan["status"].startswith("CANCELLED_BY_")
    elif 1 in unpaid:
        assert plan["status"] == ("STARTED" if 1 in payable else "INACTIVE")
    else:
        assert plan["status"] == ("DELAYED" if unpaid - payable else "ACTIVE")
    for item in items:
        charge, purchase, commission = (
            item["recurrency"],
            item["purchase"],
            item["purchase"]["commission"],
        )
        words = {"PROTESTED": "CLAIMED", "REFUNDED": "REFUNDED", "CHARGEBACK": "CHARGEBACK"}
        is_paid = "approved_date" in purchase
        assert charge["status"] == words.get(purchase["status"], "PAID" if is_paid else "NOT_PAID")
        assert bool(commission["producer_paid_value"]) == (charge["status"] in ("PAID", "CLAIMED"))
        assert bool(commission["original_paid_value"]) == (charge["status"] in ("PAID", "CLAIMED"))
        partly = 0 < commission["original_paid_value"] < commission["original_value"]
        assert partly == (purchase["status"] == "PARTIALLY_REFUNDED")
        assert ("refund_chargeback_date" in purchase["payment"]) == (
            partly or charge["status"] in ("REFUNDED", "CHARGEBACK")
        )
        assert charge["payment_delays_days"] == 0 or charge["number"] in unpaid


def assert_the_attempts_follow_each_other(items: list[Item]) -> None:
    assert [item["purchase"]["order_date"] for item in items] == sorted(
        item["purchase"]["order_date"] for item in items
    )
    by_charge: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        by_charge[item["recurrency"]["number"]].append(item)
        purchase = item["purchase"]
        assert purchase["order_date"] <= items[0].get("cancellation_date", purchase["order_date"])
        assert purchase["order_date"] < purchase.get("approved_date", purchase["order_date"] + 1)
        assert purchase.get("approved_date", 0) <= purchase["payment"].get(
            "refund_chargeback_date", 10**15
        )
    for tries in by_charge.values():
        sequences = [item["recurrency"]["transaction_sequence"] for item in tries]
        assert all(later - earlier in (0, 1) for earlier, later in pairwise([0, *sequences]))
        assert (
            len(
                {
                    item["purchase"]["transaction"]
                    for item in tries
                    if item["recurrency"]["is_current_purchase"]
                }
            )
            <= 1
        )


@pytest.mark.parametrize("seller", DEMO)
def test_every_amount_has_the_decimals_of_its_currency(
    seller: str,
) -> None:
    for plan in sample.sample_plans(seller, as_of=AS_OF, seed=SEED):
        for text in plan.attempts.texts():
            purchase = json.loads(text, parse_float=str, parse_int=str)["purchase"]
            price, commission = purchase["price"], purchase["commission"]
            gross = [
                price["value"],
                commission["original_value"],
                commission["original_paid_value"],
            ]
            net = [value for name, value in commission.items() if name.startswith("producer_")]
            for currency, values in ((price["currency"], gross), (commission["currency"], net)):
                assert currency not in ("BRL", "COP", "CLP", "MXN", "PEN")
                for value in values:
                    assert value == "0" or len(value.partition(".")[2]) == EXPONENTS[currency]


def test_the_seller_receives_the_price_less_the_percentage_and_the_fixed_fee(
    demo: dict[str, list[list[Item]]],
) -> None:
    purchases = [item["purchase"] for items in demo["acme"] for item in items]
    purchase = next(
        p
        for p in purchases
        if p["price"] == {"currency": "EUR", "value": 49.5, "total_value": 49.5}
        and "approved_date" in p
    )
    assert purchase["commission"]["producer_value"] == 44.1  # 49.50 − 4.90 (9.9 %) − 0.50


def test_plan_ids_subscribers_and_transactions_are_unique_across_sellers() -> None:
    counts: Counter[object] = Counter()
    for seller in (*DEMO, "acme-2", "big", "x"):
        for plan in sample.sample_plans(seller, 60, as_of=AS_OF):
            first_item = next(iter(plan.attempts))
            counts.update([first_item["subscription_id"], first_item["subscriber_code"]])
            counts.update(item["transaction"] for item in plan.users)
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("seller", DEMO)
def test_phones_can_be_called_and_countries_are_named_as_cldr_names_them(seller: str) -> None:
    for plan in sample.sample_plans(seller, as_of=AS_OF, seed=SEED):
        buyer = next(iter(plan.attempts))["subscriber"]
        assert buyer["email"].isascii() and buyer["email"].rpartition("@")[2] in (
            "example.com",
            "example.org",
        )
        if "phone" in buyer:
            assert phonenumbers.is_valid_number(
                phonenumbers.parse(f"+{buyer['phone_ddd']}{buyer['phone']}")
            )
    for code, country in COUNTRIES.items():
        for language, name in country.names.items():
            assert Locale(language).territories[code] == name


# --- variety -------------------------------------------------------------------------


@pytest.mark.parametrize("seller", DEMO)
def test_each_demo_seller_has_plans_in_all_seven_statuses_and_with_every_n(
    demo: dict[str, list[list[Item]]], seller: str
) -> None:
    assert {status(items, AS_OF) for items in demo[seller]} == STATUSES
    assert {items[0]["max_cycles"] for items in demo[seller]} == set(range(1, 13))
    assert len({items[0]["product"]["name"] for items in demo[seller]}) in range(4, 9)
    assert len({items[0]["purchase"]["price"]["currency"] for items in demo[seller]}) == 5


@pytest.mark.parametrize("seller", DEMO)
def test_late_and_overdue_amounts_are_plausible(
    demo: dict[str, list[list[Item]]], seller: str
) -> None:
    due_count = late_count = overdue = (
        0.0  # in shares of a plan's whole price, which may be added across currencies
    )
    for items in demo[seller]:
        plan, is_live = charges(items), status(items, AS_OF).startswith("In progress")
        for charge in plan:
            if (
                charge.is_issued
                and charge.due < AS_OF
                and any(paid_charge.paid for paid_charge in plan)
            ):
                due_count += 1 / len(plan)
                late_count += (
                    1 / len(plan) if charge.paid is None or charge.paid > charge.due else 0
                )
                overdue += 1 / len(plan) if charge.paid is None and is_live else 0
    assert 0.08 < late_count / due_count < 0.15
    assert 0.03 < overdue / due_count < 0.07


@pytest.mark.parametrize("seller", DEMO)
def test_each_demo_seller_has_every_rare_scenario(
    demo: dict[str, list[list[Item]]], seller: str
) -> None:
    items = [item for items in demo[seller] for item in items]
    purchases = [item["purchase"] for item in items]
    assert {purchase["status"] for purchase in purchases} >= {
        *("APPROVED", "COMPLETE", "DELAYED", "PRINTED_BILLET", "CANCELLED", "EXPIRED"),
        *("PARTIALLY_REFUNDED", "REFUNDED", "PROTESTED", "CHARGEBACK"),
    }
    assert {item["status"] for item in items} == {
        *("STARTED", "INACTIVE", "ACTIVE", "DELAYED", "CANCELLED_BY_ADMIN", "CANCELLED_BY_SELLER"),
    }
    assert {item["recurrency"]["transaction_type"] for item in items} == {
        "AUTOMATIC",
        "NEGOTIATION",
        "ANTICIPATION",
    }
    stories = {
        "forgiven": any(is_discounted(items) for items in demo[seller]),
        "charged twice": any(is_charged_twice(items) for items in demo[seller]),
        "two commissions": any(two_commissions(items) for items in demo[seller]),
        "suspended": any(item["has_credit_card_change"] for item in items),
        "retry to come": any("scheduled_retry" in item["recurrency"] for item in items),
        "no phone": any("phone" not in item["subscriber"] for item in items),
        "bought today": any(day(item["adoption_date"]) == AS_OF for item in items),
        "bought on a 31st": any(day(item["adoption_date"]).day == 31 for item in items),
        "due today": any(
            item["recurrency"]["number"] > 1 and due_date(item) == AS_OF for item in items
        ),
        "refused today": any(
            day(p["order_date"]) == AS_OF and p["status"] == "DELAYED" for p in purchases
        ),
    }
    assert [story for story, is_told in stories.items() if not is_told] == []
    neighbours = Counter(
        next(iter(plan.attempts))["billing_type"]
        for plan in sample.sample_plans(seller, as_of=AS_OF, seed=SEED)
    )
    assert neighbours["SMART_RECOVERY"] in range(1, 10) and neighbours["SUBSCRIPTION"] in range(
        1, 10
    )


def is_discounted(items: list[Item]) -> bool:
    negotiations = [
        item for item in items if item["recurrency"]["transaction_type"] == "NEGOTIATION"
    ]
    charge = items[0]["purchase"]["price"]["value"]
    return any(
        item["purchase"]["price"]["value"] < charge * len(numbers(item)) for item in negotiations
    )


def is_charged_twice(items: list[Item]) -> bool:
    paid = {
        (item["recurrency"]["number"], item["purchase"]["transaction"])
        for item in items
        if "approved_date" in item["purchase"]
    }
    return len(paid) > len({number for number, _ in paid})


def two_commissions(items: list[Item]) -> bool:
    rows = Counter(item["purchase"]["transaction"] for item in items)
    return max(rows.values()) == 2


@pytest.mark.parametrize("seller", DEMO)
def test_sales_grow_over_two_years_and_come_from_several_countries(
    demo: dict[str, list[list[Item]]], seller: str
) -> None:
    purchase_days = [day(items[0]["adoption_date"]) for items in demo[seller]]
    assert timedelta(days=700) < AS_OF - min(purchase_days) < timedelta(days=731)
    assert sum(
        purchase_day > AS_OF - timedelta(days=365) for purchase_day in purchase_days
    ) > 0.55 * len(purchase_days)
    plans = [
        next(iter(plan.users))["users"][1]["user"]
        for plan in sample.sample_plans(seller, as_of=AS_OF, seed=SEED)
    ]
    countries = Counter(buyer["address"].get("country") for buyer in plans)
    assert len(countries) > 6 and 0 < countries[None] < 0.08 * len(plans)
    own_script = sum(
        not buyer["name"].translate({0x2019: None}).isascii() and ord(max(buyer["name"])) > 0x500
        for buyer in plans
    )
    assert own_script <= 0.01 * len(plans)


# --- pages ----------------------------------------------------------------------------


def test_pages_have_five_hundred_items_and_link_to_each_other(tmp_path: Path) -> None:
    written_pages = sample.write_sample(tmp_path, "nube", 200, as_of=AS_OF)
    pages = [json.loads(file.read_bytes()) for file in sorted(tmp_path.glob("transactions-*.json"))]
    items = [
        item for plan in sample.sample_plans("nube", 200, as_of=AS_OF) for item in plan.attempts
    ]
    assert [item for page in pages for item in page["items"]] == items
    assert written_pages == sample.WrittenPages(
        plans=200, attempts=len(items), files=len(list(tmp_path.iterdir()))
    )
    assert all(len(page["items"]) == 500 for page in pages[:-1]) and len(pages) > 2
    infos = [page["page_info"] for page in pages]
    assert all(
        info["results_per_page"] == len(page["items"])
        for info, page in zip(infos, pages, strict=True)
    )
    assert "prev_page_token" not in infos[0] and "next_page_token" not in infos[-1]
    tokens = [info["next_page_token"] for info in infos[:-1]]
    assert [info["prev_page_token"] for info in infos[2:]] == tokens[:-1]
    assert len(set(tokens)) == len(tokens)


def test_no_plans_are_one_empty_page_of_each_endpoint(tmp_path: Path) -> None:
    assert sample.write_sample(tmp_path, "nube", 0, as_of=AS_OF) == sample.WrittenPages(
        plans=0, attempts=0, files=2
    )
    assert json.loads((tmp_path / "users-0001.json").read_bytes()) == {
        "items": [],
        "page_info": {"results_per_page": 0},
    }


def test_a_second_sample_replaces_the_pages_of_the_first_and_no_other_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "transactions-notes.json").write_text("mine")
    sample.write_sample(tmp_path, "acme", 300, as_of=AS_OF)
    sample.write_sample(tmp_path, "acme", 10, as_of=AS_OF)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "transactions-0001.json",
        "transactions-notes.json",
        "users-0001.json",
    ]


def test_more_plans_than_ids_are_refused() -> None:
    with pytest.raises(InputError, match="at most 1000000 plans, 1000001 were requested for acme"):
        next(sample.sample_plans("acme", 1_000_001, as_of=AS_OF))
