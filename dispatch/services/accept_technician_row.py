"""Making a technician what one row of a file says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Contractor, Technician, TechnicianSkill, Territory
from dispatch.rules.events import TechnicianChanged, TechnicianJoined
from dispatch.rules.import_report import Notice, Outcome
from dispatch.rules.technician_rows import TechnicianRow
from dispatch.services.change_shifts import add_later_shifts, change_shifts
from dispatch.services.record import record
from dispatch.services.register_skill import register_skill
from dispatch.upsert import insert_or_update


@dataclass(frozen=True)
class TechnicianTaking:
    """What a technician's row needs besides: where new ones belong, and shifts for how many days."""

    territory: Territory
    days: int
    now: datetime


def accept_technician_row(
    session: Session, row: TechnicianRow, taking: TechnicianTaking
) -> tuple[Outcome, frozenset[Notice]]:
    """Add the technician with shifts for the next days, or bring what has changed up to date.

    A row that says what it said last time changes nothing, whatever has been changed here
    since; for somebody who is active it only adds shifts of days later than any that there are. A shift with stops on
    its route stays as it is.
    """
    technician = session.scalars(select(Technician).where(Technician.badge == row.badge)).one_or_none()
    if technician is not None and technician.import_hash == row.content_hash:
        has_more = technician.is_active and add_later_shifts(
            session, technician, row.pattern, days=taking.days, now=taking.now
        )
        return Outcome.UPDATED if has_more else Outcome.UNCHANGED, frozenset()
    if technician is None:
        outcome = Outcome.ACCEPTED
        technician = Technician(badge=row.badge, territory_id=taking.territory.id)
        session.add(technician)
    else:
        outcome = Outcome.UPDATED
    _describe(session, technician, row)
    session.flush()
    _record_who(session, technician, outcome, taking)
    kept: Collection[date] = ()
    if technician.is_active:
        kept = change_shifts(session, technician, row.pattern, days=taking.days, now=taking.now)
    return outcome, frozenset({Notice.SHIFT_KEPT} if kept else ())


def _describe(session: Session, technician: Technician, row: TechnicianRow) -> None:
    technician.name, technician.phone = row.name, row.phone
    technician.home_lat, technician.home_lon = (row.home.lat, row.home.lon) if row.home else (None, None)
    if row.home:
        technician.datum = row.home.datum
    technician.contractor_id = _contractor_id(session, row.contractor) if row.contractor else None
    technician.import_hash = row.content_hash
    learned = {skill.skill.code: skill for skill in technician.skills}
    for code in learned.keys() - set(row.skills):
        technician.skills.remove(learned[code])
    for code in row.skills:
        if code not in learned:
            learned[code] = TechnicianSkill(skill=register_skill(session, code))
            technician.skills.append(learned[code])
        learned[code].level = row.level
        learned[code].certified_until_on = row.certified_until_on


def _contractor_id(session: Session, name: str) -> int:
    insert_or_update(session, Contractor, {"name": name}, unique=("name",))
    return session.scalars(select(Contractor.id).where(Contractor.name == name)).one()


def _record_who(session: Session, technician: Technician, outcome: Outcome, taking: TechnicianTaking) -> None:
    now = taking.now
    if outcome is Outcome.ACCEPTED:
        joined = TechnicianJoined(occurred_at=now, technician_id=technician.id, territory_id=technician.territory_id)
        record(session, joined, now=now)
    else:
        record(session, TechnicianChanged(occurred_at=now, technician_id=technician.id), now=now)
