"""The sandbox: a provider inside our own database, from which nothing is ever sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.clocks import Clock, MachineClock
from dispatch.db import Database, is_passing, run_use_case
from dispatch.models import SandboxMessage
from notifications.gateway import Accepted, CannotAsk, Outgoing, SendPassed


class SandboxGateway:
    """Takes every message, a repeat too, each in a short transaction of its own; can always be asked."""

    name = "sandbox"
    can_be_asked = True
    at_once = 4
    shows_after = timedelta(0)

    def __init__(self, database: Database, machine: Clock | None = None) -> None:
        self._database = database
        self._machine = machine or MachineClock()

    def send(self, message: Outgoing) -> Accepted:
        """See `Gateway`."""

        def take(session: Session) -> int:
            row = SandboxMessage(
                our_id=message.our_id,
                handset=message.handset,
                signature=message.signature,
                text=message.text,
                template=message.template,
                accepted_at=self._machine.now(),
            )
            session.add(row)
            session.flush()
            return row.id

        try:
            return _accepted(run_use_case(self._database, take))
        except DBAPIError as error:
            if is_passing(error):
                raise SendPassed(reason="busy") from None
            raise

    def find(self, message: Outgoing, *, since: datetime) -> Accepted | None:
        """See `Gateway`."""
        taken = (
            select(SandboxMessage.id)
            .where(SandboxMessage.our_id == message.our_id, SandboxMessage.accepted_at >= since)
            .order_by(SandboxMessage.id)
            .limit(1)
        )
        try:
            with self._database.read_session() as session:
                number = session.scalar(taken)
        except DBAPIError as error:
            if is_passing(error):
                raise CannotAsk(detail="busy") from None
            raise
        return None if number is None else _accepted(number)

    def examine(self) -> None:
        """See `ExaminableGateway`: it is as well as the database."""
        with self._database.read_session() as session:
            session.execute(select(SandboxMessage.id).limit(1))


def _accepted(number: int) -> Accepted:
    return Accepted(f"sandbox-{number}")
