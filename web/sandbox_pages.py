"""Every simulated handset, to read and to answer: what customers and technicians would hold in their hands.

Only where the gateway is the sandbox; an answer takes the way of a provider's web hook.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.db import run_use_case
from dispatch.errors import NotFound
from dispatch.queries.operator_profile import operator_profile
from dispatch.queries.simulated_handsets import HandsetView, handset_view, list_handsets
from dispatch.rules.access import Permission
from dispatch.settings import Settings
from notifications.inbound import take_inbound
from notifications.sandbox_gateway import SandboxGateway
from web.at_hand import business_now, database, secret
from web.auth import needs
from web.customer.page_times import page_times
from web.reader_language import vary_by_language

sandbox_pages = Blueprint("sandbox_pages", __name__)

ON_A_PAGE = 50
#: characters of one answer: ten parts of an SMS
LONGEST_ANSWER = 670


class NoSuchHandset(NotFound):
    """There is no simulated handset of this number, or no sandbox at all."""


@sandbox_pages.before_request
def _only_in_the_sandbox() -> None:
    """Real handsets are nobody's to read."""
    settings: Settings = current_app.extensions["settings"]
    if settings.gateway != SandboxGateway.name:
        raise NoSuchHandset("gateway")


@sandbox_pages.after_request
def _keep_to_ourselves(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return vary_by_language(response)


@sandbox_pages.get("/sandbox")
@needs(Permission.SEE_HANDSETS)
def handsets() -> str:
    """The list, page by page."""
    wanted, number = request.args.get("wanted", "").strip()[:40], _page_number()
    with database().read_session() as session:
        found = list_handsets(session, wanted=wanted, offset=ON_A_PAGE * (number - 1), limit=ON_A_PAGE)
    pages = max(1, -(-found.total // ON_A_PAGE))
    return render_template("customer/handset_list.html", found=found, wanted=wanted, number=number, pages=pages)


@sandbox_pages.get("/sandbox/latest.json")
@needs(Permission.SEE_HANDSETS)
def latest() -> Response:
    """The newest message of each handset of a page; it changes when one of them is written to."""
    wanted, number = request.args.get("wanted", "").strip()[:40], _page_number()
    with database().read_session() as session:
        found = list_handsets(session, wanted=wanted, offset=ON_A_PAGE * (number - 1), limit=ON_A_PAGE)
    return _conditional(jsonify({str(row.key): row.latest_id for row in found.rows}))


@sandbox_pages.get("/sandbox/<int:key>")
@needs(Permission.SEE_HANDSETS)
def handset(key: int) -> ResponseReturnValue:
    """One handset with its thread."""
    view = _view(key)
    settings: Settings = current_app.extensions["settings"]
    with database().read_session() as session:
        times = page_times(operator_profile(session).zone, business_now(session))
    page = render_template(
        "customer/handset.html",
        view=view,
        times=times,
        outside=(settings.public_url or "").rstrip("/"),
        nonce=secrets.token_hex(8),
        longest=LONGEST_ANSWER,
    )
    return make_response(page)


@sandbox_pages.get("/sandbox/<int:key>/latest.json")
@needs(Permission.SEE_HANDSETS)
def latest_of(key: int) -> Response:
    """How far every message of one handset has got."""
    lines = _view(key).lines
    return _conditional(jsonify([[line.at.isoformat(), line.status, line.is_answered] for line in lines]))


@sandbox_pages.post("/sandbox/<int:key>")
@needs(Permission.SEE_HANDSETS)
def write(key: int) -> ResponseReturnValue:
    """The handset's owner writes; the same form sent twice is one message."""
    view = _view(key)
    text, nonce = request.form.get("text", "")[:LONGEST_ANSWER], request.form.get("nonce", "")[:32]
    if text.strip():
        run_use_case(
            database(),
            lambda session: take_inbound(
                session,
                gateway=SandboxGateway.name,
                provider_id=f"handset-{key}-{nonce}",
                handset=view.handset,
                text=text,
                now=business_now(session),
            ),
        )
    return redirect(url_for("sandbox_pages.handset", key=key), 303)


def _view(key: int) -> HandsetView:
    if key >= 2**62:
        raise NoSuchHandset("key")
    with database().read_session() as session:
        view = handset_view(session, key, secret=secret())
    if view is None:
        raise NoSuchHandset("key")
    return view


def _page_number() -> int:
    given = request.args.get("page", "1")
    return min(max(1, int(given)), 10_000) if given.isascii() and given.isdecimal() and len(given) < 6 else 1


def _conditional(response: Response) -> Response:
    response.add_etag()
    response.make_conditional(request)
    return response
