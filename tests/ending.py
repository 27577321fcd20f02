"""A technician on site, and how the visit ends, in the words of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Case, CloseOut, Order, Premises, Promise, Visit
from dispatch.rules.close_out_rules import CHECKLIST
from dispatch.rules.field_reports import (
    ClosedOutReport,
    MeasuredReading,
    Needs,
    NobodyThereReport,
    NotCompletedReport,
    Position,
)
from dispatch.rules.lifecycles import CaseStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind, PromiseKind, ReadingKind, VisitPurpose
from dispatch.services.close_out_visit import close_out_visit
from dispatch.services.end_visit import end_visit_undone, leave_closed_door
from tests.saying import DAY, Saying
from tests.world import World

ANSWERED = {item.code: True for item in CHECKLIST}
_PURPOSES = {
    OrderKind.INSTALL: VisitPurpose.SET_UP,
    OrderKind.MOVE: VisitPurpose.SET_UP,
    OrderKind.REPAIR: VisitPurpose.REPAIR,
    OrderKind.LINE_TUNING: VisitPurpose.TUNE,
    OrderKind.RECOVER: VisitPurpose.RECOVER,
}


@dataclass
class Ending(Saying):
    """A world with one order, whose technician is on site since 12:05 of DAY."""

    @classmethod
    def on_site(
        cls, database: Database, kind: OrderKind = OrderKind.REPAIR, *, mbps: int | None = None, **world: Any
    ) -> Ending:
        """The order was received at 09:12; the technician came to the only visit."""
        begun = Saying.begin(World(database, **world), kind)
        ending = cls(begun.world, begun.order, begun.visit)

        def write(session: Session) -> None:
            session.get_one(Order, ending.order).contracted_mbps = mbps
            session.get_one(Visit, ending.visit).purpose = _PURPOSES[kind]

        ending.world.do(write)
        ending.reach(VisitStatus.ON_SITE, f"{DAY} 12:05", arrived_at=ending.world.at(f"{DAY} 12:05"))
        return ending

    # --- how it ends --------------------------------------------------------------------

    def account(
        self,
        *,
        rates: tuple[int, ...] = (),
        online: int | None = 1,
        power: int | None = -2000,
        at: str = "12:50",
        **more: Any,
    ) -> ClosedOutReport:
        """An account that lacks nothing unless told so; rates in kbit/s, power in hundredths of a dBm."""
        measured = [(ReadingKind.DOWNLINK_KBPS, rate) for rate in rates]
        measured += [] if online is None else [(ReadingKind.ONLINE, online)]
        measured += [] if power is None else [(ReadingKind.GPON_POWER_CDBM, power)]
        taken_at = self.world.at(f"{DAY} {at}")
        said: dict[str, Any] = {"checklist": ANSWERED, "consents": {}, "serials": {"terminal": "SN1"}}
        said |= {"conveniences": (), "remark": "", **more}
        return ClosedOutReport(
            readings=tuple(MeasuredReading(kind, value, taken_at) for kind, value in measured), **said
        )

    def close_out(self, account: ClosedOutReport | None = None, *, at: str = "13:00", known: str = "13:00") -> int:
        """The technician closes out; the account's id."""
        told = account or self.account()
        times = self._times(at, known)
        who = self.world.ids["technician"]
        return self.world.do(lambda s: close_out_visit(s, self.visit, who, told, **times).id)

    def give_up(
        self,
        reason: str,
        *,
        parts: tuple[str, ...] = (),
        skills: tuple[str, ...] = (),
        note: str = "",
        at: str = "13:00",
        known: str = "13:00",
    ) -> int:
        """The visit ends without what it was for; the account's id."""
        told = NotCompletedReport(reason, Needs(parts, skills, note), {}, (), "as I said")
        times = self._times(at, known)
        who = self.world.ids["technician"]
        return self.world.do(lambda s: end_visit_undone(s, self.visit, who, told, **times).id)

    def leave(
        self,
        *,
        since: str = "12:05",
        at: str = "12:25",
        records: tuple[str, ...] = ("a1", "a2"),
        off_m: float | None = 20,
    ) -> int:
        """Nobody opened; the phone was so many metres north of the premises. The account's id."""
        place = self.look(Premises, self.world.ids["premises"])
        position = None
        if off_m is not None and place.lat is not None and place.lon is not None:
            position = Position(place.lat + off_m / 111_195, place.lon, place.datum)
        told = NobodyThereReport(self.world.at(f"{DAY} {since}"), records, position)
        times = self._times(at, at)
        who = self.world.ids["technician"]
        return self.world.do(lambda s: leave_closed_door(s, self.visit, who, told, **times).id)

    def _times(self, at: str, known: str) -> dict[str, datetime]:
        return {"at": self.world.at(f"{DAY} {at}"), "now": self.world.at(f"{DAY} {known}")}

    # --- what is so ---------------------------------------------------------------------

    def look(self, model: Any, row_id: int) -> Any:
        """A row as it is written."""
        with self.world.database.read_session() as session:
            return session.get_one(model, row_id)

    def visits(self) -> list[tuple[int, str, str | None]]:
        """Number, status and earliest start of every visit of the order."""
        with self.world.database.read_session() as session:
            rows = session.scalars(select(Visit).where(Visit.order_id == self.order).order_by(Visit.number))
            return [(row.number, row.status.value, self.world.local(row.release_at)) for row in rows]

    def steps(self) -> list[str]:
        """The next steps of the cases that are not settled."""
        with self.world.database.read_session() as session:
            rows = session.scalars(select(Case).where(Case.status != CaseStatus.RESOLVED).order_by(Case.id))
            return [row.next_step for row in rows]

    def said_in_cases(self) -> list[str]:
        """Every remark of every case."""
        with self.world.database.read_session() as session:
            return [remark.text for case in session.scalars(select(Case)) for remark in case.remarks]

    def status(self) -> str:
        """Where the order stands."""
        return str(self.look(Order, self.order).status)

    def own_promise(self, kind: PromiseKind) -> Promise:
        """The order's own promise."""
        return self.world.promise(kind, order_id=self.order)

    def linked(self) -> list[Order]:
        """The orders that have come from this one."""
        with self.world.database.read_session() as session:
            return list(session.scalars(select(Order).where(Order.linked_order_id == self.order)))

    def accounts(self) -> int:
        """How many accounts there are."""
        with self.world.database.read_session() as session:
            return len(session.scalars(select(CloseOut)).all())
