"""A seller's PDF opens with the seller's password, stays accessible, and the password is written nowhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pikepdf
import pytest
from pydantic import SecretStr

from smartinst.errors import ConfigurationError
from smartinst.pages.pdf.encryption import encrypt_pdf, password_of
from smartinst.runs.definitions import find_definition
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import render_notebook, run_report
from smartinst.settings import Settings, load_settings
from tests.pages.test_compiler import notebook
from tests.runs.test_runs import ANALYST_CELLS
from tests.runs.test_runs import notebook as written
from tests.support.builders import Plan, monthly
from tests.support.executed import literal_book, write_executed
from tests.support.workspace import AS_OF

WORD = "açaí & senha #9 – 42"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of 12 plans behind the password of its seller."""
    folder = tmp_path_factory.mktemp("locked")
    plans = [Plan(3, monthly("Jan", "Feb"), plan_id=str(number)) for number in range(12)]
    executed = write_executed(folder / "few.ipynb", literal_book(plans, "pt-BR"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTINST_PDF_PASSWORD_ACME", WORD)
        (path,) = render_notebook(executed, ["pdf"], Settings())
    return path


def test_it_opens_with_the_password_only_and_is_aes_256(behind: Path) -> None:
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(behind)
    with pikepdf.open(behind, password=WORD) as document:
        assert (document.encryption.R, document.encryption.bits) == (6, 256)
    assert WORD.encode() not in behind.read_bytes()


def test_qpdf_finds_it_clean_with_the_password(behind: Path) -> None:
    done = subprocess.run(
        ["qpdf", f"--password={WORD}", "--check", behind],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "AESv3" in done.stdout


def test_screen_readers_are_let_in_and_tags_language_and_title_stay(behind: Path) -> None:
    with pikepdf.open(behind, password=WORD) as document:
        assert document.allow.accessibility
        assert document.allow.print_highres
        assert str(document.Root.Lang) == "pt-BR"
        assert document.Root.MarkInfo.Marked
        assert len(document.Root.StructTreeRoot.K) > 0
        assert document.open_metadata()["pdfuaid:part"] == "1"


def test_the_password_comes_from_a_file_too_and_a_hyphen_is_an_underscore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "word").write_text("de um arquivo\n", encoding="utf-8")
    monkeypatch.setenv("SMARTINST_PDF_PASSWORD_MY_SHOP_FILE", str(tmp_path / "word"))
    executed = notebook(tmp_path, markdown="## One\n\nWord.", seller_id="my-shop", locale="en")
    (path,) = render_notebook(executed, ["pdf"], Settings())
    with pikepdf.open(path, password="de um arquivo") as document:
        assert len(document.pages) == 1


def test_without_a_password_the_pdf_opens_for_all(tmp_path: Path) -> None:
    executed = notebook(tmp_path, markdown="## One\n\nWord.", seller_id="acme", locale="en")
    (path,) = render_notebook(executed, ["pdf"], Settings())
    with pikepdf.open(path) as document:
        assert not document.is_encrypted


def test_a_password_that_readers_would_cut_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTINST_PDF_PASSWORD_ACME", "ã" * 64)
    with pytest.raises(ConfigurationError, match="at most 127 bytes") as told:
        password_of("acme")
    assert "ããã" not in str(told.value)


def test_what_is_no_pdf_is_not_locked() -> None:
    with pytest.raises(pikepdf.PdfError):
        encrypt_pdf(b"not a document", SecretStr("x"))


def test_a_run_locks_its_pdf_and_writes_the_password_nowhere(
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SMARTINST_PDF_PASSWORD_LOFT", WORD)
    monkeypatch.chdir(workspace)
    settings = load_settings(workspace)
    written(workspace / "notebooks" / "locked.ipynb", ANALYST_CELLS)
    definition = find_definition("notebooks/locked.ipynb", settings)
    request = RunRequest(
        definition, settings.find("loft"), AS_OF, formats=("pdf", "html", "xlsx"), out=tmp_path
    )
    outcome = run_report(request, settings)
    with pikepdf.open(outcome.artifacts["pdf"], password=WORD) as document:
        assert document.is_encrypted
    for path in tmp_path.rglob("*.*"):
        assert WORD.encode() not in path.read_bytes()
    assert WORD not in caplog.text + repr(settings) + repr(request) + repr(outcome)
