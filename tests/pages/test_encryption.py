"""A seller's PDF opens with the seller's password and is accessible; no file has the password."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pikepdf
import pytest
from pydantic import SecretStr

from smartinst.errors import ConfigurationError
from smartinst.pages.pdf.encryption import encrypt_pdf, password_of
from smartinst.runs.definitions import find_definition
from smartinst.runs.rendering import render_notebook
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import Settings, load_settings
from tests.pages.test_compiler import notebook
from tests.runs.test_runs import ANALYST_CELLS
from tests.runs.test_runs import notebook as write_notebook
from tests.support.builders import Plan, monthly
from tests.support.executed import literal_book, write_executed
from tests.support.workspace import AS_OF

PASSWORD = "açaí & senha #9 – 42"


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PDF of a report of 12 plans, encrypted with the password of its seller."""
    folder = tmp_path_factory.mktemp("locked")
    plans = [Plan(3, monthly("Jan", "Feb"), plan_id=str(number)) for number in range(12)]
    executed = write_executed(folder / "few.ipynb", literal_book(plans, "pt-BR"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTINST_PDF_PASSWORD_ACME", PASSWORD)
        (path,) = render_notebook(executed, ["pdf"], Settings())
    return path


def test_it_opens_with_the_password_only_and_is_aes_256(encrypted: Path) -> None:
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(encrypted)
    with pikepdf.open(encrypted, password=PASSWORD) as document:
        assert (document.encryption.R, document.encryption.bits) == (6, 256)
    assert PASSWORD.encode() not in encrypted.read_bytes()


def test_qpdf_accepts_it_with_the_password(encrypted: Path) -> None:
    result = subprocess.run(
        ["qpdf", f"--password={PASSWORD}", "--check", encrypted],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "AESv3" in result.stdout


def test_screen_readers_may_read_it_and_it_keeps_its_tags(encrypted: Path) -> None:
    with pikepdf.open(encrypted, password=PASSWORD) as document:
        assert document.allow.accessibility
        assert document.allow.print_highres
        assert str(document.Root.Lang) == "pt-BR"
        assert document.Root.MarkInfo.Marked
        assert len(document.Root.StructTreeRoot.K) > 0
        assert document.open_metadata()["pdfuaid:part"] == "1"


def test_the_password_may_come_from_a_file_and_a_hyphen_becomes_an_underscore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "word").write_text("de um arquivo\n", encoding="utf-8")
    monkeypatch.setenv("SMARTINST_PDF_PASSWORD_MY_SHOP_FILE", str(tmp_path / "word"))
    executed = notebook(tmp_path, markdown="## One\n\nWord.", seller_id="my-shop", locale="en")
    (path,) = render_notebook(executed, ["pdf"], Settings())
    with pikepdf.open(path, password="de um arquivo") as document:
        assert len(document.pages) == 1


def test_without_a_password_the_pdf_is_not_encrypted(tmp_path: Path) -> None:
    executed = notebook(tmp_path, markdown="## One\n\nWord.", seller_id="acme", locale="en")
    (path,) = render_notebook(executed, ["pdf"], Settings())
    with pikepdf.open(path) as document:
        assert not document.is_encrypted


def test_a_password_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTINST_PDF_PASSWORD_ACME", "ã" * 64)
    with pytest.raises(ConfigurationError, match="at most 127 bytes") as caught:
        password_of("acme")
    assert "ããã" not in str(caught.value)


def test_only_a_pdf_can_be_encrypted() -> None:
    with pytest.raises(pikepdf.PdfError):
        encrypt_pdf(b"not a document", SecretStr("x"))


def test_a_run_encrypts_its_pdf_and_writes_the_password_to_no_file(
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SMARTINST_PDF_PASSWORD_LOFT", PASSWORD)
    monkeypatch.chdir(workspace)
    settings = load_settings(workspace)
    write_notebook(workspace / "notebooks" / "locked.ipynb", ANALYST_CELLS)
    definition = find_definition("notebooks/locked.ipynb", settings)
    request = RunRequest(
        definition, settings.find("loft"), AS_OF, formats=("pdf", "html", "xlsx"), out=tmp_path
    )
    (outcome,) = run_reports([request], settings, 1)
    with pikepdf.open(outcome.artifacts["pdf"], password=PASSWORD) as document:
        assert document.is_encrypted
    for path in tmp_path.rglob("*.*"):
        assert PASSWORD.encode() not in path.read_bytes()
    assert PASSWORD not in caplog.text + repr(settings) + repr(request) + repr(outcome)
