"""Who may do a job, how long they take and what sending them costs: over all technician-days at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Job, Shift, SkillNeed, Technician, Weights

Flags = NDArray[np.bool_]
Longs = NDArray[np.int64]
Member = tuple[Technician, int]


class Roster:
    """The technician-days (technician, index of shift) that jobs are given to, D of them.

    `planned` names the technician whose base route a job is in.
    """

    def __init__(self, members: Sequence[Member], weights: Weights, planned: Mapping[str, str]) -> None:
        self.members, self.weights, self.planned = list(members), weights, planned
        self._rows: dict[str, list[int]] = {}
        for row, (technician, _) in enumerate(members):
            self._rows.setdefault(technician.id, []).append(row)
        self._shift = np.array([shift for _, shift in members], dtype=np.int64)
        percents = np.array([technician.duration_percent for technician, _ in members], dtype=np.int64)
        self._percents, self._pace = np.unique(percents, return_inverse=True)
        self._skilled: dict[tuple[str, int], Flags] = {}
        self._parts: dict[str, Longs] = {}

    def shift(self, row: int) -> Shift:
        """The shift of a technician-day."""
        technician, index = self.members[row]
        return technician.shifts[index]

    def carry(self, row: int, used: Iterable[Job]) -> None:
        """The parts on a van are those of its shift less those that its jobs take."""
        left = Counter(self.shift(row).parts)
        for job in used:
            left.subtract(job.parts)
        for part in left:
            if part not in self._parts:
                self._parts[part] = np.zeros(len(self.members), dtype=np.int64)
        for part, counts in self._parts.items():
            counts[row] = left[part]

    def may_serve(self, job: Job) -> Flags:
        """Skills in date, parts on the van, nobody forbidden, the pin: everything but time."""
        allowed = np.ones(len(self.members), dtype=np.bool_)
        for need in job.skills:
            allowed &= self._with_skill(need)
        for part, count in job.parts.items():
            if part in self._parts:
                allowed &= self._parts[part] >= count
            elif count:
                allowed[:] = False
        for technician in job.forbidden_technicians:
            allowed[self._rows.get(technician, [])] = False
        if job.pin is not None and job.pin.technician is not None:
            allowed &= self._one_of((job.pin.technician,))
        if job.pin is not None and job.pin.shift is not None:
            allowed &= self._shift == job.pin.shift
        return allowed

    def durations(self, job: Job) -> tuple[Longs, Longs]:
        """The durations that there are in seconds, and for each technician-day which of them is theirs."""
        usual = -(-job.duration_s * self._percents // 100)
        if not job.durations_s:
            return usual, self._pace
        kind = self._pace.copy()
        for index, technician in enumerate(job.durations_s):
            kind[self._rows.get(technician, [])] = len(usual) + index
        return np.concatenate([usual, np.array(list(job.durations_s.values()), dtype=np.int64)]), kind

    def sending_ms(self, job: Job) -> Longs:
        """The price of sending each: not preferred, not the regular, the announced or the planned one."""
        weights = self.weights
        told = job.announced.technician if job.announced is not None else None
        planned = self.planned.get(job.id)
        wishes = (
            (job.preferred_technicians, weights.not_preferred_price_s),
            (job.regular_technicians, weights.not_regular_price_s),
            (() if told is None else (told,), weights.technician_changed_price_s),
            (() if planned is None else (planned,), weights.reassigned_price_s),
        )
        price = np.zeros(len(self.members), dtype=np.int64)
        for technicians, price_s in wishes:
            if technicians:
                price += np.where(self._one_of(technicians), 0, 1000 * price_s)
        return price

    def _one_of(self, technicians: Iterable[str]) -> Flags:
        named = np.zeros(len(self.members), dtype=np.bool_)
        for technician in technicians:
            named[self._rows.get(technician, [])] = True
        return named

    def _with_skill(self, need: SkillNeed) -> Flags:
        key = (need.code, need.level)
        if key not in self._skilled:
            held = [_holds(technician, need, technician.shifts[shift].end_s) for technician, shift in self.members]
            self._skilled[key] = np.array(held, dtype=np.bool_)
        return self._skilled[key]


def _holds(technician: Technician, need: SkillNeed, until_s: int) -> bool:
    return any(
        skill.code == need.code
        and skill.level >= need.level
        and (skill.expires_s is None or skill.expires_s >= until_s)
        for skill in technician.skills
    )
