"""Facts about cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.rules.events.fact import Fact
from dispatch.rules.vocabulary import CaseKind


@dataclass(frozen=True, kw_only=True)
class CaseFact(Fact):
    """Something about one case."""

    case_id: int
    order_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CaseOpened(CaseFact):
    """A question, complaint, exception or dispute now has an owner and a clock (R42)."""

    case_kind: CaseKind
    owner_id: int


@dataclass(frozen=True, kw_only=True)
class CaseHandedOver(CaseFact):
    """A named person has taken it over (R42)."""

    owner_id: int


@dataclass(frozen=True, kw_only=True)
class CallbackPromised(CaseFact):
    """Somebody said when they will call (R43)."""

    due_at: datetime
    user_id: int


@dataclass(frozen=True, kw_only=True)
class CallbackMade(CaseFact):
    """The promised call was made."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class CaseReplied(CaseFact):
    """The first reply has gone out (R46)."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class CaseResolved(CaseFact):
    """Answered for good (R46)."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class RemarkAdded(CaseFact):
    """Somebody has said something more in it; `contacts` counts the customer's own (R48)."""

    remark_id: int
    contacts: int


@dataclass(frozen=True, kw_only=True)
class CaseReopened(CaseFact):
    """What was taken for settled is not."""

    user_id: int
