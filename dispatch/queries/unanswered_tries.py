"""How often a customer was tried in vain since we last heard of them (R12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import ContactAttempt, Event, Promise, Territory, Visit
from dispatch.rules.contact_tries import NextTry, TryRules, next_try, tries_that_count
from dispatch.rules.events import TimeAgreed, VisitConfirmed, WindowChosen
from dispatch.rules.try_rules import DEFAULT_TRIES, read_try_rules
from dispatch.rules.vocabulary import Priority, PromiseKind

#: what a customer says counts like an answered call
_HEARD = (WindowChosen.kind, TimeAgreed.kind, VisitConfirmed.kind)


@dataclass(frozen=True)
class Tries:
    """The tries in vain that count, oldest first, as (attempt, time); `rules` say when the next one is."""

    tried: tuple[tuple[int, datetime], ...]
    rules: TryRules
    zone: ZoneInfo

    def place_of(self, attempt_id: int) -> int | None:
        """Which try it was, from 1; None if it does not count, or the customer was heard of since."""
        return next((place for place, (one, _at) in enumerate(self.tried, start=1) if one == attempt_id), None)

    def is_last(self, place: int) -> bool:
        """Whether no other try follows this one."""
        return place > self.rules.more_tries

    @property
    def is_over(self) -> bool:
        """Whether the last try was in vain too."""
        return self.is_last(len(self.tried))

    @property
    def next(self) -> NextTry | None:
        """When to try again; None after the last try, or if there was none."""
        return next_try([at for _one, at in self.tried], self.rules, self.zone)


def unanswered_tries(session: Session, visit_id: int) -> Tries:
    """The tries that count since the customer of the visit was reached or has chosen something."""
    attempts = session.scalars(
        select(ContactAttempt)
        .where(ContactAttempt.visit_id == visit_id)
        .order_by(ContactAttempt.tried_at, ContactAttempt.id)
    ).all()
    spoke = select(func.max(Event.occurred_at)).where(Event.visit_id == visit_id, Event.kind.in_(_HEARD))
    heard = [at for at in (session.scalar(spoke), *(one.tried_at for one in attempts if one.reached)) if at]
    tried = [(one.id, one.tried_at) for one in attempts if not one.reached and (not heard or one.tried_at > max(heard))]
    visit, rules = session.get_one(Visit, visit_id), _rules(session, visit_id)
    zone = session.get_one(Territory, visit.territory_id).zone
    urgent = visit.order.priority is Priority.EMERGENCY
    counted = tries_that_count([at for _one, at in tried], rules, zone, around_the_clock=urgent)
    return Tries(tuple(tried[place] for place in counted), rules, zone)


def _rules(session: Session, visit_id: int) -> TryRules:
    statement = select(Promise).where(Promise.visit_id == visit_id, Promise.kind == PromiseKind.CONTACT)
    promise = session.scalars(statement.order_by(Promise.occasion.desc())).first()
    if promise is None:
        return DEFAULT_TRIES
    return read_try_rules(promise.rule.as_rule().parameters)
