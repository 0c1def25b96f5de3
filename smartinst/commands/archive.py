"""The `backup`, `restore` and `erase` commands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from smartinst.commands.options import SELLER, ParameterError, say, show
from smartinst.settings import load_settings


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Writes database, ledger and configuration as one archive; others may work meanwhile.

    Secrets and the artifacts of runs are not in it. The archive is read again in full before it
    gets its name.
    """
    from smartinst.archive.backup import write_backup

    manifest = write_backup(load_settings(), file, datetime.now(UTC))
    size = sum(item.size for item in manifest.files.values())
    say(f"{len(manifest.files)} files, {size} bytes, as of {manifest.created_at}")
    show(str(file))


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--release", "is_release", is_flag=True, help="let the restored home send and act")
def restore(file: Path | None, is_release: bool) -> None:
    """Restores a backup into an empty home, which then sends and acts on nothing.

    After you have looked at it, --release ends that.
    """
    from smartinst.archive.restore import release, restore_backup
    from smartinst.commands.action_log import open_log
    from smartinst.database.engine import connected, reading
    from smartinst.delivery.send_count import note_count

    if (file is None) != is_release:
        raise click.UsageError("expected FILE, or --release")
    if file is not None:
        settings, manifest = restore_backup(file, Path.cwd(), datetime.now(UTC))
        show(f"{settings.home}: restored, as of {manifest.created_at}")
        say(
            "the home is held: nothing is sent and no call is made until "
            "`smartinst restore --release`; see smartinst deliveries list and act log first"
        )
        return
    settings = load_settings()
    summary = release(settings, datetime.now(UTC))
    with open_log(settings) as log:
        log.accept()
    with connected(settings.database) as engine, reading(engine) as connection:
        note_count(connection, settings.home)
    show(f"released; the backup was made at {summary.backup_at}")
    say(
        f"{summary.held_deliveries} deliveries are held: they may have been sent since then; "
        "smartinst deliveries retry or resolve decides"
    )
    say("reports that were due between backup and restore are held too, when a tick runs them")
    say("compare `smartinst act verify` with the head of the log in the operator's last mail")


@click.command()
@SELLER
@click.option("--email", required=True, help="address of the buyer")
@click.option("--yes", is_flag=True, help="erase; without this option nothing is changed")
def erase(seller_id: str, email: str, yes: bool) -> None:
    """Removes a buyer's name, e-mail, phone and texts; money and statuses stay.

    Without --yes it prints how many rows and files have them.
    """
    from smartinst.archive.erasure import erase as erase_everywhere

    if not all(email.strip().partition("@")):
        raise ParameterError(f"--email: expected an address such as a@example.com, found {email!r}")
    settings = load_settings()
    seller = settings.find(seller_id)
    counts = erase_everywhere(settings, seller, email, datetime.now(UTC), is_dry_run=not yes)
    for place, count in counts.items():
        show(f"{place}: {count}")
    if any(counts.values()):
        say("erased" if yes else "nothing was erased; add --yes to erase")
    else:
        later = "will be erased too" if yes else "would be erased too with --yes"
        say(f"no buyer of {seller_id} has this address; later data of it {later}")
