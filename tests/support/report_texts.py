"""What a reader of an executed report sees: the texts of paper, page and mail, and its lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final

from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.mail.body import mail_body
from smartinst.pages.mail.content import MailContext
from smartinst.pages.pdf.render import print_sheet
from smartinst.pages.reading.report import read_report
from smartinst.report.mime_bundles import KPI, TABLE, VEGALITE
from tests.support.executed import edition_at, outputs_at

XLSX_WORDS: Final = re.compile(r"workbook|planilha|hoja de cálculo|\bxlsx\b", re.IGNORECASE)
NOTEBOOK_WORDS: Final = re.compile(r"\bnotebook|caderno|cuaderno|ipynb", re.IGNORECASE)
NOTHING_CAME: Final = re.compile(
    r"nothing (was )?received|nada (entrou|recebido)|no (entró|se recibió) nada|nada recibido",
    re.IGNORECASE,
)
AMOUNT: Final = r"−?(?:(?:US\$|CHF|[€£¥])\s?\d[\d.,]*\d|\d[\d.,]*\d\s?(?:US\$|CHF|[€£¥]))"
AMOUNTS: Final = re.compile(rf"{AMOUNT}(?:(?:, | and | e | y ){AMOUNT})+")
SIGNS: Final = {"€": "EUR", "US$": "USD", "£": "GBP", "CHF": "CHF", "¥": "JPY"}


@dataclass(frozen=True)
class ReportTexts:
    """A report in an executed notebook, for a reader who receives files of some formats."""

    notebook: Path
    locale: str

    def paper(self, *formats: str) -> str:
        """The text of the printed sheet."""
        return visible_text(print_sheet(edition_at(self.notebook, formats=formats)).html)

    def page(self, *formats: str) -> str:
        """The text of the offline page, without its scripts."""
        return visible_text(render_page(edition_at(self.notebook, formats=formats)))

    def mail(self, *formats: str) -> str:
        """Both bodies of the mail."""
        files = tuple(f"report.{name}" for name in formats)
        context = MailContext("Report", "today", files)
        body = mail_body(read_report(self.notebook), Locale(self.locale), context)
        return f"{visible_text(body.html)} {' '.join(body.text.split())}"

    def chart_texts(self) -> str:
        """The sentences and texts of all charts, and their tooltips' words."""
        return " ".join(
            text for spec in outputs_at(self.notebook, VEGALITE) for text in _texts(spec)
        )

    def currency_lists(self) -> list[list[str]]:
        """The currencies of key figures, panels, and of tables that list them, as they stand."""
        lists = [[card["currency"] for card in k["currencies"]] for k in self._all(KPI)]
        lists += [_panels(spec) for spec in self._all(VEGALITE)]
        for table in self._all(TABLE):
            lists += _lists_of_table(table)
        return [codes for codes in lists if codes]

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return list(outputs_at(self.notebook, kind))


def visible_text(html: str) -> str:
    """The text of HTML without styles, scripts and hidden parts, on one line."""
    body = re.sub(r"<(style|script|noscript)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ").split())


def amount_lists(text: str) -> list[list[str]]:
    """The currencies of each list of amounts in a text: `€ 1,00, US$ 2,00 e £ 3,00`."""
    return [
        [SIGNS[sign] for sign in re.findall(r"US\$|CHF|[€£¥]", amounts)]
        for amounts in AMOUNTS.findall(text)
    ]


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for value in part.values() if isinstance(part, dict) else part:
            yield from _texts(value)


def _panels(spec: Any) -> list[str]:
    """The titles of a chart's panels that are currencies, in order."""
    charts = [chart for key in ("vconcat", "hconcat") for chart in spec.get(key, ())]
    titles = [spec["title"]] if spec.get("title") in SIGNS.values() else []
    return titles + [code for chart in charts for code in _panels(chart)]


def _lists_of_table(table: dict[str, Any]) -> list[list[str]]:
    """The currencies of a table by currency; of each month or day, if it has them as rows."""
    names = [column["name"] for column in table["columns"]]
    rows = json.loads(table["rows"]) if isinstance(table["rows"], str) else table["rows"]
    if "currency" not in names or table["role"] in ("contacts", "recovery", "alerts", "detail"):
        return []
    place = names.index("currency")
    kinds = [column["kind"] for column in table["columns"][:3]]
    times = [index for index, kind in enumerate(kinds) if kind in ("month", "date")]
    if times:
        values = dict.fromkeys(row[times[0]] for row in rows)
        return [[row[place] for row in rows if row[times[0]] == value] for value in values]
    return [[row[place] for row in rows]] if place == 0 else []
