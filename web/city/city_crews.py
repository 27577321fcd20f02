"""The technicians of the city with their phones, which lose the network now and then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import FieldReport, Route, SignIn, Stop, Technician
from dispatch.rules import events as e
from dispatch.services.receive_field_reports import Report
from dispatch.services.take_field_reports import take_field_reports
from web.city.agenda import Key
from web.city.crew_deeds import Deed, Habits
from web.city.crew_view import CrewDay, crew_day, next_shift_at
from web.city.surroundings import News, Surroundings

#: a phone asks for news so often while somebody works
BEATS = timedelta(minutes=30)
#: what changes a technician's day
CONCERNS = frozenset(
    fact.kind
    for fact in (
        e.VisitScheduled,
        e.VisitUnscheduled,
        e.VisitSent,
        e.VisitUnsent,
        e.VisitReassigned,
        e.VisitCancelled,
        e.VisitConfirmed,
        e.WindowChosen,
        e.TimeAgreed,
        e.SubstituteNamed,
        e.PlanPublished,
        e.DisruptionReported,
    )
)


@dataclass
class Phone:
    """A technician's phone: its own clock runs `ahead`, and it keeps what it could not pass on."""

    device_id: str
    ahead: timedelta
    sequence: int = 0
    waiting: list[Report] = field(default_factory=list)
    beat_at: datetime | None = None
    #: what was done already at this instant, so that what does not fit is not done again and again
    done: set[tuple[datetime, str, int | None]] = field(default_factory=set)


@dataclass
class CityCrews:
    """All technicians; where it `yields`, those whose phone somebody real has signed in to do nothing by themselves."""

    around: Surroundings
    yields: bool = False
    keys: frozenset[str] = frozenset({"technician"})
    _phones: dict[int, Phone] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._habits = Habits(self.around.size, self.around.chances, self.around.zone)

    # --- intentions -------------------------------------------------------------------------

    def wake(self, session: Session, now: datetime) -> None:
        """Everybody looks at the phone."""
        last = select(FieldReport.device_id, func.max(FieldReport.sequence)).group_by(FieldReport.device_id)
        sequences: dict[str, int] = dict(session.execute(last).all())
        for technician in session.scalars(select(Technician).order_by(Technician.id)):
            device_id = technician.device_id or f"phone-{technician.badge}"
            ahead = timedelta(seconds=self.around.chances.of("skew", technician.id).randint(-90, 90))
            self._phones[technician.id] = Phone(device_id, ahead, sequences.get(device_id, 0))
            self._mean(session, technician.id, now)

    def hear(self, session: Session, news: News, now: datetime) -> None:
        """Whose day has changed looks at it anew."""
        concerned = [event for event in news.events if event.kind in CONCERNS]
        if not concerned:
            return
        found = {event.technician_id for event in concerned if event.technician_id is not None}
        visits = {event.visit_id for event in concerned if event.visit_id is not None}
        owners = select(Route.technician_id).join(Stop, Stop.route_id == Route.id).where(Stop.visit_id.in_(visits))
        found |= set(session.scalars(owners.distinct())) if visits else set()
        for technician_id in sorted(found):
            if self._has_signal(technician_id, now):
                self._mean(session, technician_id, now)

    def _mean(self, session: Session, technician_id: int, now: datetime) -> None:
        """When this technician does something next, or the phone does."""
        phone = self._phones[technician_id]
        if self._is_somebody(session, technician_id):
            self.around.agenda.put(("technician", technician_id), now + BEATS)
            return
        day = crew_day(session, technician_id, now, phone.waiting)
        if day is None or (now > day.ends_at and all(task.is_over for task in day.tasks)):
            at = next_shift_at(session, technician_id, now)
            self.around.agenda.put(("technician", technician_id), None if at is None else at - timedelta(minutes=40))
            return
        deed = self._deed(phone, day, now)
        if now < day.starts_at:
            at = day.starts_at
        elif now > day.ends_at + timedelta(hours=2):
            at = day.ends_at + timedelta(hours=6)
        else:
            at = max(now, (phone.beat_at or now - BEATS) + BEATS)
        at = at if deed is None else min(max(deed.at, now), at)
        self.around.agenda.put(("technician", technician_id), at)

    def _deed(self, phone: Phone, day: CrewDay, now: datetime) -> Deed | None:
        deed = self._habits.next_deed(day, now)
        if deed is not None and (deed.at, deed.kind, deed.visit_id) in phone.done:
            return None
        return deed

    # --- deeds ----------------------------------------------------------------------------------

    def act(self, key: Key, now: datetime) -> None:
        """Do what is to be done now; the phone passes on what it can."""
        technician_id = int(key[1])
        phone = self._phones[technician_id]
        if self.around.see(lambda session: self._is_somebody(session, technician_id)):
            self.around.agenda.put(key, now + BEATS)
            return
        day = self.around.see(lambda session: crew_day(session, technician_id, now, phone.waiting))
        deed = None if day is None else self._deed(phone, day, now)
        if deed is not None and deed.at <= now:
            phone.done.add((deed.at, deed.kind, deed.visit_id))
            phone.sequence += 1
            phone.waiting.append(Report(phone.sequence, deed.kind, now, deed.visit_id, dict(deed.payload)))
        if self._has_signal(technician_id, now) and (phone.waiting or self._is_beat(phone, now)):
            self._sync(technician_id, phone, now)
        elif self._is_beat(phone, now):
            phone.beat_at = now
        self.around.see(lambda session: self._mean(session, technician_id, now))

    def give_up(self, key: Key, now: datetime) -> None:
        """What the phone kept, it keeps."""
        self.around.agenda.keep(key, now + timedelta(minutes=2))

    def _is_somebody(self, session: Session, technician_id: int) -> bool:
        """Whether a person plays this technician."""
        if not self.yields:
            return False
        statement = select(SignIn.id).where(
            SignIn.technician_id == technician_id,
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > self.around.machine.now(),
        )
        return session.scalars(statement.limit(1)).first() is not None

    def _is_beat(self, phone: Phone, now: datetime) -> bool:
        return phone.beat_at is None or now >= phone.beat_at + BEATS

    def _sync(self, technician_id: int, phone: Phone, now: datetime) -> None:
        """What was kept is passed on, in the phone's own time."""
        reports = [
            Report(one.sequence, one.kind, one.device_at + phone.ahead, one.visit_id, one.payload)
            for one in phone.waiting
        ]
        take_field_reports(
            self.around.database,
            technician_id,
            phone.device_id,
            reports,
            device_now=now + phone.ahead,
            now=now,
        )
        phone.waiting.clear()
        phone.beat_at = now

    def _has_signal(self, technician_id: int, now: datetime) -> bool:
        """Some phones are silent for an hour or so."""
        today = self.around.day_of(now)
        chances = self.around.chances
        if not chances.happens(self.around.size.silent_share, "silent", technician_id, today):
            return True
        begins = self.around.local(today, "09:00") + chances.between(0, 420, "silent from", technician_id, today)
        return not begins <= now < begins + chances.around(60, "silent for", technician_id, today, spread=0.4)
