"""Reading, in a case, which report of a phone did not fit, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.rules.vocabulary import ReportKind

#: how `note_report_conflict` says it
_NOTED = re.compile(r"(?P<kind>.{1,80}) #\d+: (?P<reason>[a-zA-Z_.]+)")
#: the reasons that have words of their own
REASONS = (
    "call_record_used",
    "cancelled",
    "lost_time_reversed",
    "move_refused",
    "no_shift",
    "no_such_arrival",
    "no_such_contact",
    "nobody_expects_you",
    "outside_shift",
    "past",
    "reassigned",
    "unknown_visit",
    "unreadable",
)


@dataclass(frozen=True)
class ReportConflict:
    """A report of this `kind` (`unknown` if we know none such) did not fit, for one of REASONS or an `other` one."""

    kind: str
    reason: str


def report_conflict(said_by: str, text: str) -> ReportConflict | None:
    """What a note in a case says of a phone's report; None for what somebody has said."""
    noted = _NOTED.fullmatch(text)
    if noted is None or not said_by.startswith("technician:"):
        return None
    kind, reason = noted["kind"], noted["reason"].partition(".")[0]
    known = kind if kind in list(ReportKind) else "unknown"
    return ReportConflict(known, reason if reason in REASONS else "other")
