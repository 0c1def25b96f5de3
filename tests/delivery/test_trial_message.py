"""`smartinst mail test` sends one message through the configured server and tells its answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from click.testing import CliRunner

from smartinst.cli import cli
from smartinst.delivery.transport.send_result import Deferred, Sent
from smartinst.delivery.trial_message import send_trial_message
from smartinst.settings import DeliverySettings, Settings
from tests.delivery.test_smtp import MailHandler, Start
from tests.delivery.test_smtp import serve as serve
from tests.support.workspace import configuration

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_the_servers_answer_is_in_the_result(serve: Start) -> None:
    handler = MailHandler(data="250 queued as 4711")
    mail = serve(handler)
    result = send_trial_message(Settings(mail=mail), "ana@example.com", NOW)
    assert isinstance(result, Sent)
    assert result.answer == "250 queued as 4711"


def test_a_server_that_does_not_answer_is_named() -> None:
    settings = Settings.model_validate({"mail": {"port": 1, "timeout_seconds": 1}})
    result = send_trial_message(settings, "ana@example.com", NOW)
    assert isinstance(result, Deferred)
    assert result.reason.startswith("127.0.0.1:1: ")


def test_a_folder_gets_the_message(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, delivery=DeliverySettings(to="folder"))
    assert send_trial_message(settings, "ana@example.com", NOW) == Sent()
    (path,) = (tmp_path / "outbox").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("ana@example.com", "smartinst: test message")


def test_the_command_exits_with_1_and_one_line_if_nothing_was_sent(tmp_path: Path) -> None:
    text = configuration({"acme": ("en", "UTC")}) + "\n[mail]\nport = 1\ntimeout_seconds = 1\n"
    (tmp_path / "smartinst.toml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(
        cli,
        ["mail", "test", "ana@example.com"],
        env={"SMARTINST_CONFIG": str(tmp_path / "smartinst.toml")},
    )
    assert result.exit_code == 1
    assert "127.0.0.1:1, security none: not sent: " in result.output
    invalid = CliRunner().invoke(cli, ["mail", "test", "nobody"])
    assert invalid.exit_code == 2
