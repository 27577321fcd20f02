"""Signing in and out: staff by name and password, technicians by phone and one-time code."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.db import run_use_case
from dispatch.errors import Refusal
from dispatch.rules.sign_in_limits import CODE_DIGITS, STAFF, TECHNICIANS
from dispatch.services.limit_guesses import TooManyGuesses
from dispatch.services.open_sign_in import revoke_sign_ins
from dispatch.services.send_sign_in_code import send_sign_in_code
from dispatch.services.sign_in_staff import sign_in_staff
from dispatch.services.sign_in_technician import WrongSignInCode, sign_in_technician
from dispatch.services.sign_out import sign_out as end_sign_in
from notifications.wording import say
from web.at_hand import database, look_at_business_clock, machine_now, secret
from web.auth import (
    for_technician,
    needs,
    public,
    signed_in_staff,
    signed_in_technician,
    staff_if_any,
    technician_if_any,
)
from web.caller import place_of_caller
from web.console.audit_pages import audit_pages
from web.console.people_pages import people_pages
from web.reader_language import reader_language, vary_by_language
from web.session_cookies import Cookie, drop_cookie, set_cookie

sign_in_pages = Blueprint("sign_in_pages", __name__)

CONSOLE = "/console/"
PHONE = "/t/"


def register_sign_in(app: Flask) -> None:
    """Register the pages for signing in and out, for people and for the audit."""
    app.register_blueprint(sign_in_pages)
    app.register_blueprint(people_pages)
    app.register_blueprint(audit_pages)


def local_path(wanted: str | None, otherwise: str) -> str:
    """`wanted` if it is a path of ours, else `otherwise`: nobody is sent away to another site."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return otherwise
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or not wanted.isprintable():
        return otherwise
    return wanted


@sign_in_pages.get("/")
@public
def beginning() -> ResponseReturnValue:
    """Where one belongs: the console, the phone's pages, or signing in."""
    if staff_if_any() is not None:
        return redirect(CONSOLE, 303)
    if technician_if_any() is not None:
        return redirect(PHONE, 303)
    return redirect(url_for("sign_in_pages.sign_in"), 303)


# Staff


@sign_in_pages.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form for staff, or where they wanted to go if they are signed in."""
    if staff_if_any() is not None:
        return redirect(local_path(request.args.get("next"), CONSOLE), 303)
    return _staff_form()


@sign_in_pages.post("/sign-in")
@public
def try_sign_in() -> ResponseReturnValue:
    """Sign in and go on, or say what is wrong."""
    login = request.form.get("login", "")
    password = request.form.get("password", "")
    try:
        begun = sign_in_staff(database(), login, password, place=place_of_caller(), machine_now=machine_now())
    except Refusal as refusal:
        return _staff_form(login=login, refusal=refusal)
    _leave_before(Cookie.STAFF)
    response = make_response(redirect(local_path(request.form.get("next"), CONSOLE), 303))
    set_cookie(response, Cookie.STAFF, begun.token, lives_s=int(STAFF.longest.total_seconds()))
    return response


@sign_in_pages.post("/sign-out")
@needs()
def sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    staff = signed_in_staff()
    now = machine_now()
    run_use_case(database(), lambda session: end_sign_in(session, staff.sign_in_id, staff.actor, machine_now=now))
    return _gone("sign_in_pages.sign_in", Cookie.STAFF)


def _staff_form(login: str = "", refusal: Refusal | None = None) -> Response:
    wanted = request.values.get("next", "")
    fault = say(refusal, language=reader_language()) if refusal else None
    page = render_template("sign_in/staff.html", login=login, wanted=wanted, fault=fault)
    return vary_by_language(make_response(page, _status(refusal)))


# Technicians


@sign_in_pages.get("/t/sign-in")
@public
def technician_sign_in() -> ResponseReturnValue:
    """The form for technicians: first the phone number."""
    if technician_if_any() is not None:
        return redirect(local_path(request.args.get("next"), PHONE), 303)
    return _phone_form()


@sign_in_pages.post("/t/sign-in")
@public
def send_code() -> ResponseReturnValue:
    """Have a code sent and ask for it; the answer is the same for a number that nobody has."""
    phone = request.form.get("phone", "")
    now, sent_at = look_at_business_clock(), machine_now()
    place, language = place_of_caller(), reader_language()
    try:
        run_use_case(
            database(),
            lambda session: send_sign_in_code(
                session, secret(), phone, place=place, language=language, now=now, machine_now=sent_at
            ),
        )
    except Refusal as refusal:
        return _phone_form(phone, refusal)
    return _code_form(phone)


@sign_in_pages.get("/t/sign-in/code")
@public
def code_left() -> ResponseReturnValue:
    """Whoever comes back to this address begins anew."""
    return redirect(url_for("sign_in_pages.technician_sign_in"), 303)


@sign_in_pages.post("/t/sign-in/code")
@public
def try_code() -> ResponseReturnValue:
    """Sign in with the code and go on, or say what is wrong."""
    phone, code = request.form.get("phone", ""), request.form.get("code", "")
    place, now = place_of_caller(), machine_now()
    try:
        begun = run_use_case(
            database(),
            lambda session: sign_in_technician(session, secret(), phone, code, place=place, machine_now=now),
        )
    except Refusal as refusal:
        return _code_form(phone, refusal)
    if begun is None:
        return _code_form(phone, WrongSignInCode("code"))
    _leave_before(Cookie.TECHNICIAN)
    response = make_response(redirect(local_path(request.form.get("next"), PHONE), 303))
    set_cookie(response, Cookie.TECHNICIAN, begun.token, lives_s=int(TECHNICIANS.longest.total_seconds()))
    return response


@sign_in_pages.post("/t/sign-out")
@for_technician
def technician_sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    technician = signed_in_technician()
    now = machine_now()
    run_use_case(
        database(), lambda session: end_sign_in(session, technician.sign_in_id, technician.actor, machine_now=now)
    )
    return _gone("sign_in_pages.technician_sign_in", Cookie.TECHNICIAN)


def _phone_form(phone: str = "", refusal: Refusal | None = None) -> Response:
    return _technician_form("sign_in/phone.html", phone, refusal)


def _code_form(phone: str, refusal: Refusal | None = None) -> Response:
    return _technician_form("sign_in/code.html", phone, refusal)


def _technician_form(template: str, phone: str, refusal: Refusal | None) -> Response:
    wanted = request.values.get("next", "")
    fault = say(refusal, language=reader_language()) if refusal else None
    page = render_template(template, phone=phone, wanted=wanted, fault=fault, digits=CODE_DIGITS)
    return vary_by_language(make_response(page, _status(refusal)))


# Both


def _status(refusal: Refusal | None) -> int:
    if refusal is None:
        return 200
    return 429 if isinstance(refusal, TooManyGuesses) else 400


def _leave_before(cookie: Cookie) -> None:
    """Whoever was signed in in this browser is not any more."""
    before = staff_if_any() if cookie is Cookie.STAFF else technician_if_any()
    if before is not None:
        now = machine_now()
        run_use_case(
            database(), lambda session: revoke_sign_ins(session, sign_in_id=before.sign_in_id, machine_now=now)
        )


def _gone(endpoint: str, cookie: Cookie) -> Response:
    response = make_response(redirect(url_for(endpoint), 303))
    drop_cookie(response, cookie)
    # what this browser has kept of the pages goes too
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
