"""What is said when a person takes over."""

from __future__ import annotations

from dispatch.queries.case_progress import case_progress
from dispatch.rules.vocabulary import CaseKind, PromiseKind
from notifications.composers.case_composers import opened_template
from notifications.composers.subjects import case_id_of, order_of, order_values, owner_of
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Value


@composes("case_taken")
def compose_case_taken(telling: Telling) -> Content:
    """Who has it and by when they call; of a complaint also by when it is answered (R46)."""
    case = case_progress(telling.session, case_id_of(telling))
    owned = _owned(telling)
    answer_by = case.dues.get(PromiseKind.COMPLAINT_REPLY, case.dues.get(PromiseKind.COMPLAINT_ANSWER))
    is_answered = case.kind is CaseKind.COMPLAINT and answer_by is not None
    template = opened_template(is_called="call_by" in owned, is_answered=is_answered)
    return Content(template, owned | {"answer_by": answer_by} if answer_by is not None and is_answered else owned)


@composes("not_understood")
def compose_not_understood(telling: Telling) -> Content:
    """We do not guess: somebody calls."""
    return _owned_or_handed_over(telling, "not_understood")


@composes("nothing_open")
def compose_nothing_open(telling: Telling) -> Content:
    """No order is known for this handset: somebody calls."""
    return _owned_or_handed_over(telling, "nothing_open")


@composes("remark_added")
def compose_remark_added(telling: Telling) -> Content | NotTrue:
    """It stands where the rest stands."""
    case = case_progress(telling.session, case_id_of(telling))
    return NotTrue("resolved") if case.is_resolved else Content("remark_added", {"case": case.number})


@composes("rating_low")
def compose_rating_low(telling: Telling) -> Content:
    """Sorry; somebody looks into it."""
    owned = _owned(telling)
    if "call_by" not in owned:
        return Content("case_handed_over", owned)
    return Content("rating_low", order_values(order_of(telling)) | owned)


def _owned_or_handed_over(telling: Telling, template: str) -> Content:
    """Once the call is made, only who has the case is still true."""
    owned = _owned(telling)
    return Content(template if "call_by" in owned else "case_handed_over", owned)


def _owned(telling: Telling) -> dict[str, Value]:
    """Number and owner, and by when a call is owed, if one is."""
    case = case_progress(telling.session, case_id_of(telling))
    values: dict[str, Value] = {"case": case.number, "owner": owner_of(telling, case)}
    call_by = case.dues.get(PromiseKind.CALLBACK)
    return values if call_by is None else values | {"call_by": call_by}
