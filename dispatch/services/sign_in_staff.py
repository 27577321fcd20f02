"""A member of staff says who they are and proves it with a password."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.models import User
from dispatch.passwords import Verdict, verify_password
from dispatch.services.audit import NOBODY, audit
from dispatch.services.limit_guesses import TooManyGuesses, check_guesses, count_wrong_guess, forget_guesses
from dispatch.services.open_sign_in import open_sign_in

#: wrong passwords for one login, and from one place, within `limit_guesses.MEMORY`
MOST_FOR_LOGIN = 10
MOST_FROM_ONE_PLACE = 50


class WrongPassword(Refusal):
    """Login and password do not belong together; which of them is wrong is nobody's business."""


class TooManyPasswords(TooManyGuesses):
    """Too many wrong passwords; values: `minutes` until it can be tried again."""


@dataclass(frozen=True)
class NewSignIn:
    """A sign-in that has just begun; the token exists nowhere else."""

    token: str = field(repr=False)
    person_id: int


@dataclass(frozen=True)
class _Found:
    user_id: int
    password_hash: str


def sign_in_staff(database: Database, login: str, password: str, *, place: str, machine_now: datetime) -> NewSignIn:
    """Sign a member of staff in.

    `place` is a keyed hash of where the request comes from. The password is compared while
    no transaction is open, and takes as long for a login that nobody has. Raises
    WrongPassword, or TooManyPasswords, then also for the right password: the count is read
    and raised in the database, in the transaction that decides, so that guesses made side
    by side count one by one.
    """
    login = login.strip().lower()
    subject = f"login:{hashlib.sha256(login.encode()).hexdigest()[:32]}"
    limits = {subject: MOST_FOR_LOGIN, f"staff:{place}": MOST_FROM_ONE_PLACE}
    with database.read_session() as session:
        check_guesses(session, limits, machine_now=machine_now, refusal=TooManyPasswords)
        found = _find(session, login)
    verdict = verify_password(password, found.password_hash if found else None)

    def decide(session: Session) -> NewSignIn | None:
        check_guesses(session, limits, machine_now=machine_now, refusal=TooManyPasswords)
        if found is None or not verdict.is_right:
            count_wrong_guess(session, limits, machine_now=machine_now)
            actor = f"user:{found.user_id}" if found else NOBODY
            audit(session, actor, "sign_in", machine_now=machine_now, was_allowed=False)
            return None
        return _let_in(session, found, verdict, subject, machine_now)

    signed_in = run_use_case(database, decide)
    if signed_in is None:
        raise WrongPassword("password")
    return signed_in


def _let_in(session: Session, found: _Found, verdict: Verdict, subject: str, machine_now: datetime) -> NewSignIn | None:
    """None if the account has changed since the password was compared."""
    user = session.get_one(User, found.user_id, with_for_update=True)
    if user.password_hash != found.password_hash or not user.is_active:
        return None
    user.password_hash = verdict.better_hash or user.password_hash
    forget_guesses(session, subject)
    token = open_sign_in(session, user_id=user.id, machine_now=machine_now)
    audit(session, f"user:{user.id}", "sign_in", machine_now=machine_now)
    return NewSignIn(token, user.id)


def _find(session: Session, login: str) -> _Found | None:
    """Who may sign in with a password under this login."""
    statement = select(User.id, User.password_hash).where(User.login == login, User.is_active)
    row = session.execute(statement).one_or_none()
    return _Found(row[0], row[1]) if row is not None and row[1] is not None else None
