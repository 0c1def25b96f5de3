"""Files and folders of payloads: each read once, told apart by content; every item's outcome in order.

A file that cannot be read at all is one refusal. JSON Lines are told by the whole not being one document while the
lines are. Large files are checked first and then read item by item, so that only the text is held.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from smartinst.errors import InputError
from smartinst.hotmart.parsing.documents import NOT_RECOGNISED, parse_document, parse_item
from smartinst.hotmart.parsing.exports import is_export, read_export
from smartinst.hotmart.parsing.fields import DECODER
from smartinst.hotmart.parsing.json_stream import TOO_DEEP, TooDeep, items_of
from smartinst.hotmart.parsing.outcome import ItemOutcome
from smartinst.hotmart.parsing.redaction import body_fingerprint

WHOLE: Final = 32 << 20
"""Characters of a document that is decoded at once; a larger one is read item by item."""

SAMPLE: Final = 200
"""Lines that are looked at to tell JSON Lines from a broken document."""

_MEGABYTE: Final = 1 << 20
_SPACE: Final = " \t\r\n"


def read_path(
    paths: Iterable[str | Path], seller_id: str, max_file_mb: int
) -> Iterator[tuple[str, ItemOutcome]]:
    """Each file's name and the outcome of each of its items; InputError when a path does not exist.

    A name is relative to the path that was given, so that no path of the machine is kept.
    """
    given = [Path(path) for path in paths]
    for path in given:
        if not os.path.lexists(path):
            raise InputError(f"{path.name}: no such file or folder")
    for path in given:
        for file, name in files_of(path):
            for told in read_file(file, seller_id, max_file_mb):
                yield name, told


def files_of(path: Path) -> Iterator[tuple[Path, str]]:
    """The files of a folder, all levels, sorted, with their names in it; no hidden files, no links to folders."""
    if not path.is_dir():
        yield path, _printable(path.name)
        return
    for folder, inner, names in os.walk(path):
        inner.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield file, _printable(file.relative_to(path).as_posix())


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


def read_file(path: Path, seller_id: str, max_file_mb: int) -> Iterator[ItemOutcome]:
    """The outcome of every item of one file."""
    body = _body(path, max_file_mb)
    if isinstance(body, ItemOutcome):
        yield body
    else:
        yield from read_body(body, seller_id)


def _body(path: Path, max_file_mb: int) -> bytes | ItemOutcome:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return _refused("not a regular file")
        if found.st_size > max_file_mb * _MEGABYTE:
            return _refused(f"larger than {max_file_mb} MB ([limits] max_file_mb)")
        return path.read_bytes()
    except OSError as error:
        return _refused(f"cannot be read: {error.strerror}")


def read_body(body: bytes, seller_id: str) -> Iterator[ItemOutcome]:
    """The outcome of every item of the bytes of one file or one HTTP body."""
    if not body.strip():
        yield _refused("empty file", body)
        return
    if b"\0" in body:
        yield _refused("contains NUL bytes", body)
        return
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield _refused("not valid UTF-8", body)
        return
    yield from _read_text(text, body, seller_id)


def _read_text(text: str, body: bytes, seller_id: str) -> Iterator[ItemOutcome]:
    first_line, _, rest = text.partition("\n")
    if first_line.lstrip(_SPACE)[:1] not in ("{", "[") and is_export(first_line.rstrip("\r")):
        for told in read_export(_lines(rest), first_line.rstrip("\r"), seller_id):
            yield replace(told, excerpt=body_fingerprint(body)) if told.is_unreadable else told
        return
    yield from _told(text, body, seller_id)


def _told(text: str, body: bytes, seller_id: str) -> Iterator[ItemOutcome]:
    """One document, else JSON Lines; it is known which before the first outcome leaves."""
    try:
        return _document(text, seller_id)
    except ValueError as error:
        return _read_lines(text, body, seller_id, str(error))


def _document(text: str, seller_id: str) -> Iterator[ItemOutcome]:
    """The outcomes of one JSON document; ValueError when the text is none."""
    if len(text) <= WHOLE:
        try:
            return parse_document(_decoded(text), seller_id)
        except RecursionError:  # item by item, so that one deep item does not take the others along
            pass
    return _stream(text, seller_id)


def _stream(text: str, seller_id: str) -> Iterator[ItemOutcome]:
    try:
        items = items_of(text)
        if items is None:
            return parse_document(_decoded(text), seller_id)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    except ValueError as error:
        raise _not_json(error) from None
    return (_item(item, seller_id, f"item {at}") for at, item in enumerate(items, start=1))


def _item(item: object, seller_id: str, position: str) -> ItemOutcome:
    if isinstance(item, TooDeep):
        return ItemOutcome(position, refusal_reason=TOO_DEEP)
    return parse_item(item, seller_id, position)


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, without copying the text at once."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _read_lines(text: str, body: bytes, seller_id: str, problem: str) -> Iterator[ItemOutcome]:
    """JSON Lines if at least half of the first lines are documents, else one refusal of the file."""
    first = list(islice((line for line in _lines(text) if line.strip(_SPACE)), SAMPLE))
    if len(first) < 2 or 2 * sum(map(_is_document, first)) < len(first):
        yield _refused(problem, body)
        return
    for at, line in enumerate(_lines(text), start=1):
        if line.strip(_SPACE):
            yield from _read_line(line, f"line {at}", seller_id)


def _read_line(line: str, position: str, seller_id: str) -> Iterator[ItemOutcome]:
    try:
        document = _decoded(line)
    except RecursionError:
        yield ItemOutcome(
            position, refusal_reason=TOO_DEEP, excerpt=body_fingerprint(line.encode("utf-8"))
        )
    except ValueError as error:
        yield ItemOutcome(
            position, refusal_reason=str(error), excerpt=body_fingerprint(line.encode("utf-8"))
        )
    else:
        yield from parse_document(document, seller_id, position)


def _is_document(line: str) -> bool:
    """Whether a line is a JSON object or list by itself."""
    try:
        return isinstance(_decoded(line), (dict, list))
    except RecursionError:
        return True
    except ValueError:
        return False


def _decoded(text: str) -> object:
    """One JSON document; ValueError says in words without values why it is none, RecursionError that it is too deep."""
    try:
        return DECODER.decode(text)
    except ValueError as error:
        raise _not_json(error) from None


def _not_json(error: ValueError) -> ValueError:
    return ValueError(
        "NaN or Infinity in the document"
        if "literal" in str(error)
        else f"{NOT_RECOGNISED}: not JSON"
    )


def _refused(reason: str, body: bytes | None = None) -> ItemOutcome:
    return ItemOutcome(
        "file",
        refusal_reason=reason,
        excerpt="" if body is None else body_fingerprint(body),
        is_unreadable=True,
    )
