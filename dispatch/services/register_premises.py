"""Finding an address in the operator's list, or adding it (R19)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Community, Premises, Territory
from dispatch.rules.datum import Coordinate
from dispatch.rules.order_rows import RowPlace
from dispatch.upsert import insert_or_update


def register_community(session: Session, name: str, territory: Territory) -> tuple[Community, bool]:
    """The estate of this name, in `territory` if several have one; whether it is new.

    A new one belongs to `territory`, can be served and is of the standard tier.
    """
    found = session.scalars(select(Community).where(Community.name == name)).all()
    if found:
        return min(found, key=lambda community: (community.territory_id != territory.id, community.id)), False
    values = {"territory_id": territory.id, "name": name, "is_serviceable": True}
    insert_or_update(session, Community, values, unique=("territory_id", "name"))
    statement = select(Community).where(Community.territory_id == territory.id, Community.name == name)
    return session.scalars(statement).one(), True


def register_premises(
    session: Session, community: Community, place: RowPlace, coordinate: Coordinate | None
) -> Premises:
    """The premises at an address of an estate; those without coordinates get the ones given."""
    address = {
        "street": place.street,
        "house_number": place.house_number,
        "building": place.building,
        "unit": place.unit,
        "postcode": place.postcode,
        "city": place.city,
    }
    statement = select(Premises).where(Premises.community_id == community.id).filter_by(**address)
    premises = session.scalars(statement.order_by(Premises.id).limit(1)).first()
    if premises is None:
        premises = Premises(community_id=community.id, **address)
        session.add(premises)
    if premises.lat is None and coordinate is not None:
        premises.lat, premises.lon, premises.datum = coordinate.lat, coordinate.lon, coordinate.datum
    session.flush()
    return premises
