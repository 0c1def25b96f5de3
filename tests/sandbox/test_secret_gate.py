"""The gate for secrets finds a value in every form that outputs give it."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from smartinst.errors import ReportError
from smartinst.sandbox import secret_gate
from smartinst.sandbox.secret_gate import known_secrets, leaked_secret
from smartinst.settings import Settings

VALUE: Final = 'pass "wörd" <&> 1/2+3'
SECRETS: Final = {"SMARTINST_MAIL_PASSWORD": VALUE, "SMARTINST_OTHER": "another value"}


def _base64(text: str, offset: int) -> str:
    return base64.b64encode(b"a" * offset + text.encode() + b"more").decode()


ENCODERS: Final[dict[str, Callable[[str], str]]] = {
    "plain": str,
    "json": json.dumps,
    "json in json": lambda text: json.dumps(json.dumps([text])),
    "json with its letters": lambda text: json.dumps(text, ensure_ascii=False),
    "html": escape,
    "html of text": lambda text: escape(text, quote=False),
    "url": lambda text: f"https://host/?q={quote(text, safe='')}",
    "hexadecimal": lambda text: f"00{text.encode().hex()}00",
    "base64": lambda text: _base64(text, 0),
    "base64 after a byte": lambda text: _base64(text, 1),
    "base64 after two bytes": lambda text: _base64(text, 2),
    "base64 of urls": lambda text: base64.urlsafe_b64encode(f"?>{text}?>".encode()).decode(),
}


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("name", ["report.ipynb", "report.html", "report.eml"])
def test_a_secret_in_a_file_is_named(tmp_path: Path, encoder: str, name: str) -> None:
    text = f"before {ENCODERS[encoder](VALUE)} after"
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert leaked_secret(tmp_path, SECRETS) == ("SMARTINST_MAIL_PASSWORD", name)


def test_base64_in_lines_of_a_notebook(tmp_path: Path) -> None:
    lines = base64.encodebytes(b"x" * 50 + VALUE.encode() + b"y" * 50).decode()
    (tmp_path / "report.ipynb").write_text(json.dumps({"image/png": lines}), encoding="utf-8")
    assert leaked_secret(tmp_path, SECRETS) == ("SMARTINST_MAIL_PASSWORD", "report.ipynb")


def test_a_member_of_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "report.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{escape(VALUE)}</t>")
    assert leaked_secret(tmp_path, SECRETS) == ("SMARTINST_MAIL_PASSWORD", "report.xlsx")


def test_the_data_of_a_pdf(tmp_path: Path) -> None:
    import pikepdf

    with pikepdf.new() as document:
        document.add_blank_page()
        document.attachments["data.txt"] = pikepdf.AttachedFileSpec(document, VALUE.encode() * 9)
        document.save(tmp_path / "report.pdf", compress_streams=True)
    assert VALUE.encode() not in (tmp_path / "report.pdf").read_bytes()
    assert leaked_secret(tmp_path, SECRETS) == ("SMARTINST_MAIL_PASSWORD", "report.pdf")


def test_files_without_a_secret_pass(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("pass word, another val", encoding="utf-8")
    assert leaked_secret(tmp_path, SECRETS) is None
    assert leaked_secret(tmp_path, {}) is None


def test_a_workbook_that_inflates_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_gate, "MAX_INFLATED_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "report.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "0" * 1001)
    with pytest.raises(ReportError, match=r"^report\.xlsx inflates to more than can be searched"):
        leaked_secret(tmp_path, SECRETS)


def test_secrets_are_those_of_the_environment_of_files_and_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hottok").write_text("token of nube\n", encoding="utf-8")
    for name, value in {
        "SMARTINST_MAIL_USER": "owner@example.com",
        "SMARTINST_MAIL_PASSWORD": "correct horse",
        "SMARTINST_MAIL_SENDER": "Reports <reports@example.com>",
        "SMARTINST_HOTMART_NUBE_HOTTOK_FILE": str(tmp_path / "hottok"),
        "SMARTINST_HOTMART_ACME_HOTTOK_FILE": str(tmp_path / "gone"),
        "SMARTINST_PDF_PASSWORD_ACME": "short",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
        "AWS_REGION": "sa-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    secrets = known_secrets(Settings(database="postgresql+psycopg://me:p%40ssword@host/name"))
    assert (
        secrets.items()
        >= {
            "SMARTINST_MAIL_PASSWORD": "correct horse",
            "SMARTINST_HOTMART_NUBE_HOTTOK": "token of nube",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
            "the password in `database`": "p@ssword",
        }.items()
    )
    assert not {"SMARTINST_MAIL_USER", "SMARTINST_MAIL_SENDER", "AWS_REGION"} & secrets.keys()
    assert "SMARTINST_PDF_PASSWORD_ACME" not in secrets
