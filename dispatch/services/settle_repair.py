"""What becomes of a repair: published by rule where nothing told is lost, otherwise somebody decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.models import Disruption, Event, Plan
from dispatch.queries.repair_losses import RepairOutlook, repair_outlook, unkept_visits
from dispatch.rules import events as e
from dispatch.rules.lifecycles import PlanStatus
from dispatch.rules.repair_ends import NO_REPAIR, NOTHING_CHANGES, REPAIRED, SEARCHED_LONGER, WOULD_LOSE
from dispatch.rules.vocabulary import DisruptionKind
from dispatch.services.discard_plan import discard_plan
from dispatch.services.end_disruption import leave_undecided, repairing, settle_disruptions, waiting_for
from dispatch.services.follow_log import Reader
from dispatch.services.publish_plan import publish_plan
from dispatch.services.repair_day import BY_RULE, REPAIR_BUDGET_S, ROUNDS, ask_for_repair
from dispatch.services.schedule_work import schedule_work
from dispatch.travel_memory import RememberedTravel
from optimizer.obstacles import CostsMoreThanItIsWorth, NoRoomInRoutes

#: due work, by plan: a repair was made, or will not be
SETTLE_REPAIR = "settle_repair"
#: obstacles that another plan may clear away
_ROOM_WOULD_HELP = frozenset({NoRoomInRoutes.code, CostsMoreThanItIsWorth.code})


def _on_plan(session: Session, event: Event, now: datetime) -> None:
    plan_id = int(event.payload["plan_id"])
    if session.scalars(select(Disruption.id).where(Disruption.plan_id == plan_id).limit(1)).first() is not None:
        schedule_work(session, SETTLE_REPAIR, plan_id, now)


#: whatever becomes of a plan that is a repair, somebody looks at it
REPAIR_READER = Reader(
    "repair", (e.PlanDrafted, e.PlanFailed, e.PlanDiscarded, e.PlanRefused, e.PlanPublished), _on_plan
)


@dataclass(frozen=True)
class _Look:
    """A repair as it was found: its plan's status and round, and whose the disruptions are."""

    status: PlanStatus
    round: int
    needed: tuple[int, ...]


def settle_repair(
    database: Database, plan_id: int, *, budget_s: int = REPAIR_BUDGET_S, now: datetime, travel: RememberedTravel
) -> None:
    """Publish the repair by rule, or in part and ask for the rest, or leave it to somebody (due work `settle_repair`).

    It may be done any number of times, and again after a crash at any point: what was done
    is found done. A repair that is not made yet is left alone.
    """
    with database.read_session() as session:
        look = _look(session, plan_id)
        if look is None or look.status in (PlanStatus.REQUESTED, PlanStatus.SOLVING):
            return
        outlook = _outlook(session, plan_id, look, now, travel) if look.status is PlanStatus.DRAFT else None
    settling = _Settling(database, plan_id, look, budget_s, now, travel)
    if outlook is None:
        settling.as_found()
    elif not outlook.changes:
        settling.discard()
    elif not outlook.lost:
        settling.publish(outlook)
    else:
        settling.partly(outlook)


def give_up_repair(session: Session, plan_id: int, *, now: datetime) -> None:
    """It could not be settled again and again: somebody decides."""
    leave_undecided(session, repairing(session, plan_id), NO_REPAIR, now=now)


