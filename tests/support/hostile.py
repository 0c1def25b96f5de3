"""Hostile strings, and sample sales with one in every free-text field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from smartinst import sample
from tests.support.workspace import AS_OF

HOSTILE: Final = (
    "</script><script>alert(1)</script>",
    "{{7*7}}",
    "{% raw %}{{ config }}",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe\u202c oirartnoc",
    "X" * 500,
    "Ana " * 125,
    "👩‍👩‍👧‍👦🏳️‍🌈💸",
    "<img src=x onerror=alert(2)>",
    "<pwn-canary onclick=alert(4)>click",
    '"><b id=pwned>',
    "]]><!--",
    "<!-- <script>",
    "<style>*{display:none}</style>",
    "</td></tr></table><h1>out",
    "</template><script>alert(8)</script>",
    "%s%n%d {0} {name}",
    "NULL",
    "社會科學院語學研究所",
    "بِسْمِ اللَّهِ الرَّحْمَنِ",
    "हिन्दी नाम",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "line\nbreak\r\nname",
    "\u2028line\u2029sep \x00 \x1b[31m",
    "😀" * 60,
    "a\u0301e\u0301 NFD",
    "",
    " ",
)

FREE_TEXT: Final = {"name", "description", "refusal_message", "number_list", "credit_card_flag"}
"""Keys in the platform's payloads whose values a buyer or seller can choose freely."""


def write_hostile_sample(folder: Path, seller_id: str, count: int) -> None:
    """Writes sample sales of `count` plans whose free-text fields are all hostile."""
    sample.write_sample(folder, seller_id, count, as_of=AS_OF, seed=5)
    texts = cycle(HOSTILE)
    for path in sorted(folder.glob("*.json")):
        page = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(_with_texts(page, texts)), encoding="utf-8")


def _with_texts(value: Any, texts: Iterator[str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _with_texts(item, texts, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_texts(item, texts, key) for item in value]
    return next(texts) if isinstance(value, str) and key in FREE_TEXT else value
