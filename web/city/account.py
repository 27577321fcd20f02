"""What a technician writes down at the end of a visit that went well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dispatch.rules.close_out_rules import CONSENTS, CONVENIENCES, Job, checklist_for, readings_for, serials_for
from dispatch.rules.vocabulary import ReadingKind, Tier
from web.city.chances import Chances
from web.city.crew_view import Task

#: share of lines that are too slow, of accounts that forget something, of premium visits with a service besides
SLOW, FORGETFUL, OBLIGING = 0.03, 0.008, 0.25


def account_of(task: Task, at: datetime, chances: Chances) -> dict[str, Any]:
    """The payload of a close-out: mostly complete, mostly good."""
    job = Job(task.purpose, task.service, task.tier, task.rate)
    forgets = chances.happens(FORGETFUL, "forgets", task.visit_id)
    services = _services(task, chances)
    return {
        "checklist": {item.code: True for item in checklist_for(job)[1 if forgets else 0 :]},
        "readings": [] if forgets else _readings(task, job, at, chances),
        "serials": {part: f"SN{task.visit_id:08}{part[:2].upper()}" for part in serials_for(job)},
        "conveniences": services,
        "consents": {code: (at - timedelta(minutes=9)).isoformat() for code in services if code in CONSENTS},
    }


def _services(task: Task, chances: Chances) -> list[str]:
    if task.tier is not Tier.PREMIUM or not chances.happens(OBLIGING, "obliges", task.visit_id):
        return []
    return [chances.of("service", task.visit_id).choice(CONVENIENCES)]


def _readings(task: Task, job: Job, at: datetime, chances: Chances) -> list[dict[str, Any]]:
    chance = chances.of("readings", task.visit_id)
    taken_at = (at - timedelta(minutes=3)).isoformat()
    found: list[tuple[ReadingKind, int]] = []
    wanted = readings_for(job)
    if "online" in wanted:
        found.append((ReadingKind.ONLINE, 1))
    if "optical_power" in wanted:
        found.append((ReadingKind.GPON_POWER_CDBM, round(chance.uniform(-2450, -1500))))
    if "downlink" in wanted:
        share = chance.uniform(0.6, 0.85) if chance.random() < SLOW else chance.uniform(0.93, 0.99)
        rate = (task.rate or 100) * 1000
        found += [(ReadingKind.DOWNLINK_KBPS, round(rate * share * chance.uniform(0.99, 1.01))) for _ in range(3)]
    return [{"kind": kind.value, "value": value, "is_wired": True, "taken_at": taken_at} for kind, value in found]
