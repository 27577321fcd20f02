"""The window, the contact time and the evening from which a customer is told (R10, R11, R31)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.announcing import contact_by, named_by, window_around, window_to_tell
from dispatch.rules.contact_hours import CONTACT_HOURS, RATING_HOURS, next_opening

ZONE = ZoneInfo("Asia/Shanghai")
DAY = (datetime(2026, 11, 24, 8, tzinfo=ZONE), datetime(2026, 11, 24, 20, tzinfo=ZONE))


def at(clock: str, day: int = 24) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "booked", "window"),
    [
        ("14:40", DAY, ("14:00", "16:00")),
        ("08:05", DAY, ("08:00", "10:00")),
        ("19:50", DAY, ("18:00", "20:00")),
        ("14:40", (at("13:00"), at("15:00")), ("13:00", "15:00")),
        ("09:10", (at("08:00"), at("12:00")), ("08:30", "10:30")),
        ("09:10", None, ("08:30", "10:30")),
        # planned outside of what is booked: the booking says nothing any more
        ("21:10", DAY, ("20:30", "22:30")),
    ],
)
def test_the_window_is_narrow_and_inside_what_is_booked(
    start: str, booked: tuple[datetime, datetime] | None, window: tuple[str, str]
) -> None:
    assert window_to_tell(at(start), booked, None, ZONE) == (at(window[0]), at(window[1]))


def test_a_told_window_stands_as_long_as_the_plan_keeps_it() -> None:
    told = (at("14:00"), at("16:00"))
    assert window_to_tell(at("15:55"), DAY, told, ZONE) == told
    assert window_to_tell(at("16:05"), DAY, told, ZONE) == (at("15:30"), at("17:30"))


@pytest.mark.parametrize(
    ("start", "late", "until"),
    [
        ("14:40", 0, "16:00"),
        ("14:40", 80, "16:00"),  # 16:00 at the latest
        ("14:40", 81, "16:30"),
        ("14:40", 200, "18:00"),
        ("14:40", 600, "20:00"),  # the end of what is booked
    ],
)
def test_who_may_be_late_is_told_a_window_that_reaches_so_far(start: str, late: int, until: str) -> None:
    assert window_to_tell(at(start), DAY, None, ZONE, timedelta(minutes=late)) == (at("14:00"), at(until))


def test_a_told_window_is_not_made_wider() -> None:
    """What was said was said."""
    told = (at("14:00"), at("16:00"))
    assert window_to_tell(at("15:55"), DAY, told, ZONE, timedelta(hours=3)) == told


@given(
    minutes=st.integers(0, 719),
    opens=st.integers(0, 600),
    length=st.integers(30, 720),
    late=st.integers(0, 300),
)
def test_the_window_always_holds_the_planned_start(minutes: int, opens: int, length: int, late: int) -> None:
    start = DAY[0] + timedelta(minutes=minutes)
    booked = (DAY[0] + timedelta(minutes=opens), DAY[0] + timedelta(minutes=opens + length))
    sized = window_to_tell(start, booked, None, ZONE, timedelta(minutes=late))
    from_at, until_at = window_to_tell(start, booked, None, ZONE)
    assert from_at <= start <= until_at
    assert until_at - from_at <= timedelta(hours=2)
    assert (sized[0], max(until_at, sized[1])) == (from_at, sized[1])
    if booked[0] <= start <= booked[1]:
        assert booked[0] <= from_at < until_at <= booked[1]
        assert min(start + timedelta(minutes=late), booked[1]) <= sized[1] <= booked[1]


@pytest.mark.parametrize(
    ("window_from", "due", "call"),
    [
        ("14:00", None, "13:30"),
        ("08:00", None, "08:00"),
        ("08:15", None, "08:00"),
        ("07:00", None, "07:00"),
        ("14:00", "11:38", "11:38"),
        ("14:00", "15:00", "14:00"),
    ],
)
def test_the_call_comes_before_the_window(window_from: str, due: str | None, call: str) -> None:
    window = (at(window_from), at(window_from) + timedelta(hours=2))
    assert contact_by(window, at(due) if due else None, ZONE, at("06:00")) == at(call)


@pytest.mark.parametrize(
    ("now", "due", "call"),
    [("13:30", None, "14:00"), ("14:00", None, "16:00"), ("14:05", "14:30", "14:30"), ("13:00", "14:30", "14:00")],
)
def test_nobody_is_told_of_a_call_in_the_past(now: str, due: str | None, call: str) -> None:
    window = (at("14:00"), at("16:00"))
    assert contact_by(window, at(due) if due else None, ZONE, at(now)) == at(call)


def test_the_technician_is_named_on_the_evening_before() -> None:
    assert named_by(date(2026, 11, 24), ZONE) == at("18:00", 23)


def test_an_agreed_time_is_kept_within_an_hour() -> None:
    assert window_around(at("15:00")) == (at("14:00"), at("16:00"))


@pytest.mark.parametrize(
    ("now", "hours", "opening"),
    [
        (at("07:59"), CONTACT_HOURS, at("08:00")),
        (at("08:00"), CONTACT_HOURS, at("08:00")),
        (at("19:59"), CONTACT_HOURS, at("19:59")),
        (at("20:00"), CONTACT_HOURS, at("08:00", 25)),
        (at("20:15"), RATING_HOURS, at("20:15")),
        (at("20:30"), RATING_HOURS, at("08:00", 25)),
    ],
)
def test_nobody_is_disturbed_at_night(now: datetime, hours: tuple[str, str], opening: datetime) -> None:
    assert next_opening(now, hours, ZONE) == opening
