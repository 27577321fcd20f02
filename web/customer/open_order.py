"""Whose order is this page about? A link says it, or a cookie that number and code were given for (R37).

The cookie is for one order and for half an hour; nothing of it is in an address.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Response, g, request
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.links import is_link_alive, order_behind
from dispatch.queries.customer_page import CustomerPage, customer_page, order_with_id
from dispatch.queries.operator_profile import OperatorProfile
from web.at_hand import business_now, database, machine_now, secret
from web.reader_language import reader_language

#: stands in an address where a link's token would
MINE = "mine"
COOKIE = "punctual_order"
LIVES = timedelta(minutes=30)


class NoSuchPage(NotFound):
    """No order is behind this link: it is wrong, was revoked, or its order ended long ago."""


@dataclass(frozen=True)
class OpenOrder:
    """An order whose page may be read and used; `token` goes into its addresses."""

    order_id: int
    token: str = field(repr=False)


def brand(operator: OperatorProfile) -> str:
    """The operator as messages are signed in the reader's language."""
    return operator.signatures.get(reader_language()) or operator.name


def open_order(session: Session, token: str) -> OpenOrder:
    """The order behind the token of a link, or behind the cookie; raises NoSuchPage."""
    now = business_now(session)
    order_id = _behind_cookie(session, now) if token == MINE else None
    if token != MINE:
        order = order_behind(session, secret(), token, now=now)
        order_id = None if order is None else order.id
    if order_id is None:
        raise NoSuchPage("token")
    return OpenOrder(order_id, token)


def read_page(token: str) -> tuple[OpenOrder, CustomerPage]:
    """The page as it is now; it speaks the customer's language unless they chose another. Raises NoSuchPage."""
    with database().read_session() as session:
        opened = open_order(session, token)
        page = customer_page(session, opened.order_id, secret=secret(), now=business_now(session))
    g.page_language = page.language
    return opened, page


def remember_order(response: Response, order_id: int, generation: int) -> None:
    """Let this browser read the order's page for a while."""
    over = int((machine_now() + LIVES).timestamp())
    value = f"{order_id}.{over}.{_mark(order_id, generation, over)}"
    response.set_cookie(
        COOKIE,
        value,
        max_age=int(LIVES.total_seconds()),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/o",
    )


def forget_order(response: Response) -> None:
    """Let this browser read it no more."""
    response.delete_cookie(COOKIE, secure=request.is_secure, httponly=True, samesite="Lax", path="/o")


def _behind_cookie(session: Session, now: datetime) -> int | None:
    number, _, rest = request.cookies.get(COOKIE, "").partition(".")
    over, _, given = rest.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) < 16 for part in (number, over)):
        return None
    order = order_with_id(session, int(number))
    if order is None or int(over) <= machine_now().timestamp() or not is_link_alive(order, now):
        return None
    right = _mark(order.id, order.link_generation, int(over))
    return order.id if hmac.compare_digest(given.encode(), right.encode()) else None


def _mark(order_id: int, generation: int, over: int) -> str:
    return secret().derive("order-page", order_id, generation, over).hex()
