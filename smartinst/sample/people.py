"""Invented buyers: their countries, names, e-mail addresses and phone numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from smartinst.sample.draws import Draws

Culture = Literal["pt", "es", "en", "fr", "de", "it", "nl", "ja", "ar"]


@dataclass(frozen=True)
class Country:
    """A buyer's country.

    `mobiles`: patterns of valid national numbers, few enough to look invented.
    """

    dial: str
    mobiles: tuple[str, ...]
    culture: Culture
    names: dict[str, str]  # language → the country's name as CLDR has it


@dataclass(frozen=True)
class Buyer:
    """The buyer of a plan; phone or country is None if the platform does not know it."""

    name: str
    email: str
    dial: str
    phone: str | None  # national number, without the dial code
    country: str | None  # ISO 3166 alpha-2


def _country(dial: str, culture: Culture, mobiles: str, pt: str, es: str, en: str) -> Country:
    return Country(dial, tuple(mobiles.split()), culture, {"pt": pt, "es": es, "en": en})


COUNTRIES: Final = {
    "AE": _country(
        "971",
        "ar",
        "501200###",
        "Emirados Árabes Unidos",
        "Emiratos Árabes Unidos",
        "United Arab Emirates",
    ),
    "AO": _country("244", "pt", "923000### 912000###", "Angola", "Angola", "Angola"),
    "AR": _country("54", "es", "91120000### 91150000###", "Argentina", "Argentina", "Argentina"),
    "CA": _country("1", "en", "41655501## 60455501##", "Canadá", "Canadá", "Canada"),
    "CH": _country("41", "de", "791200### 780000###", "Suíça", "Suiza", "Switzerland"),
    "CV": _country("238", "pt", "9912### 9510###", "Cabo Verde", "Cabo Verde", "Cape Verde"),
    "DE": _country("49", "de", "15112300### 1701200####", "Alemanha", "Alemania", "Germany"),
    "EC": _country("593", "es", "991000### 980000###", "Equador", "Ecuador", "Ecuador"),
    "ES": _country("34", "es", "612000### 600000###", "Espanha", "España", "Spain"),
    "FR": _country("33", "fr", "612000###", "França", "Francia", "France"),
    "GB": _country("44", "en", "7400000###", "Reino Unido", "Reino Unido", "United Kingdom"),
    "IE": _country("353", "en", "850000### 871200###", "Irlanda", "Irlanda", "Ireland"),
    "IT": _country("39", "it", "3120000### 3400000###", "Itália", "Italia", "Italy"),
    "JP": _country("81", "ja", "9012000### 8012340###", "Japão", "Japón", "Japan"),
    "KW": _country("965", "ar", "50010### 60000### 99000###", "Kuwait", "Kuwait", "Kuwait"),
    "LU": _country("352", "fr", "621000### 691000###", "Luxemburgo", "Luxemburgo", "Luxembourg"),
    "MZ": _country("258", "pt", "840000### 821000###", "Moçambique", "Mozambique", "Mozambique"),
    "NL": _country("31", "nl", "612000###", "Países Baixos", "Países Bajos", "Netherlands"),
    "PA": _country("507", "es", "60000### 61200###", "Panamá", "Panamá", "Panama"),
    "PT": _country("351", "pt", "912000### 963000###", "Portugal", "Portugal", "Portugal"),
    "PY": _country("595", "es", "981000### 971000###", "Paraguai", "Paraguay", "Paraguay"),
    "SV": _country("503", "es", "70000### 71200###", "El Salvador", "El Salvador", "El Salvador"),
    "US": _country(
        "1",
        "en",
        "20255501## 30555501## 41555501##",
        "Estados Unidos",
        "Estados Unidos",
        "United States",
    ),
    "UY": _country("598", "es", "94000### 99000###", "Uruguai", "Uruguay", "Uruguay"),
}


def _culture(first_name: str, last_name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(first_name.split()), tuple(last_name.split(", "))


_NAMES: Final[dict[Culture, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "pt": _culture(
        "Ana Beatriz Bruno Camila Célia Diogo Duarte Fátima Filipe Gonçalo Helena Inês Íris João "
        "Joana Leonor Luís Lurdes Madalena Márcia Matilde Nuno Patrícia Paulo Rafael Rita Rúben "
        "Sérgio Sónia Teresa Tiago Vânia Vítor",
        "Almeida, Antunes, Barbosa, Brandão, Calçada, Cardoso, Conceição, da Cunha, da Silva, de "
        "Sá, dos Santos, Falcão, Figueiredo, Fonseca, Guimarães, Leitão, Magalhães, Moniz, Neves, "
        "Pacheco, Paixão, Queirós, Rebelo, Sampaio, Simões, Tavares, Teixeira, Vaz, Veríssimo, "
        "Zagalo",
    ),
    "es": _culture(
        "Adrián Agustín Álvaro Ariel Belén Carolina Celeste Clara Daniela Elena Emilia Esteban "
        "Fabián Gonzalo Inés Íñigo Joaquín Julieta Lucía Malena Martín Matías Micaela Noelia "
        "Pilar Ramiro Rocío Sofía Tomás Ximena",
        "Acuña, Aguirre, Álvarez, Benítez, Bustos, Cáceres, Domínguez, Echeverría, Ferreyra, "
        "Figueroa, Giménez, Godoy, Ibáñez, Larrañaga, Lezcano, Machado, Márquez, Muñoz, Núñez, "
        "Olivera, Ordóñez, Peña, Quiroga, Rivarola, Sáez, Sosa, Tejeda, Urrutia, Villalba, Zúñiga",
    ),
    "en": _culture(
        "Abigail Alice Andrew Bethany Callum Charlotte Connor Daisy Edward Eleanor Emily Ethan "
        "Freya Grace Harriet Henry Isla Jack Jasmine Liam Lucy Mason Megan Niamh Oliver Owen "
        "Poppy Ruby Samuel Sienna Thomas Zoë",
        "Ashworth, Bellamy, Carlisle, Cooper, Dawson, Ellery, Fletcher, Garrison, Hargreaves, "
        "Holloway, Kendrick, Langley, Mercer, Novak, O'Connell, Pemberton, Quigley, Rhodes, "
        "Sinclair, Thornton, Underwood, Vaughn, Young",
    ),
    "fr": _culture(
        "Adèle Baptiste Camille Chloé Clément Émile Éloïse Hélène Jérôme Léa Lucie Manon Mathieu "
        "Noémie Théo Zélie",
        "Aubert, Besson, Chevalier, Delacroix, Étienne, Fournier, Garnier, Lefèvre, Mercier, "
        "Noël, Perrot, Rousseau",
    ),
    "de": _culture(
        "Anja Björn Felix Greta Hannah Jonas Jürgen Katja Lena Lukas Marlene Matthias Nele Sören "
        "Ursula Xaver",
        "Bäcker, Brandt, Färber, Grünwald, Hoffmann, Köhler, Lindner, Müller, Schäfer, Vogt, "
        "Weiß, Zimmermann",
    ),
    "it": _culture(
        "Alessia Andrea Chiara Davide Elisa Federico Giulia Ilaria Lorenzo Marta Nicolò Paola "
        "Riccardo Sara",
        "Bianchi, Colombo, De Luca, Esposito, Fontana, Gallo, Marchetti, Moretti, Rinaldi, Villa",
    ),
    "nl": _culture(
        "Anouk Bas Daan Eva Femke Jeroen Lotte Maarten Noor Pieter Sanne Thijs Willemijn",
        "Bakker, de Boer, de Groot, Janssen, Kuiper, Mulder, van Dijk, van den Berg, Visser",
    ),
    "ja": _culture(
        "Aiko Akemi Daichi Emi Haruka Hiroshi Kaori Kenji Mariko Naoki Reiko Sayuri Takeshi Yuki",
        "Fujimoto, Hayashi, Inoue, Kobayashi, Matsuda, Nakamura, Ogawa, Sakamoto, Tanaka, Yamamoto",
    ),
    "ar": _culture(
        "Abdullah Aisha Bader Dalal Fahad Ghada Hamad Khaled Latifa Mariam Nasser Noura Salem "
        "Yousef",
        "Al-Ajmi, Al-Enezi, Al-Fahad, Al-Kandari, Al-Mutairi, Al-Rashidi, Al-Sabti, Al-Shammari",
    ),
}
"""First and last names of each culture, in Latin letters."""

_OTHER_SCRIPTS: Final[dict[Culture, tuple[tuple[str, str], ...]]] = {
    "ja": (
        ("林 明美", "akemi.hayashi"),
        ("小川 健二", "kenji.ogawa"),
        ("田中 由紀", "yuki.tanaka"),
    ),
    "ar": (("نورة العنزي", "noura.alenezi"), ("خالد الكندري", "khaled.alkandari")),
}
"""Names in other scripts, with mailboxes; rare, since the PDF's font lacks the letters (▯)."""


