"""What absences leave of a shift, and the breaks in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Rest:
    """Time in which nobody is served: it lasts `length` and starts between two instants (both included).

    The meal break is the one that `is_meal`; any other is an absence, which starts when it starts.
    """

    length: timedelta
    earliest_at: datetime
    latest_at: datetime
    is_meal: bool = False


@dataclass(frozen=True)
class WorkingTime:
    """A shift less its absences: from when to when, with rests in order; `ends_early` allows no overtime."""

    starts_at: datetime
    ends_at: datetime
    rests: tuple[Rest, ...] = ()
    ends_early: bool = False


def working_time(shift: Span, meal: Rest | None, absences: Iterable[Span]) -> WorkingTime | None:
    """What `absences` leave of a shift; None if nothing.

    An absence at either end shortens the shift, one in the middle is a rest. The meal break
    stays where it still fits, in the longest of the spans that are left to start it in; where
    it fits nowhere, it falls into the absence.
    """
    present = list(_present(shift, sorted(absences)))
    if not present:
        return None
    away = [Rest(after[0] - before[1], before[1], before[1]) for before, after in itertools.pairwise(present)]
    kept = [] if meal is None else list(_kept(meal, present))
    rests = sorted([*away, *kept], key=lambda rest: rest.earliest_at)
    return WorkingTime(present[0][0], present[-1][1], tuple(rests), ends_early=present[-1][1] < shift[1])


def rests_to_come(
    rests: Sequence[Rest], meal_began_at: datetime | None, *, now: datetime, busy_until: datetime | None
) -> Iterator[Rest]:
    """The rests that are not over at `now`; of one in progress, what is left of it.

    The meal break began at `meal_began_at` as far as the plan knows, but no later than an absence
    that came after that plan allows; one that could have begun at the latest before `now` has,
    or it is lost. Who is busy with a customer until `busy_until` rests from then on.
    """
    free_at = now if busy_until is None else max(now, busy_until)
    for rest in rests:
        began_at = min(meal_began_at or rest.latest_at, rest.latest_at) if rest.is_meal else rest.latest_at
        if began_at > now:
            yield rest
        elif began_at + rest.length > free_at:
            yield Rest(began_at + rest.length - free_at, free_at, free_at)


def _present(shift: Span, absences: Sequence[Span]) -> Iterator[Span]:
    """The parts of the shift that no absence covers, in order."""
    free_from = shift[0]
    for gone_at, back_at in absences:
        if gone_at > free_from:
            yield free_from, min(gone_at, shift[1])
        free_from = max(free_from, back_at)
        if free_from >= shift[1]:
            return
    yield free_from, shift[1]


def _kept(meal: Rest, present: Iterable[Span]) -> Iterator[Rest]:
    spans = [(max(meal.earliest_at, opens), min(meal.latest_at, closes - meal.length)) for opens, closes in present]
    fitting = [span for span in spans if span[0] <= span[1]]
    if fitting:
        earliest_at, latest_at = max(fitting, key=lambda span: span[1] - span[0])
        yield Rest(meal.length, earliest_at, latest_at, is_meal=True)
