"""Messages to buyers: the amount that the card is charged, names, own templates, languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smartinst.report.whatsapp import whatsapp_link, whatsapp_text
from smartinst.settings import Seller, Settings

SELLER = Seller(id="loft", name="Loft", email="loft@example.com", locale="en", timezone="UTC")


def text(place: Path, **changes: Any) -> str:
    """The message about one confirmed overdue charge of 50.00 EUR that is charged with taxes."""
    row = {
        "buyer": "Rita Exemplo",
        "product": "Curso",
        "country": "GB",
        "currency": "EUR",
        "confirmed_minor": 5_000,
        "confirmed_charged_minor": 6_050,
        "overdue_installments": 1,
        "unconfirmed_installments": 0,
    }
    return whatsapp_text(row | changes, SELLER, Settings(workspace=place))


def own_template(place: Path, message: str) -> None:
    (place / "templates").mkdir()
    (place / "templates" / "whatsapp.en.txt").write_text(message, encoding="utf-8")


MESSAGES = [
    (
        "GB",
        "Rita",
        1,
        "Hello Rita, this is Loft. The payment of €60.50 for Curso did not go through. You can pay "
        "it, or change the card, at consumer.hotmart.com. Can I help you?",
    ),
    (
        "GB",
        None,
        2,
        "Hello, this is Loft. The payments for Curso, €60.50 in total, did not go through. You can "
        "pay them, or change the card, at consumer.hotmart.com. Can I help you?",
    ),
    (
        "BR",
        None,
        1,
        "Olá! Aqui é da equipe Loft. O pagamento de € 60,50 referente a Curso não foi aprovado. "
        "Você pode pagar ou trocar o cartão em consumer.hotmart.com. Posso ajudar?",
    ),
    (
        "PT",
        "Rita",
        3,
        "Olá, Rita! Aqui é da equipe Loft. Os pagamentos referentes a Curso, no total de € 60,50, "
        "não foram aprovados. Você pode pagar ou trocar o cartão em consumer.hotmart.com. Posso "
        "ajudar?",
    ),
    (
        "ES",
        None,
        1,
        "Hola: le escribe Loft. El pago de 60,50 € por Curso no se pudo realizar. Puede pagarlo o "
        "cambiar la tarjeta en consumer.hotmart.com. ¿Puedo ayudarle?",
    ),
    (
        "MX",
        "Rita",
        2,
        "Hola, Rita: le escribe Loft. Los pagos por Curso, 60,50 € en total, no se pudieron "
        "realizar. Puede pagarlos o cambiar la tarjeta en consumer.hotmart.com. ¿Puedo ayudarle?",
    ),
]


@pytest.mark.parametrize(("country", "buyer", "charges", "message"), MESSAGES)
def test_the_message_names_what_the_card_is_charged_in_the_buyers_language(
    tmp_path: Path, country: str, buyer: str | None, charges: int, message: str
) -> None:
    written = text(tmp_path, country=country, buyer=buyer, overdue_installments=charges + 1,
                 unconfirmed_installments=1)  # fmt: skip
    assert written.replace("\u00a0", " ") == message


OFFERS = [
    ("change_card", "EUR", "You can enter another card at consumer.hotmart.com. Can I help you?"),
    ("pix_or_slip", "EUR", "You can pay with another card at consumer.hotmart.com. If another day"),
    ("pix_or_slip", "BRL", "Would you rather pay by Pix or boleto? Answer here and I will help"),
    ("ask", "EUR", "Did something go wrong? I am glad to help. You can also pay at"),
    ("retry", "EUR", "The card will be charged again on Apr 25, 2026. If you prefer, change it"),
    ("not_worth_writing", "EUR", "You can pay it, or change the card, at consumer.hotmart.com."),
]


@pytest.mark.parametrize(("action", "currency", "offer"), OFFERS)
def test_the_message_of_a_queued_plan_offers_what_its_row_says_to_do(
    tmp_path: Path, action: str, currency: str, offer: str
) -> None:
    message = text(tmp_path, action=action, currency=currency, retry_date=date(2026, 4, 25))
    _, _, end = message.partition(" did not go through. ")
    assert end.startswith(offer)


NO_NAMES = [
    *(None, "", "  ", "-", "...", "?", "12345", "+351 912 000 777", "912000777", "(11) 98765-4321"),
    *("Tel. 912 000 777", "rita@example.com", "www.example.com", "https://example.com"),
    *("(none)", "null", "undefined", "N/A"),
]


@pytest.mark.parametrize("buyer", NO_NAMES)
def test_a_buyer_without_a_name_is_greeted_without_one(tmp_path: Path, buyer: str | None) -> None:
    assert text(tmp_path, buyer=buyer).startswith("Hello, this is Loft. The payment of €60.50")
    unconfirmed = text(tmp_path, buyer=buyer, confirmed_minor=0)
    assert unconfirmed == "Hello, this is Loft about Curso."


NAMES = [
    ("Rita Exemplo", "Rita Exemplo"),
    ("Rita\r\nExemplo\n", "Rita Exemplo"),
    ("李小龍", "李小龍"),
    ("João 2º", "João 2º"),
    ("O'Neill-Pérez, Ana", "O'Neill-Pérez, Ana"),
]


@pytest.mark.parametrize(("buyer", "name"), NAMES)
def test_a_name_is_kept_in_one_line(tmp_path: Path, buyer: str, name: str) -> None:
    assert text(tmp_path, buyer=buyer).startswith(f"Hello {name}, this is Loft.")


def test_a_sale_without_a_product_is_about_the_purchase(tmp_path: Path) -> None:
    message = text(tmp_path, product=None, confirmed_minor=0)
    assert message == "Hello Rita Exemplo, this is Loft about your purchase."


TEMPLATES = [
    ("Hello {buyer}, this is {seller}: {amount}.", "Hello, this is Loft: €60.50."),
    ("Hi, {buyer}! {amount} is open.", "Hi! €60.50 is open."),
    ("{buyer}, how are you?", "How are you?"),
    ("Good day. {buyer}, how are you?", "Good day. How are you?"),
    ("How are you, {buyer}?", "How are you?"),
    ("Pay {amount} for {product}.", "Pay €60.50 for Curso."),
]


@pytest.mark.parametrize(("template", "message"), TEMPLATES)
def test_an_own_message_leaves_out_the_name_that_is_not_known(
    tmp_path: Path, template: str, message: str
) -> None:
    own_template(tmp_path, template)
    assert text(tmp_path, buyer=None) == message
    assert text(tmp_path) == template.format(
        buyer="Rita Exemplo", seller="Loft", amount="€60.50", product="Curso"
    )


LINKS = {
    "confirmed debt": ({"has_debt": True, "confirmed_minor": 5_000}, True),
    "unconfirmed debt": ({"has_debt": True, "confirmed_minor": 0}, True),
    "debt of unknown status": (
        {"has_debt": True, "confirmed_minor": 0, "unknown_installments": 1},
        False,
    ),
    "no debt": ({"has_debt": False, "confirmed_minor": 0}, True),
}


@pytest.mark.parametrize(("changes", "has_text"), LINKS.values(), ids=LINKS)
def test_a_link_has_no_text_if_the_buyer_may_have_paid(
    tmp_path: Path, changes: dict[str, Any], has_text: bool
) -> None:
    row = {
        "phone": "+351912000777",
        "buyer": "Rita Exemplo",
        "product": "Curso",
        "country": "PT",
        "currency": "EUR",
        "confirmed_charged_minor": 5_000,
        "overdue_installments": 1,
        "unknown_installments": 0,
        "unconfirmed_installments": 0,
    }
    link = whatsapp_link(row | changes, SELLER, Settings(workspace=tmp_path))
    assert link is not None and link.startswith("https://wa.me/351912000777")
    assert ("?text=" in link) is has_text
