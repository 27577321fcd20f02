"""A provider that outlives whoever calls it, and calls that kill their caller."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dispatch.clocks import Clock
from notifications.gateway import Accepted, CannotAsk, Gateway, Outgoing


@dataclass(frozen=True)
class Taken:
    """One message that the provider has taken."""

    our_id: int
    attempt: int
    at: datetime

    @property
    def provider_id(self) -> str:
        """The provider's name for it."""
        return f"lasting-{self.our_id}-{self.attempt}"


@dataclass
class LastingProvider:
    """Takes whatever it is given, a repeat too, and writes a line of it to a file before it answers.

    Like a real one it is slow to list what it has taken; one that cannot be asked never does.
    """

    path: Path
    machine: Clock
    can_be_asked: bool
    name: str = "lasting"
    at_once: int = 4
    shows_after: timedelta = timedelta(seconds=90)

    def send(self, message: Outgoing) -> Accepted:
        """See `Gateway`."""
        taken = Taken(message.our_id, message.attempt, self.machine.now())
        with self.path.open("ab", buffering=0) as file:  # one write of a short line is whole, or not there
            file.write(f"{taken.our_id} {taken.attempt} {taken.at.isoformat()}\n".encode())
        return Accepted(taken.provider_id)

    def find(self, message: Outgoing, *, since: datetime) -> Accepted | None:
        """See `Gateway`."""
        if not self.can_be_asked:
            raise CannotAsk(detail="never")
        shown_until = self.machine.now() - self.shows_after
        for taken in taken_by(self.path):
            if taken.our_id == message.our_id and since <= taken.at <= shown_until:
                return Accepted(taken.provider_id)
        return None


def taken_by(path: Path) -> list[Taken]:
    """What the provider that writes to `path` has taken, in order."""
    if not path.exists():
        return []
    rows = (line.split() for line in path.read_text().splitlines())
    return [Taken(int(our_id), int(attempt), datetime.fromisoformat(at)) for our_id, attempt, at in rows]


@dataclass(frozen=True)
class Death:
    """The caller dies in its so-manieth call, before or after the provider has taken the message."""

    call: int
    is_taken: bool


class DeadlyGateway:
    """Another gateway, one call of which kills the process that makes it."""

    def __init__(self, gateway: Gateway, death: Death) -> None:
        self.name, self.can_be_asked = gateway.name, gateway.can_be_asked
        self.at_once, self.shows_after = gateway.at_once, gateway.shows_after
        self.find = gateway.find
        self._gateway, self._death, self._calls = gateway, death, 0

    def send(self, message: Outgoing) -> Accepted:
        """See `Gateway`."""
        self._calls += 1
        if self._calls != self._death.call:
            return self._gateway.send(message)
        if self._death.is_taken:
            self._gateway.send(message)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")
