"""`make platform`: the fake platform for manual tests, with the sales of the three demo sellers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import click

from smartinst import sample
from tests.support.fake_platform.account import DAY, Account
from tests.support.fake_platform.app import FakePlatform
from tests.support.fake_platform.server import Served


def _convert_to_brazil(account: Account) -> None:
    """Converts plans in pounds to Smart Recovery in reais, which `act reprocess` can negotiate."""
    for item in account.items:
        if item["purchase"]["price"]["currency"] == "GBP":
            item["billing_type"] = "SMART_RECOVERY"
            item["purchase"]["price"]["currency"] = item["purchase"]["commission"]["currency"] = (
                "BRL"
            )


@click.command()
@click.option("--port", default=8700, show_default=True)
@click.option("--plans", default=200, show_default=True, help="of each seller")
@click.option(
    "--webhooks", help="where the event of every change is posted, such as http://127.0.0.1:8765/"
)
@click.option(
    "--lag", is_flag=True, help="the feed shows a change a day later, as the real one may"
)
def serve(port: int, plans: int, webhooks: str | None, lag: bool) -> None:
    """Prints the environment with which smartinst uses this server, and serves until stopped."""

    def now() -> int:
        return time.time_ns() // 1_000_000

    yesterday = datetime.now(UTC).date() - timedelta(days=1)  # a complete day
    accounts = [
        Account.of_sample(seller, plans, yesterday, now, lag=DAY if lag else 0)
        for seller in sample.PROFILES
    ]
    _convert_to_brazil(accounts[0])
    with Served(FakePlatform(accounts, webhooks=webhooks), port) as served:
        click.echo("# for the shell that runs smartinst, with the demo's sellers:")
        for name, value in (served.environment() | {"SMARTINST_HOME": "var/platform"}).items():
            click.echo(f"export {name}='{value}'")
        click.echo(
            '# to add a fault: curl -d \'{"kind": "500", "path": "/refund"}\' '
            f"{served.base}/control/faults"
        )
        click.echo(f"# a buyer pays:    curl -X POST {served.base}/control/pay/TRANSACTION")
        try:
            served.wait()
        except KeyboardInterrupt:
            click.echo("stopped", err=True)


if __name__ == "__main__":
    serve()
