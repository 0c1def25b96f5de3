"""Report definitions, reports/<name>.toml (docs/contracts.md §3).

An error names the file and every key that is wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    ValidationError,
    model_validator,
)

from smartinst.errors import ConfigurationError, InputError, ReportError
from smartinst.machine_errors import error_summary
from smartinst.mistakes import mistake_text
from smartinst.report.period import PeriodName
from smartinst.runs.definition_sections import Delivery, Format, Gates, Schedule
from smartinst.settings import Seller, SellerId, Settings, TomlSection
from smartinst.shipped import NOTEBOOKS, REPORTS

ALL_SELLERS: Final = "*"
"""The seller id, in the run history, of a run over all sellers."""


class Definition(TomlSection):
    """One report: its notebook and formats, with one run per seller or one over all sellers.

    `period`: the days that the report covers; None: the default of its notebook.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: str
    notebook: str
    formats: tuple[Format, ...] = ("pdf", "html", "xlsx")
    per: Literal["seller", "all"] = "seller"
    period: PeriodName | None = None
    sellers: tuple[SellerId, ...] | None = None
    except_sellers: Annotated[tuple[SellerId, ...], Field(alias="except")] = ()
    paused: Annotated[bool, Field(strict=True)] = False
    schedule: Schedule | None = None
    delivery: Delivery | None = None
    gates: Gates = Gates()

    @model_validator(mode="after")
    def _attachments_are_formats(self) -> Self:
        if self.delivery and (
            missing := [
                kind for kind in self.delivery.attach if kind not in (*self.formats, "ipynb")
            ]
        ):
            raise ValueError(
                f"delivery.attach: {missing[0]} is not among the formats {', '.join(self.formats)}"
            )
        if self.per == "all" and self.delivery and self.delivery.to == "seller":
            raise ValueError(
                "delivery.to: a report over all sellers goes to "
                '"operator" or to addresses, not to "seller"'
            )
        if self.sellers is not None and self.except_sellers:
            raise ValueError("sellers and except exclude each other: use one of them")
        if self.per == "all" and (self.sellers is not None or self.except_sellers):
            raise ValueError("sellers, except: a report over all sellers covers every seller")
        return self

    def is_for(self, seller_id: str) -> bool:
        """Whether the report is scheduled for a seller, by its `sellers` and `except`."""
        is_listed = self.sellers is None or seller_id in self.sellers
        return is_listed and seller_id not in self.except_sellers


def find_definition(name: str, settings: Settings) -> Definition:
    """The definition of a report by its name, or of a notebook by its path."""
    if name.endswith(".ipynb"):
        return _of_notebook(Path(name))
    folder = reports_folder(settings)
    path = folder / f"{name}.toml"
    if "/" in name or not path.is_file():
        names = ", ".join(sorted(path.stem for path in folder.glob("*.toml"))) or "none"
        raise ConfigurationError(
            f"report {name!r} is not defined; defined: {names} (or give a notebook's .ipynb path)"
        )
    return read_definition(path)


def read_definition(path: Path) -> Definition:
    """Reads a definition; ConfigurationError names the file and every key that is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        definition = Definition.model_validate({**document, "name": path.stem})
    except OSError as error:
        raise ConfigurationError(
            f"reports/{path.name}: cannot be read: {error.strerror}"
        ) from error
    except ValidationError as error:
        raise ConfigurationError(f"reports/{path.name}: {'; '.join(_mistakes(error))}") from error
    except RecursionError as error:
        raise ConfigurationError(f"reports/{path.name}: nested too deeply") from error
    except ValueError as error:  # also for a number of 5,000 digits
        raise ConfigurationError(f"reports/{path.name}: {error}") from error
    if Path(definition.notebook).is_absolute() or ".." in Path(definition.notebook).parts:
        raise ConfigurationError(
            f"reports/{path.name}: notebook: expected a file in notebooks/, "
            f"found {definition.notebook!r}"
        )
    return definition


def _mistakes(error: ValidationError) -> Iterator[str]:
    """`schedule.cron: …`, one per mistake; a message about several keys contains their names."""
    models: tuple[type[TomlSection], ...] = (Definition, Delivery, Schedule, Gates)
    keys = {key for model in models for key in model.model_fields}
    for mistake in error.errors():
        text, path = mistake_text(mistake, keys), mistake["loc"]
        yield f"{'.'.join(map(str, path))}: {text}" if path else text


def all_definitions(settings: Settings) -> list[Definition]:
    """Every definition, sorted by name; ConfigurationError names every mistake."""
    definitions, mistakes = load_definitions(settings)
    if mistakes:
        raise ConfigurationError("; ".join(mistakes.values()))
    return list(definitions.values())


def load_definitions(settings: Settings) -> tuple[dict[str, Definition], dict[str, str]]:
    """The valid definitions, and the mistakes in the others, both by name."""
    definitions, mistakes = dict[str, Definition](), dict[str, str]()
    folder = reports_folder(settings)
    try:  # not glob(), which ignores unreadable folders
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        raise ConfigurationError(f"{folder.name}/: cannot be read: {error.strerror}") from error
    for path in paths:
        try:
            definitions[path.stem] = read_definition(path)
        except ConfigurationError as error:
            mistakes[path.stem] = str(error)
        except Exception as error:  # affects only this definition
            mistakes[path.stem] = f"reports/{path.name}: {error_summary(error)}"
    return definitions, mistakes


def reports_folder(settings: Settings) -> Path:
    """The workspace's reports/ if it exists, else the shipped folder."""
    workspace_folder = settings.workspace / "reports"
    return workspace_folder if workspace_folder.is_dir() else REPORTS


