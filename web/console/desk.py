"""What a member of staff does from a form: within their scope, once, audited, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask import request
from sqlalchemy.orm import Session

from dispatch.db import run_use_case
from dispatch.errors import InvalidInput, Refusal, Required
from notifications.wording import say
from web.at_hand import business_now, database
from web.auth import audit_staff
from web.reader_language import reader_language

T = TypeVar("T")


class NotANumber(InvalidInput):
    """A field of a form that holds no number."""


@dataclass(frozen=True)
class Refused:
    """Why the form called `form` was not carried out."""

    form: str
    refusal: Refusal

    @property
    def status(self) -> int:
        """How the answer is told to a browser."""
        return 400 if isinstance(self.refusal, InvalidInput) else 409

    def words(self) -> str:
        """Why, in the reader's language."""
        return _in_words(self.refusal)

    def at(self, form: str, field: str | None = None) -> bool:
        """Whether it is about this form, and about this field of it."""
        return self.form == form and (field is None or self.refusal.field == field)

    def field_is_among(self, form: str, fields: list[str]) -> bool:
        """Whether the field at fault is one that the form shows."""
        return self.form == form and self.refusal.field in fields


def _in_words(refusal: Refusal) -> str:
    return say(refusal, language=reader_language())


def now_at_desk() -> datetime:
    """The operator's clock, where no session is open."""
    with database().read_session() as session:
        return business_now(session)


def do_at_desk(action: str, subject: str, use_case: Callable[[Session], T]) -> T:
    """Carry it out and audit it, in one transaction."""

    def audited(session: Session) -> T:
        audit_staff(session, action, subject)
        return use_case(session)

    return run_use_case(database(), audited)


def typed(name: str) -> str:
    """What was typed into a field."""
    return request.form.get(name, "").strip()


def typed_number(name: str) -> int:
    """The number in a field; raises Required or NotANumber."""
    number = typed_number_if_any(name)
    if number is None:
        raise Required(name)
    return number


def typed_number_if_any(name: str) -> int | None:
    """The number in a field, if there is one; raises NotANumber."""
    text = typed(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise NotANumber(name)
    return int(text)
