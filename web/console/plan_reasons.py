"""Why a plan is out of date, failed or was given up, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dispatch.queries.plan_list import PlanLine
from dispatch.rules.lifecycles import PlanStatus
from dispatch.rules.repair_ends import NOTHING_CHANGES, SEARCHED_LONGER
from dispatch.services.discard_plan import SUPERSEDED
from dispatch.services.publish_plan import PlanHasFaults, PlanIsOver, PlanWouldLose
from notifications.wording import say

_ENDED_BADLY = (PlanStatus.STALE, PlanStatus.FAILED, PlanStatus.DISCARDED)


def plan_reason(line: PlanLine, language: str) -> str | None:
    """One sentence; None for a plan that is well, or was published."""
    reason = line.status_reason or ""
    if line.status not in _ENDED_BADLY:
        return None
    if reason.startswith(PlanWouldLose.code):
        what = reason.removeprefix(f"{PlanWouldLose.code}_")
        return say("plan_reason_would_lose", what=what, language=language)
    if line.status is PlanStatus.FAILED:
        return say("plan_reason_failed", code=reason, language=language)
    return _SENTENCES[reason](language) if reason in _SENTENCES else None


_SENTENCES: Mapping[str, Callable[[str], str]] = {
    PlanHasFaults.code: lambda language: say("plan_reason_faults", language=language),
    PlanIsOver.code: lambda language: say("plan_reason_over", language=language),
    SUPERSEDED: lambda language: say("plan_reason_superseded", language=language),
    NOTHING_CHANGES: lambda language: say("plan_reason_nothing_changes", language=language),
    SEARCHED_LONGER: lambda language: say("plan_reason_searched_longer", language=language),
}
