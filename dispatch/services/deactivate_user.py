"""Take a member of staff's access away, or give it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import User
from dispatch.services.grant_role import check_admin_remains
from dispatch.services.open_sign_in import revoke_sign_ins


def deactivate_user(session: Session, user: User, *, machine_now: datetime) -> None:
    """Nobody signs in as this person, and whoever is signed in is not any more; raises LastAdmin."""
    user.is_active = False
    revoke_sign_ins(session, user_id=user.id, machine_now=machine_now)
    check_admin_remains(session)


def reactivate_user(user: User) -> None:
    """The person may sign in again, with the password and grants that they had."""
    user.is_active = True
