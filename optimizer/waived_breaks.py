"""Which breaks can no longer be taken because of what has begun or is frozen?"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from optimizer.tables import Duty, Tables, gaps_of
from optimizer.timing import time_route


def waive_breaks(tables: Tables, duty: Duty) -> Duty:
    """The duty with as many of its breaks as its frozen stops leave room for, the earlier ones first.

    Facts are never refused: when a job runs through lunch, it is lunch that gives way.
    """
    if not duty.frozen or not duty.breaks:
        return duty
    calls = tables.calls(duty, duty.frozen)
    for size in range(len(duty.breaks), -1, -1):
        for kept in combinations(duty.breaks, size):
            with_fewer = replace(duty, breaks=kept, gaps=gaps_of(kept))
            if time_route(tables, with_fewer, calls) is not None:
                return with_fewer
    return duty
