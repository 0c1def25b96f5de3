"""Configuration: smartinst.toml, overridden by SMARTINST_… variables (docs/contracts.md §3).

Secrets come from the environment or secret files only. Without a smartinst.toml, the demo is used.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from smartinst import addresses, credentials
from smartinst.errors import ConfigurationError
from smartinst.mistakes import mistake_text


@cache
def zone_names() -> frozenset[str]:
    """The names of the IANA time zones; reading them from the disk takes some milliseconds."""
    return frozenset(available_timezones())


MAX_LISTED_SELLERS: Final = 20
"""Ids that an error lists."""

VIEW_SCHEME: Final = "view://"
"""Scheme of a ledger that contains only the sellers of a run (ledger/view.py)."""

SQLITE: Final = "sqlite:///"

RUN_SETTINGS: Final = "SMARTINST_RUN"
"""Variable with the path of the settings that a run is given; a configuration is then not read."""


def _check_seller_id(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,64}", value):
        raise ValueError(f"expected 1 to 64 lower-case letters, digits or hyphens, found {value!r}")
    return value


SellerId = Annotated[str, AfterValidator(_check_seller_id)]


class TomlSection(BaseModel):
    """A section of a TOML file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Seller(TomlSection):
    """One seller: name, address, language, time zone and offers."""

    id: SellerId
    name: str
    email: Annotated[str, AfterValidator(addresses.validate_address)]
    locale: str = "en"
    timezone: str = "UTC"
    smart_offers: tuple[str, ...] = ()

    @field_validator("locale")
    @classmethod
    def _check_locale(cls, value: str) -> str:
        from smartinst.i18n.catalogue import available_languages

        if value not in available_languages():
            raise ValueError(f"expected one of {', '.join(available_languages())}, found {value!r}")
        return value

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, value: str) -> str:
        if value not in zone_names():
            raise ValueError(
                f"expected an IANA time zone such as America/Sao_Paulo, found {value!r}"
            )
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the seller's business dates."""
        return ZoneInfo(self.timezone)


