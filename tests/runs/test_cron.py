"""Due times are nominal local times, also when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smartinst.errors import ConfigurationError
from smartinst.runs.cron import MissedPolicy, due_periods, instant_of, upcoming_periods
from smartinst.runs.definitions import all_definitions, load_definitions, read_definition
from smartinst.settings import Settings

ZONES = (
    "Africa/Casablanca",
    *("America/New_York", "America/Sao_Paulo", "Europe/Madrid"),
    *("Europe/Lisbon", "Australia/Lord_Howe", "Asia/Tokyo"),
)
CRONS = ("30 2 * * *", "30 1 * * *", "0 * * * *", "0 7 * * MON")
DAY = timedelta(days=1)


def changes(zone: ZoneInfo) -> list[datetime]:
    """The hours, in UTC, in which a zone's offset changes, 2015 to 2035."""
    instant, hours_of_change = datetime(2015, 1, 1, tzinfo=UTC), []
    while instant.year < 2036:
        if offset(instant, zone) != offset(instant + DAY, zone):
            hours = [instant + timedelta(hours=n) for n in range(25)]
            hours_of_change += [a for a, b in pairwise(hours) if offset(a, zone) != offset(b, zone)]
        instant += DAY
    return hours_of_change


def offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def nominal_times(cron: str, start: datetime, end: datetime) -> list[datetime]:
    """Every nominal time of one of CRONS in [start, end), by simple arithmetic."""
    minute, hour = cron.split()[:2]
    full_hour, times = start.replace(minute=0, second=0, microsecond=0), []
    while full_hour < end:
        time = full_hour.replace(minute=int(minute))
        is_day = "MON" not in cron or time.weekday() == 0
        if start <= time < end and is_day and hour in ("*", str(time.hour)):
            times.append(time)
        full_hour += timedelta(hours=1)
    return times


@pytest.mark.parametrize("name", ZONES)
def test_each_nominal_time_is_due_once_when_clocks_change(name: str) -> None:
    zone, expected_count, due_count = ZoneInfo(name), 0, 0
    for change in changes(zone):
        for cron in CRONS:
            start = (change.astimezone(zone) - 2 * DAY).replace(tzinfo=None, minute=0)
            end = (change.astimezone(zone) + 2 * DAY).replace(tzinfo=None, minute=0)
            expected_times = nominal_times(cron, start, end)
            due_times: list[datetime] = []
            tick = change - 3 * DAY
            while tick < change + 3 * DAY:
                for period in due_periods(cron, zone, tick, timedelta(hours=13), "all"):
                    if period.nominal not in due_times:
                        due_times.append(period.nominal)
                        assert tick - period.instant <= timedelta(hours=13)
                tick += timedelta(hours=12)
            assert [time for time in due_times if start <= time < end] == expected_times
            expected_count += len(expected_times)
            due_count += len(set(due_times) & set(expected_times))
    assert due_count == expected_count
    assert (expected_count > 0) == (name != "Asia/Tokyo")


@pytest.mark.parametrize(
    ("zone", "nominal", "instant"),
    [
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:00"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T07:00", "2011-12-30T10:00"),
    ],
    ids=[
        "twice: the first",
        "left out: right after",
        "midnight left out",
        "half an hour left out",
        "a day left out",
    ],
)
def test_a_nominal_time_has_one_instant(zone: str, nominal: str, instant: str) -> None:
    assert instant_of(datetime.fromisoformat(nominal), ZoneInfo(zone)) == datetime.fromisoformat(
        f"{instant}+00:00"
    )


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        ("latest", ["2026-11-04T07:00"]),
        ("all", ["2026-11-03T07:00", "2026-11-04T07:00"]),
        ("none", []),
    ],
)
def test_missed_periods_follow_the_policy(policy: MissedPolicy, names: list[str]) -> None:
    now = datetime(2026, 11, 4, 9, tzinfo=UTC)
    periods = due_periods("0 7 * * *", ZoneInfo("UTC"), now, timedelta(hours=30), policy)
    assert [period.name for period in periods] == names
    punctual = due_periods(
        "0 7 * * *", ZoneInfo("UTC"), now - timedelta(hours=2), timedelta(hours=30), policy
    )
    assert "2026-11-04T07:00" in [period.name for period in punctual]


