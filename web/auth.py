"""Who may open which page: every view says it, and a view that says nothing keeps the program from starting.

    @pages.get("/console")
    @needs(Permission.SEE_DAY)      # a member of staff who may do this somewhere
    def board() -> str: ...

`@for_technician` is for technicians' phones, `@public` for anybody, and `@for_provider` for
web hooks, which check a signature themselves. Where a permission holds is the view's to
ask: `signed_in_staff().scope(Permission.SEE_DAY)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, cast

from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.db import is_passing, run_use_case
from dispatch.errors import Refusal
from dispatch.links import load_secret
from dispatch.queries.signed_in import SignedInTechnician, Staff, staff_behind, technician_behind
from dispatch.rules.access import Permission
from dispatch.rules.sign_in_limits import SEEN_EVERY
from dispatch.services.audit import audit
from dispatch.services.open_sign_in import keep_signed_in
from dispatch.settings import Settings
from web.at_hand import database, machine_now
from web.form_tokens import SAFE_METHODS, check_form_token, register_form_tokens
from web.reader_language import say_to_reader
from web.session_cookies import Cookie, read_cookie

__all__ = [
    "Access", "Door", "SignedInTechnician", "Staff", "access_of", "audit_staff", "audited", "for_provider",
    "for_technician", "needs", "public", "register_access_control", "signed_in_staff", "signed_in_technician",
    "staff_if_any", "technician_if_any", "wants_document",
]  # fmt: skip

V = TypeVar("V", bound=Callable[..., object])
_MARK = "punctual_access"


class Door(StrEnum):
    """Who is let in."""

    STAFF = "staff"
    TECHNICIAN = "technician"
    ANYBODY = "anybody"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Access:
    """Who may open a view; staff with `permission` somewhere (None: whoever is signed in)."""

    door: Door
    permission: Permission | None = None


class ViewWithoutAccess(Exception):
    """A programming error: a view that does not say who may open it."""


# Marks


def needs(permission: Permission | None = None) -> Callable[[V], V]:
    """Let in members of staff who have the permission somewhere; without one, all who are signed in."""
    return _marking(Access(Door.STAFF, permission))


def for_technician(view: V) -> V:
    """Let in technicians who are signed in."""
    return _marking(Access(Door.TECHNICIAN))(view)


def public(view: V) -> V:
    """Let in anybody, on purpose."""
    return _marking(Access(Door.ANYBODY))(view)


def for_provider(view: V) -> V:
    """Let in a provider's machine, whose signature the view itself checks; no form token is asked for."""
    return _marking(Access(Door.PROVIDER))(view)


def access_of(view: Callable[..., object]) -> Access | None:
    """What a view says of who may open it."""
    return cast("Access | None", getattr(view, _MARK, None))


def _marking(access: Access) -> Callable[[V], V]:
    def mark(view: V) -> V:
        setattr(view, _MARK, access)
        return view

    return mark


# Who is there


def signed_in_staff() -> Staff:
    """The member of staff who asks; only in views that `needs` marks."""
    staff = staff_if_any()
    assert staff is not None, "this view is not for staff"  # noqa: S101
    return staff


def signed_in_technician() -> SignedInTechnician:
    """The technician who asks; only in views that `for_technician` marks."""
    technician = technician_if_any()
    assert technician is not None, "this view is not for technicians"  # noqa: S101
    return technician


def staff_if_any() -> Staff | None:
    """The member of staff who is signed in in this browser."""
    if "staff" not in g:
        g.staff = _behind(Cookie.STAFF, staff_behind)
    return cast("Staff | None", g.staff)


def technician_if_any() -> SignedInTechnician | None:
    """The technician who is signed in in this browser."""
    if "technician" not in g:
        g.technician = _behind(Cookie.TECHNICIAN, technician_behind)
    return cast("SignedInTechnician | None", g.technician)


def audit_staff(session: Session, action: str, subject: str | None = None) -> None:
    """Audit what the member of staff who asks does, in the transaction in which it is done.

    `action` is a code such as `publish_plan`, `subject` a code such as `plan:12`; nothing personal.
    """
    audit(session, signed_in_staff().actor, action, subject, machine_now=machine_now())


