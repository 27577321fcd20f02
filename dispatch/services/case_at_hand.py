"""Taking hold of a case that somebody works on."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, NotFound, Refusal
from dispatch.models import Case
from dispatch.rules.case_steps import CHOSEN_STEPS
from dispatch.rules.lifecycles import CaseStatus


class NoSuchCase(NotFound):
    """There is no case with this id."""


class CaseIsResolved(Refusal):
    """The case is settled: it is opened again before anything else is done in it."""


class StepNotKnown(InvalidInput):
    """The next step is none that can be chosen."""


def lock_case(session: Session, case_id: int) -> Case:
    """The case, locked and read anew; raises NoSuchCase."""
    case = session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NoSuchCase("case_id")
    return case


def lock_open_case(session: Session, case_id: int) -> Case:
    """The case, if it is not settled; raises NoSuchCase or CaseIsResolved."""
    case = lock_case(session, case_id)
    if case.status is CaseStatus.RESOLVED:
        raise CaseIsResolved("case")
    return case


def check_step(next_step: str | None) -> None:
    """Raise StepNotKnown unless the step can be chosen; None leaves it as it is."""
    if next_step is not None and next_step not in CHOSEN_STEPS:
        raise StepNotKnown("next_step")
