"""Publishing a plan: it is rebased on the routes as they are now, and refused if something would be lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dispatch.db import Database, lock, run_use_case
from dispatch.errors import NotFound, Refusal
from dispatch.models import Order, Plan, Route, Shift, Stop, Territory, Visit
from dispatch.queries.plan_drafts import has_shift_of
from dispatch.queries.rebased_plan import Loss, RebasedPlan, fingerprint_of, rebased_plan
from dispatch.rules.calendars import local_instant
from dispatch.rules.events import PlanPublished, PlanRefused
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.append_event import append_event
from dispatch.services.discard_plan import discard_superseded
from dispatch.services.lock_territory_day import lock_territory_days
from dispatch.services.write_routes import Written, write_routes
from dispatch.travel import TravelModel
from dispatch.travel_memory import PlacesUnknown, RememberedTravel

#: how often the routes may move on under our hands before we hold them still
OPTIMISTIC_TRIES = 3
#: how often, after that, new places may turn up while the routes are held still
HELD_TRIES = 3


class NotADraft(Refusal):
    """Only a draft can be published."""


class NobodyInPlan(Refusal):
    """None of the technicians whose routes are to be published has a shift in the plan."""


class PlanIsOver(Refusal):
    """The days of the plan are over; there is nothing left to publish."""


class PlanWouldLose(Refusal):
    """Publishing would take away a booking, a told window, a promise or a pin; `orders` say whose."""


class PlanHasFaults(Refusal):
    """The checker has found violations in the plan as rebased; it is not published."""


class RoutesMoveOn(Refusal):
    """The routes have changed again and again while the plan was being rebased on them; try again."""

    again = True


def publish_plan(
    database: Database,
    plan_id: int,
    *,
    now: datetime,
    by: str,
    travel: RememberedTravel,
    technicians: Collection[int] | None = None,
    may_lose: Collection[int] = (),
    looked_at: RebasedPlan | None = None,
) -> Written:
    """Make the plan's routes (or those of some `technicians`) the truth.

    What has begun, was pinned, booked, held or cancelled since the plan was made stays as it
    is now; the result is checked again. Raises NotFound, NotADraft or NobodyInPlan; PlanIsOver,
    PlanWouldLose and PlanHasFaults make the plan stale, and nothing else is changed. The rebase happens while
    nothing is locked; if the routes have moved on meanwhile it is done again, in the end
    while they are held still. Only visits that somebody has decided about `may_lose` something.
    Who has `looked_at` the same routes just now, rebased as they would be here, says so, and it is not
    done again unless something has changed since.
    """
    chosen = None if technicians is None else frozenset(technicians)
    publishing = _Publishing(plan_id, now, by, travel, chosen, frozenset(may_lose))
    try:
        return publishing.run(database, looked_at)
    except (PlanIsOver, PlanWouldLose, PlanHasFaults) as refusal:
        reason = f"{refusal.code}_{refusal.values['what']}" if "what" in refusal.values else refusal.code
        run_use_case(database, lambda session: publishing.make_stale(session, reason))
        raise


@dataclass(frozen=True)
class _Publishing:
    """One attempt to publish, with its facts."""

    plan_id: int
    now: datetime
    by: str
    travel: RememberedTravel
    technicians: frozenset[int] | None
    may_lose: frozenset[int]

    def run(self, database: Database, looked_at: RebasedPlan | None) -> Written:
        for attempt in range(OPTIMISTIC_TRIES + HELD_TRIES):
            with database.read_session() as session:
                plan = self._draft(session)
                rebased = self._harmless(session, plan, looked_at or self._as_it_fits(session, plan, self.travel))
                left_behind = session.scalars(_days_of(rebased.snapshot.orphaned)).all()
            looked_at, optimistic = None, rebased if attempt < OPTIMISTIC_TRIES else None
            with suppress(PlacesUnknown):
                written = run_use_case(database, partial(self._publish, rebased=optimistic, left_behind=left_behind))
                if written is not None:
                    return written
        raise RoutesMoveOn("plan", plan=self.plan_id)

    def _draft(self, session: Session) -> Plan:
        plan = session.get(Plan, self.plan_id)
        if plan is None:
            raise NotFound("plan")
        if plan.status is not PlanStatus.DRAFT:
            raise NotADraft("plan", plan=plan.id, plan_status=plan.status)
        if self.technicians is not None and not has_shift_of(session, plan.id, self.technicians):
            raise NobodyInPlan("technicians", plan=plan.id)
        if _ends_at(session, plan) <= self.now:
            raise PlanIsOver("plan", plan=plan.id, until_on=plan.until_on.isoformat())
        return plan

    def _as_it_fits(self, session: Session, plan: Plan, travel: TravelModel) -> RebasedPlan:
        return rebased_plan(session, plan, now=self.now, travel=travel, technicians=self.technicians)

    def _harmless(self, session: Session, plan: Plan, rebased: RebasedPlan) -> RebasedPlan:
        """The same; raises what speaks against publishing it."""
        losses = [loss for loss in rebased.losses() if loss.visit_id not in self.may_lose]
        if losses:
            raise _would_lose(session, plan, losses)
        faults = rebased.faults()
        if faults:
            raise PlanHasFaults("plan", plan=plan.id, violation=faults[0].code, violations=len(faults))
        return rebased

    def _publish(self, session: Session, rebased: RebasedPlan | None, left_behind: Collection[date]) -> Written | None:
        """Write the routes down, rebased here if they were not before; None if they have moved on.

        `left_behind` are the days whose routes lose stops because nobody came.
        """
        plan = session.get_one(Plan, self.plan_id)
        lock_territory_days(session, plan.territory_id, {*plan.days, *left_behind})
        if rebased is None:
            lock(session, Visit, session.scalars(_on_routes(plan)))
        plan = session.get_one(Plan, self.plan_id, with_for_update=True, populate_existing=True)
        self._draft(session)
        if rebased is None:
            rebased = self._harmless(session, plan, self._as_it_fits(session, plan, self.travel.recalled))
        lock(session, Visit, (int(job.id) for job in rebased.snapshot.problem.jobs))
        if fingerprint_of(session, rebased.snapshot) != rebased.fingerprint:
            return None
        written = write_routes(
            session,
            rebased.snapshot,
            rebased.solution.routes,
            now=self.now,
            by=self.by,
            late_s={int(visit_id): late_s for visit_id, late_s in plan.proposal.get("late_s", {}).items()},
        )
        plan.move_to(PlanStatus.PUBLISHED, at=self.now, by=self.by)
        fact = PlanPublished(
            occurred_at=self.now,
            plan_id=plan.id,
            territory_id=plan.territory_id,
            added=written.added,
            moved=written.moved,
            removed=written.removed,
        )
        append_event(session, fact, now=self.now)
        discard_superseded(session, plan, now=self.now, by=self.by)
        return written

    def make_stale(self, session: Session, reason: str) -> None:
        plan = session.get_one(Plan, self.plan_id, with_for_update=True)
        if plan.status is PlanStatus.DRAFT:
            plan.move_to(PlanStatus.STALE, at=self.now, by=self.by, reason=reason)
            fact = PlanRefused(occurred_at=self.now, plan_id=plan.id, territory_id=plan.territory_id, reason=reason)
            append_event(session, fact, now=self.now)


def _ends_at(session: Session, plan: Plan) -> datetime:
    """When the last day of the plan is over, or the last shift that began on it."""
    midnight = local_instant(plan.until_on, "24:00", session.get_one(Territory, plan.territory_id).zone)
    shifts = select(Shift.ends_at).where(Shift.territory_id == plan.territory_id, Shift.day_on == plan.until_on)
    last = session.scalars(shifts.order_by(Shift.ends_at.desc()).limit(1)).first()
    return midnight if last is None else max(midnight, last)


def _days_of(visit_ids: Collection[int]) -> Select[date]:
    """The days on whose routes the visits are."""
    statement = select(Route.day_on).join(Stop, Stop.route_id == Route.id)
    return statement.where(Stop.visit_id.in_(visit_ids)).distinct()


def _on_routes(plan: Plan) -> Select[int]:
    """The visits on the routes of the plan's days."""
    on_days = select(Route.id).where(Route.territory_id == plan.territory_id, Route.day_on.in_(plan.days))
    return select(Stop.visit_id).where(Stop.route_id.in_(on_days))


def _would_lose(session: Session, plan: Plan, losses: Sequence[Loss]) -> PlanWouldLose:
    visits = [loss.visit_id for loss in losses]
    numbers = select(Order.number).join(Visit, Visit.order_id == Order.id).where(Visit.id.in_(visits)).distinct()
    orders = sorted(session.scalars(numbers))
    return PlanWouldLose("plan", plan=plan.id, losses=len(losses), what=losses[0].what, orders=orders)
