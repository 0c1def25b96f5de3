"""Report definitions: reports/<name>.toml, validated; every mistake is named with file and key (DESIGN §3)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smartinst.errors import ConfigurationError
from smartinst.settings import PROJECT, Seller, Settings

Format = Literal["pdf", "html", "xlsx", "ipynb"]
FORMATS: tuple[Format, ...] = ("pdf", "html", "xlsx", "ipynb")


class Definition(BaseModel):
    """One report: which notebook, in which formats, one run for each seller or one over all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    title: str
    notebook: str
    formats: tuple[Format, ...] = ("pdf", "html", "xlsx")
    per: Literal["seller", "all"] = "seller"


def find(name: str, settings: Settings) -> Definition:
    """A report by its name, or of a notebook by its path (`notebooks/mine.ipynb`)."""
    if name.endswith(".ipynb"):
        return _of_notebook(Path(name))
    folder = reports_folder(settings)
    path = folder / f"{name}.toml"
    if "/" in name or not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml"))) or "none"
        raise ConfigurationError(f"report {name!r} is not defined; defined: {known} (or name a notebook's .ipynb path)")
    return read(path)


def read(path: Path) -> Definition:
    """A definition from its file; ConfigurationError names the file and the key."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return Definition.model_validate({**document, "name": path.stem})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"reports/{path.name}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"reports/{path.name}: {key}: {first['msg']}") from error


def reports_folder(settings: Settings) -> Path:
    """The workspace's reports/ when present, else the shipped one."""
    own = settings.workspace / "reports"
    return own if own.is_dir() else PROJECT / "reports"


def notebook_path(definition: Definition, settings: Settings) -> Path:
    """The notebook's file: in the workspace's notebooks/, then in the shipped ones."""
    for place in (settings.workspace / "notebooks", PROJECT / "notebooks", Path()):
        path = place / definition.notebook
        if path.is_file():
            return path
    raise ConfigurationError(f"report {definition.name}: notebook {definition.notebook} does not exist")


def _of_notebook(path: Path) -> Definition:
    if not path.is_file():
        raise ConfigurationError(f"notebook {path} does not exist")
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem.lower()).strip("-")[:64] or "notebook"
    return Definition(name=name, title=path.stem, notebook=str(path.absolute()))


def everyone() -> Seller:
    """Who a report over every seller (`per = "all"`) is of: its parameter `seller`, and the folder of its runs."""
    return Seller(id="all", name="All sellers", email="operator@localhost.invalid", locale="en", timezone="UTC")
