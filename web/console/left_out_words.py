"""Which draft leaves a visit out, and what would help, for the page of its order."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from dispatch.queries.order_story import OrderStory
from dispatch.queries.plan_remedies import left_out_by_draft
from web.reader_language import reader_language
from web.remedy_words import what_helps

#: the plan, and a sentence for each remedy
LeftOutWords = tuple[int, list[str]]


def left_out_words(session: Session, story: OrderStory) -> Mapping[int, LeftOutWords]:
    """By visit, for those that nobody is sent to."""
    found: dict[int, LeftOutWords] = {}
    for visit in story.visits:
        draft = left_out_by_draft(session, visit.visit_id) if visit.is_movable and not visit.technicians else None
        if draft is not None:
            found[visit.visit_id] = draft.plan_id, what_helps(draft.remedies, story.zone, reader_language())
    return found
