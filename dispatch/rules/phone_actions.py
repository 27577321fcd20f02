"""What a technician's phone offers for a visit, by its status (the life cycle is in `lifecycles.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from dispatch.rules.lifecycles import VISIT, VisitStatus
from dispatch.rules.vocabulary import ReportKind

_V = VisitStatus
#: the visit is on the phone and nobody has set off
_WAITING = (_V.ACCEPTED, _V.AGREED)
_UNDER_WAY = (*_WAITING, _V.EN_ROUTE, _V.ON_SITE)

#: in which statuses which report can be made; what is not about a visit stands in none
OFFERED_IN: Mapping[ReportKind, tuple[VisitStatus, ...]] = {
    ReportKind.ACCEPTED: (_V.SENT,),
    ReportKind.DECLINED: (_V.SENT,),
    ReportKind.CONTACT_TRIED: _UNDER_WAY,
    ReportKind.TIME_AGREED: _WAITING,
    ReportKind.EARLY_ALLOWED: (_V.AGREED, _V.EN_ROUTE),
    ReportKind.SET_OFF: _WAITING,
    ReportKind.DIVERTED: (_V.EN_ROUTE,),
    ReportKind.ARRIVED: (_V.EN_ROUTE,),
    ReportKind.ARRIVAL_UNDONE: (_V.ON_SITE,),
    ReportKind.NOBODY_THERE: (_V.ON_SITE,),
    ReportKind.CLOSED_OUT: (_V.ON_SITE,),
    ReportKind.NOT_COMPLETED: (_V.ON_SITE,),
    ReportKind.QUESTION_ASKED: (*_UNDER_WAY, _V.COMPLETED, _V.NOT_COMPLETED),
    ReportKind.RUNNING_OVER: (_V.ON_SITE,),
    ReportKind.TAKEN_ILL: (),
}
#: the one big next step in each status
NEXT_STEP: Mapping[VisitStatus, ReportKind] = {
    _V.SENT: ReportKind.ACCEPTED,
    _V.ACCEPTED: ReportKind.CONTACT_TRIED,
    _V.AGREED: ReportKind.SET_OFF,
    _V.EN_ROUTE: ReportKind.ARRIVED,
    _V.ON_SITE: ReportKind.CLOSED_OUT,
}
#: the visit is over, whatever became of it
OVER = (_V.COMPLETED, _V.NOT_COMPLETED, _V.CANCELLED)
#: how long an arrival can be taken back
UNDO_WITHIN = VISIT.moves[_V.ON_SITE, _V.EN_ROUTE].within or timedelta()
#: who is visited, and their number, are shown from the sending of a visit until so long after its end
CONTACT_SHOWN_AFTER = timedelta(hours=2)


def offered_reports(
    status: VisitStatus, *, may_go_untimed: bool = True, may_undo: bool = True
) -> tuple[ReportKind, ...]:
    """What can be reported about a visit in this status, in the order of ReportKind.

    Without an agreed time a technician sets off only if `may_go_untimed`: a window was
    told, the customer cannot be reached, or it is an emergency.
    """
    found = [kind for kind in ReportKind if status in OFFERED_IN[kind]]
    if status is VisitStatus.ACCEPTED and not may_go_untimed:
        found.remove(ReportKind.SET_OFF)
    if not may_undo and ReportKind.ARRIVAL_UNDONE in found:
        found.remove(ReportKind.ARRIVAL_UNDONE)
    return tuple(found)


def contact_is_shown(status: VisitStatus, *, since_end: timedelta | None) -> bool:
    """Whether the phone shows whom to ask for; `since_end` is the time since the visit was over."""
    if status in OVER:
        return since_end is not None and since_end < CONTACT_SHOWN_AFTER
    return status in (VisitStatus.SENT, *_UNDER_WAY)
