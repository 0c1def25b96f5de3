"""The `preview` command: mail and attachments of a report as they would leave."""

from __future__ import annotations

from datetime import datetime

import click

from smartinst.commands.options import AS_OF, SELLER, day_of
from smartinst.settings import load_settings


@click.command()
@click.argument("report")
@SELLER
@AS_OF
@click.option("--open", "is_opened", is_flag=True, help="open the mail in the browser")
def preview(report: str, seller_id: str, as_of: datetime | None, is_opened: bool) -> None:
    """Writes mail and attachments of a report into a folder; sends and records nothing."""
    from smartinst.delivery.preview import preview_report
    from smartinst.runs.definitions import ALL_SELLERS, find_definition, seller_of

    settings = load_settings()
    definition = find_definition(report, settings)
    is_portfolio = definition.per == "all"
    if is_portfolio and seller_id != "all":
        raise click.UsageError(f"report {report} covers all sellers: use --seller all")
    seller = seller_of(ALL_SELLERS if is_portfolio else seller_id, settings)
    paths = preview_report(settings, definition, seller, day_of(as_of, seller))
    for path in paths:
        click.echo(str(path))
    if is_opened:
        click.launch(paths[0].as_uri())
