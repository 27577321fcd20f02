"""The versions of promise rules, as the choice of a rule reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import PromiseRule
from dispatch.rules.due import After, ByLocalTime, EndOfWorkingDay
from dispatch.rules.promise_rule import Rule, Version
from dispatch.rules.vocabulary import PromiseKind


def rule_versions(session: Session, kind: PromiseKind | None = None) -> list[Version]:
    """All versions ever imported, of one `kind` or of all, oldest first."""
    statement = select(PromiseRule).order_by(PromiseRule.effective_from, PromiseRule.id)
    if kind is not None:
        statement = statement.where(PromiseRule.kind == kind)
    return [
        Version(row.id, row.as_rule(), row.effective_from, row.effective_until) for row in session.scalars(statement)
    ]


@dataclass(frozen=True)
class ListedRule:
    """One version of a rule, said briefly in the words of the preset."""

    code: str
    kind: PromiseKind
    for_whom: str
    due: str
    compensation: str
    effective_from: datetime
    sources: tuple[str, ...]


def list_rules(session: Session, at: datetime | None) -> list[ListedRule]:
    """The version of each rule that is in force at `at`, or every version ever imported (None)."""
    versions = rule_versions(session)
    if at is not None:
        latest = {version.rule.code: version for version in versions if version.is_in_force(at)}
        versions = list(latest.values())
    return [
        ListedRule(
            code=version.rule.code,
            kind=version.rule.kind,
            for_whom=_for_whom(version.rule),
            due=_due(version.rule),
            compensation=_compensation(version.rule),
            effective_from=version.effective_from,
            sources=version.rule.sources,
        )
        for version in versions
    ]


def _for_whom(rule: Rule) -> str:
    chosen = rule.selector
    parts = [str(part) for part in (chosen.priority, chosen.area, chosen.tier) if part is not None]
    if chosen.received_from:
        parts.append(f">= {chosen.received_from:%H:%M}")
    if chosen.received_until:
        parts.append(f"< {chosen.received_until:%H:%M}")
    return " ".join(parts)


def _due(rule: Rule) -> str:
    match rule.due:
        case After(amount):
            text = _length(amount)
        case ByLocalTime(clock_time, days_later):
            text = clock_time + (f" +{days_later} d" if days_later else "")
        case EndOfWorkingDay(days):
            text = f"24:00 +{days} working d"
        case _:
            text = "stated"
    if rule.clock.kind == "hours":
        return f"{text} ({rule.clock.opens}-{rule.clock.closes})"
    return text if rule.clock.kind == "always" else f"{text} ({rule.clock.kind})"


def _length(amount: timedelta) -> str:
    """In days from five days on, in hours from an hour on, else in minutes."""
    for unit, name, least in ((timedelta(days=1), "d", 5), (timedelta(hours=1), "h", 1)):
        if amount >= least * unit:
            return f"{amount / unit:g} {name}"
    return f"{amount / timedelta(minutes=1):g} min"


def _compensation(rule: Rule) -> str:
    scale = rule.compensation
    if scale is None:
        return ""
    most = "" if scale.most_minor is None else f" <= {scale.most_minor / 100:.2f}"
    return f"{scale.amount_minor / 100:.2f} {scale.currency} / {scale.per}{most}"
