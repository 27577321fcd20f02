"""Every code that says why has words in every language, wherever the console shows it."""

from __future__ import annotations

import pytest

from dispatch.rules.close_out_rules import NOBODY_THERE, NOT_COMPLETED_REASONS
from dispatch.rules.field_reports import DECLINE_REASONS, DIVERT_REASONS
from dispatch.services.reschedule_visit import CHOSE
from dispatch.services.schedule_visits import REASSIGNED
from dispatch.services.unsend_visit import NOT_ACCEPTED
from notifications.wording import catalogue, languages
from web.console.order_pages import CANCEL_REASONS, WITHDRAWAL_REASONS
from web.console.report_conflicts import REASONS, ReportConflict, report_conflict
from web.console.story_words import _OF_ORDERS, _OF_VISITS

_BY_US = (NOT_ACCEPTED, REASSIGNED, CHOSE, NOBODY_THERE, "withdrawn", "infeasible")
OF_VISITS = {*DECLINE_REASONS, *DIVERT_REASONS, *NOT_COMPLETED_REASONS, *CANCEL_REASONS, *_BY_US}
OF_ORDERS = {*WITHDRAWAL_REASONS, *NOT_COMPLETED_REASONS, "page", "reply"}


@pytest.mark.parametrize("language", languages())
def test_a_reason_is_said_and_not_shown_as_its_code(language: str) -> None:
    words = catalogue(language)
    unsaid = {code for code in OF_VISITS if not any(f"{family}.{code}" in words for family in _OF_VISITS)}
    unsaid |= {code for code in OF_ORDERS if not any(f"{family}.{code}" in words for family in _OF_ORDERS)}
    assert unsaid == set()


@pytest.mark.parametrize("language", languages())
def test_why_a_report_does_not_fit_is_said(language: str) -> None:
    assert {f"case_page_conflict_why.{reason}" for reason in (*REASONS, "other")} <= set(catalogue(language))


def test_a_note_about_a_report_is_read() -> None:
    assert report_conflict("technician:3", "accepted #12: reassigned") == ReportConflict("accepted", "reassigned")
    assert report_conflict("technician:3", "arrived #9: unreadable.lat") == ReportConflict("arrived", "unreadable")
    assert report_conflict("technician:3", "flew #9: KeyError") == ReportConflict("unknown", "other")


def test_what_a_person_has_said_is_left_as_it_is() -> None:
    assert report_conflict("technician:3", "Is the bill 12: right?") is None
    assert report_conflict("customer", "accepted #12: reassigned") is None
