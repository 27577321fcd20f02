"""Which texts has a gateway approved? Every template in every language, as it is registered with one (R37)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, Refusal
from dispatch.models import Event, MessageTemplate
from dispatch.queries.operator_profile import OperatorProfile, operator_profile
from dispatch.rules.events import TemplateApprovalChanged
from dispatch.services.append_event import append_events
from notifications.rendering import sentence_of, sign
from notifications.signature import signature_for
from notifications.templates import REGISTERED
from notifications.wording import ENGLISH, closest_language, languages


class Approval(StrEnum):
    """What a gateway says to a text of ours."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


#: what each may follow; only a changed text goes back to draft
_AFTER: Mapping[Approval, frozenset[Approval]] = {
    Approval.SUBMITTED: frozenset({Approval.DRAFT, Approval.REJECTED}),
    Approval.APPROVED: frozenset({Approval.SUBMITTED}),
    Approval.REJECTED: frozenset({Approval.SUBMITTED, Approval.APPROVED}),
}


class UnknownTemplate(InvalidInput):
    """No template of this code is registered in this language."""


class ApprovalRefused(Refusal):
    """A template cannot be submitted, approved or rejected from what it is now."""


@dataclass(frozen=True)
class Registration:
    """What registering has changed, in numbers of texts."""

    added: int
    changed: int
    removed: int
    unchanged: int


@dataclass(frozen=True)
class RegisteredTemplate:
    """One template in one language, at one gateway; `reason` is why it was rejected."""

    code: str
    language: str
    approval: Approval
    gateway_code: str | None
    reason: str | None


def register_templates(session: Session, gateway: str, now: datetime) -> Registration:
    """Bring the rows of `gateway` in line with the texts of this program and the operator's signatures.

    A text that has changed is a draft again and loses its gateway code: what the gateway
    holds under that code is another text. Raises NotFounded.
    """
    operator = operator_profile(session)
    rows = {(row.code, row.language): row for row in _rows(session, gateway)}
    added, changed, unchanged = 0, [], 0
    for code in REGISTERED:
        for language in languages():
            content_hash = _content_hash(operator, code, language)
            row = rows.pop((code, language), None)
            if row is None:
                session.add(
                    MessageTemplate(
                        code=code, language=language, gateway=gateway, content_hash=content_hash, changed_at=now
                    )
                )
                added += 1
            elif row.content_hash != content_hash:
                row.content_hash, row.gateway_code = content_hash, None
                changed.append(row)
            else:
                unchanged += 1
    for row in rows.values():
        session.delete(row)
    _move(session, changed, Approval.DRAFT, None, now)
    session.flush()
    return Registration(added, len(changed), len(rows), unchanged)


def submit_templates(session: Session, gateway: str, *, now: datetime) -> int:
    """Everything that waits for it goes to the gateway as one application: drafts, and what was rejected; how many."""
    rows = [row for row in _rows(session, gateway) if Approval(row.approval) in _AFTER[Approval.SUBMITTED]]
    _move(session, rows, Approval.SUBMITTED, None, now)
    return len(rows)


def approve_templates(
    session: Session, gateway: str, codes: Mapping[str, str | None], *, language: str | None = None, now: datetime
) -> int:
    """The gateway has approved these templates (all languages, or one), under its own code if it has one; how many.

    Where the gateway has no code of its own, ours stands. Raises UnknownTemplate, ApprovalRefused.
    """
    rows = _chosen(session, gateway, codes, language, Approval.APPROVED)
    for row in rows:
        row.gateway_code = codes[row.code] or row.code
    _move(session, rows, Approval.APPROVED, None, now)
    return len(rows)


def reject_templates(
    session: Session, gateway: str, codes: Collection[str], *, reason: str, language: str | None = None, now: datetime
) -> int:
    """The gateway has rejected these templates, or withdrawn its approval; `reason` is a code; how many."""
    rows = _chosen(session, gateway, codes, language, Approval.REJECTED)
    for row in rows:
        row.gateway_code = None
    _move(session, rows, Approval.REJECTED, reason, now)
    return len(rows)


def registered_templates(session: Session, gateway: str) -> list[RegisteredTemplate]:
    """All texts registered with a gateway, in the order of the table."""
    order = list(REGISTERED)
    reasons = _reasons(session)
    rows = (
        RegisteredTemplate(
            row.code,
            row.language,
            Approval(row.approval),
            row.gateway_code,
            reasons.get(row.id) if row.approval == Approval.REJECTED else None,
        )
        for row in _rows(session, gateway)
        if row.code in REGISTERED
    )
    return sorted(rows, key=lambda row: (order.index(row.code), row.language))


def approved_language(session: Session, gateway: str, code: str, language: str) -> str | None:
    """The language to send a template in through a gateway that takes approved texts only; None if there is none.

    The reader's own if it is approved, else one of the same tongue in another script, else
    English, else any.
    """
    statement = select(MessageTemplate.language).where(
        MessageTemplate.gateway == gateway,
        MessageTemplate.code == code,
        MessageTemplate.approval == Approval.APPROVED,
    )
    language = closest_language(language)
    tongue = language.partition("_")[0]
    return min(
        session.scalars(statement),
        key=lambda name: (name != language, name.partition("_")[0] != tongue, name != ENGLISH, name),
        default=None,
    )


def _rows(session: Session, gateway: str) -> list[MessageTemplate]:
    statement = select(MessageTemplate).where(MessageTemplate.gateway == gateway).order_by(MessageTemplate.id)
    return list(session.scalars(statement))


def _content_hash(operator: OperatorProfile, code: str, language: str) -> str:
    sentence = sentence_of(code, language)[1]
    text = sign(sentence, signature_for(operator, language), language)
    content = json.dumps([text, list(REGISTERED[code].variables.items())], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _chosen(
    session: Session, gateway: str, codes: Collection[str], language: str | None, approval: Approval
) -> list[MessageTemplate]:
    """The rows of these codes, all of which may become `approval`."""
    rows = [row for row in _rows(session, gateway) if row.code in codes and language in (None, row.language)]
    unknown = set(codes) - {row.code for row in rows}
    if unknown:
        raise UnknownTemplate("template", template=min(unknown))
    for row in rows:
        if Approval(row.approval) not in _AFTER[approval]:
            raise ApprovalRefused("template", template=row.code, language=row.language, template_approval=row.approval)
    return rows


def _move(
    session: Session, rows: Collection[MessageTemplate], approval: Approval, reason: str | None, now: datetime
) -> None:
    for row in rows:
        row.approval, row.changed_at = approval.value, now
    session.flush()
    facts = [
        TemplateApprovalChanged(occurred_at=now, template_id=row.id, approval=approval.value, reason=reason)
        for row in rows
    ]
    append_events(session, facts, now=now)


def _reasons(session: Session) -> dict[int, str | None]:
    """The last reason given for each template, by the id of its row."""
    statement = select(Event.payload).where(Event.kind == TemplateApprovalChanged.kind).order_by(Event.id)
    return {payload["template_id"]: payload["reason"] for payload in session.scalars(statement)}
