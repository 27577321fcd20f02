"""From a problem's tables to the arrays of the compiled search, built once for each search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.everyone import Everyone
from optimizer.fast.layout import FAR_S, NEVER, NOBODY, Clock, Layout
from optimizer.fast.nearness import back, near_kinds, neighbours, typical_leg_s
from optimizer.fast.pieces import mirrored
from optimizer.piecewise import FOREVER, Piece
from optimizer.start_costs import start_profile
from optimizer.tables import Duty, Tables

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


def layout_of(tables: Tables) -> Layout:
    """The arrays of a problem."""
    problem, duties = tables.problem, tables.duties
    jobs, people = len(problem.jobs), len(problem.technicians)
    ends = sorted({place for duty in duties for place in (duty.start_place, duty.end_place) if place is not None})
    node = {place: jobs + index for index, place in enumerate(ends)}
    somewhere = jobs + len(ends)  # where a day without an end place ends
    travel_s = _between(tables, ends)
    fastest, _slowest = tables.percents
    duration_s, price_ms = _durations(tables), _prices(tables)
    profile, piece_at, pieces, span_at, spans = _profiles(tables, duration_s)
    allowed = tables.may_serve
    pause_s, latest_s, end_s = _pauses(duties)
    kind, kind_at, of_kind = _kinds(tables, allowed, price_ms, duration_s)
    start_node = np.array([node[duty.start_place] for duty in duties], dtype=np.int32)
    around = neighbours(travel_s, jobs)
    person = np.array([duty.technician_index for duty in duties], dtype=np.int64)
    near = near_kinds(travel_s, start_node, allowed, price_ms[:, person], kind_at, of_kind)
    begun = {job: start for duty in duties for job, start in zip(duty.frozen, duty.begun_s, strict=False)}
    parts = sorted({part for job in problem.jobs for part in job.parts})
    crews = sorted({technician.crew for technician in problem.technicians if technician.crew is not None})
    clock = Clock(
        travel_s=_speeds(travel_s, fastest),
        who=np.stack([duration_s, price_ms, profile], axis=2).astype(np.int32),
        jobs=_job_rows(tables, begun, travel_s[start_node][:, :jobs]),
        at=np.stack([piece_at, span_at], axis=1).astype(np.int32),
        pieces=np.concatenate([pieces, mirrored(pieces, piece_at)]),
        spans=spans,
        duties=_duty_rows(tables, node, somewhere, kind),
        pauses=np.stack([pause_s, latest_s, end_s], axis=3).astype(np.int32),
        periods=np.array(tables.periods, dtype=np.int64).reshape(-1, 3),
        numbers=_numbers(tables, pieces, _longest(duties, duration_s), typical_leg_s(travel_s, around)),
    )
    return Layout(
        clock=clock,
        to_s=back(clock.travel_s),
        allowed=np.ascontiguousarray(allowed),
        needs=_counts([job.parts for job in problem.jobs], parts),
        carries=_counts([duty.shift.parts for duty in duties], parts),
        around=around,
        near_kinds=near,
        kind_at=kind_at,
        of_kind=of_kind,
        crew=np.array(
            [NOBODY if t.crew is None else crews.index(t.crew) for t in problem.technicians], dtype=np.int32
        ).reshape(people),
    )


def _numbers(tables: Tables, pieces: Longs, longest: int, typical_leg: int) -> Longs:
    """What is said once of a problem, in the order of NOW_S and those after it (layout.py)."""
    problem, weights = tables.problem, tables.problem.weights
    is_plain = (
        len(tables.periods) == 1
        and not pieces[:, 2:].any()
        and all(duty.limit_s == duty.shift.end_s or weights.overtime_price_ms_per_s == 0 for duty in tables.duties)
    )
    numbers = [
        -NEVER if problem.now_s is None else problem.now_s,
        weights.overtime_price_ms_per_s,
        is_plain,
        longest,
        weights.unfairness_price_ms_per_s,
        typical_leg,
        any(job.pin is not None and job.pin.position is not None for job in problem.jobs),
    ]
    return np.array(numbers, dtype=np.int64)


def _speeds(travel_s: Ints, fastest: int) -> Ints:
    if fastest == 100:
        return travel_s[None]
    return np.stack([travel_s, (-(-travel_s.astype(np.int64) * fastest // 100)).astype(np.int32)])


def _job_rows(tables: Tables, begun: dict[int, int], from_starts_s: Ints) -> Longs:
    rows = np.zeros((len(tables.problem.jobs), 5), dtype=np.int64)
    for index, job in enumerate(tables.problem.jobs):
        is_frozen = index in tables.frozen_duty
        position = NOBODY if is_frozen or job.pin is None or job.pin.position is None else job.pin.position
        rows[index, :4] = tables.leave_out_ms[index], position, is_frozen, begun.get(index, -FOREVER)
    if len(from_starts_s):
        rows[:, FAR_S] = from_starts_s.min(axis=0)
    return rows


def _duty_rows(tables: Tables, node: dict[int, int], somewhere: int, kind: Ints) -> Longs:
    rows = [
        (
            duty.technician_index,
            node[duty.start_place],
            somewhere if duty.end_place is None else node[duty.end_place],
            duty.shift.start_s,
            duty.shift.end_s,
            duty.limit_s,
            max(duty.freeze_s, -NEVER),
            len(duty.frozen),
            len(duty.breaks) + 1,
            kind[duty.index],
        )
        for duty in tables.duties
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 10)


def _between(tables: Tables, ends: list[int]) -> Ints:
    """Travel between nodes: the jobs, the places where duties start or end, and nowhere in particular."""
    places = np.concatenate([tables.job_place, np.array(ends, dtype=np.int64)]).astype(np.int64)
    size = len(places) + 1
    travel_s = np.zeros((size, size), dtype=np.int32)
    travel_s[:-1, :-1] = tables.travel_s[np.ix_(places, places)]
    return travel_s


def _durations(tables: Tables) -> Ints:
    problem = tables.problem
    norm = np.array([job.duration_s for job in problem.jobs], dtype=np.int64)
    percent = np.array([technician.duration_percent for technician in problem.technicians], dtype=np.int64)
    seconds = -(-norm[:, None] * percent[None, :] // 100)
    index = {technician.id: column for column, technician in enumerate(problem.technicians)}
    for row, job in enumerate(problem.jobs):
        for technician, own_s in job.durations_s.items():
            if technician in index:
                seconds[row, index[technician]] = own_s
    return seconds.astype(np.int32)


def _prices(tables: Tables) -> Longs:
    problem, everyone = tables.problem, Everyone(tables.problem)
    prices = np.zeros((len(problem.jobs), len(problem.technicians)), dtype=np.int64)
    for row, job in enumerate(problem.jobs):
        prices[row] = everyone.sending_ms(job)
    return prices


def _profiles(tables: Tables, duration_s: Ints) -> tuple[Ints, Ints, Longs, Ints, Ints]:
    """One function of the start for every job and every duration that some technician needs for it."""
    profile = np.zeros(duration_s.shape, dtype=np.int32)
    found: list[list[Piece]] = []
    for row, job in enumerate(tables.problem.jobs):
        for length in np.unique(duration_s[row]):
            profile[row, duration_s[row] == length] = len(found)
            found.append(start_profile(tables.problem, job, int(length)))
    spans = [_spans(pieces) for pieces in found]
    return (profile, *_joined(found, 4, np.int64), *_joined(spans, 2, np.int32))


def _joined(rows: list[Any], width: int, kind: Any) -> tuple[Any, Any]:
    starts = np.cumsum([0, *[len(one) for one in rows]]).astype(np.int32)
    flat = [tuple(row) for one in rows for row in one]
    return starts, np.array(flat, dtype=kind).reshape(-1, width)


def _spans(pieces: list[Piece]) -> list[tuple[int, int]]:
    """Where a function is finite."""
    spans: list[tuple[int, int]] = []
    for piece in pieces:
        first, last = max(piece.first, -NEVER), min(piece.last, NEVER)
        if spans and spans[-1][1] + 1 >= first:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _pauses(duties: list[Duty]) -> tuple[Ints, Ints, Ints]:
    states = 1 + max((len(duty.breaks) for duty in duties), default=0)
    shape = (len(duties), states, states)
    pause_s = np.zeros(shape, dtype=np.int32)
    latest_s = np.full(shape, -NEVER, dtype=np.int32)
    end_s = np.full(shape, NEVER, dtype=np.int32)
    for duty in duties:
        for taken, row in enumerate(duty.gaps):
            for then, gap in enumerate(row):
                if gap is not None:
                    at = (duty.index, taken, then)
                    pause_s[at] = gap.pause_s
                    latest_s[at] = min(gap.latest_s, NEVER)
                    end_s[at] = max(gap.not_before_s, -NEVER)
    return pause_s, latest_s, end_s


def _counts(parts: list[Any], names: list[str]) -> Ints:
    counted = np.zeros((len(parts), len(names)), dtype=np.int32)
    for row, one in enumerate(parts):
        for column, name in enumerate(names):
            counted[row, column] = min(one.get(name, 0), NEVER)
    return counted


def _kinds(tables: Tables, allowed: NDArray[np.bool_], price_ms: Longs, duration_s: Ints) -> tuple[Ints, Ints, Ints]:
    """Duties that no job can tell apart: only the first idle one of a kind is worth trying."""
    known: dict[object, int] = {}
    kind = np.zeros(len(tables.duties), dtype=np.int32)
    for duty in tables.duties:
        person = duty.technician_index
        shift = duty.shift
        own = (duty.start_place, duty.end_place, shift.start_s, shift.end_s, duty.limit_s, duty.breaks, duty.freeze_s)
        crew = duty.technician.crew if tables.problem.weights.unfairness_price_ms_per_s else None
        alike = (allowed[:, duty.index].tobytes(), price_ms[:, person].tobytes(), duration_s[:, person].tobytes())
        parts = tuple(sorted(shift.parts.items()))
        key = (own, tuple(map(hash, alike)), parts, crew, duty.frozen or None)
        kind[duty.index] = known.setdefault(key, len(known))
    order = np.argsort(kind, kind="stable").astype(np.int32)
    starts = np.searchsorted(kind[order], np.arange(len(known) + 1)).astype(np.int32)
    return kind, starts, order


def _longest(duties: list[Duty], duration_s: Ints) -> int:
    """No route can have more stops than this."""
    jobs = len(duration_s)
    shortest = int(duration_s.min()) if duration_s.size else 1
    if shortest == 0:
        return jobs
    spans = [duty.limit_s - duty.shift.start_s for duty in duties]
    frozen = max((len(duty.frozen) for duty in duties), default=0)
    return min(jobs, max(spans, default=0) // shortest + 1 + frozen)
