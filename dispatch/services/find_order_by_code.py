"""The constant address: an order's number and its query code open its page (R37)."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.links import ALPHABET, Secret, is_link_alive, query_code
from dispatch.models import Order
from dispatch.services.limit_guesses import check_guesses, count_wrong_guess, forget_guesses

#: wrong codes for one order, and from one place, within `limit_guesses.MEMORY`
MOST_FOR_ORDER = 8
MOST_FROM_ONE_PLACE = 30


def find_order_by_code(
    session: Session, secret: Secret, number: str, code: str, *, caller: str, now: datetime, machine_now: datetime
) -> Order | None:
    """The order of that number if the code is its own; None otherwise, and the wrong guess is counted.

    `caller` is where the question comes from (an address); only a keyed hash of it is
    kept. Raises TooManyGuesses, also for the right code.
    """
    place = secret.derive("caller", caller).hex()[:32]
    order = session.scalars(select(Order).where(Order.number == number.strip())).first()
    subject = f"order:{order.id}" if order is not None else f"number:{secret.derive('number', number).hex()[:16]}"
    limits = {subject: MOST_FOR_ORDER, f"caller:{place}": MOST_FROM_ONE_PLACE}
    check_guesses(session, limits, machine_now=machine_now)
    given = "".join(character for character in code.upper() if character in ALPHABET)
    right = query_code(secret, order) if order is not None and is_link_alive(order, now) else None
    if order is None or right is None or not hmac.compare_digest(given, right):
        count_wrong_guess(session, limits, machine_now=machine_now)
        return None
    forget_guesses(session, subject)
    return order
