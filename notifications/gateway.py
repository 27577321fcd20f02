"""What every way of sending an SMS can do, whoever the provider is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from dispatch.errors import InvalidInput, Refusal
from dispatch.rules.lifecycles import MessageStatus

#: why a message will not reach a handset, whichever provider says so: what `reason` holds in
#: `SendRefused` and in receipts
REASONS = frozenset(
    {
        "invalid_number",  # nobody has it, or it cannot be dialled
        "landline",
        "unreachable",  # switched off, out of reach, or its network does not answer
        "opted_out",
        "blocked",  # by the network or by a filter
        "not_permitted",  # not to this country, this network, or from this sender
        "template",  # not registered, not approved, or its variables do not fit
        "content",  # too long, empty, or with something that may not be said
        "expired",  # the provider gave up when the message was no longer valid
        "refused",  # anything else
    }
)


@dataclass(frozen=True)
class Outgoing:
    """One message for a provider: as a template with its variables, and as text.

    `our_id` comes back in receipts; `attempt` counts from 1. `handset` is E.164;
    `valid_for` is how long the provider may go on trying (R38).
    """

    our_id: int
    attempt: int
    handset: str = field(repr=False)
    language: str
    signature: str
    template: str
    variables: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)
    valid_for: timedelta


@dataclass(frozen=True)
class Accepted:
    """The provider has taken the message under this id."""

    provider_id: str


@dataclass(frozen=True)
class Receipt:
    """What a provider says later about a message that it took; `reason` is one of `REASONS`."""

    our_id: int
    status: MessageStatus
    provider_id: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Received:
    """An SMS from a handset (E.164), as the provider hands it on under its own id."""

    provider_id: str
    handset: str = field(repr=False)
    text: str = field(repr=False)


class SendRefused(Refusal):
    """The provider will never take this message; values: `reason` (of `REASONS`), `detail` (its own code)."""


class SendPassed(Refusal):
    """Surely not sent, but it may go later.

    Values: `reason`: `busy` (too fast, overloaded), `account` (credentials, credit, sender:
    somebody of ours must mend it), `not_connected`; `detail`, the provider's code; `after_s`
    if the provider says when.
    """

    again = True


class NoAnswer(Refusal):
    """The provider did not answer, or not in time: the message may or may not have been sent."""


class CannotAsk(Refusal):
    """The provider cannot say now (or never says) whether it took a message."""

    again = True


class GatewayMisconfigured(InvalidInput):
    """A setting that no message can be sent with; `field` is the environment variable's name."""


class Gateway(Protocol):
    """A provider. Every call has a time limit; the calls of several threads may run at once."""

    name: str
    #: whether `find` can ever answer
    can_be_asked: bool
    #: how many calls may be under way at once
    at_once: int
    #: how long after a message was handed over `find` is sure to see it; before, None proves nothing
    shows_after: timedelta

    def send(self, message: Outgoing) -> Accepted:
        """Hand the message over; raises SendRefused, SendPassed or NoAnswer."""

    def find(self, message: Outgoing, *, since: datetime) -> Accepted | None:
        """What became of a message sent after `since` (machine clock); None if the provider knows of none.

        Raises CannotAsk.
        """


class ExaminableGateway(Gateway, Protocol):
    """A gateway that `dispatch doctor` can examine."""

    def examine(self) -> None:
        """Try everything but sending: address, credentials; raises SendRefused, SendPassed or NoAnswer."""
