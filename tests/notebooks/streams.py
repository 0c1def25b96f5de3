"""Printed text: streams, escape codes, progress bars, values, and errors that are allowed."""

from __future__ import annotations

from typing import Final

import polars as pl

from tests.notebooks.situations import (
    Situation,
    between_prints,
    display,
    error,
    executed,
    html,
    png,
    result,
    stderr,
    stdout,
    visible_output,
)
from tests.support.notebooks import text_cell

RED: Final = "\x1b[0;31m"
RESET: Final = "\x1b[0m"
TQDM: Final = "".join(
    f"\rLoading:  {share}%|{'█' * (share // 10):10}| {share}/100 [00:0{share // 20}<00:01]"
    for share in (0, 25, 50, 75)
)
TRACEBACK: Final = (
    f"{RED}---------------------------------------------------------------------------{RESET}",
    f"{RED}ValueError{RESET}                                Traceback (most recent call last)",
    "Cell \x1b[0;32mIn[3], line 1\x1b[0m\n\x1b[0;32m----> 1\x1b[0m rate(\x1b[38;5;28m'ARS'\x1b[39m)",
    f"{RED}ValueError{RESET}: no rate for ARS",
)
RICH: Final = (
    '<pre style="white-space:pre;overflow-x:auto;line-height:normal;font-family:Menlo,monospace">'
    '┏━━━━━━┓\n<span style="font-weight: bold">┃ Month ┃</span>\n'
    '<span style="color: #008000; text-decoration-color: #008000">paid 12</span>\n</pre>\n'
)

