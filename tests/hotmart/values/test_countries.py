"""Countries: codes, and names in Portuguese, Spanish and English, with their variants."""

from __future__ import annotations

import pytest

from smartinst.hotmart.values.countries import country_code

CODES = [
    ("PT", None, "PT"),
    ("pt", "Brasil", "PT"),
    (" br ", None, "BR"),
    ("PRT", None, "PT"),
    ("usa", None, "US"),
    ("U.S.", None, "US"),
    ("Portugal", None, "PT"),
    ("XK", None, "XK"),
    (None, "PT", "PT"),
    (None, "BRA", "BR"),
    ("XX", "Brasil", "BR"),
    ("", "Brasil", "BR"),
    ("XX", "Atlantis", None),
    ("ZZ", None, None),
    ("EU", None, None),
    (None, "", None),
    (None, "(none)", None),
    (None, None, None),
]


@pytest.mark.parametrize(("iso", "name", "code"), CODES)
def test_a_code_of_two_or_three_letters_precedes_a_name(
    iso: str | None, name: str | None, code: str | None
) -> None:
    assert country_code(iso, name) == code


NAMES = {
    "AE": ["United Arab Emirates", "Emirados Árabes Unidos", "Emiratos Árabes Unidos", "EAU"],
    "BA": ["Bosnia & Herzegovina", "Bósnia e Herzegovina", "Bosnia-Herzegovina"],
    "BO": ["Bolivia", "Bolívia", "Bolivia, Plurinational State of"],
    "BR": ["Brasil", "BRAZIL", "República Federativa do Brasil", "🇧🇷 Brasil"],
    "CD": ["Congo - Kinshasa", "República Democrática do Congo", "Congo (RDC)"],
    "CG": ["Congo", "República do Congo", "Congo - Brazzaville"],
    "CI": [
        *("Côte d'Ivoire", "Côte d’Ivoire", "Cote d´Ivoire", "COTE D'IVOIRE"),
        *("Costa do Marfim", "Costa de Marfil", "Ivory Coast"),
    ],
    "CV": ["Cabo Verde", "Cape Verde"],
    "CW": ["Curaçao", "Curazao"],
    "CZ": ["República Tcheca", "República Checa", "Chéquia", "Czechia", "Czech Republic"],
    "DM": ["Dominica"],
    "DO": ["República Dominicana", "Dominican Republic"],
    "ES": ["Espanha", "España", "espana", "Spain"],
    "GB": [
        *("Reino Unido", "United Kingdom", "UK", "Inglaterra", "Escócia", "Great Britain"),
        "United Kingdom of Great Britain and Northern Ireland",
    ],
    "GN": ["Guinea", "Guiné"],
    "GQ": ["Guinea Ecuatorial", "Guiné Equatorial"],
    "GW": ["Guiné-Bissau"],
    "HK": [
        *("Hong Kong", "Hong Kong, RAE da China", "RAE de Hong Kong (China)"),
        *("Hong Kong SAR China", "Hong Kong (China)"),
    ],
    "IR": ["Irã", "Irão", "Irán", "Iran, Islamic Republic of"],
    "KN": ["St. Kitts & Nevis", "Saint Kitts and Nevis", "São Cristóvão e Névis"],
    "KP": ["Coreia do Norte", "Korea, Democratic People's Republic of"],
    "KR": ["Coreia do Sul", "Coréia do Sul", "Corea del Sur", "South Korea", "Korea, Republic of"],
    "LA": ["Laos", "Lao People’s Democratic Republic"],
    "MD": ["Moldávia", "Moldova", "Moldova, Republic of"],
    "MK": ["Macedônia do Norte", "North Macedonia", "Macedônia"],
    "MM": ["Myanmar (Burma)", "Mianmar (Birmânia)", "Birmania"],
    "MO": ["Macau", "Macao", "Macau, RAE da China", "RAE de Macao (China)"],
    "MZ": ["Moçambique", "Mozambique"],
    "NE": ["Níger"],
    "NG": ["Nigéria"],
    "NL": ["Holanda", "Países Baixos", "Netherlands", "The Netherlands"],
    "PK": ["Paquistão", "República Islâmica do Paquistão"],
    "PS": ["Palestina", "Palestine, State of", "Territórios palestinos"],
    "RU": ["Rússia", "Russian Federation", "Federação Russa"],
    "ST": ["São Tomé e Príncipe", "Sao Tome & Principe"],
    "SV": ["El Salvador"],
    "SZ": ["Essuatíni", "Eswatini", "Suazilândia", "Swaziland"],
    "TL": ["Timor-Leste", "Timor Oriental", "East Timor"],
    "TR": ["Turquia", "Turkey", "Türkiye"],
    "TW": ["Taiwan", "Taiwan, Province of China"],
    "TZ": ["Tanzânia", "Tanzania, United Republic of"],
    "US": [
        *("Estados Unidos", "Estados Unidos da América", "United States of America"),
        *("EUA", "E.U.A.", "USA", "U.S.A.", "EE. UU.", "EE.UU.", "EEUU"),
    ],
    "VA": ["Vaticano", "Cidade do Vaticano", "Holy See (Vatican City State)"],
    "VE": [
        *("Venezuela", "Venezuela, Bolivarian Republic of", "Venezuela (República Bolivariana de)"),
        "República Bolivariana da Venezuela",
    ],
    "VI": ["Virgin Islands, U.S.", "Ilhas Virgens Americanas"],
    "VN": ["Vietnã", "Vietname", "Viet Nam"],
}


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for code, names in NAMES.items() for name in names]
)
def test_a_country_is_known_by_its_long_short_and_variant_names(name: str, code: str) -> None:
    assert country_code(None, name) == code
