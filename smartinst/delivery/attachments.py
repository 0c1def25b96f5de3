"""Attachments of a message: their names in the reader's language, and the limit of their size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.sections import anchor_name
from smartinst.runs.definitions import Definition
from smartinst.settings import Settings

NamedFile = tuple[str, Path]
"""A file with the name under which it is attached."""

MEGABYTE: Final = 1_000_000
ENCODED_SHARE: Final = 78 / 57
"""Size of a file in base64, with its line breaks, in relation to the file."""


def named_attachments(
    artifacts: Mapping[str, Path],
    definition: Definition,
    seller_id: str,
    period: str,
    locale: Locale,
) -> list[NamedFile]:
    """The files of the definition's `attach`, in its order: `recuperacao-acme-2026-11-30.pdf`.

    ReportError names a format that is not among the artifacts.
    """
    formats = definition.delivery.attach if definition.delivery else ()
    if missing := [kind for kind in formats if kind not in artifacts]:
        raise ReportError(f"report {definition.name}: attach: no {missing[0]} among its artifacts")
    stem = "-".join((anchor_name(locale.gettext(definition.title)), seller_id, period[:10]))
    return [(f"{stem}{artifacts[kind].suffix}", artifacts[kind]) for kind in formats]


def within_size(
    files: Sequence[NamedFile], max_mb: float
) -> tuple[list[NamedFile], list[NamedFile]]:
    """The files that fit into a message of at most `max_mb` MB, in order, and the others.

    A file counts in the size in which it is sent.
    """
    attached, omitted, total = list[NamedFile](), list[NamedFile](), 0.0
    for name, path in files:
        size = path.stat().st_size * ENCODED_SHARE
        if total + size <= max_mb * MEGABYTE:
            attached.append((name, path))
            total += size
        else:
            omitted.append((name, path))
    return attached, omitted


def omission_note(name: str, path: Path, locale: Locale) -> str:
    """A sentence on a file that is too large to be attached."""
    megabytes = locale.number(max(1, round(path.stat().st_size / MEGABYTE)))
    return locale.gettext(
        "{file} is too large for an e-mail ({size} MB) and is not attached.",
        file=name,
        size=megabytes,
    )


def file_links(files: Iterable[NamedFile], settings: Settings) -> Iterator[tuple[str, str]]:
    """Name and address of each file, if `[mail] files` is set and the file is in the home."""
    if not (template := settings.mail.files):
        return
    folder = settings.home / "runs"
    for name, path in files:
        if path.is_relative_to(folder):
            yield name, template.replace("{path}", quote(path.relative_to(folder).as_posix()))
