"""Sending what waits: decided in one transaction, sent outside of any, settled in another.

As many messages as there may be calls at once are decided together, and those whose
calls have ended are settled together: a crash leaves no more than that in doubt.

Whoever claims a message that is SENDING knows that its process has died: nobody knows
whether it was sent. Then, and when a provider has not answered, the provider is asked;
what cannot be found out in `DOUBT` is sent once more if it is urgent, and is otherwise
somebody's case.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import Clock
from dispatch.db import Database, run_use_case
from dispatch.errors import error_code
from dispatch.links import Secret
from dispatch.models import Message
from dispatch.rules.lifecycles import MessageStatus
from dispatch.services.claim_due_work import Claim, claim_due_work
from dispatch.services.perform_due_work import (
    is_still_ours,
    postpone_due_work,
    put_back_due_work,
    settle_due_work,
)
from dispatch.travel_memory import RememberedTravel
from notifications.begin_sending import Moment, begin_sending, outgoing_again
from notifications.gateway import Accepted, CannotAsk, Gateway, NoAnswer, Outgoing, SendPassed, SendRefused
from notifications.messages_at_hand import messages_at_hand
from notifications.preparing import PREPARERS
from notifications.settle_sending import (
    latest_attempt,
    settle_accepted,
    settle_passed,
    settle_refused,
    settle_unknown,
)
from notifications.untold import IN_DOUBT, leave_untold
from notifications.want_message import SEND_MESSAGE

#: how long a provider is asked what became of a message (machine clock)
DOUBT = timedelta(minutes=10)
#: a provider that was not there is tried again after twice as long each time, up to this
LONGEST_PAUSE = timedelta(minutes=2)
#: how long a call that has ended waits for others, to be settled with them
GATHER_S = 0.05
_UNSETTLED = (MessageStatus.SENDING, MessageStatus.UNKNOWN)

T = TypeVar("T")
#: what is done with a message that is locked
Step = Callable[[Session, Message], T]
#: what is handed over, or (with the time of its attempt) what is asked about
Handed = tuple[Outgoing, datetime | None]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What sending needs; one round of `at_most` messages must end well within `lease`."""

    database: Database
    gateway: Gateway
    secret: Secret
    travel: RememberedTravel
    machine: Clock
    lease: timedelta
    attempts_before_parking: int
    at_most: int

    def deliver_due_messages(self, *, now: datetime) -> int:
        """Send what may go at business time `now`; how many messages were looked at.

        Messages to one handset go one after the other, different handsets side by side.
        """
        claims = run_use_case(
            self.database,
            lambda session: claim_due_work(
                session,
                business_now=now,
                machine_now=self.machine.now(),
                lease=self.lease,
                kinds=[SEND_MESSAGE],
                limit=self.at_most,
            ),
        )
        waiting = self._by_handset(claims) if claims else []
        calls: dict[Future[Step[None]], deque[Claim]] = {}
        with ThreadPoolExecutor(self.gateway.at_once) as pool:
            while waiting or calls:
                free = self.gateway.at_once - len(calls)
                turns, waiting = waiting[:free], waiting[free:]
                begun = self._begin([queue[0] for queue in turns], now)
                for queue in turns:
                    if queue[0] in begun:
                        calls[pool.submit(self._call, queue[0], begun[queue[0]], now)] = queue
                ended = _gathered(calls)
                self._together({calls[call][0]: call.result() for call in ended})
                over = [queue for queue in turns if queue[0] not in begun] + [calls.pop(call) for call in ended]
                for queue in over:
                    queue.popleft()
                waiting += [queue for queue in over if queue]
        return len(claims)

    def _by_handset(self, claims: Sequence[Claim]) -> list[deque[Claim]]:
        ids = [int(claim.key) for claim in claims]
        with self.database.read_session() as session:
            rows = session.execute(select(Message.id, Message.conversation_id).where(Message.id.in_(ids)))
            conversations = {str(message): conversation for message, conversation in rows}
        queues: dict[int | None, deque[Claim]] = defaultdict(deque)
        for claim in sorted(claims, key=lambda claim: int(claim.key)):
            queues[conversations.get(claim.key)].append(claim)
        return list(queues.values())

    def _begin(self, claims: Sequence[Claim], now: datetime) -> dict[Claim, Handed]:
        """What is to be handed over or asked about now, of these messages to different handsets."""
        ready = self._prepared(claims, now) if claims else []
        begun = self._together({claim: partial(self._step, claim=claim, now=now) for claim in ready})
        return {claim: handed for claim, handed in begun.items() if handed is not None}

    def _together(self, steps: Mapping[Claim, Step[T]]) -> dict[Claim, T]:
        """Take these steps in one transaction; if one of them fails, each in its own, and what failed is put back."""

        def all_of_them(session: Session) -> dict[Claim, T]:
            at_hand = messages_at_hand(session, [int(claim.key) for claim in steps])
            return {claim: step(session, at_hand.messages[int(claim.key)]) for claim, step in steps.items()}

        done: dict[Claim, T] = {}
        if not steps:
            return done
        if len(steps) == 1:
            (claim,) = steps
            self._guarded(claim, lambda: done.update(self._do(all_of_them)))
            return done
        try:
            return self._do(all_of_them)
        except Exception as error:  # noqa: BLE001 - whose error it is will be seen, kept and shown
            _log.info("messages_one_by_one", code=error_code(error))
        for claim, step in steps.items():
            done |= self._together({claim: step})
        return done

    def _guarded(self, claim: Claim, work: Callable[[], None]) -> bool:
        """One message must not stop the others: its failure is kept, shown and tried again; False if it failed."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - see above
            self._do(partial(self._put_back, claim=claim, error=error))
            return False
        return True

    def _step(self, session: Session, message: Message, claim: Claim, now: datetime) -> Handed | None:
        """Decide about one message."""
        if not is_still_ours(session, claim):
            return None
        if message.status is MessageStatus.QUEUED:
            at = Moment(now, self.machine.now())
            outgoing = begin_sending(session, claim, message, at, secret=self.secret, gateway=self.gateway.name)
            return None if outgoing is None else (outgoing, None)
        if message.status not in _UNSETTLED:
            settle_due_work(session, claim)
            return None
        if message.status is MessageStatus.SENDING:
            settle_unknown(session, message, "process_died", now=now, machine_now=self.machine.now())
        attempt = latest_attempt(message)
        return outgoing_again(session, message), attempt.begun_at if attempt else self.machine.now()

    def _prepared(self, claims: Sequence[Claim], now: datetime) -> list[Claim]:
        """What must be asked for while no transaction is open is found out; those for which that has not failed."""
        statement = select(Message).where(
            Message.id.in_([int(claim.key) for claim in claims]),
            Message.status == MessageStatus.QUEUED,
            Message.kind.in_(PREPARERS),
        )
        with self.database.read_session() as session:
            asking = {str(message.id): message for message in session.scalars(statement)}
        return [
            claim
            for claim in claims
            if claim.key not in asking or self._guarded(claim, partial(self._prepare, asking[claim.key], now))
        ]

    def _prepare(self, message: Message, now: datetime) -> None:
        """Find out such as the windows to choose from."""
        found = PREPARERS[message.kind](self.database, message, now, self.machine.now(), self.travel)

        def keep(session: Session) -> None:
            row = session.get_one(Message, message.id, with_for_update=True)
            row.params = {**row.params, **found}

        self._do(keep)

    def _call(self, claim: Claim, handed: Handed, now: datetime) -> Step[None]:
        """Hand the message over or ask about it, while no transaction is open; what is then to be done with it."""
        outgoing, asked_since = handed
        try:
            if asked_since is None:
                return self._send(claim, outgoing, now)
            return self._find(claim, outgoing, asked_since, now)
        except Exception as error:  # noqa: BLE001 - kept and shown, as any failure of one message
            failure = error
            return lambda session, _message: self._put_back(session, claim, failure)

    def _send(self, claim: Claim, outgoing: Outgoing, now: datetime) -> Step[None]:
        """Hand it over; what the provider says is to be noted."""
        pause: timedelta | None = None
        settle: Callable[..., None]
        try:
            accepted = self.gateway.send(outgoing)
            settle = partial(settle_accepted, accepted=accepted)
        except SendRefused as refused:
            settle = partial(settle_refused, refused=refused)
        except SendPassed as passed:
            settle = partial(settle_passed, outcome=str(passed.values.get("reason", passed.code)))
            pause = _pause(claim, passed.values.get("after_s"))
        except NoAnswer as lost:
            settle = partial(settle_unknown, outcome=str(lost.values.get("reason", lost.code)))
            pause = _pause(claim)

        def note(session: Session, message: Message) -> None:
            if message.status is MessageStatus.SENDING:  # else a receipt was faster
                settle(session, message, now=now, machine_now=self.machine.now())
            if pause is not None:
                postpone_due_work(session, claim, machine_until=self.machine.now() + pause)

        return note

    def _find(self, claim: Claim, outgoing: Outgoing, since: datetime, now: datetime) -> Step[None]:
        """Ask what became of it; after `DOUBT` without an answer it is sent again, or given to a person."""
        found: Accepted | None = None
        known = False
        if self.gateway.can_be_asked:
            try:
                found = self.gateway.find(outgoing, since=since)
                known = True
            except CannotAsk as refusal:
                _log.info("message_not_found_out", message=outgoing.our_id, code=refusal.code)

        def note(session: Session, message: Message) -> None:
            machine_now = self.machine.now()
            if message.status is not MessageStatus.UNKNOWN or not is_still_ours(session, claim):
                return
            if found is not None:
                settle_accepted(session, message, found, now=now, machine_now=machine_now)
            elif known and machine_now - since >= self.gateway.shows_after:
                settle_passed(session, message, "not_taken", now=now, machine_now=machine_now)
                postpone_due_work(session, claim)
            elif machine_now - since < DOUBT:
                postpone_due_work(session, claim, machine_until=machine_now + _pause(claim))
            elif message.is_urgent and not message.repeats:
                message.repeats += 1
                settle_passed(session, message, "repeated", now=now, machine_now=machine_now)
                postpone_due_work(session, claim)
            else:
                settle_due_work(session, claim)
                leave_untold(session, message, IN_DOUBT, now=now)

        return note

    def _put_back(self, session: Session, claim: Claim, error: Exception) -> None:
        _log.error("message_failed", message=claim.key, code=error_code(error), exc_info=error)
        put_back_due_work(
            session,
            claim,
            error,
            machine_now=self.machine.now(),
            attempts_before_parking=self.attempts_before_parking,
        )

    def _do(self, use_case: Callable[[Session], T]) -> T:
        return run_use_case(self.database, use_case)


def _gathered(calls: Collection[Future[T]]) -> set[Future[T]]:
    """The calls that have ended: at least one of them, and all that end with it."""
    ended = wait(calls, timeout=GATHER_S).done
    return ended or wait(calls, return_when=FIRST_COMPLETED).done


def _pause(claim: Claim, after_s: object = None) -> timedelta:
    if isinstance(after_s, int | float):
        return timedelta(seconds=after_s)
    return min(timedelta(seconds=2 ** min(claim.attempts, 10)), LONGEST_PAUSE)
