"""How long somebody stays signed in, what a password must be, and what is kept of a secret token."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.errors import InvalidInput

LEAST_PASSWORD_LENGTH = 12
#: longer ones would only make hashing slow
MOST_PASSWORD_LENGTH = 200
#: different characters, and characters besides the login where that is part of it
_LEAST_VARIETY = 5
_LEAST_BESIDES_LOGIN = 8

CODE_DIGITS = 6
CODE_LIVES = timedelta(minutes=5)
#: a code is sent so often within `SENDS_WITHIN`, and no more
MOST_SENDS = 3
SENDS_WITHIN = timedelta(minutes=15)


class UnfitPassword(InvalidInput):
    """A password that is too easily found; values: `reason` and its limit, `least` or `most`."""


@dataclass(frozen=True)
class Patience:
    """How long a sign-in lasts: `idle` after it was last used, `longest` in all (machine clock)."""

    idle: timedelta
    longest: timedelta

    def ends_at(self, signed_in_at: datetime, seen_at: datetime) -> datetime:
        """When a sign-in that was last used at `seen_at` is over."""
        return min(signed_in_at + self.longest, seen_at + self.idle)


STAFF = Patience(idle=timedelta(hours=12), longest=timedelta(days=7))
#: a phone is used every working day, and is asked for a code once a quarter
TECHNICIANS = Patience(idle=timedelta(days=14), longest=timedelta(days=90))
#: how stale `seen_at` may be: a page view writes no more often than this
SEEN_EVERY = timedelta(minutes=5)


def new_token() -> str:
    """32 random bytes, as a cookie may hold them."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is kept of a token; nobody finds the token from it."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_password(password: str, login: str) -> None:
    """Raise UnfitPassword unless the password may be used by this login."""
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise UnfitPassword("password", reason="too_short", least=LEAST_PASSWORD_LENGTH)
    if len(password) > MOST_PASSWORD_LENGTH:
        raise UnfitPassword("password", reason="too_long", most=MOST_PASSWORD_LENGTH)
    if len(set(password)) < _LEAST_VARIETY:
        raise UnfitPassword("password", reason="too_plain", least=_LEAST_VARIETY)
    if login.casefold() in password.casefold() and len(password) - len(login) < _LEAST_BESIDES_LOGIN:
        raise UnfitPassword("password", reason="holds_the_login", least=_LEAST_BESIDES_LOGIN)
