"""Write down what somebody did by hand, or was refused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import AuditEntry

#: who does something before anybody has signed in
NOBODY = "nobody"


def audit(
    session: Session,
    actor: str,
    action: str,
    subject: str | None = None,
    *,
    machine_now: datetime,
    was_allowed: bool = True,
) -> None:
    """Add one entry to the audit, in the transaction of what was done.

    `actor` is `user:7`, `technician:3` or NOBODY, `action` a code such as `publish_plan` and
    `subject` a code such as `plan:12`: never anything personal.
    """
    session.add(AuditEntry(at=machine_now, actor=actor, action=action, subject=subject, was_allowed=was_allowed))
