"""The life cycles of the business, as tables (drawn in docs/lifecycles.md from here)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from dispatch.rules.lifecycle import Lifecycle, Move


class VisitStatus(StrEnum):
    """Scheduled: the visit has a stop. Sent: it is on the technician's phone."""

    REQUESTED = "requested"
    BOOKED = "booked"
    SCHEDULED = "scheduled"
    SENT = "sent"
    ACCEPTED = "accepted"
    AGREED = "agreed"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    COMPLETED = "completed"
    NOT_COMPLETED = "not_completed"
    CANCELLED = "cancelled"


_V = VisitStatus
VISIT = Lifecycle(
    "visit",
    _V.REQUESTED,
    {
        (_V.REQUESTED, _V.BOOKED): Move("a window is booked"),
        (_V.BOOKED, _V.REQUESTED): Move("the booking is given up"),
        (_V.BOOKED, _V.SCHEDULED): Move("a stop is inserted into a route"),
        (_V.SCHEDULED, _V.BOOKED): Move("the stop is taken out"),
        (_V.SCHEDULED, _V.SENT): Move("sent to the technician's phone"),
        (_V.SENT, _V.SCHEDULED): Move("declined, recalled or not accepted in time (R17)", requires=("reason",)),
        (_V.SENT, _V.ACCEPTED): Move("the technician accepts"),
        (_V.ACCEPTED, _V.AGREED): Move("an exact time is agreed (R10)"),
        (_V.AGREED, _V.ACCEPTED): Move("the agreed time is given up"),
        (_V.ACCEPTED, _V.SCHEDULED): Move("reassigned", requires=("reason",)),
        (_V.AGREED, _V.SCHEDULED): Move("reassigned", requires=("reason",)),
        (_V.ACCEPTED, _V.EN_ROUTE): Move("on the way without an agreed time: told window, unreachable, emergency"),
        (_V.AGREED, _V.EN_ROUTE): Move("on the way"),
        (_V.EN_ROUTE, _V.ACCEPTED): Move("diverted", requires=("reason",)),
        (_V.EN_ROUTE, _V.AGREED): Move("diverted, the agreed time stands", requires=("reason",)),
        (_V.EN_ROUTE, _V.ON_SITE): Move("arrived"),
        (_V.ON_SITE, _V.EN_ROUTE): Move("arrival undone", within=timedelta(minutes=5)),
        (_V.ON_SITE, _V.COMPLETED): Move("closed out: seen working (R27)"),
        (_V.ON_SITE, _V.NOT_COMPLETED): Move("could not be done", requires=("reason",)),
    }
    | {
        (status, _V.CANCELLED): Move("cancelled", requires=("reason",))
        for status in (_V.REQUESTED, _V.BOOKED, _V.SCHEDULED, _V.SENT, _V.ACCEPTED, _V.AGREED, _V.EN_ROUTE)
    },
)


class OrderStatus(StrEnum):
    """A repeat fault is a new, linked order; nothing reopens an ended one."""

    OPEN = "open"
    WITHDRAWING = "withdrawing"
    FULFILLED = "fulfilled"
    INFEASIBLE = "infeasible"
    WITHDRAWN = "withdrawn"


_O = OrderStatus
ORDER = Lifecycle(
    "order",
    _O.OPEN,
    {
        (_O.OPEN, _O.FULFILLED): Move("the service is seen working"),
        (_O.OPEN, _O.INFEASIBLE): Move("cannot be done", requires=("reason",)),
        (_O.OPEN, _O.WITHDRAWING): Move("the subscriber withdraws", requires=("reason",)),
        (_O.WITHDRAWING, _O.OPEN): Move("the subscriber wants it after all"),
        (_O.WITHDRAWING, _O.WITHDRAWN): Move("verified and closed (R13)"),
    },
)


class PromiseStatus(StrEnum):
    """Due passed is shown to staff only; broken waits for a fact or the offline grace."""

    RUNNING = "running"
    PAUSED = "paused"
    DUE_PASSED = "due_passed"
    KEPT = "kept"
    BROKEN = "broken"
    VOID = "void"


