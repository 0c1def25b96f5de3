"""Configuration: smartinst.toml, overridden by SMARTINST_… variables; secrets only from environment or secret files.

Without any file the home is ./var/demo and the three demo sellers are configured (docs/contracts.md §3).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from smartinst.addresses import validate_link, validate_mailbox
from smartinst.errors import ConfigurationError

SellerId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Seller(_Section):
    """One seller: who, in which language, zone and with which offers."""

    id: SellerId
    name: str
    email: str
    locale: str = "en"
    timezone: str = "UTC"
    smart_offers: tuple[str, ...] = ()

    @field_validator("locale")
    @classmethod
    def _has_a_catalogue(cls, value: str) -> str:
        from smartinst.i18n.catalogue import available_languages

        if value not in available_languages():
            raise ValueError(f"expected one of {', '.join(available_languages())}, found {value!r}")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(
                f"expected an IANA time zone such as America/Sao_Paulo, found {value!r}"
            )
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this seller's business dates are read."""
        return ZoneInfo(self.timezone)


class MailSettings(_Section):
    """How mail leaves; user and password come from the environment."""

    host: str = "127.0.0.1"
    port: int = Field(1025, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "none"
    sender: str = "Smart Installments <reports@example.com>"
    timeout_seconds: float = Field(30, gt=0)
    unsubscribe: str | None = None
    operator: str | None = None
    per_minute: int | None = Field(None, ge=1)

    @field_validator("sender", "operator")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        """A mistake of ours would hold every seller's mail: it is told before anything is sent."""
        return value if value is None else validate_mailbox(value)

    @field_validator("unsubscribe")
    @classmethod
    def _is_a_link(cls, value: str | None) -> str | None:
        return validate_link(value) if value else None


class HotmartSettings(_Section):
    """Where the platform is; `scheme://host[:port]`, the documented paths are appended."""

    api: str = "https://developers.hotmart.com"
    auth: str = "https://api-sec-vlc.hotmart.com"
    timeout_seconds: float = Field(30, gt=0)
    since: date = date(2019, 1, 1)


class StatusRules(_Section):
    """Rules of the statuses."""

    late_after_days: int = Field(0, ge=0, le=60)


class Limits(_Section):
    """What is refused, and how long a received event is kept once the ledger has it."""

    max_file_mb: int = Field(256, ge=1)
    cell_seconds: int = Field(600, ge=1)
    compile_seconds: int = Field(300, ge=1)
    run_mb: int = Field(4096, ge=512)
    max_event_kb: int = Field(1024, ge=1)
    keep_event_days: int = Field(90, ge=1, le=3650)


class ScheduleSettings(_Section):
    """How far back a missed run is made up for."""

    catch_up_hours: int = Field(24, ge=1)


class DeliverySettings(_Section):
    """Where messages go: to the mail server, or as .eml files into a folder (relative to home) for another sender."""

    to: Literal["mail", "folder"] = "mail"
    folder: Path = Path("outbox")


class Settings(_Section):
    """The whole configuration; paths are absolute."""

    home: Path = Path("var/demo")
    ledger: str = ""
    database: str = ""
    executor: str = "local"
    mail: MailSettings = MailSettings()
    hotmart: HotmartSettings = HotmartSettings()
    rules: StatusRules = StatusRules()
    limits: Limits = Limits()
    schedule: ScheduleSettings = ScheduleSettings()
    delivery: DeliverySettings = DeliverySettings()
    seller: tuple[Seller, ...] = ()
    workspace: Path = Path()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [seller.id for seller in self.seller]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"seller {twice[0]!r} stands there twice")
        secrets = [secret_suffix(one) for one in ids]
        if clash := sorted({one for one in secrets if secrets.count(one) > 1}):
            raise ValueError(f"two seller ids share the secret name {clash[0]!r}")
        return self

    @property
    def templates(self) -> tuple[Path, ...]:
        """Folders of templates that come before the shipped one: the workspace's own."""
        return (self.workspace / "templates",)

    def find(self, seller_id: str) -> Seller:
        """The configured seller; ConfigurationError names those that are."""
        for seller in self.seller:
            if seller.id == seller_id:
                return seller
        known = ", ".join(one.id for one in self.seller) or "none"
        raise ConfigurationError(f"seller {seller_id!r} is not configured; configured: {known}")


