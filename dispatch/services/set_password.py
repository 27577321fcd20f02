"""Give a member of staff another password, or none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import User
from dispatch.services.open_sign_in import revoke_sign_ins


def set_password(session: Session, user: User, password_hash: str | None, *, machine_now: datetime) -> None:
    """Keep the new hash (`dispatch.passwords.hash_password`) and end every sign-in with the old one."""
    user.password_hash = password_hash
    revoke_sign_ins(session, user_id=user.id, machine_now=machine_now)
