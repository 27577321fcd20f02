"""People in the console: accounts, what they may do where, and where they are signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dispatch.db import run_use_case
from dispatch.errors import Refusal
from dispatch.passwords import generate_password, hash_password
from dispatch.queries.operator_profile import operator_profile
from dispatch.queries.people import (
    covers_grant,
    people,
    person,
    phones_signed_in,
    places_to_grant,
    sign_ins_of,
)
from dispatch.rules.access import Permission, Scope
from dispatch.rules.vocabulary import Role
from dispatch.services.create_user import NoSuchUser, create_user, user_with_id
from dispatch.services.deactivate_user import deactivate_user, reactivate_user
from dispatch.services.grant_role import NoSuchPlace, grant_role, revoke_grant
from dispatch.services.open_sign_in import revoke_sign_ins
from dispatch.services.set_password import set_password
from notifications.wording import say
from web.at_hand import database, look_at_business_clock, machine_now
from web.auth import audit_staff, needs, signed_in_staff
from web.reader_language import reader_language, vary_by_language

people_pages = Blueprint("people_pages", __name__, url_prefix="/console/people")

ROLES = tuple(role for role in Role if role is not Role.TECHNICIAN)


@dataclass(frozen=True)
class Bounds:
    """Where a role is to hold, as the form's `where` says it: `t7` a territory, `c3` a contractor, else everywhere."""

    territory_id: int | None = None
    contractor_id: int | None = None

    @classmethod
    def read(cls, text: str) -> Bounds:
        """The bounds that a form gives."""
        kind, number = text[:1], text[1:]
        if not number.isascii() or not number.isdecimal() or len(number) > 9:
            return cls()
        return cls(territory_id=int(number)) if kind == "t" else cls(contractor_id=int(number))


# Everybody


@people_pages.get("")
@needs(Permission.MANAGE_PEOPLE)
def everybody() -> ResponseReturnValue:
    """Everybody whom the asker manages, and a form for somebody new."""
    return _everybody()


@people_pages.post("")
@needs(Permission.MANAGE_PEOPLE)
def add() -> ResponseReturnValue:
    """Make an account with a first role; its password is made up and shown this once."""
    login = request.form.get("login", "").strip().lower()
    name = request.form.get("name", "")
    password = generate_password()
    hashed = hash_password(password, login)
    now = look_at_business_clock()

    def make(session: Session) -> None:
        user = create_user(session, login, name, password_hash=hashed, now=now)
        role, bounds = _wanted_grant()
        grant_role(session, user, role, territory_id=bounds.territory_id, contractor_id=bounds.contractor_id)
        audit_staff(session, "create_user", f"user:{user.id}")

    try:
        run_use_case(database(), make)
    except Refusal as refusal:
        return _everybody(refusal)
    return _everybody(made=(login, password))


def _everybody(refusal: Refusal | None = None, made: tuple[str, str] | None = None) -> Response:
    with database().read_session() as session:
        found = people(session, _scope(), machine_now=machine_now())
        places = places_to_grant(session, _scope())
    return _page(
        "console/people.html",
        refusal,
        found=found,
        places=places,
        roles=ROLES,
        made=made,
        given=request.form if refusal else {},
        may_everywhere=_scope().everywhere,
    )


# One person


@people_pages.get("/<int:user_id>")
@needs(Permission.MANAGE_PEOPLE)
def one(user_id: int) -> ResponseReturnValue:
    """One person's grants and sign-ins, with what can be changed."""
    return _one(user_id)


@people_pages.post("/<int:user_id>/grants")
@needs(Permission.MANAGE_PEOPLE)
def add_grant(user_id: int) -> ResponseReturnValue:
    """Give a role."""

    def give(session: Session) -> None:
        role, bounds = _wanted_grant()
        grant_role(
            session,
            user_with_id(session, user_id),
            role,
            territory_id=bounds.territory_id,
            contractor_id=bounds.contractor_id,
        )

    return _change(user_id, "grant_role", give)


@people_pages.post("/<int:user_id>/grants/<int:grant_id>/revoke")
@needs(Permission.MANAGE_PEOPLE)
def take_grant(user_id: int, grant_id: int) -> ResponseReturnValue:
    """Take a role away."""
    return _change(
        user_id, "revoke_grant", lambda session: revoke_grant(session, user_with_id(session, user_id), grant_id)
    )


@people_pages.post("/<int:user_id>/sign-ins/<int:sign_in_id>/revoke")
@needs(Permission.MANAGE_PEOPLE)
def end_one(user_id: int, sign_in_id: int) -> ResponseReturnValue:
    """End one sign-in."""
    now = machine_now()
    return _change(
        user_id,
        "revoke_sign_in",
        lambda session: revoke_sign_ins(session, sign_in_id=sign_in_id, user_id=user_id, machine_now=now),
    )


