"""When a report is due: nominal local times, whatever the clocks do."""

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
    at, found = datetime(2015, 1, 1, tzinfo=UTC), []
    while at.year < 2036:
        if at.astimezone(zone).utcoffset() != (at + DAY).astimezone(zone).utcoffset():
            hours = [at + timedelta(hours=n) for n in range(25)]
            found += [a for a, b in pairwise(hours) if offset(a, zone) != offset(b, zone)]
        at += DAY
    return found


def offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def nominals(cron: str, first: datetime, last: datetime) -> list[datetime]:
    """Every nominal time of one of CRONS in [first, last), by plain arithmetic."""
    minute, hour = cron.split()[:2]
    at, found = first.replace(minute=0, second=0, microsecond=0), []
    while at < last:
        one = at.replace(minute=int(minute))
        is_day = "MON" not in cron or one.weekday() == 0
        if first <= one < last and is_day and hour in ("*", str(one.hour)):
            found.append(one)
        at += timedelta(hours=1)
    return found


@pytest.mark.parametrize("name", ZONES)
def test_through_every_change_of_clocks_each_nominal_time_is_due_once(name: str) -> None:
    zone, expected, made = ZoneInfo(name), 0, 0
    for change in changes(zone):
        for cron in CRONS:
            first = (change.astimezone(zone) - 2 * DAY).replace(tzinfo=None, minute=0)
            last = (change.astimezone(zone) + 2 * DAY).replace(tzinfo=None, minute=0)
            wanted = nominals(cron, first, last)
            seen: list[datetime] = []
            tick = change - 3 * DAY
            while tick < change + 3 * DAY:
                for period in due_periods(cron, zone, tick, timedelta(hours=13), "all"):
                    if period.nominal not in seen:
                        seen.append(period.nominal)
                        assert tick - period.instant <= timedelta(hours=13)
                tick += timedelta(hours=12)
            assert [one for one in seen if first <= one < last] == wanted
            expected, made = expected + len(wanted), made + len(set(seen) & set(wanted))
    assert made == expected
    assert (expected > 0) == (name != "Asia/Tokyo")


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
def test_a_nominal_time_comes_at_one_instant(zone: str, nominal: str, instant: str) -> None:
    assert instant_of(datetime.fromisoformat(nominal), ZoneInfo(zone)) == datetime.fromisoformat(
        f"{instant}+00:00"
    )


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ("latest", ["2026-11-04T07:00"]),
        ("all", ["2026-11-03T07:00", "2026-11-04T07:00"]),
        ("none", []),
    ],
)
def test_what_was_missed_goes_by_the_policy(missed: MissedPolicy, expected: list[str]) -> None:
    now = datetime(2026, 11, 4, 9, tzinfo=UTC)
    found = due_periods("0 7 * * *", ZoneInfo("UTC"), now, timedelta(hours=30), missed)
    assert [one.name for one in found] == expected
    punctual = due_periods(
        "0 7 * * *", ZoneInfo("UTC"), now - timedelta(hours=2), timedelta(hours=30), missed
    )
    assert "2026-11-04T07:00" in [one.name for one in punctual]


def test_the_next_periods_follow_now() -> None:
    zone = ZoneInfo("America/New_York")
    found = upcoming_periods("30 1 * * *", zone, datetime(2026, 11, 1, 5, 30, tzinfo=UTC), 2)
    assert [one.name for one in found] == ["2026-11-02T01:30", "2026-11-03T01:30"]


@pytest.mark.parametrize(
    ("line", "said"),
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
        ("[delivery]\ncc = 1", r"reports/mine\.toml: delivery\.cc"),
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
    ],
    ids=[
        *("no hour 25", "seconds", "code", "no policy", "not made", "no such key"),
        *("a word", "nobody", "no address", "a header", "another domain", "twice", "two at once"),
    ],
)
def test_a_mistake_in_a_definition_is_named_with_file_and_key(
    tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        f'title = "T"\nnotebook = "seller.ipynb"\nformats = ["pdf"]\n{line}\n', encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=said):
        read_definition(path)


def test_a_definition_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    place = tmp_path / "reports"
    (place / "folder.toml").mkdir(parents=True)
    (place / "mine.toml").write_text('title = "T"\nnotebook = "seller.ipynb"\n', encoding="utf-8")
    (place / "odd.toml").write_bytes(b"title = '\xff'")
    found, mistakes = load_definitions(Settings(workspace=tmp_path))
    assert set(found) == {"mine"}
    assert set(mistakes) == {"folder", "odd"}
    with pytest.raises(
        ConfigurationError, match=r"reports/folder\.toml: cannot be read.*; reports/odd\.toml: "
    ):
        all_definitions(Settings(workspace=tmp_path))
