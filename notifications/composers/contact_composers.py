"""What is said when the technician has called in vain (R12)."""

from __future__ import annotations

from dispatch.models import ContactAttempt, Visit
from dispatch.queries.assigned_technicians import Assigned, assigned_technician
from dispatch.queries.order_clock import order_clock
from dispatch.queries.unanswered_tries import Tries, unanswered_tries
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import PauseCause
from notifications.composers.pause_composers import DISPUTE_DIGIT
from notifications.composers.subjects import (
    arrival_window,
    choices_in,
    technician_values,
    visit_of,
    visit_values,
    zone_of,
)
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Value

#: the visit is to take place, and nobody has set off
_TO_COME = (VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED)


@composes("contact_missed")
def compose_contact_missed(telling: Telling) -> Content | NotTrue:
    """Tried when, tried again when; the visit stands as told meanwhile."""
    visit = visit_of(telling)
    tries = unanswered_tries(telling.session, visit.id)
    attempt = telling.session.get_one(ContactAttempt, telling.message.params["attempt_id"])
    technician = _still_trying(telling, visit, attempt, tries)
    if isinstance(technician, NotTrue):
        return technician
    again = tries.next
    if again is None or again.until_at <= telling.now:
        return NotTrue("no_other_try")
    window = arrival_window(telling, visit, technician)
    values: dict[str, Value] = {
        **visit_values(visit),
        **technician_values(technician),
        "tried_at": attempt.tried_at,
        "again_at": again.from_at,
    }
    if window.until_at <= telling.now:
        return Content("contact_missed_over", values, until_at=again.until_at)
    template = "contact_missed" if tries.place_of(attempt.id) == 1 else "contact_missed_again"
    if again.from_at >= window.until_at:
        template = "contact_missed_until_reply"  # the next call comes too late to ask
    return Content(template, values | {"window": window}, until_at=min(again.until_at, window.until_at))


@composes("contact_given_up")
def compose_contact_given_up(telling: Telling) -> Content | NotTrue:
    """The last try was in vain: the clock stands, and a new time can be chosen, which is held (R12).

    One digit disputes the pause (R51). Where a call has left no proof, nothing is said of one.
    """
    visit = visit_of(telling)
    tries = unanswered_tries(telling.session, visit.id)
    attempt = telling.session.get_one(ContactAttempt, telling.message.params["attempt_id"])
    technician = _still_trying(telling, visit, attempt, tries)
    if isinstance(technician, NotTrue):
        return technician
    held_until_at = attempt.tried_at + tries.rules.choice_held
    choices = choices_in(telling.message.params, telling.now)
    proof = _proof_of_pause(telling, visit)
    if proof is not None:
        telling.message.params = {**telling.message.params, "proof": proof}
    values: dict[str, Value] = {
        **visit_values(visit),
        **technician_values(technician),
        **choices.values,
        "tried_at": attempt.tried_at,
        "held_until": held_until_at.astimezone(zone_of(visit)).date(),
    }
    return Content(
        f"contact_given_up{'' if proof else '_unpaused'}{choices.suffix}",
        values,
        choices={**choices.meanings, **({DISPUTE_DIGIT: proof} if proof else {})},
        until_at=held_until_at,
        answer_until_at=held_until_at,
    )


def _still_trying(telling: Telling, visit: Visit, attempt: ContactAttempt, tries: Tries) -> Assigned | NotTrue:
    """The technician who tried, if this was the latest try and nobody has answered since."""
    if visit.order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{visit.order.status}")
    if visit.status not in _TO_COME:
        return NotTrue(f"visit_{visit.status}")
    place = tries.place_of(attempt.id)
    if place is None:
        return NotTrue("reached")
    if place < len(tries.tried):
        return NotTrue("tried_again")
    technician = assigned_technician(telling.session, visit.id, attempt.technician_id)
    return NotTrue("reassigned") if technician is None else technician


def _proof_of_pause(telling: Telling, visit: Visit) -> str | None:
    """The proof of the pause that follows from the tries; from the last try on."""
    clock = order_clock(telling.session, visit.order_id)
    pauses = clock.pauses if clock else ()
    return next((one.proof for one in pauses if one.cause is PauseCause.CUSTOMER_UNREACHABLE), None)
