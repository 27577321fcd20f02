"""One process, one instant after the other: what becomes due is done when it is due, and idle time is skipped.

Both clocks stand still while something is done and move on together, so that holds and leases
run on the same time as promises; no thread, no wall clock and no chance that is not seeded: the
same seed lives the same week.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from dispatch.models import DueWork, Event, EventSequence, ReaderCursor
from dispatch.services.request_plan import PLAN_TERRITORY
from notifications.inbound import ANSWER_INBOUND
from notifications.want_message import SEND_MESSAGE
from web.city.hearing import Hearing
from web.city.surroundings import News, People, Surroundings
from web.worker import Worker

#: how often a worker looks for what no row says the time of
LOOKS_EVERY = timedelta(minutes=10)
#: more rounds at one instant than anything honest needs
MOST_ROUNDS = 500

Tick = Callable[[], int]


@dataclass
class SettableClock:
    """A clock that somebody sets."""

    at: datetime

    def now(self) -> datetime:
        """Where it stands."""
        return self.at


class RunsInCircles(Exception):
    """Something is due again and again at the same instant."""


class Watcher(Protocol):
    """Looks at the city after every step."""

    def look(self, session: Session, news: News, now: datetime) -> None:
        """Raises what is wrong."""
        ...


@dataclass(frozen=True)
class _Waiting:
    """What waits in the database: kinds of work that is due, whether the log has news, and when the next is due."""

    kinds: frozenset[str]
    is_log_behind: bool
    next_at: datetime | None


@dataclass
class Clockwork:
    """A city and a worker on the same two clocks."""

    around: Surroundings
    clock: SettableClock
    worker: Worker
    people: Sequence[People]
    watchers: Collection[Watcher] = ()
    steps: int = 0
    _hearing: Hearing = field(init=False)

    def __post_init__(self) -> None:
        self._owners = {key: people for people in self.people for key in people.keys}
        with self.around.database.read_session() as session:
            self._hearing = Hearing.from_now_on(session)
            for people in self.people:
                people.wake(session, self.clock.at)

    def run(self, until: datetime, progress: Callable[[datetime], None] = lambda _at: None) -> None:
        """Live until then."""
        at = self.clock.at
        looks_at = at
        while at <= until:
            is_look = at >= looks_at
            looks_at = at + LOOKS_EVERY if is_look else looks_at
            next_at = self._step(at, everything=is_look)
            progress(at)
            at = min(one for one in (next_at, self.around.agenda.next_at(), looks_at) if one is not None)
        self._set(until)

    def _step(self, at: datetime, *, everything: bool) -> datetime | None:
        """Do what is due at this instant, until nothing is; when the database has more that is due."""
        self._set(at)
        if everything:
            for tick in self._periodic():
                while tick():
                    pass
        for _ in range(MOST_ROUNDS):
            moved = self._act(at)
            waiting = self._waiting(at)
            ticks = self._ticks(waiting)
            for tick in ticks:
                tick()
            if not ticks and not moved:
                self._listen(at)
                return waiting.next_at
            self._listen(at)
        raise RunsInCircles(at.isoformat(), sorted(waiting.kinds))

    def _set(self, at: datetime) -> None:
        self.clock.at = at
        self.worker.now = at

    def _act(self, at: datetime) -> bool:
        """Let people do what they meant to do."""
        moved = False
        while (key := self.around.agenda.take_due(at)) is not None:
            self._owners[key[0]].act(key, at)
            moved = True
        return moved

    def _listen(self, at: datetime) -> None:
        """What has happened is heard by everybody, and looked at."""
        with self.around.database.read_session() as session:
            news = self._hearing.listen(session)
            if not news.events and not news.messages:
                return
            self.steps += 1
            for people in self.people:
                people.hear(session, news, at)
            for watcher in self.watchers:
                watcher.look(session, news, at)

    # --- what the worker has to do ----------------------------------------------------------

    def _ticks(self, waiting: _Waiting) -> list[Tick]:
        """The ticks that have something to do: a look is cheaper than a round of empty ones."""
        worker, kinds = self.worker, waiting.kinds
        wanted: Mapping[Tick, bool] = {
            worker.advance_log: waiting.is_log_behind,
            worker.do_due_work: bool(kinds & set(worker.handlers)),
            worker.answer_customers: ANSWER_INBOUND in kinds,
            worker.send_messages: SEND_MESSAGE in kinds,
            worker.solve_plans: PLAN_TERRITORY in kinds,
        }
        known = {*worker.handlers, ANSWER_INBOUND, SEND_MESSAGE, PLAN_TERRITORY}
        ticks = [tick for tick, is_wanted in wanted.items() if is_wanted]
        if kinds - known:
            ticks += [tick for tick in worker.ticks if tick not in wanted]
        return ticks

    def _periodic(self) -> list[Tick]:
        """What no row says the time of: all other ticks but those that only claim rows."""
        worker = self.worker
        by_row = (
            worker.advance_log,
            worker.do_due_work,
            worker.answer_customers,
            worker.send_messages,
            worker.solve_plans,
            worker.apply_reports,
            worker.send_sign_in_codes,
        )
        return [tick for tick in worker.ticks if tick not in by_row]

    def _waiting(self, now: datetime) -> _Waiting:
        with self.around.database.read_session() as session:
            found = frozenset(session.scalars(_DUE_KINDS, {"now": now}))
            due_at, lease_at, count, position, newest = session.execute(_OUTLOOK, {"now": now}).one()
        next_at = min((at for at in (due_at, lease_at) if at is not None), default=None)
        return _Waiting(found, bool(count) or (position or 0) < (newest or 0), next_at)


#: both clocks show the same here; built once, since they are asked all the time
_NOW = bindparam("now", type_=DueWork.due_at.type)
_STANDING = DueWork.parked_at.is_(None)
_FREE = or_(DueWork.leased_until.is_(None), DueWork.leased_until <= _NOW)
_DUE_KINDS = select(DueWork.kind).where(_STANDING, DueWork.due_at <= _NOW, _FREE).distinct()
_OUTLOOK = select(
    select(func.min(DueWork.due_at)).where(_STANDING, DueWork.due_at > _NOW).scalar_subquery(),
    select(func.min(DueWork.leased_until)).where(_STANDING, DueWork.leased_until > _NOW).scalar_subquery(),
    select(func.count()).select_from(Event).where(Event.position.is_(None)).scalar_subquery(),
    select(func.min(ReaderCursor.position)).where(ReaderCursor.failed_at.is_(None)).scalar_subquery(),
    select(EventSequence.last_position).where(EventSequence.id == 1).scalar_subquery(),
)
