"""The reader of a notebook's outputs: language and time zone, given in a kernel's environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

LOCALE_VARIABLE: Final = "SMARTINST_READER_LOCALE"
TIMEZONE_VARIABLE: Final = "SMARTINST_READER_TIMEZONE"
PRINTED_VARIABLE: Final = "SMARTINST_READER_PRINTED_ONLY"
"""Environment variables that a run sets in its kernel."""

READER_KEY: Final = "smartinst_reader"
"""Key of an executed notebook's metadata with what `Reader.to_metadata` returns."""


@dataclass(frozen=True)
class Reader:
    """Language and time zone of the person who reads the outputs.

    `is_live`: the notebook is open in Jupyter, not executed by a run. `is_printed_only`: the run
    makes nothing but the PDF, so what is not on paper need not be drawn.

    A live notebook gets fewer rows of a frame: Jupyter drops outputs of several megabytes.
    """

    locale: str = "en"
    timezone: str = "UTC"
    is_live: bool = True
    is_printed_only: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Reader:
        """The reader that a run names; a live one without a run."""
        return cls(
            environment.get(LOCALE_VARIABLE) or "en",
            environment.get(TIMEZONE_VARIABLE) or "UTC",
            is_live=LOCALE_VARIABLE not in environment,
            is_printed_only=PRINTED_VARIABLE in environment,
        )

    def to_environment(self) -> dict[str, str]:
        """The variables for the kernel of a run."""
        printed = {PRINTED_VARIABLE: "1"} if self.is_printed_only else {}
        return {LOCALE_VARIABLE: self.locale, TIMEZONE_VARIABLE: self.timezone, **printed}

    def to_metadata(self) -> dict[str, Any]:
        """What the executed notebook says of its reader: `printed_only` only if it is true."""
        printed = {"printed_only": True} if self.is_printed_only else {}
        return {"locale": self.locale, "timezone": self.timezone, **printed}