_P = PromiseStatus
PROMISE = Lifecycle(
    "promise",
    _P.RUNNING,
    {
        (_P.RUNNING, _P.PAUSED): Move("a permitted cause with proof (R51)"),
        (_P.PAUSED, _P.RUNNING): Move("the cause has ended, or the pause was disputed with success"),
        (_P.RUNNING, _P.DUE_PASSED): Move("due, and the device concerned has not been heard since"),
        (_P.RUNNING, _P.KEPT): Move("met in time"),
        (_P.PAUSED, _P.KEPT): Move("met while the clock stood"),
        (_P.DUE_PASSED, _P.KEPT): Move("a late report shows that it was met in time"),
        (_P.RUNNING, _P.BROKEN): Move("a fact says so"),
        (_P.PAUSED, _P.BROKEN): Move("the pause is annulled and the time is over"),
        (_P.DUE_PASSED, _P.BROKEN): Move("a fact says so, or the offline grace is over"),
        (_P.RUNNING, _P.VOID): Move("withdrawn, or a proven outside cause"),
        (_P.PAUSED, _P.VOID): Move("withdrawn, or a proven outside cause"),
        (_P.DUE_PASSED, _P.VOID): Move("a late report shows that it had been withdrawn in time"),
    }
    | {
        (start, end): Move("corrected by a later fact", correction=True)
        for start in (_P.KEPT, _P.BROKEN, _P.VOID, _P.DUE_PASSED, _P.PAUSED)
        for end in _P
        if start is not end
        and (start, end)
        not in {
            (_P.PAUSED, _P.RUNNING),
            (_P.PAUSED, _P.KEPT),
            (_P.PAUSED, _P.BROKEN),
            (_P.PAUSED, _P.VOID),
            (_P.DUE_PASSED, _P.KEPT),
            (_P.DUE_PASSED, _P.BROKEN),
            (_P.DUE_PASSED, _P.VOID),
        }
    },
)


class PlanStatus(StrEnum):
    """A plan is a proposal; routes are the truth."""

    REQUESTED = "requested"
    SOLVING = "solving"
    DRAFT = "draft"
    PUBLISHED = "published"
    STALE = "stale"
    DISCARDED = "discarded"
    FAILED = "failed"


_L = PlanStatus
PLAN = Lifecycle(
    "plan",
    _L.REQUESTED,
    {
        (_L.REQUESTED, _L.SOLVING): Move("claimed by a worker"),
        (_L.REQUESTED, _L.DISCARDED): Move("no longer wanted"),
        (_L.SOLVING, _L.REQUESTED): Move("the worker was lost; another takes it over"),
        (_L.SOLVING, _L.DRAFT): Move("solved and checked"),
        (_L.SOLVING, _L.FAILED): Move("no plan could be made", requires=("reason",)),
        (_L.SOLVING, _L.DISCARDED): Move("no longer wanted"),
        (_L.DRAFT, _L.PUBLISHED): Move("published, whole or in part"),
        (_L.DRAFT, _L.STALE): Move("the routes have moved on too far to rebase", requires=("reason",)),
        (_L.DRAFT, _L.DISCARDED): Move("no longer wanted"),
    },
)


class SlotOfferStatus(StrEnum):
    """Showing holds nothing; one hold an order."""

    SHOWN = "shown"
    HELD = "held"
    TAKEN = "taken"
    RELEASED = "released"
    EXPIRED = "expired"


_F = SlotOfferStatus
SLOT_OFFER = Lifecycle(
    "slot_offer",
    _F.SHOWN,
    {
        (_F.SHOWN, _F.HELD): Move("chosen: one place is held"),
        (_F.SHOWN, _F.EXPIRED): Move("not chosen in time"),
        (_F.HELD, _F.TAKEN): Move("booked"),
        (_F.HELD, _F.RELEASED): Move("another was chosen, or given back"),
        (_F.HELD, _F.EXPIRED): Move("not booked in time"),
    },
)


