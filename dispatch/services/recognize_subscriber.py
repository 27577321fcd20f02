"""Only the subscriber withdraws (R28): whoever has an order's link proves it by the end of the registered number."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Contact
from dispatch.rules.vocabulary import ContactRole
from dispatch.services.limit_guesses import check_guesses, count_wrong_guess, forget_guesses

DIGITS = 4
#: wrong endings for one order within `limit_guesses.MEMORY`
MOST_ENDINGS = 5


def recognize_subscriber(session: Session, order_id: int, ending: str, *, machine_now: datetime) -> bool:
    """Whether `ending` is the last four digits of the subscriber's number; a wrong one is counted.

    False as well if the number was deleted. Raises TooManyGuesses, also for the right digits.
    """
    subject = f"subscriber:{order_id}"
    limits = {subject: MOST_ENDINGS}
    check_guesses(session, limits, machine_now=machine_now)
    statement = select(Contact.phone).where(
        Contact.order_id == order_id, Contact.role == ContactRole.SUBSCRIBER, Contact.redacted_at.is_(None)
    )
    phone = session.scalars(statement).first()
    given = "".join(filter(str.isdecimal, ending))
    if phone is None or not given.isascii() or not hmac.compare_digest(given, phone[-DIGITS:]):
        count_wrong_guess(session, limits, machine_now=machine_now)
        return False
    forget_guesses(session, subject)
    return True
