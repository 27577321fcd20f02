"""A request that changes something must come from a page of ours: a token proves it (CSRF).

The token is a keyed hash of the sign-in that the page was made for, or, on pages that are
open to anybody, of a random cookie. It travels in the form field `csrf_token` or in the
header `X-CSRF-Token`.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from markupsafe import Markup

from dispatch.errors import Refusal
from dispatch.links import Secret
from web.at_hand import secret
from web.session_cookies import Cookie, read_cookie, set_cookie

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class NotFromOurPage(Refusal):
    """A request that a page of ours did not send; `reason`: `token`, `origin`."""


def register_form_tokens(app: Flask) -> None:
    """Let templates call `csrf_field()`, `csrf_token()` and `is_for_signed_in()`."""
    app.jinja_env.globals["csrf_field"] = csrf_field
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.jinja_env.globals["is_for_signed_in"] = is_for_signed_in
    app.after_request(_give_form_cookie)


def csrf_token() -> str:
    """The token for what the page at hand sends."""
    cookie = _cookie_of_page()
    seed = read_cookie(cookie)
    if seed is None:
        seed = g.setdefault("form_seed", secrets.token_urlsafe(16))
    return token_for(secret(), seed)


def csrf_field() -> Markup:
    """The hidden field that every form of ours holds."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def is_for_signed_in() -> bool:
    """Whether the page at hand is one for somebody who is signed in."""
    return _cookie_of_page() != Cookie.FORMS


def token_for(secret: Secret, seed: str) -> str:
    """The token of one sign-in or one form cookie."""
    return base64.urlsafe_b64encode(secret.derive("csrf", seed)).decode().rstrip("=")


def check_form_token(cookies: tuple[Cookie, ...]) -> None:
    """Raise NotFromOurPage unless the request carries the token of one of these cookies of its own."""
    if not _is_from_here():
        raise NotFromOurPage(reason="origin")
    given = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    seeds = [seed for cookie in cookies if (seed := read_cookie(cookie)) is not None]
    if not any(hmac.compare_digest(given.encode(), token_for(secret(), seed).encode()) for seed in seeds):
        raise NotFromOurPage(reason="token")


def _is_from_here() -> bool:
    """What the browser itself says of where the request comes from; old ones say nothing.

    A form of a page without referrer says "null" as its origin.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin in {None, "null"} or urlsplit(origin).netloc == request.host


def _cookie_of_page() -> Cookie:
    cookie: Cookie = g.get("form_cookie", Cookie.FORMS)
    return cookie


def _give_form_cookie(response: Response) -> Response:
    seed: str | None = g.get("form_seed")
    if seed is not None and read_cookie(Cookie.FORMS) is None:
        set_cookie(response, Cookie.FORMS, seed)
    return response
