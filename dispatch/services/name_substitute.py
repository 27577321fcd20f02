"""Somebody of the family can be called instead (R12, R28)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Contact, Order
from dispatch.phones import is_landline
from dispatch.rules.events import SubstituteNamed
from dispatch.rules.vocabulary import ContactRole
from dispatch.services.record import record


def name_substitute(
    session: Session, order_id: int, phone: str, *, language: str, now: datetime, name: str = ""
) -> Contact:
    """The order's substitute has this `phone` (E.164) from now on."""
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    statement = select(Contact).where(Contact.order_id == order_id, Contact.role == ContactRole.SUBSTITUTE)
    contact = session.scalars(statement).first()
    if contact is None:
        contact = Contact(role=ContactRole.SUBSTITUTE, name=name, phone=phone, language=language)
        order.contacts.append(contact)
    contact.name, contact.phone, contact.language, contact.redacted_at = name, phone, language, None
    contact.is_landline = is_landline(phone) is True
    session.flush()
    record(session, SubstituteNamed(occurred_at=now, order_id=order_id, contact_id=contact.id), now=now)
    return contact
