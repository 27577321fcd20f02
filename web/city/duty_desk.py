"""The duty desk: whoever owns a case calls, answers, decides and settles it, in the order of its clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import Case, Disruption, Event
from dispatch.queries.running_dues import running_dues
from dispatch.rules.case_steps import CLOSE_WITHDRAWAL, VERIFY_WITHDRAWAL
from dispatch.rules.events import CaseOpened, PauseDisputed, RemarkAdded
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, PromiseKind
from dispatch.services.close_out_visit import PROVE_WORKING
from dispatch.services.close_withdrawal import close_withdrawal
from dispatch.services.confirm_working import confirm_working
from dispatch.services.decide_disruption import decide_disruption
from dispatch.services.dispute_pause import settle_dispute
from dispatch.services.make_callback import make_callback
from dispatch.services.resolve_case import resolve_case
from dispatch.services.verify_withdrawal import verify_withdrawal
from web.city.agenda import Key
from web.city.surroundings import News, Surroundings

HOURS = ("07:30", "21:30")
DECIDE_REPAIR = "decide_repair"
BY = "rule:desk"

ANSWER = "已与您沟通处理完毕,感谢您的耐心。"


@dataclass
class DutyDesk:
    """All staff who own cases."""

    around: Surroundings
    keys: frozenset[str] = frozenset({"case"})

    # --- intentions -------------------------------------------------------------------------

    def wake(self, session: Session, now: datetime) -> None:
        """Every case that is not settled."""
        for case in session.scalars(select(Case).where(Case.status != CaseStatus.RESOLVED).order_by(Case.id)):
            self._mean(case, now)

    def hear(self, session: Session, news: News, now: datetime) -> None:
        """Cases that were opened, or in which the customer has said more."""
        for event in news.events:
            if event.kind in (CaseOpened.kind, RemarkAdded.kind) and event.case_id is not None:
                self._mean(session.get_one(Case, event.case_id), now)

    def _mean(self, case: Case, now: datetime) -> None:
        if case.next_step == DECIDE_REPAIR:
            wait = self.around.chances.between(3, 12, "decides", case.id)
        elif case.next_step in (VERIFY_WITHDRAWAL, CLOSE_WITHDRAWAL):
            wait = self.around.chances.between(60, 300, "verifies", case.id)
        else:
            wait = self.around.chances.between(8, 70, "calls back", case.id)
        self.around.agenda.keep(("case", case.id), self._in_hours(now + wait, case))

    def _in_hours(self, at: datetime, case: Case) -> datetime:
        if case.next_step == DECIDE_REPAIR:
            return at
        day_on = self.around.day_of(at)
        opens, closes = (self.around.local(day_on, clock) for clock in HOURS)
        if at > closes:
            opens = self.around.local(day_on + timedelta(days=1), HOURS[0])
        return at if opens <= at <= closes else opens + self.around.chances.between(0, 60, "first thing", case.id)

    # --- work ---------------------------------------------------------------------------------

    def act(self, key: Key, now: datetime) -> None:
        """The next thing that the case wants; what is refused is tried again later."""
        case_id = int(key[1])
        case = self.around.see(lambda session: session.get_one(Case, case_id))
        if case.status is CaseStatus.RESOLVED:
            return
        try:
            is_settled = self._settle(case, now)
        except Refusal:
            is_settled = False
        if not is_settled:
            again_at = self._in_hours(now + self.around.chances.between(30, 200, "goes on", case_id, now), case)
            self.around.agenda.put(key, again_at)

    def give_up(self, key: Key, now: datetime) -> None:
        """Try again in a while."""
        self.around.agenda.keep(key, now + timedelta(minutes=10))

    def _settle(self, case: Case, now: datetime) -> bool:
        """Do the next thing; whether the case is settled by it."""
        if case.kind is CaseKind.DISPUTE:
            self.around.do(lambda session: self._judge(session, case.id, now))
            return True
        if case.next_step == DECIDE_REPAIR:
            return self._decide(case, now)
        work = _STEPS.get(case.next_step)
        if work is not None:
            return self.around.do(lambda session: work(session, case, now))
        return self._talk(case, now)

    def _talk(self, case: Case, now: datetime) -> bool:
        """Call, if that was promised, and settle it the next time."""
        if self.around.see(lambda session: PromiseKind.CALLBACK in running_dues(session, case_id=case.id)):
            is_reached = self.around.chances.happens(0.85, "reached by desk", case.id, now)
            self.around.do(
                lambda session: make_callback(
                    session, case.id, user_id=case.owner_id, reached=is_reached, now=now, text="已回电"
                )
            )
            return False
        self.around.do(lambda session: resolve_case(session, case.id, user_id=case.owner_id, now=now, answer=ANSWER))
        return True

    def _judge(self, session: Session, case_id: int, now: datetime) -> None:
        """A third of the pauses that are disputed should not have been."""
        case = session.get_one(Case, case_id, with_for_update=True)
        disputed = select(Event).where(Event.kind == PauseDisputed.kind, Event.case_id == case_id)
        proof = session.scalars(disputed).one().payload["proof"]
        is_upheld = self.around.chances.happens(0.33, "upheld", case_id)
        settle_dispute(session, case, proof=proof, is_upheld=is_upheld, user_id=case.owner_id, now=now)

    def _decide(self, case: Case, now: datetime) -> bool:
        """Publish what repairs the day."""
        waiting = select(Disruption.id).where(Disruption.case_id == case.id).order_by(Disruption.id).limit(1)
        disruption_id = self.around.see(lambda session: session.scalars(waiting).first())
        if disruption_id is None:
            return self._talk(case, now)
        decide_disruption(self.around.database, disruption_id, publish=True, now=now, by=BY, travel=self.around.travel)
        return self.around.see(lambda session: session.get_one(Case, case.id).status is CaseStatus.RESOLVED)


def _verify(session: Session, case: Case, now: datetime) -> bool:
    verify_withdrawal(session, case.order_id or 0, user_id=case.owner_id, now=now)
    return False


def _close(session: Session, case: Case, now: datetime) -> bool:
    close_withdrawal(session, case.order_id or 0, now=now, by=f"user:{case.owner_id}")
    return False  # the case follows the order


def _confirm(session: Session, case: Case, now: datetime) -> bool:
    confirm_working(session, case.order_id or 0, now=now, by=f"user:{case.owner_id}")
    resolve_case(session, case.id, user_id=case.owner_id, now=now, answer=ANSWER)
    return True


_STEPS: Mapping[str, Callable[[Session, Case, datetime], bool]] = {
    VERIFY_WITHDRAWAL: _verify,
    CLOSE_WITHDRAWAL: _close,
    PROVE_WORKING: _confirm,
}