@contextmanager
def audited(action: str, subject: str) -> Iterator[None]:
    """Audit what the member of staff who asks does inside, once it is known whether it was refused.

    For what takes several transactions of its own; see `audit_staff`.
    """
    try:
        yield
    except Refusal:
        _audit_outcome(action, subject, was_allowed=False)
        raise
    _audit_outcome(action, subject, was_allowed=True)


def _audit_outcome(action: str, subject: str, *, was_allowed: bool) -> None:
    actor, now = signed_in_staff().actor, machine_now()
    run_use_case(
        database(),
        lambda session: audit(session, actor, action, subject, machine_now=now, was_allowed=was_allowed),
    )


P = TypeVar("P", Staff, SignedInTechnician)


def _behind(cookie: Cookie, find: Callable[..., P | None]) -> P | None:
    token = read_cookie(cookie)
    if token is None:
        return None
    now = machine_now()
    with database().read_session() as session:
        person = find(session, token, machine_now=now)
    if person is not None and person.seen_at + SEEN_EVERY <= now:
        _prolong(person.sign_in_id, now)
    return person


def _prolong(sign_in_id: int, now: datetime) -> None:
    """Best effort: the next view tries again."""
    try:
        run_use_case(database(), lambda session: keep_signed_in(session, sign_in_id, machine_now=now))
    except DBAPIError as error:
        if not is_passing(error):
            raise


# Before each request


def register_access_control(app: Flask) -> None:
    """Check every request; called last. Raises ViewWithoutAccess if a view says nothing."""
    settings: Settings = app.extensions["settings"]
    app.extensions["secret"] = load_secret(settings)
    public(app.view_functions["static"])
    unmarked = sorted(name for name, view in app.view_functions.items() if access_of(view) is None)
    if unmarked:
        raise ViewWithoutAccess(", ".join(unmarked))
    register_form_tokens(app)
    app.jinja_env.globals["staff_if_any"] = staff_if_any
    app.before_request(check_access)


def check_access() -> ResponseReturnValue | None:
    """Let the request through, or answer it: sign in, forbidden, not from our page."""
    view = current_app.view_functions.get(request.endpoint or "")
    access = access_of(view) if view else None
    if access is None or access.door == Door.PROVIDER:
        return None
    g.form_cookie = _FORM_COOKIES[access.door]
    refused = _refuse_stranger(access)
    if refused is not None:
        return refused
    if request.method not in SAFE_METHODS:
        own = g.form_cookie
        check_form_token(tuple(Cookie) if own == Cookie.FORMS else (own,))
    return None


_FORM_COOKIES = {Door.STAFF: Cookie.STAFF, Door.TECHNICIAN: Cookie.TECHNICIAN, Door.ANYBODY: Cookie.FORMS}


def _refuse_stranger(access: Access) -> ResponseReturnValue | None:
    if access.door == Door.TECHNICIAN:
        return _to_sign_in("sign_in_pages.technician_sign_in") if technician_if_any() is None else None
    if access.door == Door.ANYBODY:
        return None
    staff = staff_if_any()
    if staff is None:
        return _to_sign_in("sign_in_pages.sign_in")
    if access.permission is not None and not staff.may(access.permission):
        return _forbid(staff, access.permission)
    return None


def _to_sign_in(endpoint: str) -> ResponseReturnValue:
    g.form_cookie = Cookie.FORMS
    if not wants_document():
        return jsonify(error="not_signed_in", message=say_to_reader("not_signed_in")), 401
    wanted = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for(endpoint, next=wanted), 303)


def _forbid(staff: Staff, permission: Permission) -> ResponseReturnValue:
    now = machine_now()
    action = f"{request.method} {request.url_rule}"
    run_use_case(
        database(),
        lambda session: audit(session, staff.actor, action, permission, machine_now=now, was_allowed=False),
    )
    if not wants_document():
        return jsonify(error="forbidden", message=say_to_reader("forbidden")), 403
    return Response(render_template("sign_in/forbidden.html"), 403)


def wants_document() -> bool:
    """Whether a person's browser asks for a page, not a script for data."""
    destination = request.headers.get("Sec-Fetch-Dest")
    if destination is not None:
        return destination in {"document", "iframe"}
    accepted = request.accept_mimetypes
    data = any(kind in accepted.values() for kind in ("application/json", "text/event-stream"))
    return not (data or request.is_json or request.path.endswith((".json", ".geojson")))
