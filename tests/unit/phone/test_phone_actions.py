"""What a phone offers in which status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.rules.lifecycles import VISIT, VisitStatus
from dispatch.rules.phone_actions import NEXT_STEP, OFFERED_IN, OVER, contact_is_shown, offered_reports
from dispatch.rules.vocabulary import ReportKind

#: where each report leads, as far as the life cycle is concerned
LEADS_TO = {
    ReportKind.ACCEPTED: VisitStatus.ACCEPTED,
    ReportKind.DECLINED: VisitStatus.SCHEDULED,
    ReportKind.SET_OFF: VisitStatus.EN_ROUTE,
    ReportKind.ARRIVED: VisitStatus.ON_SITE,
    ReportKind.ARRIVAL_UNDONE: VisitStatus.EN_ROUTE,
    ReportKind.NOBODY_THERE: VisitStatus.NOT_COMPLETED,
    ReportKind.CLOSED_OUT: VisitStatus.COMPLETED,
    ReportKind.NOT_COMPLETED: VisitStatus.NOT_COMPLETED,
}


def test_every_kind_of_report_is_thought_of() -> None:
    assert set(OFFERED_IN) == set(ReportKind)


@pytest.mark.parametrize(("kind", "end"), LEADS_TO.items())
def test_only_what_the_life_cycle_allows_is_offered(kind: ReportKind, end: VisitStatus) -> None:
    assert all((start, end) in VISIT.moves for start in OFFERED_IN[kind])


@pytest.mark.parametrize("status", VisitStatus)
def test_the_next_step_is_one_that_is_offered(status: VisitStatus) -> None:
    step = NEXT_STEP.get(status)
    assert step is None or step in offered_reports(status)


@pytest.mark.parametrize("status", OVER)
def test_of_a_visit_that_is_over_only_questions_are_taken(status: VisitStatus) -> None:
    assert set(offered_reports(status)) <= {ReportKind.QUESTION_ASKED}


def test_without_a_told_window_a_time_is_agreed_first() -> None:
    """R10, R11."""
    assert ReportKind.SET_OFF in offered_reports(VisitStatus.ACCEPTED)
    assert ReportKind.SET_OFF not in offered_reports(VisitStatus.ACCEPTED, may_go_untimed=False)
    assert ReportKind.SET_OFF in offered_reports(VisitStatus.AGREED, may_go_untimed=False)


def test_an_arrival_is_taken_back_only_while_it_may_be() -> None:
    assert ReportKind.ARRIVAL_UNDONE in offered_reports(VisitStatus.ON_SITE)
    assert ReportKind.ARRIVAL_UNDONE not in offered_reports(VisitStatus.ON_SITE, may_undo=False)


@pytest.mark.parametrize(
    ("status", "hours", "is_shown"),
    [
        (VisitStatus.SCHEDULED, None, False),
        (VisitStatus.SENT, None, True),
        (VisitStatus.ON_SITE, None, True),
        (VisitStatus.COMPLETED, 1.9, True),
        (VisitStatus.COMPLETED, 2.0, False),
        (VisitStatus.CANCELLED, None, False),
    ],
)
def test_whom_to_ask_for_is_shown_only_while_it_is_needed(
    status: VisitStatus, hours: float | None, is_shown: bool
) -> None:
    """R84."""
    since_end = None if hours is None else timedelta(hours=hours)
    assert contact_is_shown(status, since_end=since_end) is is_shown
