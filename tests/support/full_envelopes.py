"""Envelopes with every documented member (docs/hotmart.md §3.3), and some undocumented ones."""

from __future__ import annotations

from typing import Any

from tests.support.hotmart_payloads import ms

AMOUNT: dict[str, Any] = {"value": 40, "currency_value": "EUR"}
PRODUCT: dict[str, Any] = {
    "id": 7000001,
    "ucode": "PRIVATE-ucode",
    "name": "Curso Exemplo",
    "has_co_production": True,
    "warranty_date": "2026-02-15T00:00:00Z",
    "support_email": "PRIVATE-support@example.com",
    "is_physical_product": False,
    "content": {"has_physical_products": True, "products": [{"id": 5, "name": "PRIVATE-content"}]},
}
FULL_PURCHASE: dict[str, Any] = {
    "product": PRODUCT,
    "affiliates": [{"affiliate_code": "PRIVATE-code", "name": "PRIVATE-affiliate"}],
    "co_producers": [{"name": "PRIVATE-co-producer", "document": "PRIVATE-document"}],
    "buyer": {
        "email": "rita@example.com",
        "name": "Rita Exemplo",
        "first_name": "PRIVATE-first",
        "last_name": "PRIVATE-last",
        "birth_date": "PRIVATE-birth",
        "checkout_phone_code": "351",
        "checkout_phone": "912000777",
        "phone": "351912000777",
        "document": "PRIVATE-document",
        "document_type": "PRIVATE-CPF",
        "ip": "PRIVATE-192.0.2.7",
        "address": {
            "zipcode": "PRIVATE-zip",
            "country": "Portugal",
            "country_iso": "PT",
            "state": "PRIVATE-state",
            "city": "PRIVATE-city",
            "neighborhood": "PRIVATE-neighborhood",
            "address": "PRIVATE-street",
            "number": "PRIVATE-77",
            "complement": "PRIVATE-complement",
        },
    },
    "producer": {"name": "PRIVATE-producer", "document": "PRIVATE", "legal_nature": "PRIVATE"},
    "commissions": [
        {
            **AMOUNT,
            "source": "PRODUCER",
            "name": "PRIVATE-name",
            "currency_conversion": {"converted_value": 200, "conversion_rate": 5},
        },
        {**AMOUNT, "source": "AFFILIATE"},
    ],
    "purchase": {
        "approved_date": ms("2026-01-15"),
        "full_price": {**AMOUNT, "value": 45},
        "original_offer_price": AMOUNT,
        "price": {**AMOUNT, "currency_code": "EUR", "total_value": 45},
        "offer": {
            "code": "offer001",
            "coupon_code": "PRIVATE-coupon",
            "name": "PRIVATE-offer",
            "description": "PRIVATE-description",
            "metadata": {"crm_id": "PRIVATE-crm"},
        },
        "recurrence_number": 1,
        "subscription_anticipation_purchase": False,
        "checkout_country": {"name": "Portugal", "iso": "PT"},
        "origin": {"src": "PRIVATE-src", "sck": "PRIVATE-sck", "xcod": "PRIVATE-xcod"},
        "order_bump": {"is_order_bump": True, "parent_purchase_transaction": "PRIVATE-HP0"},
        "order_date": ms("2026-01-15"),
        "date_next_charge": ms("2026-02-15"),
        "status": "APPROVED",
        "transaction": "HP2000000101",
        "payment": {
            "type": "PIX",
            "installments_number": 5,
            "billet_barcode": "PRIVATE-barcode",
            "billet_url": "PRIVATE-url",
            "pix_code": "PRIVATE-pix",
            "pix_expiration_date": ms("2026-01-17"),
            "pix_qrcode": "PRIVATE-qrcode",
            "refusal_reason": "Saldo insuficiente",
            "card_last_digits": "PRIVATE-4242",
        },
        "invoice_by": "HOTMART",
        "is_funnel": False,
        "event_tickets": {"amount": 1},
        "business_model": "I",
        "variants": ["PRIVATE-variant"],
        "sckPaymentLink": "PRIVATE-link",
        "buyer_ip": "PRIVATE-192.0.2.7",
    },
    "shipping": {"name": "PRIVATE-shipping", "tracking_code": "PRIVATE-tracking"},
    "subscription": {
        "id": 20000001,
        "status": "ACTIVE",
        "plan": {"id": 9, "name": "Plano Exemplo"},
        "subscriber": {
            "code": "CODE20000001",
            "name": "PRIVATE-subscriber",
            "email": "PRIVATE-subscriber@example.com",
        },
    },
}
FULL_CANCELLATION: dict[str, Any] = {
    "cancellation_date": ms("2026-03-01"),
    "date_next_charge": ms("2026-03-15"),
    "actual_recurrence_value": 40,
    "product": PRODUCT,
    "subscriber": {
        "code": "CODE20000001",
        "name": "Rita Exemplo",
        "email": "rita@example.com",
        "document": "PRIVATE-document",
        "ip": "PRIVATE-192.0.2.7",
        "phone": {"dddPhone": "351", "phone": "212000777", "dddCell": "351", "cell": "912000777"},
    },
    "subscription": {"id": 20000001, "plan": {"id": 9, "name": "Plano Exemplo"}},
    "reason": "PRIVATE-reason",
}
