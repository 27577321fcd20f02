"""What people in the city share: the services' database, the clocks, chance, and the way from place to place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.clocks import Clock
from dispatch.db import Database, run_use_case
from dispatch.models import Event
from dispatch.rules.calendars import local_instant
from dispatch.travel_memory import RememberedTravel
from web.city.agenda import Agenda, Key
from web.city.chances import Chances
from web.city.city_size import TIME_ZONE, CitySize

T = TypeVar("T")


@dataclass(frozen=True)
class Surroundings:
    """One city and its clocks; people change the database only through services."""

    database: Database
    machine: Clock
    travel: RememberedTravel
    size: CitySize
    chances: Chances
    agenda: Agenda = field(default_factory=Agenda)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(TIME_ZONE))

    def do(self, use_case: Callable[[Session], T]) -> T:
        """Run a use case in a transaction of its own."""
        return run_use_case(self.database, use_case)

    def see(self, look: Callable[[Session], T]) -> T:
        """What somebody sees at this moment."""
        with self.database.read_session() as session:
            return look(session)

    def day_of(self, at: datetime) -> date:
        """The local day."""
        return at.astimezone(self.zone).date()

    def local(self, day_on: date, clock: str) -> datetime:
        """The instant at which the city's clocks show this."""
        return local_instant(day_on, clock, self.zone)


class HandsetMessage(NamedTuple):
    """A message that a handset has received: the sandbox's row, its template, and when it was sent."""

    id: int
    template: str
    sent_at: datetime | None


@dataclass(frozen=True)
class News:
    """What has happened since somebody looked last: facts, and messages that handsets have received."""

    events: Sequence[Event] = ()
    messages: Sequence[HandsetMessage] = ()


class People(Protocol):
    """Some of the people: they hear news, which gives them intentions, and carry these out."""

    #: what the keys of their intentions begin with
    keys: frozenset[str]

    def wake(self, session: Session, /, now: datetime) -> None:
        """Intentions from what stands in the database: the city has just been started."""
        ...

    def hear(self, session: Session, /, news: News, now: datetime) -> None:
        """Intentions from what has just happened."""
        ...

    def act(self, key: Key, now: datetime) -> None:
        """Carry out what was meant to be done now."""
        ...

    def give_up(self, key: Key, now: datetime) -> None:
        """What was meant to be done could not be done now; the loop goes on."""
        ...
