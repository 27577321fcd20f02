"""Somebody leaves: the token is worth nothing from then on, wherever it has gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.services.audit import audit
from dispatch.services.open_sign_in import revoke_sign_ins


def sign_out(session: Session, sign_in_id: int, actor: str, *, machine_now: datetime) -> None:
    """End this one sign-in of `actor`."""
    if revoke_sign_ins(session, sign_in_id=sign_in_id, machine_now=machine_now):
        audit(session, actor, "sign_out", machine_now=machine_now)
