"""What holds for every foreseen arrival: no faster than the road, in order, and never earlier for being later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.rules.foresight import FORESIGHT, Ahead, Foreseen, foresee, is_endangered, next_look
from dispatch.rules.working_time import Rest

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTES = st.integers(0, 240).map(lambda minutes: timedelta(minutes=minutes))
INSTANTS = st.integers(-240, 480).map(lambda minutes: NOON + timedelta(minutes=minutes))


@st.composite
def visits(draw: st.DrawFn) -> list[Ahead]:
    """Up to six visits to come."""
    return [
        Ahead(
            number,
            travel=draw(MINUTES) / 4,
            service=draw(MINUTES) / 2,
            not_before=draw(st.none() | INSTANTS),
            until_at=draw(st.none() | INSTANTS),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


@st.composite
def rests(draw: st.DrawFn) -> list[Rest]:
    """A meal, or none, and an absence, or none."""
    found = []
    if draw(st.booleans()):
        earliest_at = draw(INSTANTS)
        found.append(Rest(timedelta(minutes=30), earliest_at, earliest_at + draw(MINUTES), is_meal=True))
    if draw(st.booleans()):
        away_at = draw(INSTANTS)
        found.append(Rest(timedelta(minutes=90), away_at, away_at))
    return found


@given(visits(), INSTANTS, rests())
def test_nobody_is_faster_than_road_and_work_or_before_the_time_that_was_promised(
    ahead: list[Ahead], free_at: datetime, rests: list[Rest]
) -> None:
    foreseen = foresee(ahead, free_at=free_at, rests=rests)
    assert [one.visit_id for one in foreseen] == [visit.visit_id for visit in ahead]
    bound = free_at
    for visit, one in zip(ahead, foreseen, strict=True):
        assert one.arrive_at >= bound + visit.travel
        assert visit.not_before is None or one.arrive_at >= visit.not_before
        bound = one.arrive_at + visit.service
    assert all(one.arrive_at <= other.arrive_at for one, other in pairwise(foreseen))


@given(visits(), INSTANTS, MINUTES)
def test_being_free_later_makes_no_arrival_earlier(ahead: list[Ahead], free_at: datetime, later: timedelta) -> None:
    before, after = foresee(ahead, free_at=free_at), foresee(ahead, free_at=free_at + later)
    for one, other in zip(before, after, strict=True):
        assert one.arrive_at <= other.arrive_at <= one.arrive_at + later


@given(visits(), INSTANTS, rests())
def test_a_rest_delays_and_hastens_nothing(ahead: list[Ahead], free_at: datetime, rests: list[Rest]) -> None:
    without, rested = foresee(ahead, free_at=free_at), foresee(ahead, free_at=free_at, rests=rests)
    assert all(one.arrive_at <= other.arrive_at for one, other in zip(without, rested, strict=True))


@given(visits(), INSTANTS)
@example([Ahead(0, timedelta(seconds=1215), timedelta(), None, NOON)], NOON - timedelta(minutes=15))
def test_until_the_next_look_nothing_gets_into_danger(ahead: list[Ahead], now: datetime) -> None:
    foreseen = foresee(ahead, free_at=now)
    look_at = next_look(foreseen, now=now)
    assert (look_at is None) == (not foreseen)
    if look_at is None:
        return
    assert look_at > now
    just_before = look_at - timedelta(minutes=1)
    then = foresee(ahead, free_at=max(now, just_before))
    in_danger = {one.visit_id for one in foreseen if _endangered_by(one, now) or _endangered_by(one, look_at)}
    assert {one.visit_id for one in then if _endangered_by(one, just_before)} <= in_danger


def _endangered_by(one: Foreseen, now: datetime) -> bool:
    return is_endangered(one, now=now, rules=FORESIGHT)
