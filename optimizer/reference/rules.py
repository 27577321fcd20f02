"""What must hold: one method per constraint."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from optimizer.reference.vehicles import Layout, ready_s
from optimizer.start_costs import allowed_starts
from optimizer.tables import Duty

MUCH = 10**15


class Rules:
    """The hard constraints, laid on a routing model."""

    def __init__(self, layout: Layout) -> None:
        self.on = layout
        self._only_who_may_serves()
        self._service_starts_in_a_window()
        self._shifts_end()
        self._breaks_are_taken()
        self._frozen_stops_lead()
        self._pinned_positions_hold()
        self._parts_suffice()

    def _only_who_may_serves(self) -> None:
        """A job is served by a duty with the skills, not forbidden, as pinned and frozen, or by nobody."""
        spoilt = {
            duty.index for duty in self.on.tables.duties if self.on.overruns(duty) or self.on.misses_a_break(duty)
        }
        for job in self.on.jobs:
            allowed = [int(duty) for duty in np.flatnonzero(self.on.tables.may_serve[job])]
            if job not in self.on.tables.frozen_duty:
                allowed = [duty for duty in allowed if duty not in spoilt]
            self.on.routing.VehicleVar(self.on.index(job)).SetValues([-1, *allowed])

    def _service_starts_in_a_window(self) -> None:
        """Service starts inside one of the job's windows, after its release, and meets its deadline."""
        top = int(self.on.time.CumulVar(self.on.routing.End(0)).Max()) if self.on.tables.duties else 0
        for job in self.on.jobs:
            if job in self.on.tables.frozen_duty:
                continue
            shortest = min((self.on.call(job, duty).duration_s for duty in self.on.servers(job)), default=0)
            spans = allowed_starts(self.on.problem.jobs[job], shortest)
            spans = [(max(0, a - self.on.origin_s), min(top, b - self.on.origin_s)) for a, b in spans]
            self._start_in_one_of(job, [(a, b) for a, b in spans if a <= b])
            self._deadline_by_duration(job, shortest)

    def _start_in_one_of(self, job: int, spans: list[tuple[int, int]]) -> None:
        index = self.on.index(job)
        if not spans:
            self.on.routing.VehicleVar(index).SetValue(-1)
            return
        start = self.on.time.CumulVar(index)
        start.SetRange(spans[0][0], spans[-1][1])
        for (_, closes), (opens, _) in pairwise(spans):
            if opens - closes > 1:
                start.RemoveInterval(closes + 1, opens - 1)

    def _deadline_by_duration(self, job: int, shortest: int) -> None:
        """Whoever takes longer must start earlier to meet the deadline."""
        deadline = self.on.problem.jobs[job].deadline_s
        if deadline is None or all(self.on.call(job, duty).duration_s == shortest for duty in self.on.servers(job)):
            return
        latest = [deadline - self.on.call(job, duty).duration_s - self.on.origin_s for duty in self.on.tables.duties]
        index = self.on.index(job)
        who = self.on.solver.Max(self.on.routing.VehicleVar(index), 0)
        self.on.solver.Add(
            self.on.time.CumulVar(index) <= self.on.solver.Element(latest, who) + self.on.absent(index) * MUCH
        )

    def _shifts_end(self) -> None:
        """A route starts no earlier than its shift and now, and ends by its limit, or at once where that is past."""
        for duty in self.on.tables.duties:
            ready = ready_s(duty, self.on.tables) - self.on.origin_s
            limit = max(ready, self.on.limit_s(duty) - self.on.origin_s)
            start, end = self.on.routing.Start(duty.index), self.on.routing.End(duty.index)
            self.on.time.CumulVar(start).SetRange(ready, limit)
            self.on.time.CumulVar(end).SetMax(limit)

    def _breaks_are_taken(self) -> None:
        """Each duty takes its breaks, in order, in their time; they may interrupt travel, not service.

        The solver would let a break be over before its vehicle starts: none begins before the duty is ready.
        """
        for duty in self.on.tables.duties:
            if not duty.breaks or self.on.misses_a_break(duty):
                continue
            ready = ready_s(duty, self.on.tables) - self.on.origin_s
            pauses = [
                self.on.solver.FixedDurationIntervalVar(
                    max(pause.earliest_start_s - self.on.origin_s, ready),
                    pause.latest_start_s - self.on.origin_s,
                    pause.duration_s,
                    False,  # noqa: FBT003 - OR-Tools takes it by position: the break is not optional
                    f"break {duty.index}.{number}",
                )
                for number, pause in enumerate(duty.breaks)
            ]
            for before, after in pairwise(pauses):
                self.on.solver.Add(after.StartExpr() >= before.EndExpr())
            visits = [0] * self.on.routing.Size()
            for job in self.on.jobs:
                visits[self.on.index(job)] = int(self.on.service_of[duty.index][self.on.node_of[job]])
            self.on.time.SetBreakIntervalsOfVehicle(pauses, duty.index, visits)

    def _frozen_stops_lead(self) -> None:
        """Frozen stops not yet begun come first in their route, in their order; the rest starts after the freeze."""
        for duty in self.on.tables.duties:
            index = self.on.routing.Start(duty.index)
            for job in duty.frozen[len(duty.begun_s) :]:
                after = self.on.index(job)
                self.on.routing.NextVar(index).SetValue(after)
                index = after
            if duty.freeze_s > self.on.origin_s:
                self._start_after_the_freeze(duty)

    def _start_after_the_freeze(self, duty: Duty) -> None:
        for job in self.on.jobs:
            if job in self.on.tables.frozen_duty or not self.on.tables.may_serve[job, duty.index]:
                continue
            index = self.on.index(job)
            here = self.on.solver.IsEqualCstVar(self.on.routing.VehicleVar(index), duty.index)
            self.on.solver.Add(self.on.time.CumulVar(index) >= here * (duty.freeze_s - self.on.origin_s))

    def _pinned_positions_hold(self) -> None:
        """A job pinned to a position has so many stops before it."""
        pinned = [
            (job, self.on.problem.jobs[job].pin)
            for job in self.on.jobs
            if job not in self.on.tables.frozen_duty and self.on.problem.jobs[job].pin is not None
        ]
        if not any(pin is not None and pin.position is not None for _, pin in pinned):
            return
        size = len(self.on.jobs) + 1
        self.on.routing.AddConstantDimension(1, size + 1, True, "position")  # noqa: FBT003
        count = self.on.routing.GetDimensionOrDie("position")
        begun = [len(duty.begun_s) for duty in self.on.tables.duties]
        for job, pin in pinned:
            if pin is None or pin.position is None:
                continue
            index = self.on.index(job)
            who = self.on.solver.Max(self.on.routing.VehicleVar(index), 0)
            position = count.CumulVar(index) - 1 + self.on.solver.Element(begun, who)
            holds = self.on.solver.IsEqualCstVar(position, pin.position)
            self.on.solver.Add(holds + self.on.absent(index) >= 1)

    def _parts_suffice(self) -> None:
        """A van carries in the morning what all its jobs of the day need."""
        for part in sorted({part for job in self.on.jobs for part in self.on.problem.jobs[job].parts}):
            needs = [self.on.problem.jobs[job].parts.get(part, 0) for job in self.on.jobs]
            needs += [0] * (len(self.on.places) - len(self.on.jobs))
            carried = [self._carried(duty, part) for duty in self.on.tables.duties]
            needed = self.on.routing.RegisterUnaryTransitVector(needs)
            self.on.routing.AddDimensionWithVehicleCapacity(needed, 0, carried, True, f"part {part}")  # noqa: FBT003

    def _carried(self, duty: Duty, part: str) -> int:
        used = {job: self.on.problem.jobs[job].parts.get(part, 0) for job in duty.frozen}
        begun = sum(used[job] for job in duty.frozen[: len(duty.begun_s)])
        return max(duty.shift.parts.get(part, 0), sum(used.values())) - begun
