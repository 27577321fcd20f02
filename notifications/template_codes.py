"""Under which code does a gateway know this template?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import MessageTemplate


def approved_code(session: Session, template: str, language: str, gateway: str) -> str | None:
    """The gateway's code for our template in this language; None unless the gateway has approved it (R37)."""
    statement = select(MessageTemplate.gateway_code).where(
        MessageTemplate.code == template,
        MessageTemplate.language == language,
        MessageTemplate.gateway == gateway,
        MessageTemplate.approval == "approved",
    )
    return session.scalar(statement)
