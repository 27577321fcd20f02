"""By when what is still owed is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Promise
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import PromiseKind


def running_dues(session: Session, **subject: int) -> Mapping[PromiseKind, datetime]:
    """The due times of the running promises about one subject (`order_id=`, `visit_id=` or `case_id=`), by kind."""
    statement = (
        select(Promise.kind, Promise.due_at)
        .filter_by(**subject)
        .where(Promise.status == PromiseStatus.RUNNING)
        .order_by(Promise.occasion)
    )
    return {row.kind: row.due_at for row in session.execute(statement)}
