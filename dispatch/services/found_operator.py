"""Setting up an installation: the operator, the rules, and somebody on duty."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, Refusal
from dispatch.models import Grant, Operator, User
from dispatch.models.user import DUTY_LOGIN
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


class InvalidSignature(InvalidInput):
    """A signature must fit at the head of an SMS: one line of at most `most` columns, without brackets or a link."""


#: columns of a signature; a Chinese character takes two
MOST_COLUMNS = 16
_NOT_IN_SIGNATURE = re.compile(r"[\x00-\x1f\x7f【】\[\]{}$]|://|www\.|\d{7}", re.IGNORECASE)


@dataclass(frozen=True)
class Founding:
    """What an operator decides at the start; what is None comes from the preset.

    `signatures` (the name at the head of an SMS, by language) come from the preset if the
    name does too.
    """

    time_zone: str
    phone_region: str
    name: str | None = None
    country: str | None = None
    language: str | None = None
    signatures: Mapping[str, str] = field(default_factory=dict)


def found_operator(session: Session, founding: Founding, preset: Preset, *, now: datetime) -> ImportedRules:
    """Set up the operator, import the preset's rules and put a duty desk in charge of cases.

    Raises UnknownTimeZone, UnknownPhoneRegion, UnknownCountry, InvalidSignature or AlreadyFounded.
    """
    if session.get(Operator, 1) is not None:
        raise AlreadyFounded("operator")
    country = founding.country or preset.country
    check_time_zone(founding.time_zone)
    check_country(country)
    if founding.phone_region not in phonenumbers.SUPPORTED_REGIONS:
        raise UnknownPhoneRegion("phone_region", region=founding.phone_region)
    signatures = dict(founding.signatures) if founding.name else {**preset.signatures, **founding.signatures}
    for signature in signatures.values():
        check_signature(signature)
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
            signatures=signatures,
            created_at=now,
        )
    )
    duty = User(login=DUTY_LOGIN, name="Duty desk", created_at=now)
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


def check_signature(signature: str) -> None:
    """Raise InvalidSignature if `signature` does not suit the head of an SMS."""
    columns = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in signature)
    if not 0 < columns <= MOST_COLUMNS or signature != signature.strip() or _NOT_IN_SIGNATURE.search(signature):
        raise InvalidSignature("signature", most=MOST_COLUMNS)
