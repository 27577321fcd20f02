"""A promise rule as an operator writes it: read, checked, chosen and turned into terms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import Always, Calendar, LocalHours, OpenSpans, Span
from dispatch.rules.due import ByLocalTime, Due
from dispatch.rules.judgement import Terms, Window
from dispatch.rules.scale import Scale
from dispatch.rules.vocabulary import PauseCause, Priority, PromiseKind, ProofKind, Subject, Tier

SUBJECTS: Mapping[PromiseKind, Subject] = {
    PromiseKind.INSTALL: Subject.ORDER,
    PromiseKind.MOVE: Subject.ORDER,
    PromiseKind.REPAIR: Subject.ORDER,
    PromiseKind.LINE_TUNING: Subject.ORDER,
    PromiseKind.FOLLOW_UP: Subject.ORDER,
    PromiseKind.WITHDRAWAL_CHECK: Subject.ORDER,
    PromiseKind.WITHDRAWAL_CLOSE: Subject.ORDER,
    PromiseKind.ACCEPTANCE: Subject.VISIT,
    PromiseKind.CONTACT: Subject.VISIT,
    PromiseKind.ARRIVAL: Subject.VISIT,
    PromiseKind.CALLBACK: Subject.CASE,
    PromiseKind.COMPLAINT_REPLY: Subject.CASE,
    PromiseKind.COMPLAINT_ANSWER: Subject.CASE,
    PromiseKind.DISPUTE_ANSWER: Subject.CASE,
}


@dataclass(frozen=True)
class Selector:
    """Which orders a rule is for; None means any."""

    tier: Tier | None = None
    area: str | None = None
    priority: Priority | None = None
    received_from: time | None = None
    received_until: time | None = None

    @property
    def weight(self) -> tuple[int, int, int, int]:
        """The narrower selector wins: priority, then area, then tier, then time of day."""
        by_time = self.received_from is not None or self.received_until is not None
        return (self.priority is not None, self.area is not None, self.tier is not None, by_time)

    def admits(self, case: Circumstances) -> bool:
        """Whether an order in these circumstances falls under the rule."""
        wall = case.received_at.astimezone(case.zone).time()
        return (
            self.tier in (None, case.tier)
            and self.area in (None, case.area)
            and self.priority in (None, case.priority)
            and (self.received_from is None or wall >= self.received_from)
            and (self.received_until is None or wall < self.received_until)
        )


@dataclass(frozen=True)
class Circumstances:
    """What decides which rule an order falls under; `received_at` is read in `zone`."""

    received_at: datetime
    zone: ZoneInfo
    tier: Tier = Tier.STANDARD
    area: str | None = None
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True)
class ClockHours:
    """Which time counts: `always`, `working_time` (the shifts concerned), or hours of a day."""

    kind: str = "always"
    opens: str = "00:00"
    closes: str = "24:00"
    working_days_only: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What a rule needs from the operator to become terms."""

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(5))
    closed_on: frozenset[date] = frozenset()
    extra_on: frozenset[date] = frozenset()
    shifts: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One version of one rule. `data` is the text it was read from, in canonical form."""

    code: str
    kind: PromiseKind
    due: Due
    selector: Selector = Selector()
    clock: ClockHours = ClockHours()
    sources: tuple[str, ...] = ()
    pauses: Mapping[PauseCause, frozenset[ProofKind]] = field(default_factory=dict, hash=False)
    grace: timedelta = timedelta(minutes=60)
    early_by: timedelta = timedelta()
    tolerance: timedelta = timedelta()
    plan_by: ByLocalTime | None = None
    warn_after: timedelta | None = None
    repeat_after: timedelta | None = None
    free_cancellation_before: timedelta | None = None
    public: bool = True
    compensation: Scale | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    effective_from: datetime | None = None
    effective_until: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def subject(self) -> Subject:
        """What a promise under this rule is about."""
        return SUBJECTS[self.kind]

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical text: two rules with one hash say the same."""
        canonical = json.dumps(self.data, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def calendar(self, around: Surroundings) -> Calendar:
        """The rule's clock in the operator's surroundings."""
        match self.clock.kind:
            case "always":
                return Always()
            case "working_time" if around.shifts:
                return OpenSpans(around.shifts)
            case "working_time":
                return Always()  # nobody's shift is known: the stricter clock
        days = around.weekdays if self.clock.working_days_only else frozenset(range(7))
        closed = around.closed_on if self.clock.working_days_only else frozenset()
        extra = around.extra_on if self.clock.working_days_only else frozenset()
        return LocalHours(around.zone.key, self.clock.opens, self.clock.closes, days, closed, extra)

    def terms(self, start_at: datetime, around: Surroundings, window: Window | None = None) -> Terms:
        """What is promised from `start_at`; `window` is the time stated with the fact, if any."""
        clock = self.calendar(around)
        due_at = self.due.due_at(start_at, clock, around.zone, window[1] if window else None)
        has_window = self.kind is PromiseKind.ARRIVAL and window is not None
        return Terms(
            start_at=start_at,
            due_at=due_at,
            clock=clock,
            pauses=frozenset(self.pauses),
            grace=self.grace,
            from_at=window[0] if has_window and window else None,
            early_by=self.early_by,
            tolerance=self.tolerance,
            notice=self.free_cancellation_before,
        )


@dataclass(frozen=True)
class Version:
    """A rule with its identity in the ledger and the period in which it is in force."""

    id: int
    rule: Rule
    effective_from: datetime
    effective_until: datetime | None = None

    def is_in_force(self, at: datetime) -> bool:
        """Whether the period covers `at`."""
        return self.effective_from <= at and (self.effective_until is None or at < self.effective_until)


def choose_rule(versions: Iterable[Version], kind: PromiseKind, case: Circumstances) -> Version | None:
    """The version that an order received in these circumstances keeps for good (R04).

    Of each rule, the latest version in force at receipt; of those that admit the order,
    the narrowest. None where the operator promises nothing of this kind.
    """
    latest: dict[str, Version] = {}
    for version in sorted(versions, key=lambda v: (v.effective_from, v.id)):
        if version.rule.kind is kind and version.is_in_force(case.received_at):
            latest[version.rule.code] = version
    admitting = [version for version in latest.values() if version.rule.selector.admits(case)]
    return max(admitting, key=lambda v: (v.rule.selector.weight, v.id), default=None)
