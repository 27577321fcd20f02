"""A worker: any number may run, all are equal, none leads, a restart loses nothing."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from dispatch.clocks import Clock, FixedClock, MachineClock, business_clock
from dispatch.db import Database, run_use_case
from dispatch.links import load_secret
from dispatch.queries.unfinished_work import is_in_other_hands, unfinished_work
from dispatch.ready_solver import ready_solver
from dispatch.services.apply_field_report import APPLY_FIELD_REPORT
from dispatch.services.beat import beat
from dispatch.services.claim_due_work import Claim
from dispatch.services.expire_offer import expire_offer
from dispatch.services.follow_log import Reader, ReaderFailed, add_reader, follow_log, note_failure
from dispatch.services.perform_due_work import Handler, perform_due_work, settle_due_work
from dispatch.services.plan_territory import Budgeting
from dispatch.services.repair_day import repair_day
from dispatch.services.report_disruption import REPAIR_DAY
from dispatch.services.request_plan import PLAN_TERRITORY
from dispatch.services.send_sign_in_code import SEND_SIGN_IN_CODE
from dispatch.services.send_visits import send_due_visits
from dispatch.services.sequence_events import sequence_events
from dispatch.services.settle_repair import SETTLE_REPAIR, give_up_repair, settle_repair
from dispatch.services.solve_claimed_plan import Tenure, solve_claimed_plan
from dispatch.services.take_field_reports import apply_due_report
from dispatch.settings import Settings
from dispatch.solving import Solver, SolverPool
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from notifications.build_gateway import build_gateway
from notifications.deliver import Delivery
from notifications.gateway import Gateway
from notifications.inbound import ANSWER_INBOUND, answer_inbound
from notifications.sign_in_code import CodeSending
from optimizer.budget import WallClock
from web.claimed_work import ClaimedWork
from web.ticking import Ticking
from web.who_does_what import HANDLERS, READERS, handlers_of

#: the longest that a message waits in a gateway's queue before its call begins
_WAITS_ITS_TURN_S = 2
_log = structlog.get_logger(__name__)


@dataclass
class Worker:
    """The ticks of one worker process; `now` fixes the business clock."""

    database: Database
    settings: Settings
    now: datetime | None = None
    machine: Clock = field(default_factory=MachineClock)
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)
    readers: tuple[Reader, ...] = READERS
    pool: Solver = field(default_factory=SolverPool)
    gateway: Gateway | None = None
    budgeting: Budgeting = WallClock

    def __post_init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._started_at = self.machine.now()
        self._stopping = False
        self._travel = RememberedTravel(build_travel_model(self.settings))
        gateway = self.gateway or build_gateway(self.settings, self.database, self.machine)
        rounds = self.settings.lease_s // (self.settings.gateway_timeout_s + _WAITS_ITS_TURN_S)
        self._delivery = Delivery(
            database=self.database,
            gateway=gateway,
            secret=load_secret(self.settings),
            travel=self._travel,
            machine=self.machine,
            lease=self._lease,
            attempts_before_parking=self.settings.attempts_before_parking,
            at_most=gateway.at_once * max(1, int(rounds)),
        )
        self._codes = CodeSending(self.database, gateway, load_secret(self.settings), self.machine)
        if self.handlers is HANDLERS:
            self.handlers = handlers_of(self.settings)
        for reader in self.readers:
            run_use_case(self.database, lambda session, reader=reader: add_reader(session, reader))  # type: ignore[misc]

    def business_now(self) -> datetime:
        """Business time, as all processes see it."""
        if self.now is not None:
            return FixedClock(self.now).now()
        with self.database.read_session() as session:
            return business_clock(session, self.machine).now()

    # --- ticks --------------------------------------------------------------------------

    def beat(self) -> None:
        """Say that this worker is alive."""
        run_use_case(
            self.database,
            lambda session: beat(session, self.name, started_at=self._started_at, machine_now=self.machine.now()),
        )

    def advance_log(self) -> int:
        """Sequence what was committed and let every reader follow; how many steps that was.

        Each event is one step of the sequencer and one of every reader.
        """
        moved = run_use_case(self.database, sequence_events)
        now = self.business_now()
        return moved + sum(self._follow(reader, now) for reader in self.readers)

    def do_due_work(self) -> int:
        """Claim what is due and do it, each piece in a transaction of its own; how many were claimed."""
        return self._each(self.handlers, self._perform)

    def solve_plans(self) -> int:
        """Solve the plans that were asked for, one at a time, no transaction open meanwhile."""
        return self._each([PLAN_TERRITORY], self._solve, limit=1)

    def repair_days(self) -> int:
        """Have days that were upset repaired, and publish repairs that take nothing from anybody."""
        return self._each([REPAIR_DAY, SETTLE_REPAIR], self._repair)

    def answer_customers(self) -> int:
        """Carry out and answer what customers have written, in order for each handset."""
        return self._each([ANSWER_INBOUND], self._answer)

    def apply_reports(self) -> int:
        """Apply what phones have reported and what was stored only, in order for each device."""
        return self._each([APPLY_FIELD_REPORT], self._apply)

    def send_visits(self) -> int:
        """Send visits to phones as their time comes."""
        ahead = timedelta(hours=self.settings.send_ahead_h)
        return send_due_visits(self.database, now=self.business_now(), ahead=ahead)

    def send_messages(self) -> int:
        """Send what is to be said now and is still true."""
        return self._delivery.deliver_due_messages(now=self.business_now())

    def send_sign_in_codes(self) -> int:
        """Send the one-time codes that technicians have asked for."""
        return self._each([SEND_SIGN_IN_CODE], self._send_code, limit=4)

    def expire_offers(self) -> int:
        """Give back what was held and not booked in time."""
        now = self.business_now()
        return run_use_case(
            self.database, lambda session: expire_offer(session, now=now, machine_now=self.machine.now())
        )

    @property
    def ticks(self) -> tuple[Callable[[], int], ...]:
        """What it does over and over, for whoever keeps the time themselves; each says how much it did."""
        return self._ticks

    @property
    def _ticks(self) -> tuple[Callable[[], int], ...]:
        return (
            self.advance_log,
            self.do_due_work,
            self.apply_reports,
            self.send_visits,
            self.answer_customers,
            self.send_messages,
            self.send_sign_in_codes,
            self.expire_offers,
            self.repair_days,
            self.solve_plans,
        )

    # --- running ------------------------------------------------------------------------

    def run(self) -> None:
        """Tick until told to stop (SIGINT, SIGTERM): what was begun is ended, a plan being solved is handed back."""
        self.beat()
        for told in (signal.SIGINT, signal.SIGTERM):
            signal.signal(told, self.stop)
        ticking = Ticking(self.settings.poll_s, self.machine, lambda: self._stopping)
        ticking.run(self._ticks, beat=self.beat, first=lambda: ready_solver(self.pool, lambda: self._stopping))
        self.pool.close()

    def stop(self, *_signal: object) -> None:
        """Begin nothing more; `run` ends soon. It may be called by anybody, at any time."""
        self._stopping = True

    def until_idle(self, progress: Callable[[int], None] = lambda _count: None) -> int:
        """Work until nothing is due and every reader has come to the end; how many steps it took.

        Work in the hands of another worker is waited for. Told to stop it ends sooner, as `run` does.
        """
        steps = 0
        while not self.is_stopping:
            moved = sum(tick() for tick in self._ticks)
            steps += moved
            progress(steps)
            if moved:
                continue
            with self.database.read_session() as session:
                waiting = is_in_other_hands(session, business_now=self.business_now())
            if not waiting:
                return steps
            time.sleep(0.1)
        return steps

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has told it to stop."""
        return self._stopping

    def failures(self) -> list[str]:
        """What has failed and still waits, each with its code."""
        with self.database.read_session() as session:
            return unfinished_work(session)

    # --- one piece at a time ------------------------------------------------------------

    def _each(self, kinds: Collection[str], work: Callable[[Claim, datetime], None], *, limit: int = 20) -> int:
        now, claimed = self.business_now(), ClaimedWork(self.database, self._tenure)
        return claimed.each(kinds, lambda claim: work(claim, now), now=now, limit=limit)

    @property
    def _tenure(self) -> Tenure:
        attempts = self.settings.attempts_before_parking
        return Tenure(self.machine, self._lease, attempts, is_over=lambda: self._stopping)

    @property
    def _lease(self) -> timedelta:
        return timedelta(seconds=self.settings.lease_s)

    def _perform(self, claim: Claim, now: datetime) -> None:
        run_use_case(self.database, lambda session: perform_due_work(session, claim, self.handlers, now=now))

    def _answer(self, claim: Claim, now: datetime) -> None:
        machine_now = self.machine.now()
        answer_inbound(self.database, int(claim.key), now=now, machine_now=machine_now, travel=self._travel)
        run_use_case(self.database, lambda session: settle_due_work(session, claim))

    def _send_code(self, claim: Claim, now: datetime) -> None:
        self._codes.send(claim.key, now=now)
        run_use_case(self.database, lambda session: settle_due_work(session, claim))

    def _apply(self, claim: Claim, now: datetime) -> None:
        apply_due_report(self.database, int(claim.key), now=now)
        run_use_case(self.database, lambda session: settle_due_work(session, claim))

    def _repair(self, claim: Claim, now: datetime) -> None:
        budget_s = self.settings.repair_budget_s
        try:
            if claim.kind == REPAIR_DAY:
                run_use_case(self.database, lambda s: repair_day(s, int(claim.key), budget_s=budget_s, now=now))
            else:
                settle_repair(self.database, int(claim.key), budget_s=budget_s, now=now, travel=self._travel)
        except Exception:
            if claim.kind == SETTLE_REPAIR and claim.attempts >= self.settings.attempts_before_parking:
                run_use_case(self.database, lambda session: give_up_repair(session, int(claim.key), now=now))
            raise
        run_use_case(self.database, lambda session: settle_due_work(session, claim))

    def _solve(self, claim: Claim, now: datetime) -> None:
        solve_claimed_plan(
            self.database,
            claim,
            self._tenure,
            now=now,
            travel=build_travel_model(self.settings),
            pool=self.pool,
            budgeting=self.budgeting,
        )

    def _follow(self, reader: Reader, now: datetime) -> int:
        try:
            return run_use_case(self.database, lambda session: follow_log(session, reader, now=now))
        except ReaderFailed as error:  # one reader's failure must not stop the others; it is kept and shown
            failure = error
            _log.exception("reader_failed", reader=reader.name, position=failure.position, code=failure.cause_code)
            run_use_case(
                self.database,
                lambda session: note_failure(session, failure, machine_now=self.machine.now()),
            )
            return 0