SITUATIONS: Final[tuple[Situation, ...]] = (
    between_prints(
        "a stream in pieces",
        stdout("Sum of the mon"),
        stdout("th: 12"),
        stdout(" 345\n"),
        exact=("Sum of the month: 12 345\n",),
        visible=("Sum of the month: 12 345",),
    ),
    between_prints(
        "carriage returns",
        stdout("10 % read\r55 % read\r100 % read\nready\n"),
        visible=("100 % read", "ready"),
        absent=("10 % read\r", "55 % read"),
    ),
    between_prints(
        "backspaces, and a link of a terminal without an end",
        stdout("12%\b\b\b45%\b\b\b100%\n"),
        stdout("\x1b]8;;https://example.com\x07ledger\x1b]8;;\x07 closed\x1b]8;;\n"),
        visible=("100%", "ledger closed"),
        absent=("12%", "45%"),
    ),
    between_prints(
        "values of matplotlib beside a plot",
        display({"image/png": png(9, 90, 200), "text/plain": "<Figure size 640x480 with 1 Axes>"}),
        result({"text/plain": "[<matplotlib.lines.Line2D at 0x7f3a>]"}),
        result({"text/plain": "<Axes: title={'center': 'Paid'}, ylabel='Count'>"}),
        result({"text/plain": "Text(0.5, 1.0, 'Paid')"}),
        result({"text/plain": "(array([1., 2.]), <BarContainer object of 2 artists>)"}),
        result({"text/plain": "<Ledger of 3 plans>"}),
        visible=("<Ledger of 3 plans>",),
        absent=("matplotlib", "<Axes", "Text(0.5", "BarContainer"),
        pictures=1,
        shows_markup=True,
    ),
    between_prints(
        "a progress bar of tqdm",
        stderr(TQDM),
        stderr("\rLoading: 100%|██████████| 100/100 [00:04<00:00, 22.1it/s]\n"),
        stdout("Rows read: 100\n"),
        visible=("Rows read: 100",),
        absent=("25/100", "50/100", "0/100 ["),
    ),
    between_prints(
        "colors of a terminal",
        stdout(
            "\x1b[1m\x1b[38;5;208mOverdue\x1b[0m: \x1b[41m17\x1b[49m \x1b[32mplans\x1b[39;49;00m\n"
        ),
        visible=("Overdue: 17 plans",),
        absent=("38;5", "[0m", "[1m"),
    ),
    between_prints(
        "links and cursor moves of a terminal",
        stdout(
            "See \x1b]8;;https://shop.example\x1b\\the shop\x1b]8;;\x1b\\.\x1b[2K\x1b[1A\x1b[?25h\n"
        ),
        visible=("See", "the shop"),
        absent=("]8;;", "[2K", "[?25h"),
    ),
    between_prints(
        "a frame that is printed",
        stdout(str(pl.DataFrame({"buyer": ["Ana", "Bia"], "paid": [1, 2]})) + "\n"),
        visible=("shape: (2, 2)", "┌", "│ buyer ┆ paid │", "╞", "│ Ana", "┆ 1", "┘"),
        absent=("▯",),
    ),
    between_prints(
        "backspaces",
        stdout("1/5 [=>...]\b\b\b\b\b\b\b\b\b\b\b5/5 [=====] loss 0.31\n"),
        visible=("loss 0.31",),
    ),
    between_prints(
        "control characters", stdout("a\x00b\x01 and \x7f bell\x07 end\n"), visible=("end",)
    ),
    between_prints(
        "text of rich",
        html(RICH, "┏━━━━━━┓\n┃ Month ┃\npaid 12\n"),
        visible=("Month", "paid 12"),
        once=("paid 12",),
        absent=("font-family",),
    ),
    Situation(
        "an error that its cell allows",
        (
            text_cell("# Rates"),
            executed(
                stdout("Asking for a rate.\n"),
                error("ValueError", "no rate for ARS", *TRACEBACK),
                tags=("raises-exception",),
            ),
            executed(stdout("The next cell still runs.\n")),
        ),
        visible=("Asking for a rate.", "ValueError: no rate for ARS", "The next cell still runs."),
        absent=("[0;31m", "38;5;28"),
    ),
    between_prints(
        "HTML that is printed",
        stdout("<b>not bold</b> <img src=x onerror=alert(1)> & <table>\n"),
        visible=("<b>not bold</b> <img src=x onerror=alert(1)> & <table>",),
        shows_markup=True,
    ),
    Situation(
        "300 printed lines",
        (
            text_cell("# The log"),
            executed(stdout("".join(f"line {number} of the log\n" for number in range(1, 301)))),
            executed(stdout("The next cell.\n")),
        ),
        visible=("line 1 of the log", "line 40 of the log", "The next cell."),
        on_page=("line 150 of the log", "line 300 of the log"),
    ),
    between_prints(
        "a printed line of 20,000 characters",
        stdout(f"start-of-the-line {'x' * 20_000}\n"),
        visible=("start-of-the-line",),
    ),
    visible_output(
        "values that are text only",
        result({"text/plain": ["{'paid': Decimal('12.50'),\n", " 'open': 3}"]}),
        visible=("{'paid': Decimal('12.50'),", "'open': 3}"),
        exact=("{'paid': Decimal('12.50'),\n 'open': 3}",),
    ),
    visible_output(
        "a repr in angle brackets",
        result({"text/plain": "<Account 12 of 'Ana' & sons>"}),
        visible=("<Account 12 of 'Ana' & sons>",),
    ),
    visible_output(
        "five outputs of one cell",
        stdout("first: a sum of 10\n"),
        html("<table><tr><th>second</th></tr><tr><td>20</td></tr></table>"),
        stdout("third: a sum of 30\n"),
        display({"image/png": png(200, 0, 0), "text/plain": "<Figure size 640x480 with 1 Axes>"}),
        result({"text/plain": "'fifth: 50'"}),
        visible=("first: a sum of 10", "second", "20", "third: a sum of 30", "'fifth: 50'"),
        absent=("<Figure",),
        pictures=1,
    ),
    between_prints(
        "warnings of libraries",
        stderr("/home/ana/.venv/lib/python3.11/site-packages/x.py:3: FutureWarning: old\n"),
        stdout("Computed after the warning.\n"),
        visible=("Computed after the warning.",),
    ),
    between_prints(
        "an empty output", display({}), result({"text/plain": ""}), stdout(""), place="empty"
    ),
)
