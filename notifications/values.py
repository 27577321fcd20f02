"""What a template's variable may hold: typed, so that no link, number or sentence slips in (R37).

Values are made when a message is rendered and turned into strings by `rendering.py`, in
the language of the reader and on the clock of the premises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.money import Money
from dispatch.rules.vocabulary import OrderKind, PauseCause


class Var(StrEnum):
    """The type of a template's variable, as it is registered with a gateway."""

    NUMBER = "number"  # of an order or a case: "2318", "T912"
    ORDER_KIND = "order_kind"  # in words: repair
    NAME = "name"  # of a technician or of staff
    BADGE = "badge"
    MOMENT = "moment"  # "today 14:00"
    WINDOW = "window"  # "today 14:00 to 16:00"
    DAY = "day"
    DOOR_CODE = "door_code"
    QUERY_CODE = "query_code"
    SIGN_IN_CODE = "sign_in_code"
    MONEY = "money"
    COUNT = "count"
    MBPS = "mbps"
    REASON = "reason"  # a code from a closed list, in words


#: the closed lists of reasons by family; a code that a list does not know is worded as `other`
REASONS: Mapping[str, tuple[str, ...]] = {
    "pause": (*PauseCause, "other"),
    "infeasible": ("no_port", "no_coverage", "address_not_found", "no_permission", "unsafe", "other"),
    "not_completed": (
        "missing_part",
        "network_fault",
        "no_port",
        "no_access",
        "nobody_there",
        "customer_request",
        "needs_specialist",
        "more_time",
        "unsafe",
        "weather",
        "other",
    ),
    "cancelled": ("customer_request", "withdrawn", "fixed_remotely", "infeasible", "incident", "weather", "other"),
    "unchangeable": ("on_the_way", "on_site", "over", "too_late", "waiting_for_us", "other"),
    "promised": ("done", "arrival", "contact", "callback", "reply", "other"),
    "ended": (*(status for status in OrderStatus if status is not OrderStatus.OPEN), "other"),
}


@dataclass(frozen=True)
class Reason:
    """A code with words of its own in the catalogues: `sms_reason.<family>.<code>`."""

    family: str
    code: str


@dataclass(frozen=True)
class Window:
    """From and until, aware."""

    from_at: datetime
    until_at: datetime


Value = str | int | date | datetime | Window | Money | Reason | OrderKind
