"""Reader of files and folders of payloads: the outcome of every item, in order.

Formats are recognised by content: an export, a database dump, a JSON document, or JSON Lines (most
lines are documents, but the whole is not). A file that cannot be read at all is one refused item.
Large documents are checked first and then decoded item by item, which limits memory.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from smartinst.errors import InputError
from smartinst.hotmart.exports.csv_tables import find_csv_header, parse_csv_export, table_refusal
from smartinst.hotmart.exports.table_text import (
    head_lines,
    is_utf16,
    table_encoding,
    table_lines,
)
from smartinst.hotmart.exports.workbooks import is_workbook, parse_workbook
from smartinst.hotmart.parsing.document_kinds import VERSION_1_REFUSAL, is_version_1_form
from smartinst.hotmart.parsing.documents import parse_document, parse_element
from smartinst.hotmart.parsing.dumps import is_dump, parse_dump
from smartinst.hotmart.parsing.json_stream import TOO_DEEP, TooDeepItem, iterate_items
from smartinst.hotmart.parsing.wrappers import is_json_text
from smartinst.hotmart.values.fields import DECODER, decode_text, json_problem
from smartinst.hotmart.values.outcome import InvalidItemError, ItemOutcome
from smartinst.hotmart.values.redaction import body_fingerprint

STREAMING_THRESHOLD: Final = 32 << 20
"""Characters above which a document is decoded item by item instead of at once."""

MAX_FILE_MB: Final = 256
"""Default of `[limits] max_file_mb`."""

SAMPLE_LINES: Final = 200
"""Number of lines examined to distinguish JSON Lines from a broken document."""

OUTSIDE: Final = "a link that leads out of the folder"
_MEGABYTE: Final = 1 << 20
_SPACE: Final = " \t\r\n"
_BEFORE_JSON: Final = b"\xef\xbb\xbf \t\r\n"


def read_paths(
    paths: Iterable[str | Path], seller_id: str, max_file_mb: int
) -> Iterator[tuple[str, ItemOutcome]]:
    """File name and outcome of each item; InputError if a path does not exist.

    A name is relative to its path in `paths`, so that no path of the machine is stored.
    """
    roots = [Path(path) for path in paths]
    for root in roots:
        if not os.path.lexists(root):
            raise InputError(f"{root.name}: no such file or folder")
    for root in roots:
        folder = root.resolve()
        for file, name in list_files(root):
            if root.is_dir() and leads_out_of(file, folder):
                yield name, _refuse_file(OUTSIDE)
                continue
            for outcome in read_file(file, seller_id, max_file_mb):
                yield name, outcome


def list_files(path: Path) -> Iterator[tuple[Path, str]]:
    """A file, or all files below a folder, sorted, with their names relative to it.

    Hidden files are skipped, and links to folders inside; one that leads out of it is listed.
    """
    if not path.is_dir():
        yield path, _printable(path.name)
        return
    for folder, subfolders, names in os.walk(path):
        subfolders.sort()
        links = [name for name in subfolders if leads_out_of(Path(folder, name), path.resolve())]
        for name in sorted([*names, *links]):
            file = Path(folder, name)
            if not name.startswith(".") and (file.is_file() or name in links):
                yield file, _printable(file.relative_to(path).as_posix())


def leads_out_of(file: Path, folder: Path) -> bool:
    """Whether a file is a link to a place outside of a folder, whose path is resolved."""
    return file.is_symlink() and not Path(os.path.realpath(file)).is_relative_to(folder)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


def read_file(path: Path, seller_id: str, max_file_mb: int) -> Iterator[ItemOutcome]:
    """The outcome of every item of one file."""
    body = _read_body(path, max_file_mb)
    if isinstance(body, ItemOutcome):
        yield body
    else:
        yield from parse_body(body, seller_id, max_file_mb)


def _read_body(path: Path, max_file_mb: int) -> bytes | ItemOutcome:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return _refuse_file("not a regular file")
        if status.st_size > max_file_mb * _MEGABYTE:
            return _refuse_file(f"larger than {max_file_mb} MB ([limits] max_file_mb)")
        return path.read_bytes()
    except OSError as error:
        return _refuse_file(f"cannot be read: {error.strerror}")


def parse_body(
    body: bytes, seller_id: str, max_file_mb: int = MAX_FILE_MB
) -> Iterator[ItemOutcome]:
    """The outcome of every item of the content of one file."""
    try:
        if is_workbook(body):
            yield from parse_workbook(body, seller_id, max_file_mb)
        elif body.lstrip(_BEFORE_JSON)[:1] in (b"{", b"["):
            yield from _parse_json(decode_text(body, "file"), body, seller_id)
        else:
            yield from _parse_table(body, seller_id)
    except InvalidItemError as error:
        yield _refuse_file(str(error), body)


def _parse_table(body: bytes, seller_id: str) -> Iterator[ItemOutcome]:
    """An export or a dump as delimited text, else JSON Lines that do not begin with an object."""
    encoding = table_encoding(body)
    head = head_lines(body, encoding)
    start = find_csv_header(head) if is_utf16(body) or b"\0" not in body else None
    if start and not start.header.missing:
        lines = islice(table_lines(body, encoding), start.row_index + 1, None)
        yield from parse_csv_export(lines, start, seller_id)
        return
    header_line, first_rows = "".join(head[:1]).rstrip("\r\n"), "".join(head[1:])
    if reason := None if is_dump(header_line, first_rows) else table_refusal(head, start):
        raise InvalidItemError(reason)
    text = decode_text(body, "file")
    first_line, _, remainder = text.partition("\n")
    if is_dump(first_line.rstrip("\r"), remainder):
        yield from parse_dump(first_line.rstrip("\r"), remainder, seller_id)
    else:
        yield from _parse_json(text, body, seller_id)


def _parse_json(text: str, body: bytes, seller_id: str) -> Iterator[ItemOutcome]:
    """One document, else JSON Lines; the format is known before the first outcome is yielded."""
    try:
        return _parse_document(text, seller_id)
    except ValueError as error:
        return _parse_json_lines(text, body, seller_id, str(error))


def _parse_document(text: str, seller_id: str) -> Iterator[ItemOutcome]:
    """The outcomes of one JSON document; ValueError if the text is not one."""
    if len(text) <= STREAMING_THRESHOLD:
        try:
            return parse_document(_decode(text), seller_id)
        except RecursionError:  # item by item, so that only the deep item is refused
            pass
    return _stream_document(text, seller_id)


def _stream_document(text: str, seller_id: str) -> Iterator[ItemOutcome]:
    try:
        items = iterate_items(text)
        if items is None:
            return parse_document(_decode(text), seller_id)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    except ValueError as error:
        raise ValueError(json_problem(error)) from None
    return (
        outcome
        for number, item in enumerate(items, start=1)
        for outcome in _parse_streamed_item(item, seller_id, f"item {number}")
    )


def _parse_streamed_item(item: object, seller_id: str, position: str) -> Iterator[ItemOutcome]:
    if isinstance(item, TooDeepItem):
        return iter((ItemOutcome(position, refusal_reason=TOO_DEEP),))
    return parse_element(item, seller_id, position)


def _lines(text: str) -> Iterator[str]:
    """Lines with their line ends, without a copy of the whole text."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _parse_json_lines(
    text: str, body: bytes, seller_id: str, problem: str
) -> Iterator[ItemOutcome]:
    """JSON Lines if at least half of the first lines are documents, else one refused item.

    Forms of webhook 1.0.0, one per line, are refused line by line.
    """
    sample = list(islice((line for line in _lines(text) if line.strip(_SPACE)), SAMPLE_LINES))
    is_form = bool(sample) and is_version_1_form(sample[0])
    if not is_form and (len(sample) < 2 or 2 * sum(map(_is_document, sample)) < len(sample)):
        yield _refuse_file(problem, body)
        return
    for number, line in enumerate(_lines(text), start=1):
        if line.strip(_SPACE):
            yield from _parse_line(line, f"line {number}", seller_id)