@dataclass(frozen=True)
class _Settling:
    """One repair being settled."""

    database: Database
    plan_id: int
    look: _Look
    budget_s: int
    now: datetime
    travel: RememberedTravel

    def as_found(self) -> None:
        """The plan is over: published, by us or somebody else, perhaps in part, or lost to what happened meanwhile."""
        if self.look.status is PlanStatus.PUBLISHED and not self._is_anything_unkept():
            self._end(REPAIRED)
        elif self.look.status is PlanStatus.FAILED or self.look.round >= ROUNDS:
            self._leave_to_somebody(NO_REPAIR)
        else:
            self._ask_again()

    def _is_anything_unkept(self) -> bool:
        with self.database.read_session() as session:
            plan = session.get_one(Plan, self.plan_id)
            return bool(unkept_visits(session, plan, needed=self.look.needed, now=self.now, travel=self.travel))

    def discard(self) -> None:
        """The routes are as good as they can be."""

        def discard(session: Session) -> None:
            disruptions = repairing(session, self.plan_id)
            discard_plan(session, self.plan_id, now=self.now, by=BY_RULE, reason=NOTHING_CHANGES)
            settle_disruptions(session, disruptions, NOTHING_CHANGES, now=self.now, by=BY_RULE)

        run_use_case(self.database, discard)

    def publish(self, outlook: RepairOutlook, technicians: frozenset[int] | None = None) -> bool:
        """Make what was looked at the truth; where something would be lost after all, it is asked for anew."""
        try:
            publish_plan(
                self.database,
                self.plan_id,
                now=self.now,
                by=BY_RULE,
                travel=self.travel,
                technicians=technicians,
                looked_at=outlook.rebased,
            )
        except Refusal as refusal:
            if refusal.again:
                raise
            return False  # the log says so, and this is done again
        if technicians is None:
            self._end(REPAIRED)
        return True

    def partly(self, outlook: RepairOutlook) -> None:
        """Do what takes nothing from anybody, search longer for the rest; what is lost in the end somebody decides."""
        is_last = self.look.round >= ROUNDS
        safe = None if is_last else self._safe_part(outlook)
        if safe is not None:
            if self.publish(safe, outlook.untouched):
                self._ask_again()
        elif is_last or self._is_search_in_vain(outlook):
            self._leave_to_somebody(WOULD_LOSE, outlook)
        else:
            self._ask_again(instead_of_draft=True)

    def _is_search_in_vain(self, outlook: RepairOutlook) -> bool:
        """Whether all that is lost are places of visits that nobody could make, with nothing else to do either."""
        with self.database.read_session() as session:
            left_out = session.get_one(Plan, self.plan_id).proposal["unassigned"]
        hopeless = {one["visit_id"] for one in left_out if _ROOM_WOULD_HELP.isdisjoint(map(_code, one["obstacles"]))}
        return all(loss.visit_id in hopeless for loss in outlook.lost)

    def _safe_part(self, outlook: RepairOutlook) -> RepairOutlook | None:
        """The part of those whose routes can change with nothing lost; None if they would not change."""
        if not outlook.untouched:
            return None
        with self.database.read_session() as session:
            plan = session.get_one(Plan, self.plan_id)
            part = repair_outlook(session, plan, now=self.now, travel=self.travel, technicians=outlook.untouched)
        return None if part.lost or not part.changes else part

    def _end(self, reason: str) -> None:
        def end(session: Session) -> None:
            settle_disruptions(session, repairing(session, self.plan_id), reason, now=self.now, by=BY_RULE)

        run_use_case(self.database, end)

    def _ask_again(self, *, instead_of_draft: bool = False) -> None:
        def ask(session: Session) -> None:
            disruptions = repairing(session, self.plan_id)
            if disruptions:
                if instead_of_draft:
                    discard_plan(session, self.plan_id, now=self.now, by=BY_RULE, reason=SEARCHED_LONGER)
                plan = ask_for_repair(session, disruptions, budget_s=self.budget_s, now=self.now)
                for disruption in disruptions:
                    disruption.plan_id = plan.id

        run_use_case(self.database, ask)

    def _leave_to_somebody(self, reason: str, outlook: RepairOutlook | None = None) -> None:
        def leave(session: Session) -> None:
            disruptions = repairing(session, self.plan_id)
            if outlook is not None:
                plan = session.get_one(Plan, self.plan_id, with_for_update=True)
                lost = [{"what": loss.what, "visit_id": loss.visit_id} for loss in outlook.lost]
                plan.summary = {**plan.summary, "lost": lost}
            leave_undecided(session, disruptions, reason, now=self.now)

        run_use_case(self.database, leave)


def _code(obstacle: Mapping[str, Any]) -> str:
    return str(obstacle["code"])


def _look(session: Session, plan_id: int) -> _Look | None:
    """The repair, unless nobody waits for it any more."""
    disruptions = session.scalars(waiting_for(plan_id)).all()
    if not disruptions:
        return None
    plan = session.get_one(Plan, plan_id)
    needed = tuple(one.visit_id for one in disruptions if one.kind is DisruptionKind.EMERGENCY and one.visit_id)
    return _Look(plan.status, int(plan.request_key.rpartition(":")[2]), needed)


def _outlook(session: Session, plan_id: int, look: _Look, now: datetime, travel: RememberedTravel) -> RepairOutlook:
    plan = session.get_one(Plan, plan_id)
    return repair_outlook(session, plan, needed=look.needed, now=now, travel=travel)
