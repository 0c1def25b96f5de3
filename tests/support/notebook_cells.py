"""The cells of the notebook fixture: what is told and shown, in the order of a seller's report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smartinst.drawing import palette
from tests.support.notebook_sales import AS_OF, HELPS

if TYPE_CHECKING:
    from tests.support.notebook_fixture import Builder, Row

PARTS = ("collected", "overdue", "to_receive", "refunded", "released")


def money_columns(*names: str) -> list[tuple[str, str, str]]:
    return [(f"{name}_minor", name.replace("_", " ").capitalize(), "money") for name in names]


def lay(book: Builder, data: str, statuses: list[str]) -> None:
    from tests.support.notebook_fixture import DETAIL, figure, fold

    t, locale = book.t, book.locale
    plans = book.rows["plans"]
    late = sorted(
        (p for p in plans if p["has_debt"]), key=lambda p: (p["currency"], p["days_past_due"])
    )
    book.show(
        {
            "application/vnd.smartinst.report+json": {
                "name": "seller",
                "title": t("Smart Installments"),
                "seller_id": book.seller_id,
                "seller": book.seller,
                "locale": locale.tag,
                "timezone": "America/Sao_Paulo",
                "as_of": AS_OF.isoformat(),
                "data_through": "2026-10-30",
                "report": "seller",
                "filters": [],
                "generated_from": {"ledger": "3"},
                "subtitle": "",
            }
        }
    )
    book.show({"application/vnd.smartinst.kpi+json": _kpi(book, late)})
    book.say(
        "## Who to contact first\n\nShort delays in plans that have paid before are what a message still saves. "
        "The link opens WhatsApp with a ready message."
    )
    book.show(
        book.table(
            "contacts",
            t("Ten buyers to contact first"),
            [
                ("buyer", "Buyer", "text"),
                ("product", "Product", "text"),
                ("overdue_minor", "Overdue", "money"),
                ("days_past_due", "Days past due", "days"),
                ("whatsapp", "WhatsApp", "link"),
            ],
            late[:10],
            "contacts",
        )
    )
    book.say("### Alerts")
    book.show(
        book.table(
            "alerts",
            "",
            [("what", "What", "text"), ("n", "Plans", "integer")],
            [
                {"what": t("Charged twice: money owed to the buyer"), "n": 1},
                {"what": t("Charging suspended"), "n": 3},
            ],
            "alerts",
        )
    )
    book.say("## Money")
    net = figure(
        "net_by_month",
        "nets",
        ("paid_month", "commission_currency"),
        ("net_minor", "estimated_minor"),
    )
    moves = figure(
        "revenue_by_month",
        "movements",
        ("movement_month", "currency"),
        ("received_minor", "returned_minor"),
    )
    book.show(
        book.chart(
            moves,
            t("Received and returned by month"),
            _by_month(book, moves, "movement_month", "received_minor", palette.RECEIVED),
            t("Received peaked in October."),
            True,
        )
    )
    book.show(
        book.chart(
            net,
            t("Net by month"),
            _by_month(book, net, "paid_month", "net_minor", palette.NET, "commission_currency"),
            "Net follows what was received.",
            True,
        )
    )
    possible = figure(
        "possible_by_month",
        "charges",
        ("due_month", "currency"),
        ("overdue_minor", "to_receive_minor"),
    )
    book.show(
        book.chart(
            possible,
            t("Possible values to be received"),
            _by_month(book, possible, "due_month", "to_receive_minor", palette.ACCENT),
            "Most is still to come.",
            True,
        )
    )
    country = figure(
        "revenue_by_country",
        "plans",
        ("country", "currency"),
        ("collected_minor", "plans", "live_plans", "plans_with_debt"),
    )
    book.show(
        book.table(
            "revenue_by_country",
            t("Revenue by country"),
            [
                ("country", "Country", "country"),
                ("currency", "Currency", "text"),
                ("collected_minor", "Collected", "money"),
                ("plans", "Plans", "integer"),
                ("debt_share", "Plans with debt ÷ live plans", "percent"),
            ],
            [
                {**row, "debt_share": [row["plans_with_debt"], row["live_plans"]]}
                for row in fold(plans, country)
            ],
            of=country,
        )
    )
    table = book.cells[-1]["outputs"][0]["data"]["application/vnd.smartinst.table+json"]
    table["columns"][4] |= {"numerator": "plans_with_debt", "denominator": "live_plans"}
    book.say(
        "## Delays\n\n- Days past due count from the due date.\n- **Aging** goes by each charge's own days."
    )
    aging = figure(
        "aging",
        "charges",
        ("currency", "bucket"),
        ("overdue_minor", "overdue_charges"),
        "is_overdue",
    )
    days = figure(
        "days_overdue_by_charge",
        "charges",
        ("installments",),
        ("days_past_due",),
        "is_overdue",
        True,
    )
    product = figure(
        "overdue_by_product",
        "plans",
        ("product_id", "product", "currency"),
        ("overdue_minor", "overdue_installments"),
    )
    refused = figure("refusals", "charges", ("help", "currency"), ("failed_charges",), "has_failed")
    book.show(
        book.chart(
            aging,
            t("Aging"),
            _bars(
                "bucket:O",
                "sum(overdue_charges):Q",
                palette.ORANGE,
                ["1-30", "31-60", "61-90", "91+"],
            ),
            "Half of it is older than 90 days.",
        ),
        book.chart(days, t("Days overdue by installments"), _box(), "The median is 74 days."),
    )
    book.show(
        book.chart(
            product,
            t("Products with the most overdue installments"),
            _across("product:N", "sum(overdue_installments):Q"),
            "Panadería has the most.",
        )
    )
    book.show(
        book.chart(
            refused,
            t("Refusals by what helps"),
            _bars("help:N", "sum(failed_charges):Q", palette.PURPLE, list(HELPS)),
            "Most wait for the retry.",
        )
    )
    rows = [{"product": "Panadería", "installments": n, "value": n * n} for n in range(1, 13)]
    book.show(
        book.chart(
            None,
            t("Forecast"),
            {**_bars("installments:O", "value:Q", palette.SLATE, list(range(1, 13))), "rows": rows},
            "A forecast cannot be folded in the browser.",
        )
    )
    book.say("## Status")
    status = figure("status_by_installments", "plans", ("installments", "status"), ("plans",))
    book.show(
        book.chart(
            status,
            t("Plans by installments and status"),
            _stacked(book, statuses),
            "In progress leads among long plans.",
            True,
        )
    )
    book.say("## Detail")
    ordered = sorted(plans, key=lambda p: (p["currency"], not p["has_debt"], p["days_past_due"]))
    book.show(book.table("detail", t("Plans"), DETAIL, ordered, "detail"))
    book.say("## Notes")
    book.show(
        book.table(
            "notes",
            "",
            [("what", "What", "text"), ("value", "Value", "text")],
            [
                {"what": t("Data through"), "value": locale.date("2026-10-30", "long")},
                {"what": t("Unconfirmed overdue"), "value": "4"},
            ],
            "notes",
        )
    )
    book.show(
        book.table(
            "glossary",
            t("Definitions"),
            [("term", "Term", "text"), ("definition", "Definition", "text")],
            [
                {
                    "term": t("Received from buyers"),
                    "definition": "the amount charged by the platform; not an accounting statement of revenue",
                },
                {
                    "term": t("Net"),
                    "definition": "your commission after platform fee, taxes withheld, co-producers and affiliates",
                },
            ],
            "glossary",
        )
    )
    book.show({"application/vnd.smartinst.measures+json": {"plans": len(plans)}})
    book.show({"application/vnd.smartinst.dataset": data, "text/plain": "rows of the page"})


def _kpi(book: Builder, late: list[Row]) -> Row:
    t, found = book.t, []
    for currency in sorted({p["currency"] for p in book.rows["plans"]}):
        own = [p for p in book.rows["plans"] if p["currency"] == currency]
        total = {part: sum(p[f"{part}_minor"] for p in own) for part in PARTS}
        items: list[dict[str, Any]] = [
            {
                "name": "received",
                "label": t("Received"),
                "minor": total["collected"] + total["refunded"],
                "change_minor": None,
                "note": "",
            },
            {
                "name": "returned",
                "label": t("Returned"),
                "minor": total["refunded"],
                "change_minor": None,
                "note": "",
            },
            {
                "name": "overdue",
                "label": t("Overdue"),
                "minor": total["overdue"],
                "change_minor": total["overdue"] // 9,
                "note": t("since the previous report"),
            },
            {
                "name": "lost",
                "label": t("Lost"),
                "minor": total["released"] // 2,
                "change_minor": None,
                "note": "",
            },
            {
                "name": "due_7",
                "label": t("Due in 7 days"),
                "minor": total["to_receive"] // 20,
                "change_minor": None,
                "note": "",
            },
            {
                "name": "due_30",
                "label": t("Due in 30 days"),
                "minor": total["to_receive"] // 4,
                "change_minor": None,
                "note": "",
            },
        ]
        found.append({"currency": currency, "items": items})
    net: dict[str, int] = {}
    for row in book.rows["nets"]:
        net[row["commission_currency"]] = net.get(row["commission_currency"], 0) + row["net_minor"]
    sentence = (
        "Last week 38 installments came in, 5 buyers fell behind and 3 recovered; "
        f"{len(late)} plans have an installment overdue and 12 fall due by Friday."
    )
    return {
        "sentence": sentence,
        "currencies": found,
        "net": [{"currency": c, "minor": n, "estimated_minor": 0} for c, n in sorted(net.items())],
    }


def _by_month(
    book: Builder, of: Row, month: str, amount: str, color: str, by: str = "currency"
) -> Row:
    currencies = sorted({row[by] for row in book.rows[of["grain"]]})
    panels = [
        {
            "title": one,
            "width": 165,
            "height": 84,
            "transform": [{"filter": f"datum.{by} === '{one}'"}],
            "mark": {"type": "bar", "color": color},
            "encoding": {
                "x": {
                    "field": month,
                    "type": "ordinal",
                    "axis": {"title": None, "labelAngle": -45, "labelOverlap": "greedy"},
                },
                "y": {
                    "aggregate": "sum",
                    "field": amount,
                    "type": "quantitative",
                    "axis": {"title": None, "format": "~s", "tickCount": 4},
                },
            },
        }
        for one in currencies
    ]
    return {
        "vconcat": [{"hconcat": panels[at : at + 3]} for at in range(0, len(panels), 3)],
        "resolve": {"scale": {"y": "independent"}},
    }


def _bars(x: str, y: str, color: str, domain: list[Any]) -> Row:
    return {
        "width": 250,
        "height": 150,
        "mark": {"type": "bar", "color": color, "tooltip": True},
        "encoding": {
            "x": {
                **_channel(x),
                "scale": {"domain": domain},
                "axis": {"title": None, "labelAngle": 0},
            },
            "y": {**_channel(y), "axis": {"title": None, "tickCount": 4}},
        },
    }


def _across(y: str, x: str) -> Row:
    return {
        "width": 150,
        "height": 150,
        "mark": {"type": "bar", "color": palette.OVERDUE},
        "encoding": {
            "y": {**_channel(y), "sort": "-x", "axis": {"title": None, "labelLimit": 130}},
            "x": {**_channel(x), "axis": {"title": None, "tickCount": 4}},
        },
    }


def _box() -> Row:
    return {
        "width": 250,
        "height": 150,
        "mark": {"type": "boxplot", "extent": "min-max", "color": palette.OVERDUE, "size": 12},
        "encoding": {
            "x": {
                "field": "installments",
                "type": "ordinal",
                "scale": {"domain": list(range(1, 13))},
                "axis": {"title": None, "labelAngle": 0},
            },
            "y": {"field": "days_past_due", "type": "quantitative", "axis": {"title": None}},
        },
    }


def _stacked(book: Builder, statuses: list[str]) -> Row:
    labels = {one: book.locale.status(one) for one in statuses}
    lookup = "{" + ",".join(f"'{k}':'{v}'" for k, v in labels.items()) + "}[datum.label]"
    return {
        "width": 620,
        "height": 200,
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": {
                "field": "installments",
                "type": "ordinal",
                "scale": {"domain": list(range(1, 13))},
                "axis": {"title": None, "labelAngle": 0},
            },
            "y": {
                "aggregate": "sum",
                "field": "plans",
                "type": "quantitative",
                "axis": {"title": None},
            },
            "color": {
                "field": "status",
                "type": "nominal",
                "scale": {
                    "domain": statuses,
                    "range": [palette.STATUS_COLORS[s] for s in statuses],
                },
                "legend": {
                    "title": None,
                    "orient": "bottom",
                    "columns": 4,
                    "labelLimit": 200,
                    "labelExpr": lookup,
                },
            },
        },
    }


def _channel(shorthand: str) -> Row:
    field, kind = shorthand.split(":")
    kinds = {"O": "ordinal", "N": "nominal", "Q": "quantitative"}
    if field.startswith("sum("):
        return {"aggregate": "sum", "field": field[4:-1], "type": kinds[kind]}
    return {"field": field, "type": kinds[kind]}
