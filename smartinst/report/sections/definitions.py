"""Some of the definitions of the glossary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smartinst.i18n.locales import Locale
from smartinst.report.table import Table
from smartinst.report.tables.glossary import GLOSSARY, glossary_table


def definitions_table(terms: Sequence[str], locale: Locale) -> Table:
    """The definitions of these terms, in their order; KeyError for a term without one."""
    places = {term: place for place, (term, _) in enumerate(GLOSSARY)}
    table = glossary_table(locale)
    return replace(table, rows=tuple(table.rows[places[term]] for term in terms))
