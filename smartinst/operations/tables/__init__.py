"""The tables of operational state, one module a subject; `operations/state.py` lists the steps that make them.

A subject's module imports its tables from here, never the other way round.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

METADATA: Final = MetaData()
