"""`smartinst doctor`: checks the requirements, with a remedy for each problem."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from smartinst.errors import HeldHomeError, SmartinstError
from smartinst.machine_errors import full_disk, no_space_error
from smartinst.settings import SQLITE, MailSettings, Settings, load_settings
from smartinst.shipped import ASSETS, IS_CHECKOUT

RESTORE_ASSETS = (
    "git checkout templates/assets" if IS_CHECKOUT else "pip install --force-reinstall the wheel"
)
MAX_CHECKED_FILES = 100_000
REPORTS_REMEDY = "correct the definitions that are named, or add their notebooks"
PROBE = bytes(4096)
"""Is written into the home: an empty file would fit on a full disk."""
DAMAGED_DATABASE = ("malformed", "not a database")
"""Words of SQLite about a file that it cannot read."""
PANGO_LINE = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


@dataclass(frozen=True)
class Finding:
    """The result of one check; `remedy` is empty if there is no problem."""

    name: str
    is_ok: bool
    detail: str
    remedy: str = ""

    def line(self) -> str:
        """The line for the terminal."""
        mark = "ok  " if self.is_ok else "FAIL"
        remedy = f"; remedy: {self.remedy}" if self.remedy else ""
        return f"{mark}  {self.name}: {self.detail}{remedy}"

    def document(self) -> dict[str, Any]:
        """The object for `doctor --json`."""
        return {
            "name": self.name,
            "is_well": self.is_ok,
            "found": self.detail,
            "mend": self.remedy,
        }


def examine(working_directory: Path) -> list[Finding]:
    """All findings; if the configuration cannot be read, only those that do not need it."""
    try:
        settings = load_settings(working_directory)
    except SmartinstError as error:
        remedy = "correct the file or variable that is named"
        return [Finding("configuration", False, str(error), remedy), _pango(), _fonts()]
    return [
        _configuration(settings),
        _pango(),
        _fonts(),
        _assets(),
        _home(settings),
        _file_modes(settings),
        _ledger(settings),
        _database(settings),
        _reports(settings),
        _mail(settings),
        _platform(settings),
        _sandbox(settings),
        _executor(settings),
    ]


def _configuration(settings: Settings) -> Finding:
    ids = ", ".join(seller.id for seller in settings.seller)
    if not ids:
        return Finding(
            "configuration", False, "no seller is configured", "add a [[seller]] to smartinst.toml"
        )
    return Finding("configuration", True, f"home {settings.home}; sellers {ids}")


def _pango() -> Finding:
    """Checks Pango directly, because WeasyPrint prints a banner to stdout if it is missing."""
    from ctypes import CDLL

    missing = []
    for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"):
        try:
            CDLL(name)
        except OSError:
            missing.append(name)
    if missing:
        detail = f"missing {', '.join(missing)}: no PDF; HTML and XLSX work"
        return Finding("pdf", False, detail, PANGO_LINE)
    return Finding("pdf", True, "Pango found")


def _fonts() -> Finding:
    from smartinst.drawing.fonts import characters, font_files

    try:
        detail = f"{len(font_files())} weights, {len(characters())} characters"
        return Finding("fonts", True, detail)
    except SmartinstError as error:
        return Finding("fonts", False, str(error), RESTORE_ASSETS)


def _assets() -> Finding:
    missing = [
        name
        for name in ("vega/vega.min.js", "map/countries-110m.json", "chart-fonts/Inter-Regular.ttf")
        if not (ASSETS / name).is_file()
    ]
    if missing:
        return Finding("assets", False, f"missing {', '.join(missing)}", RESTORE_ASSETS)
    return Finding("assets", True, "Vega, map and chart fonts found")


def _home(settings: Settings) -> Finding:
    from smartinst.archive.temporary_folders import restore_leftovers

    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / ".probe"
        try:
            probe.write_bytes(PROBE)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        remedy = f"mkdir -p {settings.home} and make it writable"
        if no_space_error(error):
            remedy = f"free space on the disk of {settings.home}"
        return Finding("home", False, f"{settings.home}: {error.strerror}", remedy)
    if names := shlex.join(restore_leftovers(settings)):
        detail = f"{names}: left by a restore that was ended, with data of sellers"
        return Finding("home", False, detail, f"rm -r {names}")
    return Finding("home", True, f"{settings.home} can be written")


def _file_modes(settings: Settings) -> Finding:
    """Whether other users of the machine may read data; smartinst writes for its user only."""
    places = [
        place
        for path, place in islice(_data_files(settings), MAX_CHECKED_FILES)
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if not places:
        return Finding("file modes", True, "files and folders are for this user only")
    names = " ".join(shlex.quote(str(place)) for place in sorted(set(places)))
    detail = f"{len(places)} files and folders may be used by other users of this machine"
    return Finding("file modes", False, detail, f"chmod -R go= {names}")


def _data_files(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """The files and folders of home, ledger and database, each with the place to mend."""
    ledger = () if "://" in settings.ledger else (Path(settings.ledger),)
    folders = [root for root in {settings.home, *ledger} - {settings.workspace} if root.is_dir()]
    roots = [root for root in folders if not any(outer in root.parents for outer in folders)]
    for root in roots:
        yield from ((path, root) for path in (root, *root.rglob("*")))
    database = Path(settings.database.removeprefix(SQLITE))
    if database.is_file() and not any(database.is_relative_to(root) for root in roots):
        yield database, database


def _ledger(settings: Settings) -> Finding:
    """Checks every file of the ledger against its hash."""
    from smartinst.ledger.presence import ledger_state

    state = ledger_state(settings)
    if state.problems:
        further_count = len(state.problems) - 1
        further = f", and {further_count} more: smartinst ledger verify" if further_count else ""
        detail, _, remedy = state.problems[0].removeprefix("ledger: ").partition(": ")
        return Finding("ledger", False, f"{detail}{further}", remedy or "smartinst ledger verify")
    tables = ", ".join(
        f"{table.table} {table.version}" for table in state.tables if table.version >= 0
    )
    if not tables:
        return Finding("ledger", True, "empty; run smartinst ingest, or smartinst demo")
    if state.unhashed_files:
        detail = f"commits: {tables}; {state.unhashed_files} files have no hash"
        return Finding("ledger", True, detail, "smartinst ledger verify --adopt")
    return Finding("ledger", True, f"commits: {tables}; every file has its hash")


def _database(settings: Settings) -> Finding:
    from smartinst.actions.anchor import Anchor
    from smartinst.actions.log import ActionLog
    from smartinst.database.engine import connected, display_name, reading
    from smartinst.database.holds import require_released

    try:
        with connected(settings.database) as engine, reading(engine) as connection:
            require_released(connection)
            ActionLog(engine, Anchor(settings.home)).require_whole()
    except HeldHomeError as error:
        return Finding("database", False, str(error), error.remedy)
    except SmartinstError as error:
        return Finding("database", False, str(error), _database_remedy(settings, str(error)))
    return Finding("database", True, display_name(settings.database))


def _database_remedy(settings: Settings, error: str) -> str:
    """What mends a database that cannot be used: a server, or a file of SQLite."""
    if not settings.database.startswith(SQLITE):
        return "start the server, or correct `database`"
    file = Path(unquote(settings.database.removeprefix(SQLITE)))
    if full_disk(file):
        return f"free space on the disk of {file}"
    if any(text in error for text in DAMAGED_DATABASE):
        return f"move {file} away, and take it from a backup: smartinst restore"
    return f"make {file} writable, or correct `database`"


def _reports(settings: Settings) -> Finding:
    from smartinst.runs import definitions

    try:
        valid, mistakes = definitions.load_definitions(settings)
    except SmartinstError as error:
        return Finding("reports", False, str(error), REPORTS_REMEDY)
    problems = [*mistakes.values(), *definitions.notebook_problems(valid.values(), settings)]
    if problems:
        return Finding("reports", False, "; ".join(problems), REPORTS_REMEDY)
    if names := definitions.reports_without_recipient(valid.values(), settings):
        detail = f"{', '.join(names)} will not be sent: the operator has no address"
        return Finding("reports", True, detail, "set operator in [mail]")
    return Finding("reports", True, "every definition is valid and has its notebook")


def _mail(settings: Settings) -> Finding:
    """Checks that the mail server answers; the default server is needed only to send reports."""
    from socket import create_connection

    host, port = settings.mail.host, settings.mail.port
    try:
        create_connection((host, port), timeout=2).close()
    except OSError as error:
        detail = f"{host}:{port} does not answer ({error.strerror or error})"
        remedy = "start the server, or correct host and port in [mail]"
        if settings.mail != MailSettings():
            return Finding("mail", False, f"{detail}: nothing can be delivered", remedy)
        return Finding("mail", True, f"no server is configured, and {detail}", remedy)
    return Finding("mail", True, f"{host}:{port} answers")


def _platform(settings: Settings) -> Finding:
    from smartinst.settings import read_secret, secret_suffix

    ids = [
        seller.id
        for seller in settings.seller
        if read_secret(f"SMARTINST_HOTMART_{secret_suffix(seller.id)}_CLIENT_ID") is not None
    ]
    if not ids:
        return Finding("platform", True, "no credentials: use smartinst ingest to read payloads")
    return Finding("platform", True, f"credentials of {', '.join(ids)}")


def _executor(settings: Settings) -> Finding:
    """Whether the port of a cluster executes the code of anyone who reaches it."""
    if not settings.executor.startswith("dask://"):
        return Finding("executor", True, settings.executor)
    detail = f"{settings.executor} is not encrypted: whoever reaches its port can execute code"
    return Finding("executor", True, detail, "executor = tls://… (docs/deploy/README.md)")


def _sandbox(settings: Settings) -> Finding:
    """What a run can reach on this machine, as measured in a process that is isolated."""
    from smartinst.sandbox.state import measure_isolation, probe

    try:
        isolation = measure_isolation(settings)
    except SmartinstError as error:
        return Finding("sandbox", False, str(error), 'sandbox = "off" in smartinst.toml')
    gaps = [
        text
        for is_closed, text in (
            (isolation.has_private_folder, "folders of other runs"),
            (isolation.has_file_rules, "all files of its user"),
            (isolation.has_private_network, "the network"),
        )
        if not is_closed
    ]
    reach = f"a run reaches {', '.join(gaps)}" if gaps else "a run reaches no file except its own"
    if settings.sandbox == "off":
        return Finding("sandbox", True, f"off: {reach}", 'sandbox = "auto" in smartinst.toml')
    state = probe()
    if state.is_in_force:
        return Finding("sandbox", True, f"bubblewrap: {reach}, and no network")
    is_ok = settings.sandbox != "required"
    return Finding("sandbox", is_ok, f"{state.reason}: {reach}", state.remedy)
