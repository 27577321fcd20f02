"""What costs: one method per price, all in ms of travel."""

from __future__ import annotations

from typing import Any

from optimizer.problem import Promise
from optimizer.reference.vehicles import Layout, begun_work_s
from optimizer.tables import Duty

MUCH = 10**15


class Prices:
    """The costs, laid on a routing model."""

    def __init__(self, layout: Layout) -> None:
        self.on = layout
        self._extras_ms: list[Any] = []
        self._travel_costs()
        self._leaving_out_costs()
        self._overtime_costs()
        self._agreed_times_cost()
        self._promises_cost()
        self._announcements_cost()
        self._sending_costs()
        self._unfairness_costs()
        self._charge_the_extras()

    def _travel_costs(self) -> None:
        """Every second on the road costs a second."""
        self.on.routing.SetArcCostEvaluatorOfAllVehicles(
            self.on.routing.RegisterTransitMatrix((1000 * self.on.travel_s).tolist())
        )

    def _leaving_out_costs(self) -> None:
        """A job left out costs its value, and more if it is mandatory or was announced."""
        for job in self.on.jobs:
            self.on.routing.AddDisjunction([self.on.index(job)], self.on.tables.leave_out_ms[job])

    def _overtime_costs(self) -> None:
        """Each second that a route ends after its shift costs."""
        price = self.on.problem.weights.overtime_price_ms_per_s
        for duty in self.on.tables.duties:
            due = max(0, duty.shift.end_s - self.on.origin_s)
            if price and self.on.limit_s(duty) - self.on.origin_s > due:
                self.on.time.SetCumulVarSoftUpperBound(self.on.routing.End(duty.index), due, price)

    def _agreed_times_cost(self) -> None:
        """Each second before or after the agreed time costs."""
        price = self.on.problem.weights.target_price_ms_per_s
        for job in self.on.jobs:
            target = self.on.problem.jobs[job].target_s
            if target is not None and price:
                index, at = self.on.index(job), target - self.on.origin_s
                self.on.time.SetCumulVarSoftLowerBound(index, max(0, at), price)
                self.on.time.SetCumulVarSoftUpperBound(index, max(0, at), price)
                self._already_late(index, at, price)

    def _promises_cost(self) -> None:
        """A broken promise costs once and for every second late."""
        for job in self.on.jobs:
            asked = self.on.problem.jobs[job]
            ranked = sorted(asked.promises, key=lambda promise: -promise.late_price_ms_per_s)
            for number, promise in enumerate(ranked):
                native = number == 0 and (asked.target_s is None or not self.on.problem.weights.target_price_ms_per_s)
                self._lateness(job, promise, native=native)

    def _lateness(self, job: int, promise: Promise, *, native: bool) -> None:
        index = self.on.index(job)
        start, due = self.on.time.CumulVar(index), self._due(job, promise)
        late = promise.late_price_ms_per_s
        if native and late:
            self.on.time.SetCumulVarSoftUpperBound(index, max(0, due), late)
            self._already_late(index, due, late)
        elif late:
            self._extras_ms.append(self.on.present(index) * self.on.solver.Max(start - due, 0) * late)
        if promise.broken_price_s:
            broken = self.on.solver.IsGreaterCstVar(start, due)
            self._extras_ms.append(self.on.present(index) * broken * (1000 * promise.broken_price_s))

    def _already_late(self, index: int, due: int, price: int) -> None:
        """What was due before the solver's first second is late by that much already, if it is served."""
        if due < 0:
            self._extras_ms.append(self.on.present(index) * (-due * price))

    def _due(self, job: int, promise: Promise) -> int:
        """The latest start that keeps a promise, for the slowest who may serve."""
        longest = max((self.on.call(job, duty).duration_s for duty in self.on.servers(job)), default=0)
        return promise.due_s - (longest if promise.measure == "finish" else 0) - self.on.origin_s

    def _announcements_cost(self) -> None:
        """Starting outside the announced window costs once."""
        price = 1000 * self.on.problem.weights.window_missed_price_s
        for job in self.on.jobs:
            announced = self.on.problem.jobs[job].announced
            if announced is None or announced.window is None or not price:
                continue
            index = self.on.index(job)
            window = (announced.window.start_s - self.on.origin_s, announced.window.end_s - self.on.origin_s)
            inside = self.on.solver.IsBetweenVar(self.on.time.CumulVar(index), *window)
            self._extras_ms.append(self.on.present(index) * (1 - inside) * price)

    def _sending_costs(self) -> None:
        """Sending somebody not preferred, not regular or not announced costs, by technician."""
        vectors = [self._sending_ms(duty) for duty in self.on.tables.duties]
        if not any(any(vector) for vector in vectors):
            return
        known: dict[tuple[int, ...], int] = {}
        for vector in vectors:
            if vector not in known:
                known[vector] = self.on.routing.RegisterUnaryTransitVector(list(vector))
        transits = [known[vector] for vector in vectors]
        self.on.routing.AddDimensionWithVehicleTransits(transits, 0, MUCH, True, "sending")  # noqa: FBT003
        sending = self.on.routing.GetDimensionOrDie("sending")
        for duty in self.on.tables.duties:
            sending.SetCumulVarSoftUpperBound(self.on.routing.End(duty.index), 0, 1)

    def _sending_ms(self, duty: Duty) -> tuple[int, ...]:
        prices = [
            self.on.call(job, duty).price_ms if self.on.tables.may_serve[job, duty.index] else 0 for job in self.on.jobs
        ]
        return (*prices, *[0] * (len(self.on.places) - len(self.on.jobs)))

    def _unfairness_costs(self) -> None:
        """The spread of spare time inside each crew costs."""
        price = self.on.problem.weights.unfairness_price_ms_per_s
        crews: dict[str, dict[str, list[Duty]]] = {}
        for duty in self.on.tables.duties:
            if duty.technician.crew is not None:
                crews.setdefault(duty.technician.crew, {}).setdefault(duty.technician.id, []).append(duty)
        crews = {name: members for name, members in crews.items() if len(members) > 1}
        if not price or not crews:
            return
        loads = self._loads()
        for members in crews.values():
            spare = [self._spare(duties, loads) for duties in members.values()]
            self._extras_ms.append((self.on.solver.Max(spare) - self.on.solver.Min(spare)) * price)

    def _loads(self) -> Any:
        """Work counts up along a route: service and travel, no waiting."""
        known: dict[int, int] = {}
        transits = []
        for service in self.on.service_of:
            if id(service) not in known:
                work = (self.on.travel_s + service[:, None]).tolist()
                known[id(service)] = self.on.routing.RegisterTransitMatrix(work)
            transits.append(known[id(service)])
        self.on.routing.AddDimensionWithVehicleTransits(transits, 0, MUCH, True, "work")  # noqa: FBT003
        return self.on.routing.GetDimensionOrDie("work")

    def _spare(self, duties: list[Duty], loads: Any) -> Any:
        length = sum(duty.shift.end_s - duty.shift.start_s for duty in duties)
        done = sum(begun_work_s(duty, self.on.tables) for duty in duties)
        work = self.on.solver.Sum([loads.CumulVar(self.on.routing.End(duty.index)) for duty in duties])
        return (length - done - work).Var()

    def _charge_the_extras(self) -> None:
        """Prices OR-Tools has no word for are summed in one variable, charged as the end of a dimension."""
        if not self._extras_ms or not self.on.tables.duties:
            return
        nothing = self.on.routing.RegisterUnaryTransitVector([0] * len(self.on.places))
        self.on.routing.AddDimension(nothing, MUCH, MUCH, True, "extras")  # noqa: FBT003
        extras = self.on.routing.GetDimensionOrDie("extras")
        end = self.on.routing.End(0)
        self.on.solver.Add(extras.CumulVar(end) >= self.on.solver.Sum(self._extras_ms))
        self.on.routing.AddVariableMinimizedByFinalizer(extras.CumulVar(end))
        extras.SetCumulVarSoftUpperBound(end, 0, 1)
        self.on.routing.SetVehicleUsedWhenEmpty(True, 0)  # noqa: FBT003 - else an empty route charges nothing