class MailSettings(TomlSection):
    """The mail server; user and password come from the environment.

    `reply_to`: the address of replies; None: the sender's. `max_mb`: size of a message's
    attachments, above which one is left out. `files`: where readers find what was left out.

    Addresses are checked when settings are loaded, so that a mistake does not stop sellers' mail.
    """

    host: str = "127.0.0.1"
    port: int = Field(1025, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "none"
    sender: Annotated[str, AfterValidator(addresses.validate_mailbox)] = (
        "Smart Installments <reports@example.com>"
    )
    timeout_seconds: float = Field(30, gt=0)
    unsubscribe: Annotated[str, AfterValidator(addresses.validate_link)] | None = None
    reply_to: Annotated[str, AfterValidator(addresses.mailbox_address)] | None = None
    operator: Annotated[str, AfterValidator(addresses.mailbox_address)] | None = None
    max_mb: float = Field(15, gt=0)
    files: Annotated[str, AfterValidator(addresses.validate_file_link)] | None = None
    per_minute: int | None = Field(None, ge=1)


class HotmartSettings(TomlSection):
    """Addresses of the platform, `scheme://host[:port]`; the documented paths are appended."""

    api: str = "https://developers.hotmart.com"
    auth: str = "https://api-sec-vlc.hotmart.com"
    timeout_seconds: float = Field(30, gt=0)
    since: date = date(2019, 1, 1)


class StatusRules(TomlSection):
    """Rules for the statuses of plans."""

    late_after_days: int = Field(0, ge=0, le=60)


class Limits(TomlSection):
    """Limits of size and time; days for which events and scheduled runs' folders are kept."""

    max_file_mb: int = Field(256, ge=1)
    cell_seconds: int = Field(600, ge=1)
    compile_seconds: int = Field(300, ge=1)
    run_mb: int = Field(4096, ge=512)
    max_event_kb: int = Field(1024, ge=1)
    keep_event_days: int = Field(90, ge=1, le=3650)
    keep_run_days: int = Field(400, ge=1, le=36500)


class WebhookSettings(TomlSection):
    """Limits of the receiver's connections; fewer if the limit of open files is lower.

    An address of this machine, such as that of a proxy, may have all of them.
    """

    connections: int = Field(1000, ge=8)
    connections_per_address: int = Field(100, ge=1)


class RecoverySettings(TomlSection):
    """Rules of the recovery queue; `hold_out`: share of plans without messages in a month."""

    hold_out: float = Field(0, ge=0, le=0.5)


class InsightSettings(TomlSection):
    """Rules of the forecast; `pool`: counts of all sellers are above each seller's own."""

    pool: bool = False


class ScheduleSettings(TomlSection):
    """Rules of the schedule; a missed run is executed within `catch_up_hours`."""

    catch_up_hours: int = Field(24, ge=1)


class DeliverySettings(TomlSection):
    """Destination of messages: the mail server, or .eml files in a folder (relative to home)."""

    to: Literal["mail", "folder"] = "mail"
    folder: Path = Path("outbox")


class Settings(TomlSection):
    """The whole configuration; paths are absolute."""

    home: Path = Path("var/demo")
    ledger: Annotated[str, AfterValidator(addresses.validate_ledger)] = ""
    database: Annotated[str, AfterValidator(addresses.validate_database)] = ""
    executor: Annotated[str, AfterValidator(addresses.validate_executor)] = "local"
    sandbox: Literal["auto", "required", "off"] = "auto"
    readable: tuple[Path, ...] = ()
    engine: Literal["auto", "kernel"] = "auto"
    mail: MailSettings = MailSettings()
    hotmart: HotmartSettings = HotmartSettings()
    rules: StatusRules = StatusRules()
    limits: Limits = Limits()
    recovery: RecoverySettings = RecoverySettings()
    insight: InsightSettings = InsightSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    webhooks: WebhookSettings = WebhookSettings()
    delivery: DeliverySettings = DeliverySettings()
    seller: tuple[Seller, ...] = ()
    workspace: Path = Path()
    _index: tuple[tuple[Seller, ...], dict[str, Seller]] | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _check_unique_ids(self) -> Self:
        ids = [seller.id for seller in self.seller]
        if duplicates := [seller_id for seller_id, count in Counter(ids).items() if count > 1]:
            raise ValueError(f"seller {min(duplicates)!r} is configured twice")
        suffixes = Counter(map(secret_suffix, ids))
        if duplicates := [suffix for suffix, count in suffixes.items() if count > 1]:
            raise ValueError(f"two seller ids share the secret name {min(duplicates)!r}")
        return self

    @property
    def templates(self) -> tuple[Path, ...]:
        """The template folders that override the shipped one: only the folder of the workspace."""
        return (self.workspace / "templates",)

    @property
    def local_folders(self) -> tuple[Path, ...]:
        """The folders of this machine with data: home, and those of ledger and SQLite database."""
        ledger = () if "://" in self.ledger else (Path(self.ledger),)
        is_file = self.database.startswith(SQLITE)
        database = (Path(self.database.removeprefix(SQLITE)).parent,) if is_file else ()
        return tuple(dict.fromkeys((self.home, *ledger, *database)))

    def find(self, seller_id: str) -> Seller:
        """The seller with this id; ConfigurationError lists the configured ids."""
        if (seller := self._sellers_by_id().get(seller_id)) is not None:
            return seller
        ids = ", ".join(seller.id for seller in self.seller[:MAX_LISTED_SELLERS]) or "none"
        if (others := len(self.seller) - MAX_LISTED_SELLERS) > 0:
            ids += f" and {others} more"
        if self.ledger.startswith(VIEW_SCHEME):
            raise ConfigurationError(f"seller {seller_id!r} is not in this run, but only {ids}")
        raise ConfigurationError(f"seller {seller_id!r} is not configured; configured: {ids}")

    def _sellers_by_id(self) -> dict[str, Seller]:
        """The sellers by id. `model_copy` keeps private attributes, but may replace the sellers."""
        if self._index is None or self._index[0] is not self.seller:
            self._index = self.seller, {seller.id: seller for seller in self.seller}
        return self._index[1]


DEMO_SELLERS = tuple(
    Seller(id=id_, name=name, email=f"owner@{id_}.example", locale=locale, timezone=timezone)
    for id_, name, locale, timezone in (
        ("acme", "Acme Cursos", "pt-BR", "America/Sao_Paulo"),
        ("nube", "Academia Nube", "es", "Europe/Madrid"),
        ("loft", "Loft Studio", "en", "America/New_York"),
    )
)

_TOP_LEVEL = ("home", "ledger", "database", "executor", "engine", "sandbox")
_SECTIONS: dict[str, type[TomlSection]] = {
    "mail": MailSettings,
    "hotmart": HotmartSettings,
    "rules": StatusRules,
    "limits": Limits,
    "recovery": RecoverySettings,
    "insight": InsightSettings,
    "schedule": ScheduleSettings,
    "webhooks": WebhookSettings,
    "delivery": DeliverySettings,
}


def load_settings(
    working_directory: Path | None = None, environment: dict[str, str] | None = None
) -> Settings:
    """The settings for a directory; ConfigurationError names the file and the key."""
    env = credentials.environment() if environment is None else environment
    if run_settings := env.get(RUN_SETTINGS):
        return Settings.model_validate_json(Path(run_settings).read_bytes())
    directory = (working_directory or Path.cwd()).absolute()
    config = env.get("SMARTINST_CONFIG")
    path = directory / (config or "smartinst.toml")
    if not (has_file := path.is_file()) and config:
        raise ConfigurationError(f"SMARTINST_CONFIG names {config}, which does not exist")
    if not has_file and (
        path.exists() or path.is_symlink()
    ):  # the demo's sellers would take its place
        raise ConfigurationError(f"{path.name} is not a file")
    demo = {"seller": [seller.model_dump() for seller in DEMO_SELLERS]}
    document: dict[str, Any] = _read_toml(path) if has_file else demo
    _override(document, env)
    document.setdefault("home", "var" if has_file else "var/demo")
    document["workspace"] = path.parent if has_file else directory
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        place = path.name if has_file else "environment"
        raise ConfigurationError(f"{place}: {_first_message(error, document)}") from error
    return _with_absolute_paths(settings)


def for_run(settings: Settings, sellers: Iterable[Seller], folder: Path, view: str) -> Settings:
    """The settings that a run is given: these sellers, its own folder, and the rules of figures.

    Addresses of the ledger, the database and servers are left out.
    """
    kept = {
        name: getattr(settings, name)
        for name in ("rules", "insight", "limits", "engine", "sandbox", "workspace")
    }
    return Settings(home=folder, ledger=view, seller=tuple(sellers), **kept)


def read_secret(name: str, environment: dict[str, str] | None = None) -> SecretStr | None:
    """A secret from `NAME`, or from the file that `NAME_FILE` names; None if unset or empty."""
    env = credentials.environment() if environment is None else environment
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


def is_setting(name: str) -> bool:
    """Whether a SMARTINST_… variable overrides a setting; the others are secrets."""
    return name in ("SMARTINST_CONFIG", RUN_SETTINGS) or name in _variables()


def secret_suffix(seller_id: str) -> str:
    """The part of a secret's name for a seller."""
    return seller_id.replace("-", "_").upper()


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # also for a number of 5,000 digits
        raise ConfigurationError(f"{path.name}: {error}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path.name}: nested too deeply") from error


def _override(document: dict[str, Any], env: Mapping[str, str]) -> None:
    """Override values of the file with SMARTINST_HOME, …, SMARTINST_MAIL_HOST, …"""
    for variable, (section, key) in _variables().items():
        if not (value := env.get(variable)):
            continue
        if not section:
            document[key] = value
        elif isinstance(document.setdefault(section, {}), dict):
            document[section] = {**document[section], key: value}


def _variables() -> dict[str, tuple[str, str]]:
    """Variable → section (empty at the top level) and key of the setting that it overrides."""
    top_level = {f"SMARTINST_{name.upper()}": ("", name) for name in _TOP_LEVEL}
    in_sections = {
        f"SMARTINST_{section.upper()}_{key.upper()}": (section, key)
        for section, model in _SECTIONS.items()
        for key in model.model_fields
    }
    return top_level | in_sections


def _first_message(error: ValidationError, document: dict[str, Any]) -> str:
    """The first mistake with its key; a seller is named by its id."""
    details = error.errors()[0]
    place = ".".join(str(part) for part in details["loc"])
    match details["loc"]:
        case ("seller", int(index), *keys) if isinstance(row := document["seller"][index], dict):
            place = ": ".join((f"seller {row.get('id', index)}", *map(str, keys)))
    models: tuple[type[BaseModel], ...] = (Settings, Seller, *_SECTIONS.values())
    message = mistake_text(details, {key for model in models for key in model.model_fields})
    return f"{place}: {message}" if place else message


def _with_absolute_paths(settings: Settings) -> Settings:
    base = settings.workspace.absolute()
    home = base / settings.home
    ledger = addresses.ledger_address(settings.ledger, base, home)
    database = addresses.database_address(settings.database, base, home)
    return settings.model_copy(
        update={
            "home": home,
            "ledger": ledger,
            "database": database,
            "readable": tuple(base / path for path in settings.readable),
            "workspace": base,
        }
    )
