"""How likely somebody comes inside the window that each customer of a plan was told, or would be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order, Premises, Stop, Visit
from dispatch.queries.duration_history import learnt_durations
from dispatch.queries.planning_snapshot import Snapshot
from dispatch.rules.announcing import Span
from dispatch.rules.duration_learning import traits_of
from dispatch.rules.plan_telling import WIDEST, PlanTelling, was_told
from optimizer.risk.keep import Confidence
from optimizer.risk.simulate import Simulated, quantile, simulate
from optimizer.risk.uncertainty import Traits, Uncertainty
from optimizer.solution import Solution


@dataclass(frozen=True)
class Outlook:
    """What is known of the days to come before there is a plan: durations, and what customers would be told."""

    uncertainty: Uncertainty
    telling: PlanTelling

    @property
    def widest(self) -> PlanTelling:
        """Everybody is told a window that reaches to the end of what is booked."""
        return replace(self.telling, late={}, otherwise=WIDEST)

    def confidence(self, level: float) -> Confidence:
        """What a solver is asked for: windows told as wide as may be are to be kept with at least `level`."""
        return Confidence(level, self.uncertainty, self.widest)


@dataclass(frozen=True)
class Forecast:
    """By visit: the probability that its window is kept, and how late it may be told to be (`Stop.late_s`)."""

    kept: Mapping[int, float]
    late_s: Mapping[int, int]


def plan_outlook(session: Session, snapshot: Snapshot, *, now: datetime) -> Outlook:
    """What is known of the visits of a snapshot."""
    traits: dict[str, Traits] = {}
    booked: dict[str, Span] = {}
    late: dict[str, timedelta] = {}
    statement = (
        select(
            Visit.id,
            Order.kind,
            Visit.purpose,
            Premises.community_id,
            Visit.booked_from_at,
            Visit.booked_until_at,
            Stop.late_s,
        )
        .join(Order, Order.id == Visit.order_id)
        .join(Premises, Premises.id == Visit.premises_id)
        .outerjoin(Stop, (Stop.visit_id == Visit.id) & (Stop.attendance == 1))
        .where(Visit.id.in_([int(job.id) for job in snapshot.problem.jobs]))
    )
    for row in session.execute(statement):
        traits[str(row.id)] = traits_of(row.kind, row.purpose, row.community_id)
        if row.booked_from_at is not None and row.booked_until_at is not None:
            booked[str(row.id)] = (row.booked_from_at, row.booked_until_at)
        if row.late_s is not None:
            late[str(row.id)] = timedelta(seconds=row.late_s)
    uncertainty = replace(learnt_durations(session, now=now), traits=traits)
    return Outlook(uncertainty, PlanTelling(snapshot.zone, booked, late))


def plan_forecast(
    outlook: Outlook, snapshot: Snapshot, solution: Solution, *, level: float | None = None, seed: int = 0
) -> Forecast:
    """What a plan may turn into; what has begun is left out, it is a fact.

    With a `level`, windows that nobody was told yet reach as far as it takes to keep them that
    surely, if what is booked does; never less far than usual.
    """
    telling = outlook.telling if level is None else outlook.widest
    seen = simulate(telling(snapshot.problem, solution), solution, outlook.uncertainty, seed=seed)
    late_s: Mapping[int, int] = {}
    if level is not None:
        late_s = _late_s(snapshot, seen, level)
        sized = replace(telling, late={str(visit): timedelta(seconds=late) for visit, late in late_s.items()})
        seen = replace(seen, problem=sized(snapshot.problem, solution))
    kept = {
        int(one.job): one.kept_probability
        for one in seen.risks()
        if one.kept_probability is not None and int(one.job) not in snapshot.begun
    }
    return Forecast(kept, late_s)


def _late_s(snapshot: Snapshot, seen: Simulated, level: float) -> dict[int, int]:
    """How much later than planned each visit starts on a day of that level, of those that were told no window."""
    starts = seen.starts_by_job()
    return {
        int(stop.job): max(0, quantile(starts[stop.job], level) - stop.start_s)
        for route in seen.solution.routes
        for stop in route.stops
        if int(stop.job) not in snapshot.begun and not was_told(snapshot.problem.jobs_by_id[stop.job])
    }
