"""A job and the windows it is asked for, as the pass over the gaps reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.piecewise import Piece, cut
from optimizer.problem import Job, Window
from optimizer.quoting.day_gaps import NOWHERE, no_dearer
from optimizer.quoting.roster import Roster
from optimizer.start_costs import loose_profile

Profile = tuple[Piece, ...]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: dearer than anything, in ms
TOO_DEAR = 1 << 60


class Asked(NamedTuple):
    """A job as R duties would do it, and W windows it is asked for, with K kinds of duration.

    `rows` names the duties that may serve it, `kind` and `price_ms` what it is for each. For
    a kind and a window, the job may start in `spans` from `span_at[k, w]` to before
    `span_at[k, w + 1]`, first and last second each, at the price in `profile` (first, last, value,
    slope); it costs at least `own_ms[k, w]` then, and no more in the `best` spans.
    `position` is where in the route it must stand, or -1.
    Unless `is_bounded`, costs are not a route's own, and every gap that is feasible is doubtful.
    """

    rows: Ints
    kind: Ints
    price_ms: Longs
    duration_s: Ints  # K
    own_ms: Longs  # K, W
    span_at: Ints  # K, W + 1
    spans: Ints  # spans, 2
    profile: Longs  # spans, 4
    best_at: Ints  # K, W + 1
    best: Ints  # spans, 2
    opens_s: Ints  # W
    closes_s: Ints  # W
    position: int
    is_bounded: bool


def asked_of(roster: Roster, job: Job, windows: Sequence[Window], shut: Sequence[int] = ()) -> Asked:
    """What is asked of everyone who may serve the job, those in `shut` left out."""
    allowed = roster.may_serve(job)
    allowed[list(shut)] = False
    rows = np.flatnonzero(allowed)
    durations, kind = roster.durations(job)
    starts = _Starts(windows)
    for duration_s in durations.tolist():
        starts.add(tuple(loose_profile(roster.weights, job, duration_s)))
    pinned = job.pin.position if job.pin is not None else None
    return Asked(
        rows=rows.astype(np.int32),
        kind=kind[rows].astype(np.int32),
        price_ms=roster.sending_ms(job)[rows],
        duration_s=durations.astype(np.int32),
        own_ms=np.array([one.own_ms for one in starts.kinds], dtype=np.int64).reshape(len(durations), len(windows)),
        span_at=_ints([one.span_at for one in starts.kinds]).reshape(len(durations), len(windows) + 1),
        spans=_ints([piece[:2] for piece in starts.profile]).reshape(-1, 2),
        profile=np.array(starts.profile, dtype=np.int64).reshape(-1, 4),
        best_at=_ints([one.best_at for one in starts.kinds]).reshape(len(durations), len(windows) + 1),
        best=_ints(starts.best).reshape(-1, 2),
        opens_s=_ints([window.start_s for window in windows]),
        closes_s=_ints([window.end_s for window in windows]),
        position=NOWHERE if pinned is None else pinned,
        is_bounded=roster.weights.unfairness_price_ms_per_s == 0,
    )


class _Kind(NamedTuple):
    """For each window, the least price of a start in it and where its spans are."""

    own_ms: list[int]
    span_at: list[int]
    best_at: list[int]


class _Starts:
    """The starts that are allowed in each window, and among them the cheapest, kind by kind."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.windows = windows
        self.kinds: list[_Kind] = []
        self.profile: list[Piece] = []
        self.best: list[tuple[int, int]] = []
        self._known: dict[Profile, _Kind] = {}

    def add(self, profile: Profile) -> None:
        """One more kind; those with the same profile share their spans."""
        if profile not in self._known:
            self._known[profile] = self._cut(profile)
        self.kinds.append(self._known[profile])

    def _cut(self, profile: Profile) -> _Kind:
        kind = _Kind([], [len(self.profile)], [len(self.best)])
        for window in self.windows:
            pieces = cut(profile, window.start_s, window.end_s)
            own_ms = min((min(piece.value, piece.at(piece.last)) for piece in pieces), default=TOO_DEAR)
            self.profile.extend(pieces)
            self.best.extend(piece[:2] for piece in no_dearer(pieces, own_ms))
            kind.own_ms.append(own_ms)
            kind.span_at.append(len(self.profile))
            kind.best_at.append(len(self.best))
        return kind


def starts_in(asked: Asked, kind: int, window: int) -> Longs:
    """The price of each start in a window: rows of (first, last, value, slope)."""
    return asked.profile[asked.span_at[kind, window] : asked.span_at[kind, window + 1]]


def _ints(values: object) -> Ints:
    return np.array(values, dtype=np.int32)