DEMO_SELLERS = (
    Seller(
        id="acme",
        name="Acme Cursos",
        email="owner@acme.example",
        locale="pt-BR",
        timezone="America/Sao_Paulo",
    ),
    Seller(
        id="nube",
        name="Academia Nube",
        email="owner@nube.example",
        locale="es",
        timezone="Europe/Madrid",
    ),
    Seller(
        id="loft",
        name="Loft Studio",
        email="owner@loft.example",
        locale="en",
        timezone="America/New_York",
    ),
)

_TOP_LEVEL = ("home", "ledger", "database", "executor")
_SECTIONS: dict[str, type[_Section]] = {
    "mail": MailSettings,
    "hotmart": HotmartSettings,
    "rules": StatusRules,
    "limits": Limits,
    "schedule": ScheduleSettings,
    "delivery": DeliverySettings,
}


def load_settings(
    working_directory: Path | None = None, environment: dict[str, str] | None = None
) -> Settings:
    """The settings that hold in a directory; ConfigurationError names the file and the key."""
    env = dict(os.environ) if environment is None else environment
    here = (working_directory or Path.cwd()).absolute()
    named = env.get("SMARTINST_CONFIG")
    path = (here / named) if named else here / "smartinst.toml"
    if named and not path.is_file():
        raise ConfigurationError(f"SMARTINST_CONFIG names {named}, which does not exist")
    document: dict[str, Any] = (
        _read(path) if path.is_file() else {"seller": [s.model_dump() for s in DEMO_SELLERS]}
    )
    workspace = path.parent if path.is_file() else here
    _override(document, env)
    document.setdefault("home", "var" if path.is_file() else "var/demo")
    try:
        settings = Settings.model_validate({**document, "workspace": workspace})
    except ValidationError as error:
        raise ConfigurationError(
            f"{path.name if path.is_file() else 'environment'}: {_first(error)}"
        ) from error
    return _absolute(settings)


def read_secret(name: str, environment: dict[str, str] | None = None) -> SecretStr | None:
    """A secret from `NAME`, or from the file that `NAME_FILE` names; null when unset or empty."""
    env = dict(os.environ) if environment is None else environment
    if value := env.get(name):
        return SecretStr(value)
    if file := env.get(f"{name}_FILE"):
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not valid UTF-8"
            raise ConfigurationError(f"{name}_FILE cannot be read: {reason}") from error
        return SecretStr(value) if value else None
    return None


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment with every SMARTINST_… variable left out that is no setting, and the database's address too.

    What is left names paths and bounds; credentials, tokens and passwords, now known or not, and the files that hold
    them are gone. Variables that are not ours stay: a notebook may need them to reach its ledger.
    """
    settings = {"SMARTINST_CONFIG", *_variables()} - {"SMARTINST_DATABASE"}
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("SMARTINST_") or name in settings
    }


def secret_suffix(seller_id: str) -> str:
    """A seller's id as it stands in the name of a secret."""
    return seller_id.replace("-", "_").upper()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error


def _override(document: dict[str, Any], env: Mapping[str, str]) -> None:
    """SMARTINST_HOME, …, SMARTINST_MAIL_HOST, SMARTINST_RULES_LATE_AFTER_DAYS… replace what the file says."""
    for variable, (section, key) in _variables().items():
        if not (value := env.get(variable)):
            continue
        if not section:
            document[key] = value
        elif isinstance(document.setdefault(section, {}), dict):
            document[section] = {**document[section], key: value}


def _variables() -> dict[str, tuple[str, str]]:
    """Every variable that overrides a setting, with the setting's section (empty at the top level) and key."""
    top = {f"SMARTINST_{name.upper()}": ("", name) for name in _TOP_LEVEL}
    within = {
        f"SMARTINST_{section.upper()}_{key.upper()}": (section, key)
        for section, model in _SECTIONS.items()
        for key in model.model_fields
    }
    return top | within


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _absolute(settings: Settings) -> Settings:
    base = settings.workspace.absolute()
    home = base / settings.home
    ledger = settings.ledger or str(home / "ledger")
    if "://" not in ledger:
        ledger = str(base / ledger)
    database = settings.database or f"sqlite:///{home / 'smartinst.db'}"
    if database.startswith("sqlite:///") and not database.startswith("sqlite:////"):
        database = f"sqlite:///{base / database.removeprefix('sqlite:///')}"
    return settings.model_copy(
        update={"home": home, "ledger": ledger, "database": database, "workspace": base}
    )
