"""Report definitions: reports/<name>.toml, validated; every mistake is named with file and key (docs/contracts.md §3)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from smartinst.addresses import validate_address
from smartinst.errors import ConfigurationError
from smartinst.runs.conditions import parse
from smartinst.runs.cron import Missed, check_cron
from smartinst.settings import Seller, Settings
from smartinst.shipped import NOTEBOOKS, REPORTS

Format = Literal["pdf", "html", "xlsx", "ipynb"]
FORMATS: tuple[Format, ...] = ("pdf", "html", "xlsx", "ipynb")

ALL_SELLERS: Final = "*"
"""The seller's id of a run over every seller."""


class Delivery(BaseModel):
    """Whom a report goes to, and which of its files come along."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Literal["seller", "operator"] | tuple[str, ...] = "seller"
    attach: tuple[Format, ...] = ("pdf",)

    @field_validator("to", mode="before")
    @classmethod
    def _one_word_or_addresses(cls, value: object) -> object:
        if value in ("seller", "operator"):
            return value
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(one, str) for one in value)
        ):
            raise ValueError(
                f'expected "seller", "operator" or a list of addresses, found {value!r}'
            )
        for one in value:
            try:
                validate_address(one)
            except ValueError as error:
                raise ValueError(f"{one!r}: {error}") from error
        if len({one.lower() for one in value}) < len(value):
            raise ValueError("an address stands there twice")
        return value


class Schedule(BaseModel):
    """When a report is due, in the seller's zone (one over all sellers: UTC), and when its message is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str
    missed: Missed = "latest"
    when: str = "always"

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        _checked(check_cron, value)
        return value

    @field_validator("when")
    @classmethod
    def _is_condition(cls, value: str) -> str:
        _checked(parse, value)
        return value


def _checked(check: Callable[[str], Any], value: str) -> Any:
    """A check of ours inside a model: its error becomes the field's."""
    try:
        return check(value)
    except ConfigurationError as error:
        raise ValueError(str(error)) from error


class Gates(BaseModel):
    """What a definition asks for beyond the gates that always hold; null: not asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_age: timedelta | None = None
    rows_min: Annotated[float, Field(ge=0)] | None = None
    rows_max: Annotated[float, Field(gt=0)] | None = None

    @field_validator("max_age", mode="before")
    @classmethod
    def _days_or_hours(cls, value: object) -> object:
        """`"2d"` or `"36h"`."""
        if isinstance(value, str) and (found := re.fullmatch(r"(\d{1,4})([dh])", value)):
            return timedelta(**{{"d": "days", "h": "hours"}[found[2]]: int(found[1])})
        raise ValueError(f'expected days or hours such as "2d" or "36h", found {value!r}')


class Definition(BaseModel):
    """One report: which notebook, in which formats, one run for each seller or one over all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: str
    notebook: str
    formats: tuple[Format, ...] = ("pdf", "html", "xlsx")
    per: Literal["seller", "all"] = "seller"
    schedule: Schedule | None = None
    delivery: Delivery | None = None
    gates: Gates = Gates()

    @model_validator(mode="after")
    def _attaches_what_it_makes(self) -> Self:
        if self.delivery and (
            lacking := [one for one in self.delivery.attach if one not in (*self.formats, "ipynb")]
        ):
            raise ValueError(
                f"delivery.attach: {lacking[0]} is not among the formats {', '.join(self.formats)}"
            )
        if self.per == "all" and self.delivery and self.delivery.to == "seller":
            raise ValueError(
                'delivery.to: a report over all sellers goes to "operator" or to addresses, not to "seller"'
            )
        return self


def find_definition(name: str, settings: Settings) -> Definition:
    """A report by its name, or of a notebook by its path (`notebooks/mine.ipynb`)."""
    if name.endswith(".ipynb"):
        return _of_notebook(Path(name))
    folder = reports_folder(settings)
    path = folder / f"{name}.toml"
    if "/" in name or not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml"))) or "none"
        raise ConfigurationError(
            f"report {name!r} is not defined; defined: {known} (or name a notebook's .ipynb path)"
        )
    return read_definition(path)


def read_definition(path: Path) -> Definition:
    """A definition from its file; ConfigurationError names the file and every key that is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return Definition.model_validate({**document, "name": path.stem})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"reports/{path.name}: {error}") from error
    except OSError as error:
        raise ConfigurationError(
            f"reports/{path.name}: cannot be read: {error.strerror}"
        ) from error
    except ValidationError as error:
        raise ConfigurationError(f"reports/{path.name}: {'; '.join(_mistakes(error))}") from error


def _mistakes(error: ValidationError) -> Iterator[str]:
    """`schedule.cron: …`, one a mistake; what concerns several keys names them itself."""
    for one in error.errors():
        said = one["msg"].removeprefix("Value error, ")
        yield f"{'.'.join(map(str, one['loc']))}: {said}" if one["loc"] else said


def all_definitions(settings: Settings) -> list[Definition]:
    """Every definition, by name; ConfigurationError names the file and key of every mistake."""
    found, mistakes = load_definitions(settings)
    if mistakes:
        raise ConfigurationError("; ".join(mistakes.values()))
    return list(found.values())


def load_definitions(settings: Settings) -> tuple[dict[str, Definition], dict[str, str]]:
    """The definitions without a mistake, and the mistakes of the others, both by name."""
    found, mistakes = dict[str, Definition](), dict[str, str]()
    folder = reports_folder(settings)
    try:
        paths = sorted(
            path for path in folder.iterdir() if path.suffix == ".toml"
        )  # glob() hides what it may not read
    except OSError as error:
        raise ConfigurationError(f"{folder.name}/: cannot be read: {error.strerror}") from error
    for path in paths:
        try:
            found[path.stem] = read_definition(path)
        except ConfigurationError as error:
            mistakes[path.stem] = str(error)
    return found, mistakes


def reports_folder(settings: Settings) -> Path:
    """The workspace's reports/ when present, else the shipped one."""
    own = settings.workspace / "reports"
    return own if own.is_dir() else REPORTS


def notebook_path(definition: Definition, settings: Settings) -> Path:
    """The notebook's file: in the workspace's notebooks/, then in the shipped ones."""
    for place in (settings.workspace / "notebooks", NOTEBOOKS, Path()):
        path = place / definition.notebook
        if path.is_file():
            return path
    raise ConfigurationError(
        f"report {definition.name}: notebook {definition.notebook} does not exist"
    )


def _of_notebook(path: Path) -> Definition:
    if not path.is_file():
        raise ConfigurationError(f"notebook {path} does not exist")
    name = (
        "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem.lower()).strip("-")[
            :64
        ]
        or "notebook"
    )
    return Definition(name=name, title=path.stem, notebook=str(path.absolute()))


def portfolio_seller() -> Seller:
    """Who a report over every seller (`per = "all"`) is of: its parameter `seller`, and the folder of its runs."""
    return Seller(
        id="all",
        name="All sellers",
        email="operator@localhost.invalid",
        locale="en",
        timezone="UTC",
    )


def seller_of(seller_id: str, settings: Settings) -> Seller:
    """The seller of a scheduled run; everyone, where it is over all of them. Raises for one that is not configured."""
    return portfolio_seller() if seller_id == ALL_SELLERS else settings.find(seller_id)


def scheduled_sellers(definition: Definition, settings: Settings) -> list[tuple[str, ZoneInfo]]:
    """Whom a definition runs for, each with the zone in which its cron is read."""
    if definition.per == "all":
        return [(ALL_SELLERS, portfolio_seller().zone)]
    return [(seller.id, seller.zone) for seller in settings.seller]
