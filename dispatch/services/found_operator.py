"""Setting up an installation: the operator, the rules, and somebody on duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, Refusal
from dispatch.models import Grant, Operator, User
from dispatch.rules.preset import Preset
from dispatch.rules.vocabulary import Role
from dispatch.services.import_rules import ImportedRules, import_rules
from dispatch.working_days import check_country


class AlreadyFounded(Refusal):
    """There is an operator already; an installation has one."""


class UnknownTimeZone(InvalidInput):
    """No such time zone in the IANA database."""


class UnknownPhoneRegion(InvalidInput):
    """No such region in the numbering plan."""


@dataclass(frozen=True)
class Founding:
    """What an operator decides at the start; what is None comes from the preset."""

    time_zone: str
    phone_region: str
    name: str | None = None
    country: str | None = None
    language: str | None = None


def found_operator(session: Session, founding: Founding, preset: Preset, *, now: datetime) -> ImportedRules:
    """Set up the operator, import the preset's rules and put a duty desk in charge of cases.

    Raises UnknownTimeZone, UnknownPhoneRegion, UnknownCountry or AlreadyFounded.
    """
    if session.get(Operator, 1) is not None:
        raise AlreadyFounded("operator")
    country = founding.country or preset.country
    check_time_zone(founding.time_zone)
    check_country(country)
    if founding.phone_region not in phonenumbers.SUPPORTED_REGIONS:
        raise UnknownPhoneRegion("phone_region", region=founding.phone_region)
    session.add(
        Operator(
            id=1,
            name=founding.name or preset.name,
            time_zone=founding.time_zone,
            phone_region=founding.phone_region,
            country=country,
            currency=preset.currency,
            language=founding.language or preset.language,
            preset=preset.name,
            weekdays="".join(map(str, sorted(preset.weekdays))),
            created_at=now,
        )
    )
    duty = User(login="duty", name="Duty desk", created_at=now)
    duty.grants.append(Grant(role=Role.AGENT))
    session.add(duty)
    session.flush()
    return import_rules(session, preset, now=now)


def check_time_zone(name: str) -> ZoneInfo:
    """The zone of this name; raises UnknownTimeZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone("time_zone", zone=name) from None