def notebook_path(definition: Definition, settings: Settings) -> Path:
    """The notebook's file, from the workspace's notebooks/ or the shipped ones.

    A definition's notebook has to be inside of these folders, links included; one that a command
    names by its path may be anywhere.
    """
    if Path(definition.notebook).is_absolute():  # of a command, see `_of_notebook`
        folders: tuple[Path, ...] = (Path("/"),)
    else:
        folders = (settings.workspace / "notebooks", NOTEBOOKS)
    for folder in folders:
        path = folder / definition.notebook
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ConfigurationError(
                f"report {definition.name}: notebook {definition.notebook} is not in notebooks/"
            )
        if path.is_file():
            return path
    raise ConfigurationError(
        f"report {definition.name}: notebook {definition.notebook} does not exist"
    )


def notebook_problems(definitions: Iterable[Definition], settings: Settings) -> list[str]:
    """A line for each definition whose notebook is missing, or is none that can be run."""
    from smartinst.runs.declarations import read_declarations

    problems = []
    for definition in definitions:
        try:
            read_declarations(notebook_path(definition, settings))
        except ConfigurationError as error:
            problems.append(str(error))
        except (InputError, ReportError) as error:
            problems.append(f"report {definition.name}: {error}")
        except Exception as error:
            reason = error_summary(error)
            problems.append(f"report {definition.name}: notebook {definition.notebook}: {reason}")
    return problems


def reports_without_recipient(definitions: Iterable[Definition], settings: Settings) -> list[str]:
    """The names of the scheduled reports that have no recipient without [mail] operator."""
    return [
        definition.name
        for definition in definitions
        if settings.mail.operator is None
        and definition.schedule
        and definition.delivery
        and definition.delivery.to == "operator"
        and not (definition.paused or definition.delivery.cc)
    ]


def _of_notebook(path: Path) -> Definition:
    if not path.is_file():
        raise ConfigurationError(f"notebook {path} does not exist")
    characters = (char if char.isascii() and char.isalnum() else "-" for char in path.stem.lower())
    name = "".join(characters).strip("-")[:64] or "notebook"
    return Definition(name=name, title=path.stem, notebook=str(path.absolute()))


def portfolio_seller() -> Seller:
    """The seller of a report over all sellers, for its parameters and the folder of its runs."""
    return Seller(
        id="all",
        name="All sellers",
        email="operator@localhost.invalid",
        locale="en",
        timezone="UTC",
    )


def seller_of(seller_id: str, settings: Settings) -> Seller:
    """The seller of a scheduled run; raises if the seller is not configured."""
    return portfolio_seller() if seller_id == ALL_SELLERS else settings.find(seller_id)


def scheduled_sellers(definition: Definition, settings: Settings) -> list[tuple[str, ZoneInfo]]:
    """The ids of the sellers for whom a report is scheduled, with the time zone of its cron."""
    if definition.per == "all":
        return [(ALL_SELLERS, portfolio_seller().zone)]
    return [(seller.id, seller.zone) for seller in settings.seller if definition.is_for(seller.id)]
