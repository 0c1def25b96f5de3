"""The files below a folder or an object store: read and written whole, hashed, locked.

Names are relative and have `/` between their parts. A name that does not exist raises
FileNotFoundError on every kind of storage.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_TEMPORARY: Final = ".writing"


@dataclass(frozen=True)
class LocalFolder:
    """The files below a folder of the file system."""

    path: Path

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Writes a file whole, and on disk before it appears under its name."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + _TEMPORARY)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def flush(self, name: str) -> None:
        """Waits until a file that another library has written is on disk."""
        with (self.path / name).open("rb") as file:
            os.fsync(file.fileno())

    def sha256(self, name: str) -> str:
        """The SHA-256 of a file in hexadecimal digits."""
        with (self.path / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def checked_source(self, name: str, sha256: str | None) -> tuple[Path, bool]:
        """The path of a file, and whether its SHA-256 is the expected one (None: unknown)."""
        return self.path / name, sha256 in (None, self.sha256(name))

    def source(self, name: str) -> Path:
        """What Polars reads a file from."""
        return self.path / name

    def size(self, name: str) -> int:
        """The size of a file in bytes."""
        return (self.path / name).stat().st_size

    def is_empty(self) -> bool:
        """Whether the folder has no file, or does not exist."""
        return not any(path.is_file() for path in self.path.rglob("*"))

    def has(self, name: str) -> bool:
        """Whether a file exists."""
        return (self.path / name).is_file()

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Has a lock for the block; it is released when its process ends, even if it is killed."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True)
class ObjectFolder:
    """The objects below an address such as `s3://bucket/ledger`."""

    address: str

    def read(self, name: str) -> bytes:
        """The content of an object."""
        with _as_os_error():
            return bytes(self._store.get(name).bytes())

    def write(self, name: str, content: bytes) -> None:
        """Writes an object whole."""
        with _as_os_error():
            self._store.put(name, content)

    def flush(self, name: str) -> None:
        """Nothing: an object store answers after an object is stored."""

    def sha256(self, name: str) -> str:
        """The SHA-256 of an object in hexadecimal digits."""
        return hashlib.sha256(self.read(name)).hexdigest()

    def checked_source(self, name: str, sha256: str | None) -> tuple[BytesIO, bool]:
        """The content of an object, and whether its SHA-256 is the expected one (None: unknown)."""
        content = self.read(name)
        return BytesIO(content), sha256 in (None, hashlib.sha256(content).hexdigest())

    def source(self, name: str) -> BytesIO:
        """What Polars reads an object from."""
        return BytesIO(self.read(name))

    def size(self, name: str) -> int:
        """The size of an object in bytes."""
        with _as_os_error():
            return self._store.head(name)["size"]

    def is_empty(self) -> bool:
        """Whether the address has no object."""
        with _as_os_error():
            return not any(self._store.list())

    def has(self, name: str) -> bool:
        """Whether an object exists."""
        try:
            with _as_os_error():
                self._store.head(name)
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:  # noqa: ARG002 - the interface of LocalFolder
        """Has no lock: of two writers that conflict, Delta Lake rejects the second."""
        yield

    @property
    def _store(self) -> ObjectStore:
        return _object_store(self.address)


Folder = LocalFolder | ObjectFolder


def open_folder(address: str) -> Folder:
    """The files below a path or an address."""
    return ObjectFolder(address) if "://" in address else LocalFolder(Path(address))


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Raises errors of an object store as OSError, of which a missing object's already is one."""
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as error:
        raise OSError(str(error).splitlines()[0]) from error


@cache
def _object_store(address: str) -> ObjectStore:
    from obstore.store import from_url

    return from_url(address)
