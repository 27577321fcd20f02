"""How long does a visit take, and what must be learned to do it?

Minutes on site as crews plan them, from door to door without travel: a fibre install with
drop cable, terminal, measurement and hand-over takes longest; a repair is mostly finding
the fault; taking back a device is quick. An operator's own figures replace these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.rules.vocabulary import OrderKind, VisitPurpose

#: services that visits are known for; the skill has the service's name
SERVICES = ("fibre", "copper", "tv")
#: for a service that the table does not know yet
_ANY = ""
LEVEL = 1

_K, _P = OrderKind, VisitPurpose

MINUTES: Mapping[tuple[OrderKind, VisitPurpose], Mapping[str, int]] = {
    (_K.INSTALL, _P.SET_UP): {"fibre": 75, "copper": 50, "tv": 40, _ANY: 60},
    (_K.MOVE, _P.SET_UP): {"fibre": 60, "copper": 45, "tv": 35, _ANY: 50},
    (_K.MOVE, _P.RECOVER): {_ANY: 20},
    (_K.REPAIR, _P.REPAIR): {"fibre": 45, "copper": 45, "tv": 30, _ANY: 45},
    (_K.LINE_TUNING, _P.TUNE): {_ANY: 30},
    (_K.FOLLOW_UP, _P.FOLLOW_UP): {_ANY: 20},
    (_K.RECOVER, _P.RECOVER): {_ANY: 20},
}


@dataclass(frozen=True)
class VisitNeed:
    """One attendance that an order needs; `at_old_place` for what a move leaves behind (R02)."""

    purpose: VisitPurpose
    duration_s: int
    skill: str
    level: int = LEVEL
    at_old_place: bool = False


def visit_needs(kind: OrderKind, service: str, *, old_place_known: bool) -> tuple[VisitNeed, ...]:
    """The visits of an order, in their order: a move sets up the new place, then recovers the old."""
    return tuple(
        VisitNeed(
            purpose, 60 * minutes.get(service, minutes[_ANY]), service, at_old_place=_is_left_behind(kind, purpose)
        )
        for (of_kind, purpose), minutes in MINUTES.items()
        if of_kind is kind and (old_place_known or not _is_left_behind(kind, purpose))
    )


def _is_left_behind(kind: OrderKind, purpose: VisitPurpose) -> bool:
    return kind is OrderKind.MOVE and purpose is VisitPurpose.RECOVER
