"""Program that reads a workbook with calamine, in a process of its own with limited memory.

A hostile workbook can make the library allocate any amount of memory, which ends the process that
reads it. The body comes on standard input; one JSON document per line goes to standard output:
the head of a sheet, then, if the answer is `rows`, batches of its rows and `sheet_end`; and `end`
after the last sheet. Cells are texts. The caller is workbooks.py.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import islice

import python_calamine

BATCH = 500


def main() -> None:
    """Read `BYTES MEMORY SECONDS` from the arguments and the body from standard input."""
    size, memory, seconds = map(int, sys.argv[1:])
    body = sys.stdin.buffer.read(size)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _send_sheets(python_calamine.load_workbook(BytesIO(body)))
    except python_calamine.PasswordError:
        _send({"error": "protected by a password"})
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        _send({"error": "broken"})


def _send_sheets(workbook: python_calamine.CalamineWorkbook) -> None:
    for index, name in enumerate(workbook.sheet_names):
        try:
            sheet = workbook.get_sheet_by_index(index)
        except python_calamine.WorksheetNotFound:  # a sheet that is a chart
            continue
        rows = _texts(sheet)
        head = list(islice(rows, BATCH))
        _send({"sheet": name, "rows": head})
        if sys.stdin.buffer.readline() == b"rows\n":
            while batch := list(islice(rows, BATCH)):
                _send({"rows": batch})
            _send({"sheet_end": True})
    _send({"end": True})


def _texts(sheet: python_calamine.CalamineSheet) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        yield [cell if type(cell) is str else serialize_cell(cell) for cell in row]


def serialize_cell(cell: object) -> str:
    """The text of a cell that reads back as the same value, whatever the decimal sign.

    A number has at most 15 digits, as spreadsheets show it, and never exactly three decimals,
    which could be thousands.
    """
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, datetime):
        rounded = cell + timedelta(microseconds=500_000)
        return rounded.replace(microsecond=0).isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _number_text(number: float) -> str:
    text = format(number, ".15g").upper()
    _, point, decimals = text.partition(".")
    return f"{text}0" if point and len(decimals) == 3 else text


def _send(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
