"""What messages of several kinds say of their order, visit, technician and choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.models import Order, Visit
from dispatch.queries.assigned_technicians import Assigned
from dispatch.queries.case_progress import CaseProgress
from dispatch.queries.owed_window import owed_window
from dispatch.rules.announcing import window_to_tell
from dispatch.rules.lifecycles import MessageStatus
from dispatch.rules.vocabulary import OrderKind, VisitPurpose
from notifications.composing import Telling
from notifications.values import Value, Window
from notifications.wording import say

MOST_CHOICES = 3
#: nobody will read it
NEVER_READ = (
    MessageStatus.SUPERSEDED,
    MessageStatus.SUPPRESSED,
    MessageStatus.EXPIRED,
    MessageStatus.FAILED,
    MessageStatus.UNDELIVERED,
)


class SubjectMissing(LookupError):
    """A programming error: the message was wanted without what it is about."""


def order_of(telling: Telling) -> Order:
    """The order that the message is about."""
    return telling.session.get_one(Order, _given(telling.message.order_id))


def visit_of(telling: Telling) -> Visit:
    """The visit that the message is about."""
    return telling.session.get_one(Visit, _given(telling.message.visit_id))


def order_values(order: Order) -> dict[str, Value]:
    """Kind and number."""
    return {"kind": order.kind, "order": order.number}


def visit_values(visit: Visit) -> dict[str, Value]:
    """Kind and number; of a move, the visit that takes down what is left behind has a word of its own."""
    is_taken_down = visit.order.kind is OrderKind.MOVE and visit.purpose is VisitPurpose.RECOVER
    return {"kind": OrderKind.RECOVER if is_taken_down else visit.order.kind, "order": visit.order.number}


def technician_values(technician: Assigned) -> dict[str, Value]:
    """Name and badge (R20)."""
    return {"technician": technician.name, "badge": technician.badge}


def owner_of(telling: Telling, case: CaseProgress) -> str:
    """Who has the case, as the customer reads it."""
    return say("duty_desk", language=telling.message.language) if case.is_with_duty_desk else case.owner


def arrival_window(telling: Telling, visit: Visit, technician: Assigned) -> Window:
    """The window that the customer counts on; what would be told now if there is none."""
    owed = owed_window(telling.session, visit, telling.message.conversation_id)
    return Window(*(owed or window_to_tell(technician.start_at, None, None, zone_of(visit))))


def zone_of(visit: Visit) -> ZoneInfo:
    """The clock of the visit's premises."""
    return visit.premises.community.territory.zone


@dataclass(frozen=True)
class Choices:
    """Windows to choose from, in order of time, each with its offer."""

    offers: tuple[int, ...]
    windows: tuple[Window, ...]

    @property
    def suffix(self) -> str:
        """What the template's code ends with: `_2`, or nothing without a choice."""
        return f"_{len(self.windows)}" if self.windows else ""

    @property
    def values(self) -> dict[str, Value]:
        """`window_1`, `window_2`, ..."""
        return {f"window_{number}": window for number, window in enumerate(self.windows, start=1)}

    @property
    def meanings(self) -> Mapping[str, Any]:
        """What the digits mean: an offer each."""
        return {str(digit): offer_id for digit, offer_id in enumerate(self.offers, start=1)}


def choices_in(params: Mapping[str, Any], now: datetime) -> Choices:
    """The windows that were prepared (`preparing.py`) and have not begun."""
    offers, windows = [], []
    for item in params.get("windows", ())[:MOST_CHOICES]:
        window = Window(datetime.fromisoformat(item["from_at"]), datetime.fromisoformat(item["until_at"]))
        if window.from_at > now:
            offers.append(int(item["offer_id"]))
            windows.append(window)
    return Choices(tuple(offers), tuple(windows))


def instant(telling: Telling, name: str) -> datetime | None:
    """A time among the message's parameters."""
    text = telling.message.params.get(name)
    return None if text is None else datetime.fromisoformat(text)


def case_id_of(telling: Telling) -> int:
    """The case that the message is about."""
    return _given(telling.message.case_id)


def promise_id_of(telling: Telling) -> int:
    """The promise that the message is about."""
    return _given(telling.message.promise_id)


def _given(subject_id: int | None) -> int:
    if subject_id is None:
        raise SubjectMissing
    return subject_id
