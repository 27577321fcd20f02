"""By when somebody calls: within two contact hours, on the customer's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.rules.callback import callback_due

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")


def due(text: str, zone: ZoneInfo = SHANGHAI) -> str:
    return callback_due(datetime.fromisoformat(text).replace(tzinfo=zone), zone).astimezone(zone).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("asked", "called_by"),
    [
        ("2026-11-24 13:50", "24 15:50"),
        ("2026-11-24 13:50:01", "24 15:55"),
        ("2026-11-24 13:51", "24 15:55"),
        ("2026-11-24 18:00", "24 20:00"),
        ("2026-11-24 19:30", "25 09:30"),
        ("2026-11-24 20:00", "25 10:00"),
        ("2026-11-24 03:00", "24 10:00"),
        ("2026-11-28 19:00", "29 09:00"),
    ],
)
def test_two_contact_hours_later(asked: str, called_by: str) -> None:
    assert due(asked) == called_by


def test_the_night_on_which_clocks_change_is_no_shorter_wait() -> None:
    assert due("2026-03-28 19:00", LONDON) == "29 09:00"


def test_the_promise_may_be_shorter() -> None:
    at = datetime(2026, 11, 24, 10, 2, tzinfo=SHANGHAI)
    assert callback_due(at, SHANGHAI, timedelta(minutes=30)) == at + timedelta(minutes=33)
