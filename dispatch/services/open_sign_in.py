"""Begin, prolong and end the time for which somebody stays signed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from dispatch.models import SignIn
from dispatch.rules.sign_in_limits import STAFF, TECHNICIANS, Patience, hash_token, new_token


def open_sign_in(
    session: Session, *, user_id: int | None = None, technician_id: int | None = None, machine_now: datetime
) -> str:
    """Sign one person in and return the new token, of which only a hash is kept.

    What has been over for long is forgotten.
    """
    token = new_token()
    patience = _patience(technician_id)
    session.execute(delete(SignIn).where(SignIn.expires_at < machine_now - patience.longest))
    session.add(
        SignIn(
            token_hash=hash_token(token),
            user_id=user_id,
            technician_id=technician_id,
            signed_in_at=machine_now,
            seen_at=machine_now,
            expires_at=patience.ends_at(machine_now, machine_now),
        )
    )
    session.flush()
    return token


def keep_signed_in(session: Session, sign_in_id: int, *, machine_now: datetime) -> None:
    """The sign-in is being used: it lasts longer, up to its longest."""
    row = session.get(SignIn, sign_in_id, with_for_update=True)
    if row is not None and row.revoked_at is None and row.expires_at > machine_now:
        row.seen_at = max(row.seen_at, machine_now)
        row.expires_at = _patience(row.technician_id).ends_at(row.signed_in_at, row.seen_at)


def revoke_sign_ins(
    session: Session,
    *,
    sign_in_id: int | None = None,
    user_id: int | None = None,
    technician_id: int | None = None,
    machine_now: datetime,
) -> int:
    """End every sign-in that is all that is named here, at once; how many were ended."""
    named = {SignIn.id: sign_in_id, SignIn.user_id: user_id, SignIn.technician_id: technician_id}
    chosen = [column == value for column, value in named.items() if value is not None]
    if not chosen:
        return 0
    ended = session.execute(
        update(SignIn)
        .where(*chosen, SignIn.revoked_at.is_(None), SignIn.expires_at > machine_now)
        .values(revoked_at=machine_now)
        .returning(SignIn.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def _patience(technician_id: int | None) -> Patience:
    return STAFF if technician_id is None else TECHNICIANS