class MessageStatus(StrEnum):
    """Accepted: the provider took it. Sent: the provider passed it on."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"


_M = MessageStatus
MESSAGE = Lifecycle(
    "message",
    _M.QUEUED,
    {
        (_M.QUEUED, _M.SENDING): Move("still true, and different from what was last accepted"),
        (_M.QUEUED, _M.SUPERSEDED): Move("a newer one says it"),
        (_M.QUEUED, _M.SUPPRESSED): Move("not to be sent", requires=("reason",)),
        (_M.QUEUED, _M.EXPIRED): Move("past its valid-until (R38)"),
        (_M.SENDING, _M.ACCEPTED): Move("the provider accepted it"),
        (_M.SENDING, _M.QUEUED): Move("a passing error: surely not sent"),
        (_M.SENDING, _M.FAILED): Move("a permanent refusal", requires=("reason",)),
        (_M.SENDING, _M.UNKNOWN): Move("no answer: it may have been sent"),
        (_M.UNKNOWN, _M.ACCEPTED): Move("found at the provider"),
        (_M.UNKNOWN, _M.QUEUED): Move("surely not sent, or urgent and repeated once"),
        (_M.UNKNOWN, _M.FAILED): Move("a receipt says that it was refused", requires=("reason",)),
        (_M.ACCEPTED, _M.SENT): Move("receipt"),
    }
    | {
        (start, end): Move("receipt")
        for start in (_M.ACCEPTED, _M.SENT)
        for end in (_M.DELIVERED, _M.UNDELIVERED, _M.FAILED)
    },
)


class CaseStatus(StrEnum):
    """Every case has one owner and a visible next step (R42)."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    REOPENED = "reopened"


_C = CaseStatus
CASE = Lifecycle(
    "case",
    _C.OPEN,
    {
        (_C.OPEN, _C.WAITING): Move("waiting for somebody", requires=("waiting_for",)),
        (_C.WAITING, _C.OPEN): Move("the answer has come"),
        (_C.OPEN, _C.RESOLVED): Move("answered"),
        (_C.WAITING, _C.RESOLVED): Move("answered"),
        (_C.RESOLVED, _C.REOPENED): Move("not settled after all"),
        (_C.REOPENED, _C.WAITING): Move("waiting for somebody", requires=("waiting_for",)),
        (_C.REOPENED, _C.RESOLVED): Move("answered"),
    },
)


class CompensationStatus(StrEnum):
    """What the customer has been told stands: nothing told is withdrawn by us."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    TOLD = "told"
    CREDITED = "credited"
    WITHDRAWN = "withdrawn"


_K = CompensationStatus
COMPENSATION = Lifecycle(
    "compensation",
    _K.PROPOSED,
    {
        (_K.PROPOSED, _K.APPROVED): Move("within the published scale, or approved by a person"),
        (_K.PROPOSED, _K.WITHDRAWN): Move("the promise was kept after all", requires=("reason",)),
        (_K.APPROVED, _K.TOLD): Move("the customer is told, once it is broken"),
        (_K.APPROVED, _K.WITHDRAWN): Move("the promise was kept after all", requires=("reason",)),
        (_K.TOLD, _K.CREDITED): Move("credited"),
        (_K.TOLD, _K.WITHDRAWN): Move("at the customer's own wish", requires=("reason",)),
        (_K.WITHDRAWN, _K.PROPOSED): Move("broken after all", correction=True),
    },
)


class DisruptionStatus(StrEnum):
    """A repair that loses nothing told is published by rule; otherwise somebody decides."""

    REPORTED = "reported"
    REPAIRING = "repairing"
    UNDECIDED = "undecided"
    SETTLED = "settled"


_D = DisruptionStatus
DISRUPTION = Lifecycle(
    "disruption",
    _D.REPORTED,
    {
        (_D.REPORTED, _D.REPAIRING): Move("a repair is asked for"),
        (_D.REPORTED, _D.SETTLED): Move("no route has to change", requires=("reason",)),
        (_D.REPAIRING, _D.SETTLED): Move("the repair is published, or nothing had to change", requires=("reason",)),
        (_D.REPAIRING, _D.UNDECIDED): Move(
            "something told would be lost, or no repair could be made", requires=("reason",)
        ),
        (_D.UNDECIDED, _D.SETTLED): Move("somebody has decided", requires=("reason",)),
        (_D.UNDECIDED, _D.REPAIRING): Move("another repair is asked for"),
    },
)

LIFECYCLES: tuple[Lifecycle[StrEnum], ...] = (  # type: ignore[assignment]
    VISIT,
    ORDER,
    PROMISE,
    PLAN,
    SLOT_OFFER,
    MESSAGE,
    CASE,
    COMPENSATION,
    DISRUPTION,
)
