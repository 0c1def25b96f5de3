"""Products, markets and currencies of the three demo sellers."""

from __future__ import annotations

from typing import Final

from smartinst.sample.business import Market, Product, Profile
from smartinst.sample.draws import Odds, T

_SHORT_PLANS: Final = Odds({1: 14, 2: 18, 3: 34, 4: 12, 5: 4, 6: 18})
_MEDIUM_PLANS: Final = Odds(
    {1: 6, 2: 7, 3: 15, 4: 9, 5: 5, 6: 24, 7: 2, 8: 5, 9: 3, 10: 13, 11: 1, 12: 10}
)
_LONG_PLANS: Final = Odds(
    {1: 3, 2: 2, 3: 6, 4: 3, 5: 2, 6: 14, 7: 1, 8: 4, 9: 3, 10: 19, 11: 3, 12: 40}
)

_LUSOPHONE_EUROPE: Final = Odds({"PT": 68, "LU": 8, "FR": 8, "CH": 5, "DE": 4, "ES": 4, "IE": 3})


def _odds(*pairs: tuple[T, float]) -> Odds[T]:
    return Odds(dict(pairs))


ACME: Final = Profile(
    producer="Acme Cursos",
    language="pt",
    size=560,
    expatriates=0.8,
    products=_odds(
        (Product(7000101, "Inglês para o Dia a Dia", "ac1ngl3s", 497, _LONG_PLANS, 1.0), 30),
        (
            Product(
                7000102,
                "Fotografia de Retrato",
                "acf0t0gr",
                297,
                _MEDIUM_PLANS,
                0.7,
                guarantee_days=7,
            ),
            18,
        ),
        (
            Product(
                7000103,
                "Marketing Digital do Zero",
                "acmkt000",
                997,
                _LONG_PLANS,
                1.7,
                guarantee_days=30,
            ),
            20,
        ),
        (
            Product(
                7000104,
                "Confeitaria Artesanal",
                "acc0nfe1",
                197,
                _SHORT_PLANS,
                0.6,
                guarantee_days=7,
            ),
            14,
        ),
        (Product(7000105, "Excel Avançado", "acexc3l0", 247, _SHORT_PLANS, 0.4), 10),
        (
            Product(
                7000106, "Violão em 12 Semanas", "acv10la0", 347, _MEDIUM_PLANS, 1.2, launched=400
            ),
            8,
        ),
    ),
    markets=_odds(
        (
            Market(
                "EUR",
                2,
                100,
                100,
                50,
                "EUR",
                _LUSOPHONE_EUROPE,
                Odds({"CASH_PAYMENT": 6, "PIX": 1, "BILLET": 1}),
            ),
            56,
        ),
        (Market("USD", 2, 108, 100, 50, "USD", Odds({"US": 55, "AO": 26, "MZ": 10, "CV": 9})), 26),
        (Market("GBP", 2, 86, 100, 40, "GBP", Odds({"GB": 1})), 10),
        (Market("CHF", 2, 96, 100, 50, "EUR", Odds({"CH": 1})), 4),
        (Market("JPY", 0, 162, 100, 80, "USD", Odds({"JP": 1})), 4),
    ),
    club="Clube Acme",
)

NUBE: Final = Profile(
    producer="Academia Nube",
    language="es",
    size=480,
    expatriates=0.75,
    products=_odds(
        (Product(7000201, "Diseño UX desde cero", "nbd1sen0", 690, _LONG_PLANS, 1.1), 26),
        (
            Product(
                7000202, "Panadería en casa", "nbpan4d3", 160, _SHORT_PLANS, 0.6, guarantee_days=7
            ),
            20,
        ),
        (
            Product(
                7000203,
                "Oposiciones: método completo",
                "nb0p0s1c",
                890,
                _LONG_PLANS,
                0.8,
                guarantee_days=30,
            ),
            16,
        ),
        (Product(7000204, "Bienestar y respiración", "nbb1en3s", 220, _MEDIUM_PLANS, 0.9), 16),
        (
            Product(
                7000205,
                "Trading responsable",
                "nbtrad1n",
                540,
                _MEDIUM_PLANS,
                2.1,
                guarantee_days=7,
            ),
            12,
        ),
        (
            Product(
                7000206,
                "Ilustración con tableta",
                "nb1lustr",
                310,
                _MEDIUM_PLANS,
                0.7,
                launched=330,
            ),
            10,
        ),
    ),
    markets=_odds(
        (Market("EUR", 2, 100, 100, 50, "EUR", Odds({"ES": 84, "IT": 6, "DE": 5, "FR": 5})), 40),
        (Market("USD", 2, 108, 100, 50, "USD", Odds({"US": 38, "EC": 30, "SV": 16, "PA": 16})), 26),
        (Market("ARS", 2, 118_000, 100_000, 45_000, "ARS", Odds({"AR": 1})), 18),
        (Market("UYU", 2, 4_300, 10_000, 2_000, "USD", Odds({"UY": 1})), 9),
        (Market("PYG", 0, 8_100, 10_000, 3_500, "USD", Odds({"PY": 1})), 7),
    ),
    club="Club Nube",
)

LOFT: Final = Profile(
    producer="Loft Studio",
    language="en",
    size=420,
    expatriates=0.2,
    products=_odds(
        (
            Product(
                7000301, "Data with Polars", "lfp0lars", 790, _LONG_PLANS, 0.5, guarantee_days=30
            ),
            24,
        ),
        (Product(7000302, "Interior Design Basics", "lf1nt3r1", 380, _MEDIUM_PLANS, 0.9), 22),
        (
            Product(
                7000303, "Songwriting Lab", "lfs0ngwr", 240, _MEDIUM_PLANS, 1.3, guarantee_days=7
            ),
            18,
        ),
        (
            Product(
                7000304,
                "Freelance Launchpad",
                "lffr33la",
                1190,
                _LONG_PLANS,
                1.8,
                guarantee_days=30,
            ),
            18,
        ),
        (
            Product(
                7000305,
                "Sourdough Weekend",
                "lfs0urd0",
                120,
                _SHORT_PLANS,
                0.5,
                guarantee_days=7,
                launched=500,
            ),
            18,
        ),
    ),
    markets=_odds(
        (Market("USD", 2, 100, 100, 50, "USD", Odds({"US": 82, "CA": 14, "AE": 4})), 46),
        (Market("GBP", 2, 79, 100, 40, "GBP", Odds({"GB": 92, "IE": 8})), 24),
        (Market("EUR", 2, 93, 100, 50, "EUR", Odds({"IE": 28, "DE": 30, "NL": 24, "FR": 18})), 20),
        (Market("JPY", 0, 150, 100, 80, "USD", Odds({"JP": 1})), 5),
        (Market("KWD", 3, 308, 500, 150, "USD", Odds({"KW": 1})), 5),
    ),
    club="Loft Club",
)

PROFILES: Final = {"acme": ACME, "nube": NUBE, "loft": LOFT}
"""Seller id of the demo → profile."""
