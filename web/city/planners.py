"""The planner's rule: tomorrow is planned in the evening, today anew while it lasts, and published.

In the evening shifts are written down for two more weeks too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import Plan, Territory
from dispatch.rules.events import PlanDrafted
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.publish_plan import publish_plan
from dispatch.services.request_plan import request_plan
from web.city.agenda import Key
from web.city.found_city import extend_shifts
from web.city.surroundings import News, Surroundings

#: when tomorrow is planned
EVENING = "17:40"
#: local times at which a day is planned: how many days ahead, and with how many seconds of search
TIMES = ((EVENING, 1, 20), ("07:10", 0, 10), ("09:40", 0, 6), ("12:10", 0, 6), ("14:40", 0, 6), ("16:40", 0, 6))
BY = "rule:city"
_PREFIX = "city:"


@dataclass
class Planners:
    """Whoever plans; every draft of theirs is published."""

    around: Surroundings
    keys: frozenset[str] = frozenset({"plan", "publish"})

    def wake(self, session: Session, now: datetime) -> None:
        """The next of each time of the day, and drafts that nobody has published."""
        for clock, _, _ in TIMES:
            self._again(clock, now)
        drafts = select(Plan.id).where(Plan.status == PlanStatus.DRAFT, Plan.request_key.like(f"{_PREFIX}%"))
        for plan_id in session.scalars(drafts):
            self.around.agenda.put(("publish", plan_id), now)

    def hear(self, session: Session, news: News, now: datetime) -> None:
        """A draft of ours is ready."""
        for event in news.events:
            if event.kind != PlanDrafted.kind:
                continue
            plan = session.get_one(Plan, event.payload["plan_id"])
            if plan.request_key.startswith(_PREFIX):
                self.around.agenda.put(("publish", plan.id), now)

    def act(self, key: Key, now: datetime) -> None:
        """Ask for plans, or publish one."""
        match key:
            case ("plan", str(clock)):
                self._again(clock, now + timedelta(minutes=1))
                if clock == EVENING:
                    self.around.do(self._extend_shifts(now))
                for territory_id in self._territories:
                    self._request(territory_id, clock, now)
            case ("publish", int(plan_id)):
                self._publish(plan_id, now)

    def give_up(self, key: Key, now: datetime) -> None:
        """Try again in a while."""
        self.around.agenda.keep(key, now + timedelta(minutes=10))

    def _again(self, clock: str, now: datetime) -> None:
        today = self.around.day_of(now)
        at = self.around.local(today, clock)
        self.around.agenda.put(
            ("plan", clock), at if at >= now else self.around.local(today + timedelta(days=1), clock)
        )

    @cached_property
    def _territories(self) -> list[int]:
        return self.around.see(lambda session: list(session.scalars(select(Territory.id).order_by(Territory.id))))

    def _extend_shifts(self, now: datetime) -> Callable[[Session], None]:
        return lambda session: extend_shifts(session, self.around.size, self.around.chances, now=now)

    def _request(self, territory_id: int, clock: str, now: datetime) -> None:
        ahead, budget_s = next((ahead, budget_s) for at, ahead, budget_s in TIMES if at == clock)
        day_on: date = self.around.day_of(now) + timedelta(days=ahead)
        self.around.do(
            lambda session: request_plan(
                session,
                territory_id,
                day_on,
                day_on,
                budget_s=budget_s,
                seed=self.around.chances.seed,
                request_key=f"{_PREFIX}{day_on}:{clock}:{ahead}",
                now=now,
                by=BY,
            )
        )

    def _publish(self, plan_id: int, now: datetime) -> None:
        """What would lose something is left: the routes stay as they are until the next plan."""
        try:
            publish_plan(self.around.database, plan_id, now=now, by=BY, travel=self.around.travel)
        except Refusal:
            return
