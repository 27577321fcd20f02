"""Who runs this installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import Operator


class NotFounded(Refusal):
    """There is no operator yet: `dispatch init` comes first."""


@dataclass(frozen=True)
class OperatorProfile:
    """What commands and pages need to know of the operator; `signatures` are its names in an SMS, by language."""

    name: str
    zone: ZoneInfo
    phone_region: str
    country: str
    currency: str
    language: str
    preset: str
    signatures: Mapping[str, str] = field(default_factory=dict)


def operator_profile(session: Session) -> OperatorProfile:
    """The operator; raises NotFounded."""
    row = session.get(Operator, 1)
    if row is None:
        raise NotFounded("operator")
    return OperatorProfile(
        row.name,
        ZoneInfo(row.time_zone),
        row.phone_region,
        row.country,
        row.currency,
        row.language,
        row.preset,
        dict(row.signatures),
    )
