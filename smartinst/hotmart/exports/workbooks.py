"""Parser of a sales export as a workbook (.xlsx, .xls): the outcome of every row.

A workbook is opened only after its parts were inflated and counted, since sizes in a ZIP archive
may be wrong, and in a process of its own with limited memory (workbook_process.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO, Any, Final

from smartinst import credentials
from smartinst.hotmart.exports.headers import (
    SAVE_AGAIN,
    ExportStart,
    find_header,
    incomplete_reason,
    other_report_reason,
)
from smartinst.hotmart.exports.row_parser import ExportRowParser
from smartinst.hotmart.exports.table_text import HEAD_LINES
from smartinst.hotmart.values.outcome import InvalidItemError, ItemOutcome

INFLATED_FACTOR: Final = 4
"""A workbook may inflate to this multiple of `[limits] max_file_mb`: XML is verbose."""

MAX_RATIO: Final = 250
"""A workbook may inflate to this multiple of its size; exports reach 20, identical rows 190."""

MEMORY_FACTOR: Final = 6
"""Memory per inflated byte that reading may take; calamine takes 2 to 5."""

MAX_PARTS: Final = 2_000
_SMALL_BYTES: Final = 32 << 20
_MEGABYTE: Final = 1 << 20
_CHUNK: Final = 1 << 18
_BASE_MEMORY: Final = 512 << 20
_BASE_SECONDS: Final = 60

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SMALLEST_OLE: Final = 3 * 512
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")

_PROTECTED: Final = "a workbook with a password: remove the password and save it again"
_BROKEN_WORKBOOK: Final = "a broken workbook: export again, or save it as .xlsx or CSV"


def is_workbook(body: bytes) -> bool:
    """Whether a body is a ZIP archive or an OLE file, as workbooks are."""
    return body.startswith((_ZIP, _OLE))


def parse_workbook(body: bytes, seller_id: str, max_file_mb: int) -> Iterator[ItemOutcome]:
    """The outcome of every row of all sheets that are exports; a long export has several.

    InvalidItemError if there is none, or if the workbook is too large, broken or protected.
    """
    inflated = _check_archive(body, max_file_mb) if body.startswith(_ZIP) else _check_ole(body)
    with _reading_process(body, inflated) as process:
        yield from _parse_sheets(process, seller_id)


def _check_ole(body: bytes) -> int:
    if len(body) < _SMALLEST_OLE:
        raise InvalidItemError(_BROKEN_WORKBOOK)
    if _ENCRYPTED in body:
        raise InvalidItemError(_PROTECTED)
    return len(body)


def _check_archive(body: bytes, max_file_mb: int) -> int:
    """The inflated size of all parts, counted; InvalidItemError says why it cannot be opened."""
    try:
        parts = zipfile.ZipFile(BytesIO(body)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise InvalidItemError(_BROKEN_WORKBOOK) from None
    if not any(part.filename.replace("\\", "/").endswith("workbook.xml") for part in parts):
        raise InvalidItemError("a ZIP archive without a workbook: unpack it first")
    if len(parts) > MAX_PARTS:
        raise InvalidItemError(f"a workbook of more than {MAX_PARTS} parts: {SAVE_AGAIN}")
    total = 0
    for part in parts:
        for size in _inflated_sizes(body, part):
            total += size
            _check_size(total, len(body), max_file_mb)
    return total


def _check_size(total: int, size: int, max_file_mb: int) -> None:
    if total > INFLATED_FACTOR * max_file_mb * _MEGABYTE:
        limit = f"{INFLATED_FACTOR * max_file_mb} MB ({INFLATED_FACTOR} × [limits] max_file_mb)"
        raise InvalidItemError(f"a workbook that inflates to more than {limit}")
    if total > max(_SMALL_BYTES, MAX_RATIO * size):
        raise InvalidItemError(f"a workbook that inflates to more than {MAX_RATIO} times its size")


def _inflated_sizes(body: bytes, part: zipfile.ZipInfo) -> Iterator[int]:
    """Sizes of the inflated chunks of a part; the size that the archive names is not used."""
    if part.flag_bits & 1:
        raise InvalidItemError(_PROTECTED)
    name_at = part.header_offset + 26
    lengths = body[name_at : name_at + 4]
    start = (
        name_at + 4 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    )
    compressed = memoryview(body)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield len(compressed)
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise InvalidItemError(_BROKEN_WORKBOOK)
    is_xml = part.filename.lower().endswith(".xml")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pending: bytes | memoryview = compressed
    try:
        while not inflater.eof and (chunk := inflater.decompress(pending, _CHUNK)):
            if is_xml and len(chunk) == _CHUNK and b"<" not in chunk:
                raise InvalidItemError(_BROKEN_WORKBOOK)
            yield len(chunk)
            pending = inflater.unconsumed_tail
    except zlib.error:
        raise InvalidItemError(_BROKEN_WORKBOOK) from None


@contextmanager
def _reading_process(body: bytes, inflated: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process that reads a workbook, with the body already sent to it."""
    memory = _BASE_MEMORY + MEMORY_FACTOR * inflated
    seconds = _BASE_SECONDS + 2 * inflated // _MEGABYTE
    arguments = [str(number) for number in (len(body), memory, seconds)]
    process = subprocess.Popen(  # noqa: S603 (numbers are the only arguments)
        [sys.executable, "-m", "smartinst.hotmart.exports.workbook_process", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=credentials.inherited_variables(),
    )
    try:
        _send(process, body)
        yield process
    finally:
        process.kill()
        with suppress(OSError):
            process.communicate()


def _send(process: subprocess.Popen[bytes], message: bytes) -> None:
    with suppress(BrokenPipeError):  # the next answer, or its absence, is the error
        assert process.stdin is not None
        process.stdin.write(message)
        process.stdin.flush()


def _receive(answers: IO[bytes]) -> dict[str, Any]:
    """The next answer; InvalidItemError if the process found an error or ended early."""
    line = answers.readline()
    answer: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {"error": "broken"}
    if error := answer.get("error"):
        raise InvalidItemError(
            _PROTECTED if error == "protected by a password" else _BROKEN_WORKBOOK
        )
    return answer


def _parse_sheets(process: subprocess.Popen[bytes], seller_id: str) -> Iterator[ItemOutcome]:
    assert process.stdout is not None
    reasons = []
    is_first, has_export = True, False
    while "end" not in (sheet := _receive(process.stdout)):
        head: list[list[str]] = sheet["rows"][:HEAD_LINES]
        start = find_header(head)
        reason = incomplete_reason(start.header) if start else other_report_reason(head)
        if start and not reason:
            _send(process, b"rows\n")
            prefix = "" if is_first else f"{sheet['sheet'][:60]}, "
            yield from _parse_rows(process.stdout, sheet, start, seller_id, prefix)
            has_export = True
        else:
            reasons += [reason] if reason else []
            _send(process, b"next\n")
        is_first = False
    if has_export:
        return
    raise InvalidItemError(reasons[0] if reasons else "a workbook without a sales export")


def _parse_rows(
    answers: IO[bytes], sheet: dict[str, Any], start: ExportStart, seller_id: str, prefix: str
) -> Iterator[ItemOutcome]:
    """The outcome of each row below the header; positions are row numbers of the sheet."""
    parser = ExportRowParser(start.header, seller_id)
    row_number = start.row_index + 1  # of the header
    rows: list[list[str]] = sheet["rows"][start.row_index + 1 :]
    while True:
        for cells in rows:
            row_number += 1
            if any(map(str.strip, cells)):
                yield parser.parse(cells, f"{prefix}row {row_number}")
        answer = _receive(answers)
        if "sheet_end" in answer:
            return
        rows = answer["rows"]
