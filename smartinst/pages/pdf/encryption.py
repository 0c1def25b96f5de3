"""A finished PDF behind a password: AES-256, tags and language as they were, screen readers let in."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from pydantic import SecretStr

from smartinst.errors import ConfigurationError
from smartinst.settings import read_secret, secret_suffix

MOST_BYTES: Final = 127
"""PDF 2.0 reads no more of a password."""


def password_of(seller_id: str) -> SecretStr | None:
    """`SMARTINST_PDF_PASSWORD_<SELLER>`, or the file that `…_FILE` names; null: the PDF opens without."""
    name = f"SMARTINST_PDF_PASSWORD_{secret_suffix(seller_id)}"
    found = read_secret(name)
    if found and len(found.get_secret_value().encode()) > MOST_BYTES:
        raise ConfigurationError(
            f"{name}: expected at most {MOST_BYTES} bytes, since readers of PDF ignore the rest"
        )
    return found


def locked(pdf: bytes, password: SecretStr) -> bytes:
    """The same document, encrypted whole; whoever has the password may read, print, copy and have it read out."""
    import pikepdf

    word, target = password.get_secret_value(), BytesIO()
    allowed = pikepdf.Permissions(
        accessibility=True, extract=True, modify_annotation=False, modify_form=False
    )
    with pikepdf.open(BytesIO(pdf)) as document:
        document.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.preserve,
            encryption=pikepdf.Encryption(
                owner=word, user=word, R=6, aes=True, metadata=True, allow=allowed
            ),
        )
    return target.getvalue()
