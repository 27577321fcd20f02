"""When a technician comes to the rest of the day's visits, as far as it is known now; pure arithmetic (R34).

Nobody arrives before the stop before is over and the way is driven, nor before the time that
was promised to the customer; the order of the stops is the route's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.rules.working_time import Rest


@dataclass(frozen=True)
class ForesightRules:
    """When a foreseen arrival is told as late, and how often time alone makes us look again.

    Late is more than `margin` after the window; it is told at most `ahead` of the window's
    end, and again if it gets worse by `worsens`. Who is asked has until `answer_before` the
    window's end, or at least `answer_within`. While somebody is late for no reason that we
    know of, predictions are renewed every `renewed`.
    """

    margin: timedelta = timedelta(minutes=5)
    ahead: timedelta = timedelta(hours=3)
    worsens: timedelta = timedelta(minutes=20)
    answer_before: timedelta = timedelta(minutes=30)
    answer_within: timedelta = timedelta(minutes=20)
    renewed: timedelta = timedelta(minutes=15)


FORESIGHT = ForesightRules()
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Ahead:
    """A visit still to come: `travel` from the stop before, `service` at the door, never there before `not_before`.

    `until_at` is the end of the window that the customer counts on; None if none was told.
    """

    visit_id: int
    travel: timedelta
    service: timedelta
    not_before: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True)
class Foreseen:
    """When the technician is at the door; who has not left by `leave_at` gets there later."""

    visit_id: int
    arrive_at: datetime
    leave_at: datetime
    until_at: datetime | None = None


def foresee(ahead: Iterable[Ahead], *, free_at: datetime, rests: Sequence[Rest] = ()) -> list[Foreseen]:
    """The arrivals at the visits `ahead`, in order, of who is free from `free_at`.

    A rest is taken where waiting leaves room for it, otherwise before the first visit whose
    end would be too late to begin it; never before its time.
    """
    foreseen: list[Foreseen] = []
    waiting = sorted(rests, key=lambda rest: rest.latest_at)
    for visit in ahead:
        while waiting and _rests_first(waiting[0], visit, free_at):
            rest = waiting.pop(0)
            free_at = max(free_at, rest.earliest_at) + rest.length
        arrive_at = _arrival(visit, free_at)
        foreseen.append(Foreseen(visit.visit_id, arrive_at, arrive_at - visit.travel, visit.until_at))
        free_at = arrive_at + visit.service
    return foreseen


def _arrival(visit: Ahead, free_at: datetime) -> datetime:
    arrive_at = free_at + visit.travel
    return arrive_at if visit.not_before is None else max(arrive_at, visit.not_before)


def _rests_first(rest: Rest, visit: Ahead, free_at: datetime) -> bool:
    """Whether there is time for the rest before the visit, or none left after it."""
    over_at = max(free_at, rest.earliest_at) + rest.length
    arrive_at = _arrival(visit, free_at)
    return over_at + visit.travel <= arrive_at or arrive_at + visit.service > rest.latest_at


def is_endangered(foreseen: Foreseen, *, now: datetime, rules: ForesightRules = FORESIGHT) -> bool:
    """Whether the window that was told will be missed, and it is time to say so.

    Once the window is over there is nothing left to tell early.
    """
    until_at = foreseen.until_at
    if until_at is None or not now < until_at <= now + rules.ahead:
        return False
    return foreseen.arrive_at > until_at + rules.margin


def is_worth_telling(expected_at: datetime, told_at: datetime | None, rules: ForesightRules = FORESIGHT) -> bool:
    """Whether an expectation is news to who was last told `told_at`."""
    return told_at is None or expected_at >= told_at + rules.worsens


def answer_by(
    until_at: datetime, expected_at: datetime, *, now: datetime, rules: ForesightRules = FORESIGHT
) -> datetime:
    """Until when the customer chooses; after that the technician simply comes."""
    chosen_by = max(until_at - rules.answer_before, now + rules.answer_within)
    return min(chosen_by, max(expected_at, now + MINUTE))


def next_look(foreseen: Sequence[Foreseen], *, now: datetime, rules: ForesightRules = FORESIGHT) -> datetime | None:
    """When time alone will change something, if no fact does before: None if nothing is left to come.

    Until the technician should have left for the next visit everything stays as foreseen.
    From then on all arrivals slip, and the first window to be missed by it sets the time.
    """
    if not foreseen:
        return None
    slips_at = max(now, foreseen[0].leave_at)
    looks = [slips_at + rules.renewed]
    for one in foreseen:
        if one.until_at is None or one.until_at <= now:
            continue
        slack = one.until_at + rules.margin - one.arrive_at
        due_at = slips_at + slack + MINUTE if slack >= timedelta() else now
        looks.append(max(due_at, one.until_at - rules.ahead))
    # what is in danger already, and told, is looked at when predictions are renewed
    later = [at for at in looks if at > now]
    return max(min(later), now + MINUTE)
