"""A visit as its customer may see it: the same facts as every message about it, and when they were different."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.links import Secret, door_code
from dispatch.models import CloseOut, Rating, Technician, Visit
from dispatch.queries.assigned_technicians import Assigned, assigned_technician
from dispatch.queries.exact_times import CHOOSABLE
from dispatch.queries.expected_arrival import expected_arrival
from dispatch.queries.measured_rate import measured_rate
from dispatch.queries.naming_time import named_again_by
from dispatch.queries.owed_window import owed_window
from dispatch.queries.told_thread import told_thread
from dispatch.queries.told_visits import LastTold, last_told, told_late
from dispatch.queries.unanswered_tries import unanswered_tries
from dispatch.queries.visit_truth import VisitTruth, visit_truth
from dispatch.rules.announcing import Span, Told, window_to_tell
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind, VisitPurpose

_UNDER_WAY = (VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)
_BOOKABLE = (VisitStatus.BOOKED, VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.AGREED)


class Stage(StrEnum):
    """Where a visit stands, in the eyes of its customer."""

    UNBOOKED = "unbooked"  # no time is chosen
    BOOKED = "booked"  # a window; the technician is named later
    NAMED = "named"  # technician, window, and by when they call
    AGREED = "agreed"  # an exact time
    UNSURE = "unsure"  # what was told no longer holds, and nothing else is sure yet
    ON_THE_WAY = "on_the_way"
    ON_SITE = "on_site"
    DONE = "done"
    NOT_DONE = "not_done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Named:
    """Who comes, to be verified at the door (R20); `door_code` is what they say and the customer compares."""

    name: str = field(repr=False)
    badge: str
    photo: str | None = field(repr=False)
    door_code: str = field(repr=False)


@dataclass(frozen=True)
class CustomerVisit:
    """One visit; windows are announced, `eta_at` is a prediction, everything else is a time that has been or is owed.

    `named_by_at` says when the technician is named, `contact_by_at` by when they call. `is_late` if the
    prediction lies behind the window that was told; `is_news` if this differs from what the
    customer was last told, and a message follows. `can_choose_exact`: a time inside the window (R10).
    """

    visit_id: int
    number: int
    kind: OrderKind
    stage: Stage
    technician: Named | None = None
    window: Span | None = None
    named_by_at: datetime | None = None
    accepted_at: datetime | None = None
    contact_by_at: datetime | None = None
    tried_at: tuple[datetime, ...] = ()
    next_try_at: datetime | None = None
    tries_are_over: bool = False
    agreed_at: datetime | None = None
    time_at: datetime | None = None
    set_off_at: datetime | None = None
    eta_at: datetime | None = None
    is_late: bool = False
    is_news: bool = False
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    measured_mbps: int | None = None
    contracted_mbps: int | None = None
    rating: int | None = None
    is_rated: bool = False
    can_change: bool = False
    can_confirm: bool = False
    can_choose_exact: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.stage in (Stage.DONE, Stage.NOT_DONE, Stage.CANCELLED)


def customer_visit(session: Session, visit: Visit, *, secret: Secret, now: datetime) -> CustomerVisit:
    """The visit as it stands at `now`."""
    known = _Known(session, visit, told_thread(session, visit), secret, now)
    return known.with_choices(known.over() or known.under_way() or known.to_come())


@dataclass(frozen=True)
class _Known:
    """One visit while it is looked at; `conversation_id` is the thread that the page agrees with."""

    session: Session
    visit: Visit
    conversation_id: int
    secret: Secret
    now: datetime

    # --- over, under way, to come ---------------------------------------------------------

    def over(self) -> CustomerVisit | None:
        """How it ended, if it has."""
        stages = {
            VisitStatus.COMPLETED: Stage.DONE,
            VisitStatus.NOT_COMPLETED: Stage.NOT_DONE,
            VisitStatus.CANCELLED: Stage.CANCELLED,
        }
        stage = stages.get(self.visit.status)
        if stage is None:
            return None
        closed = self.session.scalars(select(CloseOut).where(CloseOut.visit_id == self.visit.id)).first()
        rating = self.session.scalars(select(Rating).where(Rating.visit_id == self.visit.id)).first()
        is_done = stage is Stage.DONE
        return replace(
            self._shown(stage, None if stage is Stage.CANCELLED else self._assigned()),
            arrived_at=self.visit.arrived_at,
            ended_at=closed.closed_at if closed is not None else self.visit.status_at,
            reason=None if is_done else self.visit.status_reason,
            measured_mbps=measured_rate(self.session, self.visit.id) if is_done else None,
            contracted_mbps=self.visit.order.contracted_mbps,
            rating=rating.score if rating is not None else None,
            is_rated=rating is not None,
        )

    def under_way(self) -> CustomerVisit | None:
        """Where the technician is, if they have set off."""
        technician = self._assigned()
        if self.visit.status not in _UNDER_WAY or technician is None:
            return None
        if self.visit.status is VisitStatus.ON_SITE:
            shown = self._shown(Stage.ON_SITE, technician)
            return replace(shown, arrived_at=self.visit.arrived_at or self.visit.status_at)
        eta_at, window = self._eta(technician), self._owed(technician)
        return replace(
            self._shown(Stage.ON_THE_WAY, technician),
            window=window,
            set_off_at=self.visit.set_off_at or self.visit.status_at,
            eta_at=eta_at,
            is_late=eta_at > window[1],
        )

    def to_come(self) -> CustomerVisit:
        """What is told of it, else what is booked."""
        technician = self._assigned()
        last = last_told(self.session, self.visit.id, self.conversation_id)
        told = None if last is None else last.told
        truth = visit_truth(self.session, self.visit, last=told, now=self.now)
        late = self._late(technician)
        if late is not None:
            return late
        if truth is None and last is not None:
            return self._shown(Stage.UNSURE)
        if truth is not None and truth.told is not None and technician is not None and self._is_named(truth, last):
            return self._named(truth, truth.told, technician, told)
        return self._booked(truth)

    def _late(self, technician: Assigned | None) -> CustomerVisit | None:
        """What was said of the delay, as it is expected now; None if it was made up for, or nothing was said."""
        if technician is None or not told_late(self.session, self.visit.id, self.conversation_id):
            return None
        eta_at, window = self._eta(technician), self._owed(technician)
        if eta_at <= window[1]:
            return None
        time_at = self.visit.appointed_at if self.visit.status is VisitStatus.AGREED else None
        shown = self._shown(Stage.NAMED if time_at is None else Stage.AGREED, technician)
        return replace(shown, window=window, time_at=time_at, eta_at=eta_at, is_late=True)

    def _is_named(self, truth: VisitTruth, last: LastTold | None) -> bool:
        """Whether the customer may know who comes: it was told, or the evening before has come."""
        return last is not None or (truth.named_from_at is not None and truth.named_from_at <= self.now)

    def _named(self, truth: VisitTruth, now_so: Told, technician: Assigned, told: Told | None) -> CustomerVisit:
        is_agreed = truth.time_at is not None
        return replace(
            self._shown(Stage.AGREED if is_agreed else Stage.NAMED, technician),
            window=now_so.window,
            accepted_at=truth.accepted_at,
            contact_by_at=None if is_agreed else now_so.contact_by_at,
            agreed_at=truth.agreed_at,
            time_at=truth.time_at,
            is_news=told is not None and not told.still_says(now_so, self.now),
        )

    def _booked(self, truth: VisitTruth | None) -> CustomerVisit:
        booked_from_at, booked_until_at = self.visit.booked_from_at, self.visit.booked_until_at
        if booked_from_at is None or booked_until_at is None or self.visit.status not in _BOOKABLE:
            return self._shown(Stage.UNBOOKED)
        named_by_at = truth.named_from_at if truth is not None else None
        if named_by_at is None or named_by_at <= self.now:
            named_by_at = named_again_by(self.visit, self.visit.order, self.now)
        return replace(self._shown(Stage.BOOKED), window=(booked_from_at, booked_until_at), named_by_at=named_by_at)

    # --- calls and choices ------------------------------------------------------------------

    def with_choices(self, shown: CustomerVisit) -> CustomerVisit:
        """The visit with the calls in vain, and with what its customer can decide about it now."""
        can_change = self.visit.status in MOVABLE and self.visit.order.status is OrderStatus.OPEN
        is_told = shown.stage is Stage.NAMED and not shown.is_late
        shown = replace(shown, can_choose_exact=can_change and is_told and self.visit.status in CHOOSABLE)
        if self.visit.status is not VisitStatus.ACCEPTED:
            return replace(shown, can_change=can_change)
        tries = unanswered_tries(self.session, self.visit.id)
        following = tries.next
        is_over = bool(tries.tried) and tries.is_over
        return replace(
            shown,
            tried_at=tuple(at for _attempt, at in tries.tried),
            next_try_at=None if following is None else following.from_at,
            tries_are_over=is_over,
            can_change=can_change,
            can_confirm=can_change and bool(tries.tried) and not is_over,
        )

    # --- what it is made of -----------------------------------------------------------------

    def _shown(self, stage: Stage, technician: Assigned | None = None) -> CustomerVisit:
        order = self.visit.order
        is_taken_down = order.kind is OrderKind.MOVE and self.visit.purpose is VisitPurpose.RECOVER
        return CustomerVisit(
            visit_id=self.visit.id,
            number=self.visit.number,
            kind=OrderKind.RECOVER if is_taken_down else order.kind,
            stage=stage,
            technician=None if technician is None else self._introduce(technician),
        )

    def _introduce(self, technician: Assigned) -> Named:
        row = self.session.get_one(Technician, technician.technician_id)
        code = door_code(self.secret, self.visit.id, technician.technician_id)
        return Named(technician.name, technician.badge, row.photo, code)

    def _assigned(self) -> Assigned | None:
        return assigned_technician(self.session, self.visit.id)

    def _eta(self, technician: Assigned) -> datetime:
        return expected_arrival(self.session, self.visit, technician, now=self.now)

    def _owed(self, technician: Assigned) -> Span:
        owed = owed_window(self.session, self.visit, self.conversation_id)
        zone = self.visit.premises.community.territory.zone
        return owed or window_to_tell(technician.start_at, None, None, zone)
