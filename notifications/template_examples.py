"""Templates with values: as short, as usual and as long as they get (for applications, the documentation and tests)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from dispatch.rules.money import Money
from dispatch.rules.vocabulary import OrderKind
from notifications.rendering import Rendered, render, sentence_of
from notifications.sms_length import writable_in_gsm7
from notifications.templates import REGISTERED
from notifications.values import REASONS, Reason, Value, Var, Window
from notifications.wording import catalogue

#: all examples are told at this moment, on clocks that show UTC
TOLD_AT = datetime(2026, 11, 24, 9, 39, tzinfo=UTC)
#: neither today nor tomorrow, and two digits everywhere
_FAR = datetime(2026, 12, 15, 18, 30, tzinfo=UTC)

#: which list a template's reason is from
REASON_FAMILY: Mapping[str, str] = {
    "order_infeasible": "infeasible",
    "order_infeasible_unchecked": "infeasible",
    "clock_paused": "pause",
    "status_paused": "pause",
    "visit_not_completed": "not_completed",
    "visit_cancelled": "cancelled",
    "change_refused": "unchangeable",
    "promise_broken": "promised",
    "status_over": "ended",
}


class Size(StrEnum):
    """How long the values of an example are."""

    SHORTEST = "shortest"
    USUAL = "usual"
    LONGEST = "longest"


def example(template: str, language: str, *, size: Size = Size.USUAL, signature: str) -> Rendered:
    """`template` as a reader of `language` gets it, with made-up values."""
    values = example_values(template, language, size)
    return render(template, values, language=language, signature=signature, zone=UTC, now=TOLD_AT)


def example_values(template: str, language: str, size: Size) -> dict[str, Value]:
    """Made-up values for every variable of a template."""
    return {name: _value(template, language, size, name, var) for name, var in REGISTERED[template].variables.items()}


def _value(template: str, language: str, size: Size, name: str, var: Var) -> Value:
    if size is Size.USUAL:
        return _usual(template, language, name, var)
    return _extreme(template, language, var, longest=size is Size.LONGEST)


def _at(days: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"{TOLD_AT.date() + timedelta(days=days)}T{clock}:00+00:00")


def _between(days: int, start: str, end: str) -> Window:
    return Window(_at(days, start), _at(days, end))


_USUAL: Mapping[str, Value] = {
    "kind": OrderKind.REPAIR,
    "kind_1": OrderKind.REPAIR,
    "kind_2": OrderKind.INSTALL,
    "kind_3": OrderKind.MOVE,
    "order": "2318",
    "order_1": "2318",
    "order_2": "5107",
    "order_3": "5120",
    "new_order": "2341",
    "case": "T912",
    "badge": "0571",
    "query_code": "K7M2QX",
    "door_code": "4826",
    "sign_in_code": "402917",
    "amount": Money(1000, "CNY"),
    "measured": 487,
    "contracted": 500,
    "due": _at(1, "00:00"),
    "check_by": _at(2, "00:00"),
    "answer_by": _at(2, "09:39"),
    "named_by": _at(0, "18:00"),
    "contact_by": _at(0, "11:38"),
    "call_by": _at(0, "11:30"),
    "decide_by": _at(0, "10:00"),
    "again_at": _at(0, "11:35"),
    "time": _at(0, "15:00"),
    "eta": _at(0, "16:40"),
    "accepted_at": _at(0, "09:38"),
    "agreed_at": _at(0, "09:35"),
    "set_off_at": _at(0, "09:38"),
    "tried_at": _at(0, "09:38"),
    "arrived_at": _at(0, "09:20"),
    "done_at": _at(0, "09:34"),
    "since": _at(0, "09:38"),
    "met_at": _at(-1, "23:20"),
    "held_until": date(2026, 11, 27),
    "credited_by": date(2026, 11, 27),
    "window": _between(0, "14:00", "16:00"),
    "window_1": _between(1, "09:00", "12:00"),
    "window_2": _between(1, "14:00", "18:00"),
    "window_3": _between(2, "18:00", "20:00"),
}
_PEOPLE = {"technician": ("Wang Qiang", "王强", "王強"), "owner": ("Chen Jie", "陈洁", "陳潔")}


def _usual(template: str, language: str, name: str, var: Var) -> Value:
    if var is Var.REASON:
        family = REASON_FAMILY[template]
        return Reason(family, REASONS[family][0])
    if var is Var.NAME:
        latin, simplified, traditional = _PEOPLE[name]
        if writable_in_gsm7(sentence_of(template, language)[1]):
            return latin
        return traditional if "Hant" in language else simplified
    return _USUAL[name]


_SHORTEST: Mapping[Var, Value] = {
    Var.NUMBER: "7",
    Var.NAME: "Li",
    Var.BADGE: "1",
    Var.MOMENT: _at(0, "14:00"),
    Var.WINDOW: _between(0, "14:00", "16:00"),
    Var.DAY: TOLD_AT.date(),
    Var.DOOR_CODE: "0007",
    Var.QUERY_CODE: "K7M2",
    Var.SIGN_IN_CODE: "000007",
    Var.MONEY: Money(500, "CNY"),
    Var.COUNT: 1,
    Var.MBPS: 9,
}
_LONGEST: Mapping[Var, Value] = {
    Var.NUMBER: "202611241234",
    Var.BADGE: "NJ-05714",
    Var.MOMENT: _FAR,
    Var.WINDOW: Window(_FAR, _FAR + timedelta(hours=3)),
    Var.DAY: _FAR.date(),
    Var.DOOR_CODE: "4826",
    Var.QUERY_CODE: "K7M2QXWZ",
    Var.SIGN_IN_CODE: "402917",
    Var.MONEY: Money(1234567, "CNY"),
    Var.COUNT: 100,
    Var.MBPS: 10000,
}


def _extreme(template: str, language: str, var: Var, *, longest: bool) -> Value:
    if var is Var.NAME and longest:
        in_gsm7 = writable_in_gsm7(sentence_of(template, language)[1])
        return "Maximilian Oberhauser Wohlwend" if in_gsm7 else "阿卜杜热西提买买提依明"
    return _worded(template, language, var, longest=longest) or (_LONGEST if longest else _SHORTEST)[var]


def _worded(template: str, language: str, var: Var, *, longest: bool) -> Value | None:
    """The kind or reason with the longest or shortest word."""
    words = catalogue(sentence_of(template, language)[0])
    choose = max if longest else min
    if var is Var.ORDER_KIND:
        return choose(OrderKind, key=lambda kind: len(words[f"sms_kind.{kind}"]))
    if var is Var.REASON:
        family = REASON_FAMILY[template]
        code = choose(REASONS[family], key=lambda code: len(words[f"sms_reason.{family}.{code}"]))
        return Reason(family, code)
    return None
