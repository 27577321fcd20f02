"""Founding a city: operator, territories, estates with their address list, and crews."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dispatch.models import Community, Premises, Technician, Territory
from dispatch.rules.preset import Preset
from dispatch.rules.technician_rows import TechnicianRow
from dispatch.services.accept_technician_row import TechnicianTaking, accept_technician_row
from dispatch.services.change_shifts import add_later_shifts
from dispatch.services.found_operator import Founding, found_operator
from web.city.chances import Chances
from web.city.city_size import TIME_ZONE, CitySize
from web.city.crew import Member, crew
from web.city.places import AREAS, CITY, Area, Estate, estates_of

#: shifts are known for so many days ahead
SHIFT_DAYS = 14


def found_city(session: Session, size: CitySize, chances: Chances, preset: Preset, *, now: datetime) -> None:
    """Found operator and city in an empty database, as of `now`; shifts begin on that day."""
    founding = Founding(TIME_ZONE, "CN", name="江南宽带", signatures={"en": "JN Broadband", "zh_Hans_CN": "江南宽带"})
    found_operator(session, founding, preset, now=now - timedelta(days=30))
    for part in _parts(size, chances):
        territory = Territory(code=part.area.code, name=part.area.name, time_zone=TIME_ZONE)
        session.add(territory)
        session.flush()
        _estates(session, territory, part.estates, size, chances, now)
        _crew(session, territory, part.members, now)


def extend_shifts(session: Session, size: CitySize, chances: Chances, *, now: datetime) -> None:
    """Let everybody's shifts be known for `SHIFT_DAYS` from `now` again."""
    members = {member.badge: member for part in _parts(size, chances) for member in part.members}
    for technician in session.scalars(select(Technician).where(Technician.badge.in_(members)).order_by(Technician.id)):
        add_later_shifts(session, technician, members[technician.badge].pattern, days=SHIFT_DAYS, now=now)


@dataclass(frozen=True)
class _Part:
    """A part of the city: its area, its estates and who works there."""

    area: Area
    estates: tuple[Estate, ...]
    members: tuple[Member, ...]


def _parts(size: CitySize, chances: Chances) -> Iterator[_Part]:
    first = 0
    for index, area in enumerate(AREAS[: size.territories]):
        estates = tuple(estates_of(area, size.estates, chances))
        count = size.technicians // size.territories + (index < size.technicians % size.territories)
        yield _Part(area, estates, tuple(crew(first, count, estates, chances)))
        first += count


def _estates(
    session: Session,
    territory: Territory,
    estates: Sequence[Estate],
    size: CitySize,
    chances: Chances,
    now: datetime,
) -> None:
    """The estates and every home in them."""
    today = now.astimezone(territory.zone).date()
    for place, estate in enumerate(estates):
        since_on = None if estate.since_days is None else today - timedelta(days=estate.since_days)
        community = Community(
            territory_id=territory.id,
            name=estate.name,
            premium_from_on=since_on,
            is_serviceable=estate.is_serviceable,
            network_element=f"OLT-{territory.code}-{place + 1:02}",
        )
        session.add(community)
        session.flush()
        rows = []
        for number in range(size.homes):
            building, unit, where = estate.home(number, chances)
            rows.append(
                {
                    "community_id": community.id,
                    "external_id": home_id(territory.code, place + len(estates) * number),
                    "street": f"{estate.district.name}区{estate.name}",
                    "building": building,
                    "unit": unit,
                    "city": CITY,
                    "lat": where.lat,
                    "lon": where.lon,
                    "datum": where.datum,
                }
            )
        session.execute(insert(Premises), rows)


def home_id(territory: str, home: int) -> str:
    """What the operator's address list calls a home."""
    return f"{territory}-{home}"


def find_home(session: Session, territory: str, home: int) -> int:
    """The premises of a home."""
    return session.scalars(select(Premises.id).where(Premises.external_id == home_id(territory, home))).one()


def _crew(session: Session, territory: Territory, members: Iterable[Member], now: datetime) -> None:
    taking = TechnicianTaking(territory=territory, days=SHIFT_DAYS, now=now)
    for member in members:
        accept_technician_row(session, _row(member), taking)


def _row(member: Member) -> TechnicianRow:
    return TechnicianRow(
        badge=member.badge,
        name=member.name,
        phone=member.phone,
        home=member.home,
        skills=member.skills,
        level=1,
        certified_until_on=None,
        pattern=member.pattern,
        contractor=member.contractor,
    )
