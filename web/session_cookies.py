"""The cookies that say who somebody is: unreadable for scripts, ours alone, and bound to https where there is https."""

from __future__ import annotations

from enum import StrEnum

from flask import Response, request


class Cookie(StrEnum):
    """What each cookie is for; staff and technician may be signed in side by side in one browser."""

    STAFF = "punctual_staff"
    TECHNICIAN = "punctual_technician"
    #: what the forms of somebody who is not signed in are bound to
    FORMS = "punctual_forms"


def read_cookie(cookie: Cookie) -> str | None:
    """The value that the browser sent."""
    return request.cookies.get(_name(cookie)) or None


def set_cookie(response: Response, cookie: Cookie, value: str, *, lives_s: int | None = None) -> None:
    """Give the browser the value, for `lives_s` seconds or until it is closed."""
    response.set_cookie(
        _name(cookie), value, max_age=lives_s, secure=request.is_secure, httponly=True, samesite="Lax", path="/"
    )


def drop_cookie(response: Response, cookie: Cookie) -> None:
    """Take the cookie away again."""
    response.delete_cookie(_name(cookie), secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def _name(cookie: Cookie) -> str:
    """Over https with the prefix by which a browser takes it from this very host only."""
    return f"__Host-{cookie}" if request.is_secure else str(cookie)
