"""Give a member of staff an account."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, NotFound, Refusal, Required
from dispatch.models import User

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_LONGEST_NAME = 80


class UnfitLogin(InvalidInput):
    """A login is 2 to 32 characters: small letters, digits, and between them dots, dashes and underscores."""


class LoginTaken(Refusal):
    """Somebody has this login already, perhaps somebody who left."""


class NoSuchUser(NotFound):
    """There is no such member of staff, or the asker does not manage them."""


def create_user(session: Session, login: str, name: str, *, password_hash: str | None = None, now: datetime) -> User:
    """An account without any grant; without a password (`dispatch.passwords`) nobody signs in with it.

    Raises UnfitLogin, Required or LoginTaken.
    """
    login, name = login.strip().lower(), name.strip()[:_LONGEST_NAME]
    if not _LOGIN.fullmatch(login):
        raise UnfitLogin("login")
    if not name:
        raise Required("name")
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise LoginTaken("login")
    user = User(login=login, name=name, password_hash=password_hash, created_at=now)
    session.add(user)
    session.flush()
    return user


def user_with_id(session: Session, user_id: int) -> User:
    """The member of staff with this id, locked; raises NoSuchUser."""
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NoSuchUser("login")
    return user


def user_of(session: Session, login: str) -> User:
    """The member of staff with this login, locked; raises NoSuchUser."""
    user = session.scalar(select(User).where(User.login == login.strip().lower()).with_for_update())
    if user is None:
        raise NoSuchUser("login")
    return user
