"""Sections of a report definition: delivery, schedule and gates (docs/contracts.md §3)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from smartinst.addresses import validate_address
from smartinst.errors import ConfigurationError
from smartinst.runs.conditions import parse_condition
from smartinst.runs.cron import MissedPolicy, check_cron
from smartinst.settings import TomlSection

Format = Literal["pdf", "html", "xlsx", "ipynb"]
FORMATS: tuple[Format, ...] = ("pdf", "html", "xlsx", "ipynb")

DEFAULT_MAX_AGE: Final = timedelta(days=3)
"""Greatest age of the data of a report that is sent, unless its definition sets another."""


class Delivery(TomlSection):
    """The recipients of a report, the files attached to it, and whether the body names buyers.

    Each address of `cc` receives a message of its own, like each address of `to`.
    """

    to: Literal["seller", "operator"] | tuple[str, ...] = "seller"
    cc: tuple[str, ...] = ()
    attach: tuple[Format, ...] = ("pdf",)
    buyers_in_body: Annotated[bool, Field(strict=True)] = True

    @field_validator("to", mode="before")
    @classmethod
    def _keyword_or_addresses(cls, value: object) -> object:
        if value in ("seller", "operator"):
            return value
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(address, str) for address in value)
        ):
            raise ValueError(
                f'expected "seller", "operator" or a list of addresses, found {value!r}'
            )
        return _checked_addresses(value)

    @field_validator("cc", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        if not isinstance(value, list) or not all(isinstance(address, str) for address in value):
            raise ValueError(f"expected a list of addresses, found {value!r}")
        return _checked_addresses(value)

    @model_validator(mode="after")
    def _copies_are_for_others(self) -> Self:
        addresses = self.to if isinstance(self.to, tuple) else ()
        if repeated := {address.lower() for address in addresses} & set(map(str.lower, self.cc)):
            raise ValueError(f"cc: {min(repeated)} is listed in to")
        return self


def _checked_addresses(addresses: list[str]) -> list[str]:
    """The addresses; ValueError if one is invalid or listed twice."""
    for address in addresses:
        validate_address(address)
    if len({address.lower() for address in addresses}) < len(addresses):
        raise ValueError("an address is listed twice")
    return addresses


class Schedule(TomlSection):
    """The due times of a report, and the condition for sending its message.

    Times are in the seller's zone, or UTC for a report over all sellers.
    """

    cron: str
    missed: MissedPolicy = "latest"
    when: str = "always"

    @field_validator("cron", "when")
    @classmethod
    def _is_valid(cls, value: str, info: ValidationInfo) -> str:
        try:
            check_cron(value) if info.field_name == "cron" else parse_condition(value)
        except ConfigurationError as error:
            raise ValueError(str(error)) from error
        return value


class Gates(TomlSection):
    """Limits of a definition, in addition to the gates that always apply; None: not checked.

    `max_age`: the greatest age of the data; `"none"` in the file switches the check off.
    `undrawn`: the most outputs that may be missing from the report because they cannot be drawn.
    """

    max_age: timedelta | None = DEFAULT_MAX_AGE
    rows_min: Annotated[float, Field(ge=0)] | None = None
    rows_max: Annotated[float, Field(gt=0)] | None = None
    undrawn: Annotated[int, Field(ge=0, strict=True)] = 0

    @field_validator("max_age", mode="before")
    @classmethod
    def _days_or_hours(cls, value: object) -> object:
        """Parses a duration such as `"2d"` or `"36h"`; `"none"` is None."""
        if value == "none":
            return None
        if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,4})([dh])", value)):
            return timedelta(**{{"d": "days", "h": "hours"}[match[2]]: int(match[1])})
        raise ValueError(
            f'expected days or hours such as "2d" or "36h", or "none", found {value!r}'
        )
