"""A plan in words: its figures, what it changes, and why it leaves visits out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from rich.table import Table

from dispatch.queries.plan_difference import LeftOut, Obstacle, Place, PlanDifference
from dispatch.rules.confidence import percent_of
from notifications.wording import say

#: so many orders of a group are named; the others are counted
MOST_NAMED = 8


def figures(plan: PlanDifference) -> Table:
    """What people compare, before they look at single visits."""
    table = Table.grid(padding=(0, 2))
    rows = (
        (say("plan_visits"), plan.visits),
        (say("plan_unserved"), plan.unserved),
        (say("plan_added"), plan.added),
        (say("plan_moved"), plan.moved),
        (say("plan_retimed"), plan.retimed),
        (say("plan_removed"), plan.removed),
        (say("plan_technicians"), plan.technicians),
        (say("plan_travel"), say("plan_minutes", before=plan.travel_before_s // 60, after=plan.travel_s // 60)),
        *(((say("plan_kept"), percent(plan.kept_share)), (unsure(plan), len(plan.doubtful))) if plan.kept else ()),
    )
    for name, value in rows:
        table.add_row(name, str(value))
    return table


def unsure(plan: PlanDifference, language: str | None = None) -> str:
    """What the number of doubtful windows is called."""
    return say("plan_unsure", level=_bar(plan), language=language)


def surety(plan: PlanDifference, language: str | None = None) -> str | None:
    """One sentence: how surely windows were to be kept, and how many are; None if nobody asked, or nobody knows."""
    if plan.level is None or not plan.kept:
        return None
    sure = len(plan.kept) - len(plan.doubtful)
    return say("plan_surety", level=_bar(plan), sure=sure, windows=len(plan.kept), language=language)


def failures(plan: PlanDifference, language: str | None = None) -> list[str]:
    """What could not be sought or foreseen, in sentences."""
    said = []
    if plan.level_failed_code is not None:
        said.append(say("plan_level_failed", code=plan.level_failed_code, language=language))
    if plan.forecast_failed_code is not None:
        said.append(say("plan_forecast_failed", code=plan.forecast_failed_code, language=language))
    if plan.remedies_failed_code is not None:
        said.append(say("plan_remedies_failed", code=plan.remedies_failed_code, language=language))
    return said


def doubts(plan: PlanDifference) -> Table:
    """The visits whose window may well not be kept, the least sure first."""
    table = _table([say(f"column_{name}") for name in ("order", "after", "kept")])
    for one in plan.doubtful:
        table.add_row(one.order, _place(one.place, plan.zone), percent(one.kept))
    return table


def changes(plan: PlanDifference) -> Table:
    """Every visit whose stop would change."""
    table = _table([say(f"column_{name}") for name in ("order", "change", "before", "after")])
    for change in plan.changes:
        before, after = _place(change.before, plan.zone), _place(change.after, plan.zone)
        table.add_row(change.order, what_changes(change.what), before, after)
    return table


def left_out_in_groups(plan: PlanDifference) -> Table:
    """The reasons, each with the orders that it keeps out; an order with two reasons stands in both groups."""
    table = _table([say(f"column_{name}") for name in ("obstacles", "count", "orders")])
    for reason, found in reasons(plan):
        orders = [_name(left) for left in found]
        named = " ".join(orders[:MOST_NAMED])
        table.add_row(reason, str(len(orders)), f"{named} …" if len(orders) > MOST_NAMED else named)
    return table


def reasons(plan: PlanDifference, language: str | None = None) -> list[tuple[str, list[LeftOut]]]:
    """Why visits are left out, the reason that keeps out most first."""
    groups: dict[str, list[LeftOut]] = {}
    for left in plan.unassigned:
        for reason in dict.fromkeys(why(one, plan.zone, language) for one in left.obstacles):
            groups.setdefault(reason, []).append(left)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def left_out(plan: PlanDifference, help_for: Mapping[int, Sequence[str]] | None = None) -> Table:
    """Every visit that is left out, with everything that keeps it out, and what would help, by visit."""
    names = ["order", "external_id", "obstacles", *(["remedies"] if help_for else [])]
    table = _table([say(f"column_{name}") for name in names])
    for left in plan.unassigned:
        reasons = "; ".join(dict.fromkeys(in_full(left.obstacles, plan.zone)))
        helps = ["\n".join(help_for.get(left.visit_id, ()))] if help_for else []
        table.add_row(left.order, left.external_id or "", reasons, *helps)
    return table


def why(obstacle: Obstacle, zone: tzinfo, language: str | None = None) -> str:
    """An obstacle in words, with what orders may have in common: skill, part, window."""
    if obstacle.code not in _WHY:
        return obstacle.code
    return _WHY[obstacle.code](obstacle.detail, {"zone": zone, "language": language})


_Speaking = Mapping[str, Any]
_WHY: Mapping[str, Callable[[Mapping[str, Any], _Speaking], str]] = {
    "nobody_works": lambda _of, to: say("obstacle.nobody_works", language=to["language"]),
    "missing_skill": lambda of, to: say(
        "obstacle.missing_skill", skill=of["skill"], level=of["level"], language=to["language"]
    ),
    "expired_skill": lambda of, to: say(
        "obstacle.expired_skill", skill=of["skill"], level=of["level"], language=to["language"]
    ),
    "no_technician_has_all": lambda of, to: say(
        "obstacle.no_technician_has_all", skills=of["skills"], language=to["language"]
    ),
    "all_forbidden": lambda _of, to: say("obstacle.all_forbidden", language=to["language"]),
    "missing_part": lambda of, to: say(
        "obstacle.missing_part", part=of["part"], quantity=of["quantity"], language=to["language"]
    ),
    "no_shift_covers": lambda of, to: say(
        "obstacle.no_shift_covers",
        from_at=of["from_at"],
        until_at=of["until_at"],
        zone=to["zone"],
        language=to["language"],
    ),
    "no_room_in_routes": lambda _of, to: say("obstacle.no_room_in_routes", language=to["language"]),
    "costs_more_than_it_is_worth": lambda _of, to: say("obstacle.costs_more_than_it_is_worth", language=to["language"]),
    "not_located": lambda _of, to: say("obstacle.not_located", language=to["language"]),
}
#: codes of obstacles that there are words for
WORDED = frozenset(_WHY)


def in_full(obstacles: Iterable[Obstacle], zone: tzinfo, language: str | None = None) -> Iterator[str]:
    """Obstacles in words, with who could have gone and what the way would have cost."""
    for one in obstacles:
        of = one.detail
        yield why(one, zone, language)
        if of.get("technicians"):
            yield say("obstacle_technicians", technicians=of["technicians"], language=language)
        if one.code == "costs_more_than_it_is_worth":
            minutes, worth = (round(of[name] / 60_000) for name in ("insertion_ms", "leaving_out_ms"))
            yield say("obstacle_price", technician=of["technician"], minutes=minutes, worth=worth, language=language)


def percent(probability: float | None) -> str:
    """A probability in whole percent, rounded down: nothing uncertain is said to be certain; empty if unknown."""
    return "" if probability is None else f"{min(99, int(100 * probability + 1e-9))}%"


def what_changes(change: str, language: str | None = None) -> str:
    """A kind of change in words."""
    match change:
        case "added":
            return say("change_added", language=language)
        case "moved":
            return say("change_moved", language=language)
        case "retimed":
            return say("change_retimed", language=language)
    return say("change_removed", language=language)


def _bar(plan: PlanDifference) -> str:
    return f"{percent_of(round(1000 * plan.bar))}%"


def _place(place: Place | None, zone: tzinfo) -> str:
    return "" if place is None else f"{place.badge} {place.start_at.astimezone(zone):%m-%d %H:%M}"


def _name(left: LeftOut) -> str:
    return left.order if left.external_id is None else f"{left.order} ({left.external_id})"


def _table(columns: list[str]) -> Table:
    table = Table()
    for name in columns:
        table.add_column(name)
    table.columns[0].no_wrap = True
    return table
