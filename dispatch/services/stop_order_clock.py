"""A member of staff stops an order's clock with a proof, or lets it go on (R51)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, Refusal
from dispatch.models import Order
from dispatch.queries.order_clock import order_clock
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import PauseCause, ProofKind
from dispatch.services.pause_clock import pause_clock, resume_clock

#: the name of a proof: what a call record, a reply, a warning or a document is filed under
_PROOF = re.compile(r"[a-z0-9][a-z0-9_./-]{0,39}")

#: a pause and its end at one instant would be read as the end of an earlier one
_AN_INSTANT = timedelta(microseconds=1)


class ProofNotNamed(InvalidInput):
    """A pause needs the name under which its proof is filed: letters, digits and - _ . / only."""


class ClockNotPaused(Refusal):
    """The clock does not stand under this proof."""


class NoClockToPause(Refusal):
    """The order is over, or was taken without a promise."""


def stop_order_clock(
    session: Session, order_id: int, *, cause: PauseCause, proof_kind: ProofKind, proof_id: str, now: datetime
) -> str:
    """Pause the clock from now on, never backdated; the same proof twice is one pause.

    Returns the proof under which it goes on. Raises ProofNotNamed, NoClockToPause and
    PauseNotAllowed.
    """
    if not _PROOF.fullmatch(proof_id):
        raise ProofNotNamed("proof_id")
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    clock = order_clock(session, order_id)
    if clock is None or order.status is not OrderStatus.OPEN:
        raise NoClockToPause("order")
    proof = f"{proof_kind}:{proof_id}"
    if proof in (one.proof for one in clock.pauses):
        return proof
    return pause_clock(session, order, cause=cause, proof_kind=proof_kind, proof_id=proof_id, since=now, now=now)


def start_order_clock(session: Session, order_id: int, *, proof: str, now: datetime) -> None:
    """The pause known by `proof` ends now, at the earliest just after it began. Raises ClockNotPaused."""
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    clock = order_clock(session, order_id)
    pause = next((one for one in clock.pauses if one.proof == proof), None) if clock else None
    if pause is None:
        raise ClockNotPaused("proof")
    resume_clock(session, order, proof=proof, at=max(now, pause.since + _AN_INSTANT), now=now)
