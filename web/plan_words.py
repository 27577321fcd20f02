"""A plan in words: its figures, what it changes, and why it leaves visits out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

from rich.table import Table

from dispatch.queries.plan_difference import LeftOut, Obstacle, Place, PlanDifference
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
        (say("plan_travel"), f"{plan.travel_before_s // 60} → {plan.travel_s // 60} min"),
    )
    for name, value in rows:
        table.add_row(name, str(value))
    return table


def changes(plan: PlanDifference) -> Table:
    """Every visit whose stop would change."""
    table = _table([say(f"column_{name}") for name in ("order", "change", "before", "after")])
    for change in plan.changes:
        before, after = _place(change.before, plan.zone), _place(change.after, plan.zone)
        table.add_row(change.order, _what(change.what), before, after)
    return table


def left_out_in_groups(plan: PlanDifference) -> Table:
    """The reasons, each with the orders that it keeps out; an order with two reasons stands in both groups."""
    groups: dict[str, list[str]] = {}
    for left in plan.unassigned:
        for reason in dict.fromkeys(why(one, plan.zone) for one in left.obstacles):
            groups.setdefault(reason, []).append(_name(left))
    table = _table([say(f"column_{name}") for name in ("obstacles", "count", "orders")])
    for reason, orders in sorted(groups.items(), key=lambda group: -len(group[1])):
        named = " ".join(orders[:MOST_NAMED])
        table.add_row(reason, str(len(orders)), f"{named} …" if len(orders) > MOST_NAMED else named)
    return table


def left_out(plan: PlanDifference) -> Table:
    """Every visit that is left out, with everything that keeps it out."""
    table = _table([say(f"column_{name}") for name in ("order", "external_id", "obstacles")])
    for left in plan.unassigned:
        reasons = "; ".join(dict.fromkeys(_in_full(left.obstacles, plan.zone)))
        table.add_row(left.order, left.external_id or "", reasons)
    return table


def why(obstacle: Obstacle, zone: tzinfo) -> str:
    """An obstacle in words, with what orders may have in common: skill, part, window."""
    return _WHY[obstacle.code](obstacle.detail, zone) if obstacle.code in _WHY else obstacle.code


_WHY: Mapping[str, Callable[[Mapping[str, Any], tzinfo], str]] = {
    "missing_skill": lambda of, _: say("obstacle.missing_skill", skill=of["skill"], level=of["level"]),
    "expired_skill": lambda of, _: say("obstacle.expired_skill", skill=of["skill"], level=of["level"]),
    "no_technician_has_all": lambda of, _: say("obstacle.no_technician_has_all", skills=of["skills"]),
    "all_forbidden": lambda _of, _: say("obstacle.all_forbidden"),
    "missing_part": lambda of, _: say("obstacle.missing_part", part=of["part"], quantity=of["quantity"]),
    "no_shift_covers": lambda of, zone: say(
        "obstacle.no_shift_covers", from_at=of["from_at"], until_at=of["until_at"], zone=zone
    ),
    "no_room_in_routes": lambda _of, _: say("obstacle.no_room_in_routes"),
    "costs_more_than_it_is_worth": lambda _of, _: say("obstacle.costs_more_than_it_is_worth"),
    "not_located": lambda _of, _: say("obstacle.not_located"),
}
#: codes of obstacles that there are words for
WORDED = frozenset(_WHY)


def _in_full(obstacles: Iterable[Obstacle], zone: tzinfo) -> Iterator[str]:
    """Obstacles in words, with who could have gone and what the way would have cost."""
    for one in obstacles:
        of = one.detail
        yield why(one, zone)
        if of.get("technicians"):
            yield say("obstacle_technicians", technicians=of["technicians"])
        if one.code == "costs_more_than_it_is_worth":
            minutes, worth = (round(of[name] / 60_000) for name in ("insertion_ms", "leaving_out_ms"))
            yield say("obstacle_price", technician=of["technician"], minutes=minutes, worth=worth)


def _what(change: str) -> str:
    match change:
        case "added":
            return say("change_added")
        case "moved":
            return say("change_moved")
        case "retimed":
            return say("change_retimed")
    return say("change_removed")


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
