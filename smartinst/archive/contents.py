"""The contents of a backup: a tar file whose first member lists every other one with its SHA-256.

Nothing in an archive is trusted: a member that is not listed, is not a regular file, has another
size or hash, or a name that leads out of its folder is an error before anything is put in place.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, Final

from smartinst.errors import InputError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
LEDGER: Final = "ledger"
CONFIGURATION: Final = "configuration"
FOLDERS: Final = (DATABASE, LEDGER, CONFIGURATION)
MAX_MANIFEST: Final = 256 * 1024 * 1024
_BLOCK: Final = 1024 * 1024


@dataclass(frozen=True)
class ArchivedFile:
    """The size in bytes and the SHA-256 of one member."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive contains, and when it was made."""

    created_at: str  # ISO, UTC
    schema_version: int  # of the database
    files: dict[str, ArchivedFile] = field(default_factory=dict)

    def document(self) -> bytes:
        """The manifest as JSON."""
        files = {name: [file.size, file.sha256] for name, file in self.files.items()}
        content = {
            "format": FORMAT,
            "created_at": self.created_at,
            "schema_version": self.schema_version,
            "files": files,
        }
        return json.dumps(content, indent=0).encode()


def add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Adds a member with a given content, readable by its owner only."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, BytesIO(content))


def add_file(archive: tarfile.TarFile, name: str, path: Path) -> None:
    """Adds a file as a member."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = path.stat().st_size, 0o600
    with path.open("rb") as source:
        archive.addfile(member, source)


def describe(content: bytes) -> ArchivedFile:
    """The size and hash of a content."""
    return ArchivedFile(len(content), hashlib.sha256(content).hexdigest())


def describe_file(path: Path) -> ArchivedFile:
    """The size and hash of a file."""
    with path.open("rb") as source:
        return ArchivedFile(path.stat().st_size, hashlib.file_digest(source, "sha256").hexdigest())


def verify_archive(path: Path) -> Manifest:
    """Reads a whole archive; InputError names the first problem."""
    return _read(path, lambda _name, _blocks: None)


def unpack(path: Path, folder: Path) -> Manifest:
    """Writes the members of an archive below a new folder; InputError names the first problem."""
    free = shutil.disk_usage(folder).free

    def write(name: str, blocks: Iterator[bytes]) -> None:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.writelines(blocks)

    return _read(path, write, free)


def _read(
    path: Path, use: Callable[[str, Iterator[bytes]], object], limit: int | None = None
) -> Manifest:
    """The manifest, after every member was passed to `use` and found to be as listed."""
    with (
        _errors_named(path),
        gzip.open(path) as stream,
        tarfile.open(fileobj=stream, mode="r:") as archive,
    ):
        manifest = _read_manifest(archive, path)
        size = sum(file.size for file in manifest.files.values())
        if limit is not None and size > limit:
            raise InputError(f"{path}: needs {size} bytes, and {limit} are free")
        missing = dict(manifest.files)
        for member in archive:
            if member.name == MANIFEST and member.offset == 0:
                continue
            listed_file = missing.pop(member.name, None)
            if listed_file is None or not member.isreg() or member.size != listed_file.size:
                raise InputError(f"{path}: {member.name!r} is not what the manifest lists")
            _use_member(archive, member, listed_file, use, path)
        if missing:
            raise InputError(f"{path}: {min(missing)} is missing")
        while stream.read(_BLOCK):  # the checksum of the whole stands at its end
            pass
    return manifest


def _use_member(
    archive: tarfile.TarFile,
    member: tarfile.TarInfo,
    listed_file: ArchivedFile,
    use: Callable[[str, Iterator[bytes]], object],
    path: Path,
) -> None:
    digest, source = hashlib.sha256(), archive.extractfile(member)

    def blocks() -> Iterator[bytes]:
        while source is not None and (block := source.read(_BLOCK)):
            digest.update(block)
            yield block

    stream = blocks()
    use(member.name, stream)
    for _ in stream:
        continue
    if digest.hexdigest() != listed_file.sha256:
        raise InputError(f"{path}: {member.name} is damaged: its SHA-256 differs")


def _read_manifest(archive: tarfile.TarFile, path: Path) -> Manifest:
    member = archive.next()
    if member is None or member.name != MANIFEST or not member.isreg():
        raise InputError(f"{path}: is not a backup of smartinst: it does not begin with a manifest")
    if member.size > MAX_MANIFEST:
        raise InputError(f"{path}: its manifest is too large")
    source = archive.extractfile(member)
    document = json.loads(source.read() if source else b"")
    if document["format"] != FORMAT:
        raise InputError(f"{path}: was made by another version of smartinst: use that version")
    files = {
        _checked_name(name, path): ArchivedFile(_checked_size(size), str(sha256))
        for name, (size, sha256) in document["files"].items()
    }
    created_at = datetime.fromisoformat(document["created_at"]).isoformat()
    return Manifest(created_at, int(document["schema_version"]), files)


def _checked_name(name: str, path: Path) -> str:
    """A member's name, if it stays inside one of the archive's folders."""
    parts = PurePosixPath(name).parts
    is_plain = name == "/".join(parts) and not {"..", "/"} & set(parts) and "\0" not in name
    if not is_plain or len(parts) < 2 or parts[0] not in FOLDERS:
        raise InputError(f"{path}: {name!r} is not a name of a backup")
    return name


def _checked_size(size: Any) -> int:
    if not isinstance(size, int) or size < 0:
        raise ValueError(size)
    return size


@contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    """Errors of a file that is no archive, or a broken one, as one line."""
    try:
        yield
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is not a whole backup of smartinst: {error}") from error
    except OSError as error:
        reason = error.strerror or "it is not compressed as a backup is"
        raise InputError(f"{path}: cannot be read: {reason}") from error
    except Exception as error:  # zlib.error has no name in the typed library
        if type(error).__module__ == "zlib":
            raise InputError(f"{path}: is damaged: {error}") from error
        raise
