"""A notebook is given what it needs of the database: contacts, last mails and last problems."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete

from smartinst.actions.contacts import mark_as_written
from smartinst.database.engine import connected
from smartinst.database.schema import CONTACTS
from smartinst.delivery.operational_data import operational_data
from smartinst.runs.definitions import Definition, portfolio_seller
from smartinst.settings import RecoverySettings, load_settings
from tests.delivery.test_tick import MONDAY, DeliveryService
from tests.delivery.test_tick import service as service
from tests.support.workspace import AS_OF, SELLERS, configuration

PORTFOLIO = Definition(name="portfolio", title="P", notebook="portfolio.ipynb", per="all")
RECOVERY = Definition(name="recovery-daily", title="R", notebook="recovery.ipynb")


def test_the_portfolio_is_given_the_last_mail_and_the_problem_since(
    service: DeliveryService, database: str
) -> None:
    service.errors["nube"] = "cell 3: ZeroDivisionError"
    service.tick()
    settings = service.settings.model_copy(update={"database": database})
    data = operational_data(settings, PORTFOLIO, portfolio_seller(), MONDAY.date())
    acme, nube = (data["operations"][seller_id] for seller_id in ("acme", "nube"))
    assert acme["last_mail"].startswith("2026-11-02T12:30")
    assert acme["last_error"] is None
    assert nube["last_mail"] is None
    assert nube["last_error"] == "weekly: failed: cell 3: ZeroDivisionError"
    assert nube["error_at"].startswith("2026-11-02T12:30")


def test_a_recovery_report_is_given_the_contacts_of_its_seller_alone(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {})
    acme, nube = (settings.find(seller_id) for seller_id in ("acme", "nube"))
    assert operational_data(settings, RECOVERY, acme, AS_OF) == {"contact_log": {}}
    assert not (tmp_path / "var" / "smartinst.db").exists()
    mark_as_written(settings, acme, "P1", MONDAY)
    mark_as_written(settings, nube, "P2", MONDAY)
    data = operational_data(settings, RECOVERY, acme, AS_OF)
    assert data == {"contact_log": {"log": [["P1", "2026-11-02", "contacted"]]}}
    assert operational_data(settings, PORTFOLIO, acme, AS_OF).keys() == {"operations"}


def test_it_is_read_while_a_tick_has_an_open_transaction(tmp_path: Path, database: str) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {}).model_copy(update={"database": database})
    acme = settings.find("acme")
    mark_as_written(settings, acme, "P1", MONDAY)
    with connected(database) as engine, engine.begin() as connection:
        connection.execute(delete(CONTACTS))
        data = operational_data(settings, RECOVERY, acme, AS_OF)
    assert data == {"contact_log": {"log": [["P1", "2026-11-02", "contacted"]]}}


def test_held_out_plans_are_named_if_a_share_is_held_out(workspace: Path) -> None:
    settings = load_settings(workspace, {})
    half = settings.model_copy(update={"recovery": RecoverySettings(hold_out=0.5)})
    acme = settings.find("acme")
    held_out = operational_data(half, RECOVERY, acme, AS_OF)["contact_log"]["held_out"]
    assert held_out == sorted(held_out)
    assert 0 < len(held_out) < 60
    assert "held_out" not in operational_data(settings, RECOVERY, acme, AS_OF)["contact_log"]


def test_a_notebook_that_declares_none_is_given_none(workspace: Path) -> None:
    definition = Definition(name="seller", title="S", notebook="seller.ipynb")
    settings = load_settings(workspace, {})
    assert operational_data(settings, definition, settings.find("acme"), AS_OF) == {}


def test_an_unreadable_notebook_is_given_none_and_its_run_has_the_error(workspace: Path) -> None:
    (workspace / "empty.ipynb").write_text("", encoding="utf-8")
    definition = Definition(name="empty", title="E", notebook="empty.ipynb")
    settings = load_settings(workspace, {})
    assert operational_data(settings, definition, settings.find("acme"), AS_OF) == {}
