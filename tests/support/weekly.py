"""A report definition that the tests of delivery share: every Monday at seven, to the seller."""

from __future__ import annotations

import json


def weekly(*formats: str, notebook: str = "seller.ipynb") -> str:
    """The text of reports/weekly.toml that creates and attaches these formats."""
    files = json.dumps(formats)
    return f"""title = "Smart Installments"
notebook = "{notebook}"
formats = {files}
[schedule]
cron = "0 7 * * MON"
[delivery]
to = "seller"
attach = {files}
"""
