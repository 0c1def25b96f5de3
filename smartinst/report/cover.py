"""The cover of a report."""

from __future__ import annotations

from typing import Any

from smartinst.report import mime_bundles
from smartinst.report.filter_descriptions import filter_descriptions


def cover_output(book: Any) -> mime_bundles.DisplayBundle:
    """Seller, date, language and filters of the report."""
    data_through = book.data_quality.data_through_date
    locale = book.locale
    content = {
        "name": book.report,
        "title": locale.gettext(book.title),
        "subtitle": locale.gettext("as of {day}", day=locale.date(book.as_of, "long")),
        "seller_id": book.seller.id,
        "seller": book.seller.name,
        "locale": book.seller.locale,
        "timezone": book.seller.timezone,
        "as_of": book.as_of.isoformat(),
        "period_end": book.period.end.isoformat(),
        "data_through": data_through.isoformat() if data_through else None,
        "report": book.report,
        "anonymous": book.is_anonymous,
        "filters": filter_descriptions(book.where, locale),
        "generated_from": {"as_of": book.as_of.isoformat()},
    }
    text = f"{book.title}: {book.seller.name}, {book.as_of}"
    return mime_bundles.DisplayBundle({mime_bundles.REPORT: content, "text/plain": text})
