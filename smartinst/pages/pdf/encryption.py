"""The PDF of a report with its seller's password, if one is set (AES-256).

Access by screen readers is permitted.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from smartinst.errors import ConfigurationError
from smartinst.settings import read_secret, secret_suffix

MAX_PASSWORD_BYTES: Final = 127
"""Maximum length of a password; PDF 2.0 ignores further bytes."""


def lock_pdf(path: Path, seller_id: str) -> None:
    """Encrypts a PDF file with its seller's password, if there is one."""
    path.write_bytes(locked_pdf(path.read_bytes(), seller_id))


def locked_pdf(pdf: bytes, seller_id: str) -> bytes:
    """A PDF encrypted with its seller's password; unchanged if there is none.

    The password is read here and never reaches the process of a notebook.
    """
    password = password_of(seller_id)
    return encrypt_pdf(pdf, password) if password else pdf


def password_of(seller_id: str) -> SecretStr | None:
    """`SMARTINST_PDF_PASSWORD_<SELLER>`, or the content of the file `…_FILE`; None if unset."""
    name = f"SMARTINST_PDF_PASSWORD_{secret_suffix(seller_id)}"
    password = read_secret(name)
    if password and len(password.get_secret_value().encode()) > MAX_PASSWORD_BYTES:
        raise ConfigurationError(
            f"{name}: expected at most {MAX_PASSWORD_BYTES} bytes, "
            "since PDF readers ignore the rest"
        )
    return password


def encrypt_pdf(pdf: bytes, password: SecretStr) -> bytes:
    """The document, encrypted; the password permits reading, printing and copying."""
    import pikepdf

    secret_text, target = password.get_secret_value(), BytesIO()
    permissions = pikepdf.Permissions(
        accessibility=True, extract=True, modify_annotation=False, modify_form=False
    )
    with pikepdf.open(BytesIO(pdf)) as document:
        document.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
            encryption=pikepdf.Encryption(
                owner=secret_text, user=secret_text, R=6, aes=True, metadata=True, allow=permissions
            ),
        )
    return target.getvalue()
