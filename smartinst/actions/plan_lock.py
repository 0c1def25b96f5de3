"""A lock for each plan, so that only one process at a time acts on it."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartinst.actions.proposals import Proposal
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText
from smartinst.settings import Settings


class InFlightError(SmartinstError):
    """Another process is acting on the same plan."""


def lock_folder(settings: Settings) -> Path:
    """The folder of the locks; created if it is missing."""
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked_plan(folder: Path, proposal: Proposal) -> Iterator[None]:
    """Locks a proposal's plan; InFlightError if another process has the lock.

    The operating system releases the lock when the process ends, even if it is killed.
    """
    name = hashlib.sha256(f"{proposal.seller.id}\0{proposal.plan_id}".encode()).hexdigest()[:24]
    with (folder / f"act-{name}.lock").open("w") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            under_way = N_(
                "plan {plan} of {seller}: another action is in progress; try again when it "
                "has finished"
            )
            raise InFlightError(
                TranslatableText(under_way, plan=proposal.plan_id, seller=proposal.seller.id)
            ) from None
        yield
