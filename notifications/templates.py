"""Every template: its code, its typed variables, the kind of message it belongs to and what it asks (R37, R39).

The sentences are in the catalogues under `sms.<code>`, with the variables as `{named}`
places; a gateway that sends templates only is given code and variables. Codes are
registered with operators' gateways and never change their meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from notifications.kinds import KINDS, Question
from notifications.values import Var

V = Var

#: templates whose code does not begin with that of their kind
_KIND_OF = {
    "visit_rebooked": "visit_booked",
    "visit_accepted": "visit_announced",
    "visit_changed": "visit_announced",
    "time_agreed": "visit_announced",
    "time_agreed_changed": "visit_announced",
    "complaint_opened": "case_opened",
    "complaint_opened_without_call": "case_opened",
    "question_opened": "case_opened",
}
#: templates that leave out a digit of their kind's question which would be out of place in them
_ASKS_INSTEAD: Mapping[str, Question | None] = {
    "change_refused": Question.ORDER_MENU,
    "status_on_site": Question.ORDER_MENU,
    "status_over": None,
    "contact_missed_over": Question.VISIT_MENU,
    "withdrawal_revoked_unbooked": Question.VISIT_MENU,
}
#: a pause is told, and disputed with one digit, in the message that offers a new time (R51)
_TELLS_PAUSE = re.compile(r"contact_given_up(_\d)?")
_DISPUTE = "6"
#: the digits of each question; 8, a person, goes with all of them and may be left unsaid in a rating
_DIGITS = {
    Question.ORDER_MENU: "18",
    Question.VISIT_MENU: "128",
    Question.CASE_MENU: "8",
    Question.UNREACHED: "1238",
    Question.LATE: "128",
    Question.RATING: "543219",
    Question.FAULT_AGAIN: "9",
    Question.PAUSE: "68",
    Question.STILL_WANTED: "18",
    Question.WITHDRAW: "128",
}
#: questions with one digit for each of the template's choices
_CHOICES = (Question.OFFERS, Question.WHICH_ORDER)
PERSON = "8"


@dataclass(frozen=True)
class Template:
    """A template and the types of its variables; at most `parts` parts with the signature."""

    code: str
    variables: Mapping[str, Var] = field(default_factory=dict)
    parts: int = 2

    @property
    def kind(self) -> str:
        """The code of the kind of message that it words: its own, or the longest that begins it."""
        known = (kind for kind in KINDS if f"{self.code}_".startswith(f"{kind}_"))
        return _KIND_OF.get(self.code) or max(known, key=len)

    @property
    def question(self) -> Question | None:
        """What it asks."""
        return _ASKS_INSTEAD[self.code] if self.code in _ASKS_INSTEAD else KINDS[self.kind].question

    @property
    def digits(self) -> frozenset[str]:
        """The replies that it may invite; all but 8, a person, it must."""
        question = self.question
        if question in _CHOICES:
            count = re.search(r"_(\d)$", self.code)
            offers = map(str, range(1, int(count[1]) + 1 if count else 1))
            return frozenset(offers) | {PERSON} | ({_DISPUTE} if _TELLS_PAUSE.fullmatch(self.code) else frozenset())
        return frozenset(PERSON if question is None else _DIGITS[question]) | {PERSON}


_ORDER = {"kind": V.ORDER_KIND, "order": V.NUMBER}
_WHO = {"technician": V.NAME, "badge": V.BADGE}
#: what every message about a scheduled visit carries (R31)
_VISIT = {**_ORDER, **_WHO, "contact_by": V.MOMENT, "window": V.WINDOW}
_TRIED = {"tried_at": V.MOMENT, "again_at": V.MOMENT}
_OWNED = {"case": V.NUMBER, "owner": V.NAME}


def _choices(count: int) -> dict[str, Var]:
    return {f"window_{number}": V.WINDOW for number in range(1, count + 1)}


_ALL = (
    # orders
    Template("order_received", {**_ORDER, "due": V.MOMENT, "query_code": V.QUERY_CODE}),
    Template("order_received_without_promise", {**_ORDER, "query_code": V.QUERY_CODE}),
    Template("order_fulfilled", _ORDER, parts=1),
    Template("order_infeasible", {**_ORDER, "reason": V.REASON, "check_by": V.MOMENT}),
    Template("order_infeasible_unchecked", {**_ORDER, "reason": V.REASON}),
    Template("withdrawal_received", {**_ORDER, "check_by": V.MOMENT}),
    Template("withdrawal_received_unchecked", _ORDER),
    Template("withdrawal_revoked", {**_ORDER, "due": V.MOMENT}),
    Template("withdrawal_revoked_unbooked", {**_ORDER, "due": V.MOMENT}),
    Template("order_withdrawn", _ORDER),
    Template("clock_paused", {**_ORDER, "reason": V.REASON, "since": V.MOMENT}),
    Template("clock_resumed", {**_ORDER, "due": V.MOMENT}),
    Template("dispute_opened", {**_ORDER, **_OWNED, "answer_by": V.MOMENT}),
    Template("dispute_opened_without_time", {**_ORDER, **_OWNED}),
    Template("dispute_upheld", {**_ORDER, "case": V.NUMBER, "due": V.MOMENT}),
    Template("dispute_rejected", {**_ORDER, "case": V.NUMBER}),
    # visits: a booking receipt says what is booked and when the technician will be named
    Template("visit_booked", {**_ORDER, "window": V.WINDOW, "named_by": V.MOMENT}),
    Template("visit_rebooked", {**_ORDER, "window": V.WINDOW, "named_by": V.MOMENT}),
    Template("visit_announced", _VISIT),
    Template("visit_accepted", {**_VISIT, "accepted_at": V.MOMENT}),
    Template("visit_changed", _VISIT),
    Template(
        "time_agreed",
        {**_ORDER, **_WHO, "agreed_at": V.MOMENT, "time": V.MOMENT, "window": V.WINDOW, "door_code": V.DOOR_CODE},
    ),
    Template("time_agreed_changed", {**_ORDER, **_WHO, "time": V.MOMENT, "window": V.WINDOW, "door_code": V.DOOR_CODE}),
    Template("visit_replanned", {**_ORDER, "named_by": V.MOMENT}),
    # not reached: the contact time is when the technician calls again
    Template("contact_missed", {**_ORDER, **_WHO, **_TRIED, "window": V.WINDOW}),
    Template("contact_missed_again", {**_ORDER, **_WHO, **_TRIED, "window": V.WINDOW}),
    Template("contact_missed_until_reply", {**_ORDER, **_WHO, **_TRIED, "window": V.WINDOW}),
    Template("contact_missed_over", {**_ORDER, **_WHO, **_TRIED}),
    Template("contact_given_up", {**_ORDER, **_WHO, "tried_at": V.MOMENT, "held_until": V.DAY}),
    *(
        Template(f"contact_given_up_{n}", {**_ORDER, **_WHO, "tried_at": V.MOMENT, **_choices(n), "held_until": V.DAY})
        for n in (1, 2, 3)
    ),
    Template("contact_given_up_unpaused", {**_ORDER, **_WHO, "tried_at": V.MOMENT, "held_until": V.DAY}),
    *(
        Template(
            f"contact_given_up_unpaused_{n}",
            {**_ORDER, **_WHO, "tried_at": V.MOMENT, **_choices(n), "held_until": V.DAY},
        )
        for n in (1, 2, 3)
    ),
    Template(
        "technician_set_off",
        {**_ORDER, **_WHO, "set_off_at": V.MOMENT, "eta": V.MOMENT, "window": V.WINDOW, "door_code": V.DOOR_CODE},
    ),
    Template("visit_late", {**_ORDER, **_WHO, "eta": V.MOMENT, "window": V.WINDOW, "decide_by": V.MOMENT}),
    Template("nobody_home", {**_ORDER, **_WHO, "arrived_at": V.MOMENT}),
    *(Template(f"nobody_home_{n}", {**_ORDER, **_WHO, "arrived_at": V.MOMENT, **_choices(n)}) for n in (1, 2, 3)),
    Template("visit_completed", {**_ORDER, **_WHO, "done_at": V.MOMENT}),
    Template("visit_completed_kept", {**_ORDER, **_WHO, "done_at": V.MOMENT, "due": V.MOMENT}),
    Template(
        "visit_completed_measured",
        {**_ORDER, **_WHO, "done_at": V.MOMENT, "due": V.MOMENT, "measured": V.MBPS, "contracted": V.MBPS},
    ),
    Template("visit_not_completed", {**_ORDER, **_WHO, "reason": V.REASON, "named_by": V.MOMENT}),
    Template("visit_cancelled", {**_ORDER, "reason": V.REASON}),
    # promises and money
    Template("promise_broken", {**_ORDER, "what": V.REASON, "due": V.MOMENT}),
    Template("promise_broken_early", {**_ORDER, "arrived_at": V.MOMENT}),
    Template("compensation_told_early", {**_ORDER, "arrived_at": V.MOMENT, "amount": V.MONEY, "credited_by": V.DAY}),
    Template("promise_corrected", {**_ORDER, "due": V.MOMENT, "met_at": V.MOMENT}),
    Template("compensation_told", {**_ORDER, "due": V.MOMENT, "amount": V.MONEY, "credited_by": V.DAY}),
    # cases
    Template("complaint_opened", {**_OWNED, "call_by": V.MOMENT, "answer_by": V.MOMENT}),
    Template("complaint_opened_without_call", {**_OWNED, "answer_by": V.MOMENT}),
    Template("question_opened", {**_OWNED, "call_by": V.MOMENT}),
    Template("case_opened", _OWNED),
    Template("case_handed_over", _OWNED, parts=1),
    Template("callback_promised", {**_OWNED, "call_by": V.MOMENT}, parts=1),
    Template("case_resolved", {"case": V.NUMBER}, parts=1),
    # answers: status
    Template("status_open", {**_ORDER, "due": V.MOMENT, "query_code": V.QUERY_CODE}),
    Template("status_unpromised", {**_ORDER, "query_code": V.QUERY_CODE}),
    Template("status_paused", {**_ORDER, "reason": V.REASON, "since": V.MOMENT}),
    Template("status_booked", {**_ORDER, "window": V.WINDOW, "named_by": V.MOMENT}),
    Template("status_visit", _VISIT),
    Template("status_agreed", {**_ORDER, **_WHO, "time": V.MOMENT, "window": V.WINDOW, "door_code": V.DOOR_CODE}),
    Template("status_on_the_way", {**_ORDER, **_WHO, "eta": V.MOMENT, "window": V.WINDOW, "door_code": V.DOOR_CODE}),
    Template("status_late", {**_ORDER, **_WHO, "eta": V.MOMENT, "window": V.WINDOW}),
    Template("status_on_site", {**_ORDER, **_WHO, "arrived_at": V.MOMENT}),
    Template("status_over", {**_ORDER, "reason": V.REASON}),
    # answers: choices
    *(Template(f"slots_offered_{n}", {**_ORDER, **_choices(n)}) for n in (1, 2, 3)),
    *(Template(f"slot_taken_{n}", {**_ORDER, **_choices(n)}) for n in (1, 2, 3)),
    Template("no_slots", {**_ORDER, **_OWNED, "call_by": V.MOMENT}),
    Template("change_refused", {**_ORDER, "reason": V.REASON}),
    *(
        Template(f"which_order_{n}", {f"{name}_{i}": var for i in range(1, n + 1) for name, var in _ORDER.items()})
        for n in (2, 3)
    ),
    Template("question_over", _ORDER, parts=1),
    Template("withdrawal_asked", _ORDER),
    Template("withdrawal_kept", _ORDER, parts=1),
    Template("only_subscriber", _ORDER),
    Template("rating_thanked", _ORDER),
    Template("rating_changed", _ORDER, parts=1),
    Template("rating_low", {**_ORDER, **_OWNED, "call_by": V.MOMENT}),
    Template("not_fixed", {**_ORDER, "new_order": V.NUMBER, "due": V.MOMENT}),
    Template("not_fixed_without_promise", {**_ORDER, "new_order": V.NUMBER}),
    Template("not_understood", {**_OWNED, "call_by": V.MOMENT}),
    Template("remark_added", {"case": V.NUMBER}, parts=1),
    Template("substitute_asked", _ORDER),
    Template("nothing_open", {**_OWNED, "call_by": V.MOMENT}),
    Template("opted_in", {}, parts=1),
)

#: what customers are told
TEMPLATES: Mapping[str, Template] = {template.code: template for template in _ALL}
#: told to a technician who signs in: no conversation, no reply, kept nowhere
SIGN_IN_CODE = Template("sign_in_code", {"sign_in_code": V.SIGN_IN_CODE}, parts=1)
#: everything that a gateway may be asked to approve
REGISTERED: Mapping[str, Template] = {**TEMPLATES, SIGN_IN_CODE.code: SIGN_IN_CODE}
