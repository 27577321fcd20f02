"""Dispatchers at their boards, in the words of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Contractor, Eta, Technician, Visit
from dispatch.queries.board_attention import Attention, board_attention
from dispatch.queries.board_territories import territory_view
from dispatch.queries.day_board import BoardRow, BoardVisit, DayBoard, day_board
from dispatch.rules.access import Scope
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Role
from dispatch.settings import Settings
from tests.booking import DAY
from tests.planning import PlanningDay
from tests.signing_in import SignedInClient, client_for_staff
from web.app import create_app

EVERYWHERE = Scope(everywhere=True)


@dataclass(frozen=True)
class DayClock:
    """Shows the time of a day in the tests."""

    day: PlanningDay

    def now(self) -> datetime:
        """What it is there."""
        return self.day.now.astimezone(UTC)


@dataclass
class WatchedDay(PlanningDay):
    """A day that somebody looks at; the pages' clocks show `now`."""

    def board(self, scope: Scope = EVERYWHERE, day: str = DAY) -> DayBoard:
        """The board now."""
        with self.database.read_session() as session:
            view = territory_view(session, self.world.ids["territory"], scope)
            return day_board(session, view, date.fromisoformat(day), now=self.now)

    def attention(self, scope: Scope = EVERYWHERE) -> list[Attention]:
        """What needs somebody now, in order."""
        with self.database.read_session() as session:
            view = territory_view(session, self.world.ids["territory"], scope)
            board = day_board(session, view, date.fromisoformat(DAY), now=self.now)
            return list(board_attention(session, board, now=self.now))

    def kinds(self, scope: Scope = EVERYWHERE) -> list[str]:
        """Of what kinds that is."""
        return [one.kind.value for one in self.attention(scope)]

    def row(self, technician: int) -> BoardRow:
        """The row of a technician."""
        return next(row for row in self.board().rows if row.technician_id == technician)

    def seen(self, visit: int) -> BoardVisit:
        """A visit as the board shows it."""
        return next(one for one in self.board().visits if one.visit_id == visit)

    def expect(self, visit: int, time: str) -> None:
        """Somebody is expected at the door at a local time of DAY."""
        at = self.world.at(f"{DAY} {time}")
        self.world.do(lambda session: session.add(Eta(visit_id=visit, arrive_at=at, computed_at=self.now)))

    def sent(self, visit: int, status: VisitStatus = VisitStatus.SENT) -> None:
        """The visit is on the phone, or further."""
        self.reach(visit, status)

        def note(session: Session) -> None:
            session.get_one(Visit, visit).sent_at = self.now

        self.world.do(note)

    def contractor(self, technician: int, name: str = "Crew") -> int:
        """The technician is a contractor's; the contractor's id."""

        def make(session: Session) -> int:
            contractor = session.scalar(select(Contractor).where(Contractor.name == name))
            if contractor is None:
                contractor = Contractor(name=name)
                session.add(contractor)
                session.flush()
            session.get_one(Technician, technician).contractor_id = contractor.id
            return contractor.id

        return self.world.do(make)

    @cached_property
    def app(self) -> Flask:
        """The pages."""
        return self.app_with()

    def app_with(self, settings: Settings | None = None) -> Flask:
        """The pages of a process of its own."""
        app = create_app(self.database, settings, machine_clock=DayClock(self))
        app.extensions["travel"] = self.travel
        return app

    def client(
        self, role: Role = Role.DISPATCHER, *, territory_id: int | None = None, contractor_id: int | None = None
    ) -> SignedInClient:
        """A browser in which somebody is signed in."""
        return client_for_staff(self.app, role, territory_id=territory_id, contractor_id=contractor_id)


def begin(database: Database, now: str = f"{DAY} 09:00") -> WatchedDay:
    """A day at local time `now`."""
    day = WatchedDay.begin(database, now)
    assert isinstance(day, WatchedDay)
    return day


def at(day: WatchedDay, time: str) -> datetime:
    """A local time of DAY."""
    return day.world.at(f"{DAY} {time}")
