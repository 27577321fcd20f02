"""What absences leave of a shift, and which rests are still to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dispatch.rules.working_time import Rest, Span, WorkingTime, rests_to_come, working_time


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-24T{time}").replace(tzinfo=UTC)


def span(text: str) -> Span:
    start, end = text.split("-")
    return at(start), at(end)


def meal(minutes: int, starts: str) -> Rest:
    earliest_at, latest_at = span(starts)
    return Rest(timedelta(minutes=minutes), earliest_at, latest_at, is_meal=True)


LUNCH = meal(60, "11:30-13:30")


def left(*absences: str, lunch: Rest | None = LUNCH, shift: str = "08:00-17:00") -> str | None:
    """The working time as text: from-to, then the rests as first-last start and minutes, meals with a star."""
    found = working_time(span(shift), lunch, [span(one) for one in absences])
    return None if found is None else " ".join([f"{found.starts_at:%H:%M}-{found.ends_at:%H:%M}", *rests(found.rests)])


def rests(found: tuple[Rest, ...] | list[Rest]) -> list[str]:
    return [
        f"{rest.earliest_at:%H:%M}-{rest.latest_at:%H:%M}/{int(rest.length.total_seconds()) // 60}"
        f"{'*' if rest.is_meal else ''}"
        for rest in found
    ]


def test_without_absences_the_shift_is_as_it_is() -> None:
    assert left() == "08:00-17:00 11:30-13:30/60*"
    assert left(lunch=None) == "08:00-17:00"


def test_an_absence_at_the_start_or_the_end_shortens_the_shift() -> None:
    assert left("07:00-10:00") == "10:00-17:00 11:30-13:30/60*"
    assert left("15:00-18:00") == "08:00-15:00 11:30-13:30/60*"


def test_a_shift_that_ends_early_allows_no_overtime() -> None:
    cut = working_time(span("08:00-17:00"), LUNCH, [span("15:00-18:00")])
    begun_late = working_time(span("08:00-17:00"), LUNCH, [span("07:00-10:00")])
    assert cut is not None
    assert begun_late is not None
    assert (cut.ends_early, begun_late.ends_early) == (True, False)


def test_an_absence_that_covers_the_shift_leaves_nothing() -> None:
    assert left("08:00-17:00") is None
    assert left("07:00-12:00", "12:00-18:00") is None


def test_an_absence_in_the_middle_is_a_rest() -> None:
    assert left("09:00-10:00") == "08:00-17:00 09:00-09:00/60 11:30-13:30/60*"
    assert left("14:00-15:00", "09:00-10:00") == "08:00-17:00 09:00-09:00/60 11:30-13:00/60* 14:00-14:00/60"


def test_absences_that_overlap_are_one() -> None:
    assert left("09:00-10:00", "09:30-10:30") == "08:00-17:00 09:00-09:00/90 11:30-13:30/60*"


def test_the_meal_stays_where_it_still_fits() -> None:
    """Until 13:00 somebody is away: the meal starts after it. From 13:00 on: before it."""
    assert left("10:00-13:00") == "08:00-17:00 10:00-10:00/180 13:00-13:30/60*"
    assert left("13:00-14:00") == "08:00-17:00 11:30-12:00/60* 13:00-13:00/60"


def test_a_meal_that_fits_nowhere_falls_into_the_absence() -> None:
    assert left("11:00-14:00") == "08:00-17:00 11:00-11:00/180"
    assert left("12:00-18:00") == "08:00-12:00"
    assert left("07:00-14:00") == "14:00-17:00"


def test_other_days_do_not_matter() -> None:
    assert left("06:00-08:00", "17:00-19:00") == "08:00-17:00 11:30-13:30/60*"


def to_come(now: str, *, began: str | None = None, busy: str | None = None, absent: str | None = None) -> list[str]:
    time = working_time(span("08:00-17:00"), LUNCH, [span(absent)] if absent else [])
    assert isinstance(time, WorkingTime)
    meal_began_at, busy_until = (at(one) if one else None for one in (began, busy))
    return rests(list(rests_to_come(time.rests, meal_began_at, now=at(now), busy_until=busy_until)))


def test_in_the_morning_all_rests_are_to_come() -> None:
    assert to_come("08:00", absent="14:00-15:00") == ["11:30-13:00/60*", "14:00-14:00/60"]


def test_a_meal_that_is_over_does_not_come_again() -> None:
    assert to_come("13:00", began="11:45") == []


def test_of_a_meal_in_progress_the_rest_is_left() -> None:
    assert to_come("12:00", began="11:45") == ["12:00-12:00/45"]


def test_a_meal_that_was_never_planned_is_lost_after_its_last_moment() -> None:
    """Else nobody who was idle at noon could be sent anywhere in the afternoon."""
    assert to_come("13:00") == ["11:30-13:30/60*"]
    assert to_come("15:00") == []


def test_who_falls_ill_while_eating_has_no_break_left() -> None:
    """What is left of the shift ends now: the meal began no later than it allows, whatever the plan says."""
    assert to_come("12:20", began="11:45", absent="12:20-17:00") == []
    assert to_come("13:10", began="13:00", absent="13:10-17:00") == []


def test_a_meal_planned_into_an_absence_that_was_reported_later_is_over_or_taken_now() -> None:
    assert to_come("12:56", began="13:20", absent="12:55-13:40") == ["12:56-12:56/44"]
    assert to_come("11:57", began="13:20", absent="12:55-13:40") == ["11:57-11:57/58", "12:55-12:55/45"]


def test_of_an_absence_in_progress_the_rest_is_left() -> None:
    assert to_come("14:20", began="11:30", absent="14:00-15:00") == ["14:20-14:20/40"]
    assert to_come("15:00", began="11:30", absent="14:00-15:00") == []


def test_who_is_with_a_customer_rests_afterwards() -> None:
    assert to_come("14:05", began="11:30", busy="14:30", absent="14:00-15:00") == ["14:30-14:30/30"]
    assert to_come("14:05", began="11:30", busy="15:30", absent="14:00-15:00") == []
