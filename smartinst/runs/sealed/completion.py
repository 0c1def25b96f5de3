"""Completes a run whose process has ended: locks the PDF, and puts the artifacts in place."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from smartinst.errors import ReportError
from smartinst.pages.pdf.encryption import lock_pdf
from smartinst.runs.placement import replace_folder
from smartinst.runs.run_request import RunOutcome, RunRequest, artifact_folder
from smartinst.runs.sealed.assignment import ARTIFACTS, Result
from smartinst.sandbox.secret_gate import known_secrets, leaked_secret
from smartinst.settings import Settings

MAX_ARTIFACT_BYTES: Final = 256 << 20
"""A larger artifact is not read: no reader could open it."""


def complete_run(
    request: RunRequest, settings: Settings, folder: Path, result: Result
) -> RunOutcome:
    """Moves the artifacts of a successful run to their place, all or none.

    ReportError if the run left other files than its artifacts, or if they have a secret.
    """
    artifacts = folder / ARTIFACTS
    _check_files(artifacts, request)
    if leak := leaked_secret(artifacts, known_secrets(settings)):
        raise ReportError(f"{leak[1]} has the value of {leak[0]}: nothing of this run is kept")
    if "pdf" in request.formats:
        lock_pdf(artifacts / f"{request.file_stem}.pdf", request.seller.id)
    target = artifact_folder(request, settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=target.parent) as temporary:
        replace_folder(Path(shutil.move(artifacts, temporary)), target)
    return RunOutcome(
        request.definition.name,
        request.seller.id,
        request.as_of.isoformat(),
        {path.suffix[1:]: str(path) for path in sorted(target.iterdir())},
        result.measures,
        folder=str(target),
    )


def _check_files(artifacts: Path, request: RunRequest) -> None:
    """ReportError unless the folder has exactly the files of the request, none of them a link.

    They get ordinary permissions: the notebook may have made a program of root of them.
    """
    kinds = {"ipynb", *request.formats}
    expected = {f"{request.file_stem}.{kind}" for kind in kinds}
    if artifacts.is_symlink() or not artifacts.is_dir():
        raise ReportError(f"the notebook has replaced its folder {artifacts.name}")
    artifacts.chmod(artifacts.stat().st_mode & 0o775 | 0o700)
    paths = list(artifacts.iterdir())
    unexpected = {path.name for path in paths} ^ expected
    unexpected |= {path.name for path in paths if path.is_symlink() or not path.is_file()}
    if unexpected:
        raise ReportError(f"unexpected or missing among the run's files: {min(unexpected)}")
    for path in paths:
        path.chmod(path.stat().st_mode & 0o664 | 0o600)
        if path.stat().st_size > MAX_ARTIFACT_BYTES:
            raise ReportError(f"{path.name} is larger than {MAX_ARTIFACT_BYTES >> 20} MB")
