"""What needs attention, in the reader's words, and where to go about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.queries.board_attention import Attention, AttentionKind
from notifications.wording import say


@dataclass(frozen=True)
class AttentionWords:
    """Says it in one language, with times on the territory's wall clocks at `now`."""

    language: str
    zone: ZoneInfo
    now: datetime

    def text(self, one: Attention) -> str:
        """One sentence."""
        values: dict[str, Any] = {
            "at": self._time(one.at),
            "order": one.order_number,
            "badge": one.badge,
            "promise_kind": one.promise_kind,
            "case": one.case_number,
            "case_kind": one.case_kind,
            "disruption_kind": one.disruption_kind,
            "count": one.count,
        }
        return _SENTENCES[one.kind](self.language, values)

    def note(self, one: Attention) -> str | None:
        """What should be known before it is decided; None where there is nothing."""
        if one.has_no_repair:
            return say("attention_no_repair", language=self.language)
        if one.has_lost_repair:
            return say("attention_lost_repair", language=self.language)
        if not one.would_lose:
            return None
        return say("attention_would_lose", language=self.language, orders=one.would_lose)

    def _time(self, at: datetime) -> str:
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local:%m-%d %H:%M}"


def attention_address(one: Attention) -> str | None:
    """The page where something can be done about it; None where the board itself is that page."""
    if one.kind is AttentionKind.UNOWNED:
        return f"/console/cases/{one.case_id}"
    if one.kind is AttentionKind.UNTOLD or (one.order_id is not None and one.badge is None):
        return f"/console/orders/{one.order_id}"
    return None


def _undecided(language: str, of: Mapping[str, Any]) -> str:
    about, kind = _about(of), of["disruption_kind"]
    if not about:
        return say("attention_undecided", language=language, disruption_kind=kind)
    return say("attention_undecided_about", language=language, disruption_kind=kind, about=about)


def _repairing(language: str, of: Mapping[str, Any]) -> str:
    about, kind, at = _about(of), of["disruption_kind"], of["at"]
    if not about:
        return say("attention_repairing", language=language, disruption_kind=kind, at=at)
    return say("attention_repairing_about", language=language, disruption_kind=kind, about=about, at=at)


def _about(of: Mapping[str, Any]) -> list[str]:
    return [one for one in (of["order"], of["badge"]) if one is not None]


_SENTENCES: Mapping[AttentionKind, Callable[[str, Mapping[str, Any]], str]] = {
    AttentionKind.UNDECIDED: _undecided,
    AttentionKind.OVERDUE: lambda language, of: say(
        "attention_overdue", language=language, order=of["order"], promise_kind=of["promise_kind"], at=of["at"]
    ),
    AttentionKind.WILL_BREAK: lambda language, of: say(
        "attention_will_break", language=language, order=of["order"], promise_kind=of["promise_kind"], at=of["at"]
    ),
    AttentionKind.LATE: lambda language, of: say(
        "attention_late", language=language, order=of["order"], badge=of["badge"], at=of["at"]
    ),
    AttentionKind.UNPLACED: lambda language, of: say("attention_unplaced", language=language, count=of["count"]),
    AttentionKind.UNACCEPTED: lambda language, of: say(
        "attention_unaccepted", language=language, order=of["order"], badge=of["badge"], at=of["at"]
    ),
    AttentionKind.SILENT: lambda language, of: say(
        "attention_silent", language=language, badge=of["badge"], at=of["at"]
    ),
    AttentionKind.TIGHT: lambda language, of: say(
        "attention_tight", language=language, order=of["order"], promise_kind=of["promise_kind"], at=of["at"]
    ),
    AttentionKind.UNOWNED: lambda language, of: say(
        "attention_unowned", language=language, case=of["case"], case_kind=of["case_kind"], at=of["at"]
    ),
    AttentionKind.REPAIRING: _repairing,
    AttentionKind.UNTOLD: lambda language, of: say("attention_untold", language=language, order=of["order"]),
}
