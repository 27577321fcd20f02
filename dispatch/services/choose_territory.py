"""Which territory do new technicians and estates belong to?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Operator, Territory
from dispatch.upsert import insert_or_update

DEFAULT_CODE = "main"


class TerritoryNeeded(InvalidInput):
    """There are several territories: one must be named."""


def choose_territory(session: Session, code: str | None = None) -> Territory:
    """The territory of this code, made in the operator's time zone if there is none.

    Without a code the only territory there is, else `main`. Raises TerritoryNeeded where
    there are several and none is `main`.
    """
    known = {territory.code: territory for territory in session.scalars(select(Territory))}
    if code is None and len(known) == 1:
        return next(iter(known.values()))
    wanted = code or DEFAULT_CODE
    if wanted in known:
        return known[wanted]
    if code is None and known:
        raise TerritoryNeeded("territory", known=sorted(known))
    zone = session.get_one(Operator, 1).time_zone
    insert_or_update(session, Territory, {"code": wanted, "name": wanted, "time_zone": zone}, unique=("code",))
    return session.scalars(select(Territory).where(Territory.code == wanted)).one()
