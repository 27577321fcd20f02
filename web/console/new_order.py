"""Taking an order at a desk (R19, R28, R33)."""

from __future__ import annotations

import math
import re
import secrets

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.errors import InvalidInput, Refusal
from dispatch.phones import is_landline, read_phone
from dispatch.queries.communities_served import ServedCommunity, communities_served
from dispatch.queries.operator_profile import OperatorProfile, operator_profile
from dispatch.rules.access import Permission
from dispatch.rules.datum import Coordinate, Datum, InvalidCoordinate
from dispatch.rules.visit_needs import SERVICES
from dispatch.rules.vocabulary import ContactRole, OrderKind, Priority
from dispatch.services.take_order import NewContact
from dispatch.services.take_order_at_desk import CommunityNotKnown, DeskOrder, DeskPlace, take_order_at_desk
from notifications.wording import languages
from web.at_hand import database
from web.auth import needs, signed_in_staff
from web.console.desk import Refused, do_at_desk, now_at_desk, typed, typed_number_if_any
from web.reader_language import vary_by_language

new_order_pages = Blueprint("new_order_pages", __name__)

#: what a customer can order; a line is tuned and followed up by rule
KINDS = (OrderKind.INSTALL, OrderKind.MOVE, OrderKind.REPAIR, OrderKind.LINE_TUNING, OrderKind.RECOVER)
_FORM = re.compile(r"[\w-]{16,40}")
_FIELDS = (
    "kind", "service", "community_id", "street", "lat", "lon", "old_community_id", "old_street", "subscriber_name",
    "subscriber_phone", "site_phone", "contracted_mbps", "priority", "language",
)  # fmt: skip


class NotAChoice(InvalidInput):
    """A field of a form holds none of its choices."""


@new_order_pages.get("/console/orders/new")
@needs(Permission.SERVE_CUSTOMER)
def blank() -> Response:
    """The form, under a name of its own, so that sending it twice takes one order."""
    return _form_page(secrets.token_urlsafe(16))


@new_order_pages.post("/console/orders/new")
@needs(Permission.SERVE_CUSTOMER)
def take() -> ResponseReturnValue:
    """Take the order, and go to its page, where a window is offered."""
    form = typed("form")
    if not _FORM.fullmatch(form):
        return _form_page(secrets.token_urlsafe(16))
    by = signed_in_staff().actor
    try:
        communities, operator = _known()
        desk = _read(form, communities, operator)
        now = now_at_desk()
        order = do_at_desk(
            "take_order", f"form:{form}", lambda session: take_order_at_desk(session, desk, now=now, by=by)
        )
    except Refusal as refusal:
        return _form_page(form, Refused("order", refusal))
    return redirect(url_for("order_pages.order", order_id=order.id), 303)


def _form_page(form: str, refused: Refused | None = None) -> Response:
    communities, operator = _known()
    page = render_template(
        "console/new_order.html",
        form=form,
        refused=refused,
        is_elsewhere=refused is not None and not refused.field_is_among("order", list(_FIELDS)),
        typed=request.form,
        communities=communities,
        kinds=KINDS,
        services=SERVICES,
        priorities=Priority,
        datums=Datum,
        languages=languages(),
        usual_language=operator.language,
    )
    return vary_by_language(make_response(page, refused.status if refused else 200))


def _known() -> tuple[tuple[ServedCommunity, ...], OperatorProfile]:
    scope = signed_in_staff().scope(Permission.SERVE_CUSTOMER)
    with database().read_session() as session:
        return communities_served(session, scope), operator_profile(session)


# What was typed


def _read(form: str, communities: tuple[ServedCommunity, ...], operator: OperatorProfile) -> DeskOrder:
    kind = OrderKind(_choice("kind", tuple(KINDS)))
    old = None
    if kind is OrderKind.MOVE and typed("old_street"):
        old = DeskPlace(_community("old_community_id", communities), typed("old_street"), typed("old_house_number"))
    return DeskOrder(
        form=form,
        kind=kind,
        service=_choice("service", SERVICES),
        place=DeskPlace(
            _community("community_id", communities),
            typed("street"),
            typed("house_number"),
            typed("building"),
            typed("unit"),
            _coordinate(),
        ),
        contacts=_contacts(operator),
        old_place=old,
        priority=Priority(_choice("priority", tuple(Priority))),
        contracted_mbps=typed_number_if_any("contracted_mbps") or None,
        note=typed("note"),
    )


def _community(name: str, communities: tuple[ServedCommunity, ...]) -> int:
    chosen = typed_number_if_any(name)
    if chosen not in {one.community_id for one in communities} or chosen is None:
        raise CommunityNotKnown(name)
    return chosen


def _contacts(operator: OperatorProfile) -> tuple[NewContact, ...]:
    language = _choice("language", languages())
    phone = read_phone(typed("subscriber_phone"), operator.phone_region, field="subscriber_phone")
    people = [_contact(ContactRole.SUBSCRIBER, typed("subscriber_name"), phone, language)]
    if typed("site_phone"):
        at_site = read_phone(typed("site_phone"), operator.phone_region, field="site_phone")
        people.append(_contact(ContactRole.ON_SITE, typed("site_name"), at_site, language))
    return tuple(people)


def _contact(role: ContactRole, name: str, phone: str, language: str) -> NewContact:
    return NewContact(role, name, phone, language, is_landline=is_landline(phone) is True)


def _coordinate() -> Coordinate | None:
    if not typed("lat") and not typed("lon"):
        return None
    return Coordinate(_degrees("lat"), _degrees("lon"), Datum(_choice("datum", tuple(Datum))))


def _degrees(name: str) -> float:
    try:
        value = float(typed(name))
    except ValueError:
        raise InvalidCoordinate(name) from None
    if not math.isfinite(value):
        raise InvalidCoordinate(name)
    return value


def _choice(name: str, allowed: tuple[str, ...]) -> str:
    chosen = typed(name)
    if chosen not in allowed:
        raise NotAChoice(name)
    return chosen
