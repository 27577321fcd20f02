"""As fast as the machine can follow: the demonstration's clock slows down while work waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dispatch.clocks import Clock, business_clock
from dispatch.models import BusinessClock, DueWork
from web.city.surroundings import Surroundings

#: permille of real time
FASTEST, SLOWEST = 60_000, 2_000
#: work that has been due for longer slows the clock down; with less it may run faster again
BEHIND, CAUGHT_UP = timedelta(minutes=4), timedelta(minutes=2)


def keep_pace(around: Surroundings, now: datetime, *, meant_at: datetime | None) -> int:
    """Halve or double the rate, as far behind as worker and people are; the rate from now on, in permille.

    `meant_at` is when the first of the people wanted to act.
    """
    due_at = around.see(lambda session: _first_due(session, around.machine))
    lag = now - min((at for at in (due_at, meant_at) if at is not None), default=now)
    if CAUGHT_UP <= lag <= BEHIND:
        return around.see(lambda session: session.get_one(BusinessClock, 1).rate_permille)
    return around.do(lambda session: _change(session, around.machine, is_behind=lag > BEHIND))


def _first_due(session: Session, machine: Clock) -> datetime | None:
    """Since when the first piece of work waits that nobody is at."""
    free = or_(DueWork.leased_until.is_(None), DueWork.leased_until <= machine.now())
    return session.scalar(select(func.min(DueWork.due_at)).where(DueWork.parked_at.is_(None), free))


def _change(session: Session, machine: Clock, *, is_behind: bool) -> int:
    row = session.get_one(BusinessClock, 1, with_for_update=True)
    rate = max(SLOWEST, row.rate_permille // 2) if is_behind else min(FASTEST, row.rate_permille * 2)
    if row.rate_permille == 0:
        return 0  # somebody has stopped the clock
    if rate != row.rate_permille:
        machine_now = machine.now()
        row.epoch_business_at = business_clock(session, machine).now()
        row.epoch_machine_at, row.rate_permille = machine_now, rate
    return rate