@people_pages.post("/<int:user_id>/sign-ins/revoke")
@needs(Permission.MANAGE_PEOPLE)
def end_all(user_id: int) -> ResponseReturnValue:
    """End every sign-in of a person."""
    now = machine_now()
    return _change(
        user_id, "revoke_sign_in", lambda session: revoke_sign_ins(session, user_id=user_id, machine_now=now)
    )


@people_pages.post("/<int:user_id>/password")
@needs(Permission.MANAGE_PEOPLE)
def new_password(user_id: int) -> ResponseReturnValue:
    """Make up a new password, shown this once; whoever is signed in with the old one is not any more."""
    password = generate_password()
    hashed = hash_password(password, "")
    now = machine_now()
    return _change(
        user_id,
        "set_password",
        lambda session: set_password(session, user_with_id(session, user_id), hashed, machine_now=now),
        made=password,
    )


@people_pages.post("/<int:user_id>/deactivate")
@needs(Permission.MANAGE_PEOPLE)
def deactivate(user_id: int) -> ResponseReturnValue:
    """Take all access away."""
    now = machine_now()
    return _change(
        user_id,
        "deactivate_user",
        lambda session: deactivate_user(session, user_with_id(session, user_id), machine_now=now),
    )


@people_pages.post("/<int:user_id>/reactivate")
@needs(Permission.MANAGE_PEOPLE)
def reactivate(user_id: int) -> ResponseReturnValue:
    """Give the access back."""
    return _change(user_id, "reactivate_user", lambda session: reactivate_user(user_with_id(session, user_id)))


def _change(
    user_id: int, action: str, change: Callable[[Session], object], *, made: str | None = None
) -> ResponseReturnValue:
    """Change one person whom the asker manages, and audit it, in one transaction; then show them."""

    def both(session: Session) -> None:
        user_with_id(session, user_id)
        if person(session, user_id, _scope(), machine_now=machine_now()) is None:
            raise NoSuchUser("login")
        change(session)
        audit_staff(session, action, f"user:{user_id}")

    try:
        run_use_case(database(), both)
    except NoSuchUser:
        raise
    except Refusal as refusal:
        return _one(user_id, refusal)
    if made is not None:
        return _one(user_id, made=made)
    return redirect(url_for("people_pages.one", user_id=user_id), 303)


def _one(user_id: int, refusal: Refusal | None = None, made: str | None = None) -> Response:
    now = machine_now()
    with database().read_session() as session:
        found = person(session, user_id, _scope(), machine_now=now)
        if found is None:
            raise NoSuchUser("login")
        sign_ins = sign_ins_of(session, user_id, machine_now=now)
        places = places_to_grant(session, _scope())
        zone = operator_profile(session).zone
    return _page(
        "console/person.html",
        refusal,
        found=found,
        sign_ins=sign_ins,
        places=places,
        roles=ROLES,
        zone=zone,
        made=made,
        own_sign_in_id=signed_in_staff().sign_in_id,
        may_everywhere=_scope().everywhere,
    )


# Technicians' phones


@people_pages.get("/phones")
@needs(Permission.MANAGE_PEOPLE)
def phones() -> ResponseReturnValue:
    """The technicians' phones that are signed in: a lost one is signed out here."""
    with database().read_session() as session:
        found = phones_signed_in(session, _scope(), machine_now=machine_now())
        zone = operator_profile(session).zone
    return _page("console/phones.html", None, found=found, zone=zone)


@people_pages.post("/phones/<int:sign_in_id>/revoke")
@needs(Permission.MANAGE_PEOPLE)
def end_phone(sign_in_id: int) -> ResponseReturnValue:
    """Sign one phone out."""
    now = machine_now()

    def end(session: Session) -> None:
        found = phones_signed_in(session, _scope(), sign_in_id=sign_in_id, machine_now=now)
        if not found:
            raise NoSuchUser("technician")
        revoke_sign_ins(session, sign_in_id=sign_in_id, machine_now=now)
        audit_staff(session, "revoke_sign_in", f"technician:{found[0].technician_id}")

    run_use_case(database(), end)
    return redirect(url_for("people_pages.phones"), 303)


# All of them


def _wanted_grant() -> tuple[Role, Bounds]:
    """The role and the bounds that the form gives; nobody gives what lies beyond what they manage themselves."""
    given = request.form.get("role", "")
    role = next((role for role in ROLES if role == given), Role.VIEWER)
    bounds = Bounds.read(request.form.get("where", ""))
    if not covers_grant(_scope(), bounds.territory_id, bounds.contractor_id):
        raise NoSuchPlace("territory")
    return role, bounds


def _scope() -> Scope:
    return signed_in_staff().scope(Permission.MANAGE_PEOPLE)


def _page(template: str, refusal: Refusal | None, **values: object) -> Response:
    fault = say(refusal, language=reader_language()) if refusal else None
    page = render_template(template, fault=fault, **values)
    return vary_by_language(make_response(page, 400 if refusal else 200))
