"""What every view has at hand: the application's database, its secret, its travel times and its clocks."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from dispatch.clocks import Clock, business_clock
from dispatch.db import Database
from dispatch.links import Secret
from dispatch.travel_memory import RememberedTravel


def database() -> Database:
    """The application's database."""
    found: Database = current_app.extensions["database"]
    return found


def secret() -> Secret:
    """The secret that links, codes and form tokens are derived from."""
    found: Secret = current_app.extensions["secret"]
    return found


def travel() -> RememberedTravel:
    """The application's travel times."""
    found: RememberedTravel = current_app.extensions["travel"]
    return found


def machine_clock() -> Clock:
    """The machine clock."""
    clock: Clock = current_app.extensions["machine_clock"]
    return clock


def machine_now() -> datetime:
    """The time of this machine."""
    return machine_clock().now()


def business_now(session: Session) -> datetime:
    """The time on the clock that promises run on."""
    return business_clock(session, machine_clock()).now()


def look_at_business_clock() -> datetime:
    """The same, for who has no session open."""
    with database().read_session() as session:
        return business_now(session)
