"""A technician asks for a one-time code: it is noted here, made and sent by a worker.

Whoever asks learns nothing of whose number it is: the answer is the same, and takes no
longer, for a number that nobody has.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.links import Secret
from dispatch.models import GuessCount, SignInCode, Technician
from dispatch.phones import read_phone
from dispatch.queries.operator_profile import operator_profile
from dispatch.rules.sign_in_limits import CODE_LIVES, MOST_SENDS, SENDS_WITHIN
from dispatch.services.limit_guesses import TooManyGuesses, check_guesses, count_wrong_guess
from dispatch.services.schedule_work import schedule_work
from dispatch.upsert import insert_or_update

SEND_SIGN_IN_CODE = "send_sign_in_code"
#: codes asked for from one place, within `limit_guesses.MEMORY`: a day's start behind one company address
MOST_FROM_ONE_PLACE = 120


class TooManyCodes(TooManyGuesses):
    """Too many codes were asked for from one place; values: `minutes` until it can be tried again."""


def send_sign_in_code(
    session: Session,
    secret: Secret,
    phone: str,
    *,
    place: str,
    language: str,
    now: datetime,
    machine_now: datetime,
) -> None:
    """Have a code sent to the technician with this number, if there is one and it is not sent too often.

    `place` is a keyed hash of where the request comes from, `language` that of the SMS.
    Raises InvalidPhone, or TooManyCodes for the place.
    """
    technician = technician_with_phone(session, phone)
    limits = {f"codes_from:{place}": MOST_FROM_ONE_PLACE}
    check_guesses(session, limits, machine_now=machine_now, refusal=TooManyCodes)
    count_wrong_guess(session, limits, machine_now=machine_now)
    if technician is None or not _may_be_sent(session, technician.id, machine_now):
        return
    # until the worker has made one, there is no code that anybody could give
    nothing = secret.derive("no_code", technician.id).hex()
    row = {
        "technician_id": technician.id,
        "code_hash": nothing,
        "sent_at": machine_now,
        "expires_at": machine_now + CODE_LIVES,
    }
    columns = ("code_hash", "sent_at", "expires_at")
    insert_or_update(session, SignInCode, row, unique=("technician_id",), update=columns)
    schedule_work(session, SEND_SIGN_IN_CODE, f"{technician.id}:{language}", now)


def technician_with_phone(session: Session, phone: str) -> Technician | None:
    """The active technician with this number; None if nobody has it, or several do. Raises InvalidPhone."""
    number = read_phone(phone, operator_profile(session).phone_region)
    statement = select(Technician).where(Technician.phone == number, Technician.is_active).limit(2)
    found = session.scalars(statement).all()
    return found[0] if len(found) == 1 else None


def _may_be_sent(session: Session, technician_id: int, machine_now: datetime) -> bool:
    """At most `MOST_SENDS` follow one another without a pause of `SENDS_WITHIN`."""
    subject = f"codes_to:{technician_id}"
    insert_or_update(
        session,
        GuessCount,
        {"subject": subject, "wrong": 1, "since_at": machine_now - SENDS_WITHIN},
        unique=("subject",),
    )
    row = session.get_one(GuessCount, subject, with_for_update=True, populate_existing=True)
    if row.since_at <= machine_now - SENDS_WITHIN:
        row.wrong, row.since_at = 1, machine_now
        return True
    if row.wrong >= MOST_SENDS:
        return False
    row.wrong, row.since_at = row.wrong + 1, machine_now
    return True
