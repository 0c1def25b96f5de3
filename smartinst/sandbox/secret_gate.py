"""The gate for secrets: no output of a run leaves its folder if it has the value of a secret.

Runs cannot read secrets. The gate is for a secret that is in the data or in a notebook, or that a
failure of the sandbox exposed; it does not stop a notebook that encrypts what it has read.
"""

from __future__ import annotations

import base64
import html
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from smartinst import credentials
from smartinst.errors import ConfigurationError, ReportError
from smartinst.settings import Settings, is_setting, read_secret

MIN_LENGTH: Final = 8
"""Shorter values are not searched: they would be in many outputs by accident."""
MAX_INFLATED_BYTES: Final = 1 << 29
_USER_NAMES: Final = frozenset(("SMARTINST_MAIL_USER",))
_SECRET_NAME: Final = re.compile("PASS|SECRET|TOKEN|CREDENTIAL|_KEY")
"""Parts of the names of other programs' variables with secrets."""
_STREAM: Final = re.compile(rb"stream\r?\n")


def known_secrets(settings: Settings) -> dict[str, str]:
    """Names and values of all secrets of this process that are long enough to be searched."""
    secrets: dict[str, str] = {}
    for name, value in credentials.environment().items():
        if not name.startswith(credentials.PREFIX):
            if _SECRET_NAME.search(name) and not value.startswith("/"):
                secrets[name] = value
        elif not is_setting(name):
            secrets |= _own_secret(name.removesuffix("_FILE"))
    if password := urlsplit(settings.database).password:
        secrets["the password in `database`"] = unquote(password)
    return {
        name: value
        for name, value in secrets.items()
        if len(value) >= MIN_LENGTH and name not in _USER_NAMES
    }


def _own_secret(name: str) -> dict[str, str]:
    try:
        secret = read_secret(name)
    except ConfigurationError:  # a run cannot have the value of a file that cannot be read
        return {}
    return {name: secret.get_secret_value()} if secret else {}


def leaked_secret(folder: Path, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """The name of a secret in the files of a folder, and the file; None if there is none.

    A value is found as it is, and as JSON, HTML, URLs and Base64 have it, in plain files, in the
    members of workbooks and in the data of PDFs. The letters of a PDF's pages are numbers of
    glyphs: they are not searched, but come from the notebook, which is.
    """
    patterns = {form: name for name, value in secrets.items() for form in _forms(value)}
    if not patterns:
        return None
    import polars as pl

    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    views = [(text, path.name) for path in paths for text in _texts(path)]
    hits = pl.Series([text for text, _ in views]).str.contains_any(list(patterns))
    for (text, file), is_hit in zip(views, hits, strict=True):
        if is_hit:
            return next(name for form, name in patterns.items() if form in text), file
    return None


def _forms(value: str) -> set[str]:
    """The texts in which an output can contain a value: as it is, escaped and encoded."""
    quoted = json.dumps(value)[1:-1]
    forms = {
        value,
        quoted,
        json.dumps(quoted)[1:-1],  # JSON in a text of JSON, as datasets are stored
        json.dumps(value, ensure_ascii=False)[1:-1],
        html.escape(value),
        html.escape(value, quote=False),
        html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        value.encode().hex(),
    }
    standard = {_base64_core(value.encode(), offset) for offset in range(3)}
    return forms | standard | {text.translate({43: "-", 47: "_"}) for text in standard}


def _base64_core(value: bytes, offset: int) -> str:
    """The characters of a value's Base64 that do not depend on what is before and after it."""
    encoded = base64.b64encode(bytes(offset) + value).decode().rstrip("=")
    is_partial = (offset + len(value)) % 3 != 0
    return encoded[(0, 2, 3)[offset] : -1 if is_partial else None]


def _texts(path: Path) -> Iterator[str]:
    """The contents of a file, and of what it has compressed."""
    content = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_INFLATED_BYTES:
                raise ReportError(f"{path.name} inflates to more than can be searched for secrets")
            for name in archive.namelist():
                yield archive.read(name).decode(errors="replace")
    elif content.startswith(b"%PDF"):
        parts = (content, *_pdf_streams(content))
        yield "\n".join(part.decode(errors="replace") for part in parts)
    else:
        text = content.decode(errors="replace")
        yield text
        if path.suffix == ".ipynb":  # Base64 there has lines
            yield text.replace("\\n", "")


def _pdf_streams(content: bytes) -> Iterator[bytes]:
    """The data of a PDF that are compressed by zlib; ReportError if they are too large."""
    remaining = MAX_INFLATED_BYTES
    for match in _STREAM.finditer(content):
        end = content.find(b"endstream", match.end())
        with suppress(zlib.error):
            data = memoryview(content)[match.end() : end]
            content_of_stream = zlib.decompressobj().decompress(data, remaining)
            remaining -= len(content_of_stream)
            yield content_of_stream
        if remaining <= 0:
            raise ReportError("the PDF inflates to more than can be searched for secrets")