def invent_buyer(
    draws: Draws, number: int, code: str, language: Culture, expatriates: float
) -> Buyer:
    """A random buyer of a country.

    `expatriates`: the share of foreign buyers with names of the seller's language.
    """
    country = COUNTRIES[code]
    culture = language if draws.chance(expatriates) else country.culture
    name, mailbox = _name(draws, culture)
    phone = "".join(
        str(draws.between(0, 9)) if sign == "#" else sign for sign in draws.choose(country.mobiles)
    )
    return Buyer(
        name,
        f"{mailbox}{number}@example.{draws.choose(('com', 'com', 'org'))}",
        country.dial,
        phone if draws.chance(0.96) else None,
        code if draws.chance(0.97) else None,
    )


def _name(draws: Draws, culture: Culture) -> tuple[str, str]:
    names = _OTHER_SCRIPTS.get(culture)
    if names and draws.chance(0.08):
        return draws.choose(names)
    first_names, last_names = _NAMES[culture]
    first_name, last_name = draws.choose(first_names), draws.choose(last_names)
    middle = (
        f" {draws.choose(last_names)}" if culture in ("pt", "es") and draws.chance(0.35) else ""
    )
    return f"{first_name}{middle} {last_name}", f"{_mailbox(first_name)}.{_mailbox(last_name)}"


@cache
def _mailbox(name: str) -> str:
    """A name in the letters of a mailbox: `Conceição` → `conceicao`."""
    ascii_name = (
        unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^a-z]", "", ascii_name.lower())