def _parse_line(line: str, position: str, seller_id: str) -> Iterator[ItemOutcome]:
    try:
        document = _decode(line)
    except (RecursionError, ValueError) as error:
        reason = TOO_DEEP if isinstance(error, RecursionError) else str(error)
        reason = VERSION_1_REFUSAL if is_version_1_form(line) else reason
        excerpt = body_fingerprint(line.encode("utf-8"))
        yield ItemOutcome(position, refusal_reason=reason, excerpt=excerpt)
    else:
        yield from parse_document(document, seller_id, position)


def _is_document(line: str) -> bool:
    """Whether a line is a JSON object or list on its own, or the text of one."""
    try:
        document = _decode(line)
        return isinstance(document, (dict, list)) or is_json_text(document)
    except RecursionError:
        return True
    except ValueError:
        return False


def _decode(text: str) -> object:
    """One JSON document; the text of ValueError contains no value. RecursionError if too deep."""
    try:
        return DECODER.decode(text)
    except ValueError as error:
        raise ValueError(json_problem(error)) from None


def _refuse_file(reason: str, body: bytes | None = None) -> ItemOutcome:
    excerpt = "" if body is None else body_fingerprint(body)
    return ItemOutcome("file", refusal_reason=reason, excerpt=excerpt, is_unreadable=True)
