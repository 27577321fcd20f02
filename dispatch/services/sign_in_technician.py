"""A technician proves with a one-time code that the phone is at hand."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.links import Secret
from dispatch.models import SignInCode, Technician
from dispatch.services.audit import NOBODY, audit
from dispatch.services.limit_guesses import check_guesses, count_wrong_guess, forget_guesses
from dispatch.services.open_sign_in import open_sign_in
from dispatch.services.send_sign_in_code import technician_with_phone
from dispatch.services.sign_in_staff import NewSignIn

#: wrong codes for one phone, and from one place, within `limit_guesses.MEMORY`
MOST_FOR_PHONE = 10
MOST_FROM_ONE_PLACE = 120


class WrongSignInCode(Refusal):
    """Not the code that was sent last, or it is too old; ask for another."""


def sign_in_technician(
    session: Session, secret: Secret, phone: str, code: str, *, place: str, machine_now: datetime
) -> NewSignIn | None:
    """Sign a technician in with the code, which works once; None if it is wrong, and the guess is counted.

    Raises InvalidPhone, or TooManyGuesses, then also for the right code.
    """
    technician = technician_with_phone(session, phone)
    asked = secret.derive("phone", phone).hex()[:32] if technician is None else str(technician.id)
    limits = {f"code_of:{asked}": MOST_FOR_PHONE, f"codes_at:{place}": MOST_FROM_ONE_PLACE}
    check_guesses(session, limits, machine_now=machine_now)
    actor = NOBODY if technician is None else f"technician:{technician.id}"
    if technician is None or not _is_right(session, secret, technician, code, machine_now):
        count_wrong_guess(session, limits, machine_now=machine_now)
        audit(session, actor, "sign_in", machine_now=machine_now, was_allowed=False)
        return None
    session.execute(delete(SignInCode).where(SignInCode.technician_id == technician.id))
    forget_guesses(session, f"code_of:{asked}")
    token = open_sign_in(session, technician_id=technician.id, machine_now=machine_now)
    audit(session, actor, "sign_in", machine_now=machine_now)
    return NewSignIn(token, technician.id)


def hash_code(secret: Secret, technician_id: int, code: str) -> str:
    """What is kept of a code: whoever has only the database cannot try all of them."""
    return secret.derive("sign_in_code", technician_id, code).hex()


def _is_right(session: Session, secret: Secret, technician: Technician, code: str, machine_now: datetime) -> bool:
    sent = session.get(SignInCode, technician.id, with_for_update=True)
    if sent is None or sent.expires_at <= machine_now:
        return False
    digits = "".join(character for character in code if character.isdecimal() and character.isascii())
    return hmac.compare_digest(hash_code(secret, technician.id, digits), sent.code_hash)
