"""A report definition that the tests of delivery share: every Monday at seven, to the seller."""

from __future__ import annotations

import json


def weekly(*formats: str, notebook: str = "seller.ipynb", max_age: str = "none") -> str:
    """The text of reports/weekly.toml that creates and attaches these formats.

    The age of the data is not checked, unless `max_age` is set; if empty, the default applies.
    """
    files = json.dumps(formats)
    gates = f'[gates]\nmax_age = "{max_age}"\n' if max_age else ""
    return f"""title = "Smart Installments"
notebook = "{notebook}"
formats = {files}
[schedule]
cron = "0 7 * * MON"
[delivery]
to = "seller"
attach = {files}
{gates}"""