def test_the_next_periods_follow_now() -> None:
    zone = ZoneInfo("America/New_York")
    periods = upcoming_periods("30 1 * * *", zone, datetime(2026, 11, 1, 5, 30, tzinfo=UTC), 2)
    assert [period.name for period in periods] == ["2026-11-02T01:30", "2026-11-03T01:30"]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('[schedule]\ncron = "0 25 * * *"', r"reports/mine\.toml: schedule\.cron: .*0 25"),
        (
            '[schedule]\ncron = "0 0 7 * * MON"',
            r"reports/mine\.toml: schedule\.cron: .*five fields",
        ),
        (
            '[schedule]\ncron = "0 7 * * *"\nwhen = "1 + 1"',
            r"reports/mine\.toml: schedule\.when: when: expected",
        ),
        (
            '[schedule]\ncron = "0 7 * * *"\nmissed = "some"',
            r"reports/mine\.toml: schedule\.missed",
        ),
        (
            '[delivery]\nattach = ["xlsx"]',
            r"reports/mine\.toml: .*attach: xlsx is not among the formats",
        ),
        ("[delivery]\nbcc = 1", r"reports/mine\.toml: delivery\.bcc"),
        ("[delivery]\ncc = 1", r"reports/mine\.toml: delivery\.cc: expected a list"),
        (
            '[delivery]\nto = ["a@x.example"]\ncc = ["A@x.example"]',
            r"reports/mine\.toml: delivery: cc: a@x\.example is listed in to",
        ),
        ('[delivery]\nbuyers_in_body = "no"', r"reports/mine\.toml: delivery\.buyers_in_body"),
        ('[gates]\nmax_age = "soon"', r"reports/mine\.toml: gates\.max_age: expected days or"),
        (
            '[delivery]\nto = "ana@example.com"',
            r"reports/mine\.toml: delivery\.to: .*a list of addresses, found 'ana@",
        ),
        ("[delivery]\nto = []", r"reports/mine\.toml: delivery\.to: .*found \[\]"),
        (
            '[delivery]\nto = ["a@x.example", "nonsense"]',
            r"delivery\.to: 'nonsense': expected one address",
        ),
        (
            '[delivery]\nto = ["a@x.example\\r\\nBcc: b@x.example"]',
            r"delivery\.to: .*expected one address",
        ),
        ('[delivery]\nto = ["a@straße.example"]', r"delivery\.to: .*would become strasse\.example"),
        (
            '[delivery]\nto = ["a@x.example", "A@x.example"]',
            r"delivery\.to: an address is listed twice",
        ),
        ('[schedule]\ncron = "x"\nmised = "all"', r"schedule\.cron: .*; schedule\.mised: "),
        ("[gates]\nundrawn = -1", r"reports/mine\.toml: gates\.undrawn: .*greater than or equal"),
        ('[gates]\nundrawn = "2"', r"reports/mine\.toml: gates\.undrawn: .*valid integer"),
        ("[gates]\nundrawn = true", r"reports/mine\.toml: gates\.undrawn: .*valid integer"),
    ],
    ids=[
        *("no hour 25", "seconds", "code", "no policy", "not made", "no such key"),
        *("no list", "in both lists", "a word for no", "no duration"),
        *("a word", "nobody", "no address", "a header", "another domain", "twice", "two at once"),
        *("fewer than none", "a number in quotes", "a truth value"),
    ],
)
def test_a_mistake_in_a_definition_is_named_with_file_and_key(
    tmp_path: Path, line: str, error: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        f'title = "T"\nnotebook = "seller.ipynb"\nformats = ["pdf"]\n{line}\n', encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=error):
        read_definition(path)


def test_an_unreadable_definition_does_not_affect_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / "folder.toml").mkdir(parents=True)
    (folder / "mine.toml").write_text('title = "T"\nnotebook = "seller.ipynb"\n', encoding="utf-8")
    (folder / "odd.toml").write_bytes(b"title = '\xff'")
    definitions, mistakes = load_definitions(Settings(workspace=tmp_path))
    assert set(definitions) == {"mine"}
    assert set(mistakes) == {"folder", "odd"}
    with pytest.raises(
        ConfigurationError, match=r"reports/folder\.toml: cannot be read.*; reports/odd\.toml: "
    ):
        all_definitions(Settings(workspace=tmp_path))
