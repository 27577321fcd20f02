"""Every kind of message: to whom, when it may go, how long it stays worth saying, what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class To(StrEnum):
    """Who is told (R28)."""

    SUBSCRIBER = "subscriber"
    ON_SITE = "on_site"  # the person at the site, else the substitute, else the subscriber: who can read it
    SENDER = "sender"  # who has just written to us


class Reach(StrEnum):
    """When a message may go."""

    ANSWER = "answer"  # at any hour: somebody is waiting for it
    LIVE = "live"  # at any hour: a visit is under way
    DAYTIME = "daytime"  # within contact hours, unless the order is an emergency
    RATING = "rating"  # 08:00 to 20:30, else next morning (R60)


class Question(StrEnum):
    """What a message asks; its digits are in `questions.py`."""

    ORDER_MENU = "order_menu"
    VISIT_MENU = "visit_menu"
    CASE_MENU = "case_menu"
    UNREACHED = "unreached"
    OFFERS = "offers"
    LATE = "late"
    RATING = "rating"
    FAULT_AGAIN = "fault_again"
    PAUSE = "pause"
    STILL_WANTED = "still_wanted"
    WITHDRAW = "withdraw"
    WHICH_ORDER = "which_order"


_HOUR = timedelta(hours=1)
#: visit messages to a handset on one local day (R38): those that end or move the visit now, those that change
#: what was told, any other, and those in which nothing is new but when the technician calls
MOST_A_DAY, CHANGE_ROOM, USUAL_ROOM, DETAIL_ROOM = 6, 5, 4, 3


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of message.

    It is worth saying for `valid_for` after it was wanted (a composer may say less: no
    longer than it is true). A visit message counts against the day's limit: on the visit's
    day it goes as long as fewer than `room` went to the handset, and one that `can_wait`
    goes next morning instead (R38). If nothing is heard of an urgent one, it is sent once
    more. What `must_reach` the customer goes to the next person of the order, or is told by
    a person of ours, when an SMS cannot reach the first.
    """

    code: str
    to: To
    reach: Reach = Reach.DAYTIME
    valid_for: timedelta = 12 * _HOUR
    is_visit_message: bool = False
    room: int = MOST_A_DAY
    can_wait: bool = False
    is_urgent: bool = False
    must_reach: bool = False
    question: Question | None = None


def _order(code: str, question: Question | None = Question.ORDER_MENU, **more: object) -> Kind:
    return Kind(code=code, to=To.SUBSCRIBER, question=question, **more)  # type: ignore[arg-type]


def _visit(code: str, question: Question | None = Question.VISIT_MENU, room: int = MOST_A_DAY, **more: object) -> Kind:
    about = {"to": To.ON_SITE, "question": question, "is_visit_message": True, "room": room, **more}
    return Kind(code=code, **about)  # type: ignore[arg-type]


def _answer(code: str, question: Question | None = None) -> Kind:
    return Kind(code=code, to=To.SENDER, reach=Reach.ANSWER, valid_for=_HOUR, question=question)


_ALL = (
    _order("order_received", reach=Reach.ANSWER, valid_for=2 * _HOUR),
    _order("order_fulfilled", Question.FAULT_AGAIN),
    _order("order_infeasible", must_reach=True),
    _order("withdrawal_received", Question.STILL_WANTED, reach=Reach.ANSWER),
    _order("withdrawal_revoked", reach=Reach.ANSWER),
    _order("order_withdrawn"),
    _order("clock_paused", Question.PAUSE, valid_for=24 * _HOUR),
    _order("clock_resumed"),
    _order("dispute_opened", Question.CASE_MENU, reach=Reach.ANSWER),
    _order("dispute_upheld", Question.CASE_MENU, valid_for=24 * _HOUR),
    _order("dispute_rejected", Question.CASE_MENU, valid_for=24 * _HOUR),
    _visit("visit_booked", room=USUAL_ROOM, reach=Reach.ANSWER, valid_for=2 * _HOUR),
    _visit("visit_announced", room=CHANGE_ROOM, is_urgent=True, must_reach=True),
    _visit("visit_replanned", room=CHANGE_ROOM, is_urgent=True, must_reach=True, valid_for=4 * _HOUR),
    _visit("contact_missed", Question.UNREACHED, USUAL_ROOM, valid_for=2 * _HOUR),
    _visit("contact_given_up", Question.OFFERS, CHANGE_ROOM, valid_for=24 * _HOUR, must_reach=True, can_wait=True),
    _visit("technician_set_off", room=CHANGE_ROOM, reach=Reach.LIVE, valid_for=_HOUR, is_urgent=True),
    _visit("visit_late", Question.LATE, reach=Reach.LIVE, valid_for=2 * _HOUR, is_urgent=True, must_reach=True),
    _visit("nobody_home", Question.OFFERS, reach=Reach.LIVE, must_reach=True),
    _visit("visit_completed", Question.RATING, reach=Reach.RATING, valid_for=36 * _HOUR, can_wait=True),
    _visit("visit_not_completed", must_reach=True, can_wait=True),
    _visit("visit_cancelled", Question.ORDER_MENU, must_reach=True),
    _order("promise_broken", valid_for=48 * _HOUR),
    _order("promise_corrected", valid_for=48 * _HOUR),
    _order("compensation_told", valid_for=72 * _HOUR),
    _order("case_opened", Question.CASE_MENU, reach=Reach.ANSWER, valid_for=4 * _HOUR),
    _order("case_handed_over", Question.CASE_MENU),
    _order("callback_promised", Question.CASE_MENU, valid_for=2 * _HOUR),
    _order("case_resolved", Question.CASE_MENU),
    _answer("status", Question.VISIT_MENU),
    _answer("slots_offered", Question.OFFERS),
    _answer("slot_taken", Question.OFFERS),
    _answer("no_slots"),
    _answer("change_refused", Question.VISIT_MENU),
    _answer("which_order", Question.WHICH_ORDER),
    _answer("question_over", Question.VISIT_MENU),
    _answer("withdrawal_asked", Question.WITHDRAW),
    _answer("withdrawal_kept"),
    _answer("only_subscriber"),
    _answer("rating_thanked", Question.FAULT_AGAIN),
    _answer("rating_changed", Question.FAULT_AGAIN),
    _answer("rating_low", Question.CASE_MENU),
    _answer("not_fixed", Question.ORDER_MENU),
    _answer("case_taken", Question.CASE_MENU),
    _answer("not_understood", Question.CASE_MENU),
    _answer("remark_added", Question.CASE_MENU),
    _answer("substitute_asked"),
    _answer("nothing_open", Question.CASE_MENU),
    _answer("opted_in", Question.ORDER_MENU),
)

KINDS: Mapping[str, Kind] = {kind.code: kind for kind in _ALL}
