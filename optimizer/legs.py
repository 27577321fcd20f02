"""Going from one stop to the next: when to leave, which breaks to take on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from optimizer.piecewise import FOREVER
from optimizer.problem import Break
from optimizer.solution import Pause
from optimizer.tables import Duty, Tables

Period = tuple[int, int, int]


class Leg(NamedTuple):
    """One way to get to the next stop, for somebody free at t: possible while t <= latest_s.

    They can serve at s when s >= t + delay_s and s >= not_before_s. The breaks `first` to
    before `middle` are taken before leaving, those to before `last` after it; leaving happens
    between `leave_first_s` and `leave_last_s` and fixes `travel_s`.
    """

    travel_s: int
    delay_s: int
    latest_s: int
    not_before_s: int
    first: int
    middle: int
    last: int
    leave_first_s: int
    leave_last_s: int


def legs(
    tables: Tables, duty: Duty, usual_s: int, taken: int, then: int, since_s: int = -FOREVER, until_s: int = FOREVER
) -> list[Leg]:
    """Every way to drive `usual_s` (at the usual speed) taking the breaks `taken` to before `then`.

    The instant of leaving decides the travel factor, and who leaves may wait for a better one.
    Nobody leaves before `since_s` or after `until_s`: factors of other times are of no account.
    """
    if len(tables.periods) == 1 or usual_s == 0:
        return _legs_of(duty, (-FOREVER, FOREVER, 100), usual_s, taken, taken, then)
    return [
        leg
        for period in tables.periods
        if period[0] <= until_s and since_s <= period[1]
        for middle in range(taken, then + 1)
        for leg in _legs_of(duty, period, usual_s, taken, middle, then)
    ]


def _legs_of(duty: Duty, period: Period, usual_s: int, first: int, middle: int, last: int) -> list[Leg]:
    before, after = duty.gap(first, middle), duty.gap(middle, last)
    if before is None or after is None:
        return []
    opens, closes, percent = period
    travel_s = -(-usual_s * percent // 100)
    leave_first_s = max(opens, before.not_before_s)
    leave_last_s = min(closes, after.latest_s)
    not_before_s = max(leave_first_s + travel_s + after.pause_s, after.not_before_s)
    if leave_first_s > leave_last_s or (before.not_before_s > after.latest_s and middle < last):
        return []
    return [
        Leg(
            travel_s=travel_s,
            delay_s=before.pause_s + travel_s + after.pause_s,
            latest_s=min(before.latest_s, leave_last_s - before.pause_s),
            not_before_s=not_before_s,
            first=first,
            middle=middle,
            last=last,
            leave_first_s=leave_first_s,
            leave_last_s=leave_last_s,
        )
    ]


@dataclass(frozen=True, slots=True)
class Journey:
    """A leg as it is carried out."""

    leave_s: int
    arrive_s: int
    pauses: tuple[Pause, ...]


def carry_out(duty: Duty, leg: Leg, free_s: int, until_s: int, *, leave_late: bool) -> Journey:
    """Place the breaks of a leg between being free and `until_s`.

    A break is taken after arrival if there is time for it, else as early as it may start;
    `leave_late` leaves the first place no earlier than needed.
    """
    before, t = _in_a_row(duty.breaks[leg.first : leg.middle], free_s)
    leave_s = max(t, leg.leave_first_s)
    after = duty.breaks[leg.middle : leg.last]
    if leave_late:
        pause_s = sum(pause.duration_s for pause in after)
        leave_s = max(leave_s, min(leg.leave_last_s, until_s - leg.travel_s - pause_s))
    pauses, arrive_s = _on_the_way(after, leave_s, leg.travel_s, until_s)
    return Journey(leave_s, arrive_s, (*before, *pauses))


def rest_of_breaks(duty: Duty, taken: int, free_s: int) -> tuple[Pause, ...]:
    """The breaks still due after the last stop, one after the other."""
    return tuple(_in_a_row(duty.breaks[taken:], free_s)[0])


def _in_a_row(breaks: tuple[Break, ...], free_s: int) -> tuple[list[Pause], int]:
    pauses = []
    for pause in breaks:
        start_s = max(free_s, pause.earliest_start_s)
        free_s = start_s + pause.duration_s
        pauses.append(Pause(start_s=start_s, end_s=free_s))
    return pauses, free_s


def _on_the_way(breaks: tuple[Break, ...], leave_s: int, travel_s: int, until_s: int) -> tuple[list[Pause], int]:
    """The breaks of a drive and the instant it arrives."""
    at, left_s = leave_s, travel_s
    pauses: list[Pause] = []
    for index, pause in enumerate(breaks):
        rest, free_s = _in_a_row(breaks[index:], at + left_s)
        in_time = all(one.start_s <= due.latest_start_s for one, due in zip(rest, breaks[index:], strict=True))
        if in_time and free_s <= until_s:
            return pauses + rest, at + left_s
        start_s = max(at, pause.earliest_start_s)
        left_s -= min(left_s, start_s - at)
        at = start_s + pause.duration_s
        pauses.append(Pause(start_s=start_s, end_s=at))
    return pauses, at + left_s
