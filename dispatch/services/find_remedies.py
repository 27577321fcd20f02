"""What would help the visits that a plan leaves out, found when the plan is made and kept with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dispatch.queries.planning_snapshot import Snapshot
from optimizer.problem import Window
from optimizer.remedies.changes import Change, EarlierRelease, EarlierWindow, InsteadOf, LaterDeadline, LaterWindow
from optimizer.remedies.proof import Remedy
from optimizer.remedies.search import Remedies
from optimizer.solution import Solution
from optimizer.tables import leave_out_ms

#: so many visits of a plan are helped, those whose absence costs most first, each with so many remedies
MOST_HELPED = 40
MOST_EACH = 2


def find_remedies(snapshot: Snapshot, solution: Solution) -> dict[str, list[dict[str, Any]]]:
    """The cheapest changes for visits left out, by visit, in codes, ids and instants; an empty list: nothing small.

    Seconds of work for a territory: it belongs in a worker.
    """
    problem, search = snapshot.problem, Remedies(snapshot.problem, solution)
    left_out = [problem.jobs_by_id[one.job] for one in solution.unassigned]
    dearest = sorted(left_out, key=lambda job: -leave_out_ms(problem, job))[:MOST_HELPED]
    return {job.id: [_stored(snapshot, remedy) for remedy in search.of(job.id, MOST_EACH)] for job in dearest}


def _stored(snapshot: Snapshot, remedy: Remedy) -> dict[str, Any]:
    return {
        "changes": [{"code": change.code, "detail": _detail(snapshot, change)} for change in remedy.changes],
        "technician": remedy.technician,
        "start_at": snapshot.at(remedy.start_s).isoformat(),
        "price_s": -(-remedy.price_ms // 1000),
    }


def _detail(snapshot: Snapshot, change: Change) -> dict[str, Any]:
    """The particulars of a change, with the limit as it would be then."""

    def at(seconds: int) -> str:
        return snapshot.at(seconds).isoformat()

    def span(window: Window, earlier_s: int = 0, later_s: int = 0) -> dict[str, str]:
        return {"from_at": at(window.start_s - earlier_s), "until_at": at(window.end_s + later_s)}

    match change:
        case EarlierWindow(minutes, window):
            return {"minutes": minutes, **span(window, earlier_s=change.moved_s)}
        case LaterWindow(minutes, window):
            return {"minutes": minutes, **span(window, later_s=change.moved_s)}
        case EarlierRelease(minutes, release_s):
            return {"minutes": minutes, "from_at": at(release_s - change.moved_s)}
        case LaterDeadline(minutes, deadline_s):
            return {"minutes": minutes, "until_at": at(deadline_s + change.moved_s)}
        case InsteadOf(dropped):
            return {"visit_id": int(dropped)}
    return asdict(change)
