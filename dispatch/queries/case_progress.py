"""Who has a case, and what is owed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Case
from dispatch.models.user import DUTY_LOGIN
from dispatch.queries.running_dues import running_dues
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, Channel, PromiseKind


@dataclass(frozen=True)
class CaseProgress:
    """A case; `dues` says by when, for each kind of promise about it that is running."""

    number: str
    kind: CaseKind
    channel: Channel
    is_resolved: bool
    owner_id: int
    owner: str = field(repr=False)
    is_with_duty_desk: bool
    dues: Mapping[PromiseKind, datetime]


def case_progress(session: Session, case_id: int) -> CaseProgress:
    """The case as it is now."""
    row = session.get_one(Case, case_id)
    return CaseProgress(
        number=row.number,
        kind=row.kind,
        channel=row.channel,
        is_resolved=row.status is CaseStatus.RESOLVED,
        owner_id=row.owner_id,
        owner=row.owner.name,
        is_with_duty_desk=row.owner.login == DUTY_LOGIN,
        dues=running_dues(session, case_id=case_id),
    )
