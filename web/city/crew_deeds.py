"""What a technician does next: from what is known of the day, and chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import local_instant
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Priority, ReportKind
from web.city.account import account_of
from web.city.chances import Chances
from web.city.city_size import CitySize
from web.city.crew_view import CrewDay, Task

_V, _R = VisitStatus, ReportKind
_MINUTE = timedelta(minutes=1)
#: nobody is called outside of these hours, emergencies aside
CALLS = ("08:05", "19:55")
#: share of calls that are answered; of doors that open when a time was agreed, and when not
ANSWERED, OPENED_AGREED, OPENED = 0.74, 0.975, 0.92
#: share of visits that are forgotten on the phone, declined, and that cannot be done
FORGOTTEN, DECLINED, UNDONE = 0.01, 0.008, 0.035
WAITED_AT_DOOR = timedelta(minutes=16)
#: why a visit could not be done, by weight
UNDONE_FOR = {"missing_part": 40.0, "no_port": 18.0, "network_fault": 14.0, "customer_request": 14.0, "more_time": 14.0}
#: how much longer a journey takes in each hour, on some days
_SLOWER = {7: 1.15, 8: 1.2, 17: 1.2, 18: 1.2}


@dataclass(frozen=True)
class Deed:
    """A report that a technician is going to make."""

    at: datetime
    kind: ReportKind
    visit_id: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Habits:
    """How technicians of this city work."""

    size: CitySize
    chances: Chances
    zone: ZoneInfo

    def next_deed(self, day: CrewDay, now: datetime) -> Deed | None:
        """What comes first; never before `now` for what could have been done before."""
        deeds = [deed for deed in self._deeds(day, now) if deed is not None]
        return min(deeds, key=lambda deed: (deed.at, deed.visit_id or 0, deed.kind), default=None)

    def is_ill(self, day: CrewDay) -> bool:
        """Whether the technician falls ill this morning."""
        return self.chances.happens(self.size.ill_share, "ill", day.technician_id, day.starts_at.date())

    def _deeds(self, day: CrewDay, now: datetime) -> Iterator[Deed | None]:
        if self.is_ill(day):
            if _R.TAKEN_ILL not in day.reported:
                late = self.chances.between(-25, 45, "ill at", day.technician_id, day.starts_at.date())
                yield Deed(day.starts_at + late, _R.TAKEN_ILL)
            if _R.TAKEN_ILL in day.reported or now >= day.starts_at + timedelta(minutes=45):
                return
        if day.is_away:
            return
        for task in day.tasks:
            if task.status is _V.SENT:
                yield self._acceptance(day, task)
            elif task.status is _V.ACCEPTED:
                yield self._call(task, now)
        yield self._on_the_road(day, now)

    # --- on the phone -------------------------------------------------------------------------

    def _acceptance(self, day: CrewDay, task: Task) -> Deed | None:
        sent_at = max(task.sent_at or day.starts_at, day.starts_at - 10 * _MINUTE)
        about = (task.visit_id, day.technician_id, sent_at)
        drawn = self.chances.of("accepts", *about).random()
        if drawn < FORGOTTEN:
            return None
        if drawn < FORGOTTEN + DECLINED:
            at = sent_at + self.chances.around(6, "declines at", *about)
            return Deed(at, _R.DECLINED, task.visit_id, {"reason": "too_late"})
        return Deed(sent_at + self.chances.around(3.5, "accepts at", *about, spread=0.7), _R.ACCEPTED, task.visit_id)

    def _call(self, task: Task, now: datetime) -> Deed | None:
        """The next call, until somebody has answered or it was the last."""
        if task.is_given_up or task.is_confirmed or task.accepted_at is None:
            return None
        if task.tries == 0 and _R.CONTACT_TRIED in task.reported:
            return self._agreement(task, now)  # they are on the phone
        number = task.tries + 1
        about = (task.visit_id, number, task.accepted_at)
        if number == 1:
            at = self._in_hours(task, task.accepted_at + self.chances.between(3, 45, "calls at", *about))
        elif task.try_from_at is None or task.try_until_at is None:
            return None
        else:
            width = (task.try_until_at - task.try_from_at).total_seconds() / 60
            at = task.try_from_at + self.chances.between(0, min(25, max(0, width - 2)), "calls at", *about)
        is_answered = self.chances.happens(ANSWERED, "answers call", *about)
        record = f"call-{task.visit_id}-{number}-{int(at.timestamp())}"
        payload = {"reached": is_answered, "channel": "voice", "call_record": record}
        return Deed(at, _R.CONTACT_TRIED, task.visit_id, payload)

    def _in_hours(self, task: Task, at: datetime) -> datetime:
        if task.priority is Priority.EMERGENCY:
            return at
        opens, closes = (local_instant(at.astimezone(self.zone).date(), clock, self.zone) for clock in CALLS)
        if at < opens:
            return opens + self.chances.between(0, 20, "first call", task.visit_id)
        return at if at <= closes else opens + timedelta(days=1)

    def _agreement(self, task: Task, at: datetime) -> Deed:
        """As planned, on a round time that the customer's booking allows."""
        time_at = _rounded(max(task.start_at, at + 10 * _MINUTE))
        if task.booked_until_at is not None:
            time_at = min(time_at, task.booked_until_at)
        if time_at <= at:
            time_at = _rounded(at + 20 * _MINUTE)
        return Deed(at, _R.TIME_AGREED, task.visit_id, {"time_at": time_at.isoformat()})

    # --- on the road ----------------------------------------------------------------------------

    def _on_the_road(self, day: CrewDay, now: datetime) -> Deed | None:
        for task in day.tasks:
            if task.status is _V.ON_SITE and task.arrived_at is not None:
                return self._at_the_door(day, task, task.arrived_at)
            if task.status is _V.EN_ROUTE and task.set_off_at is not None:
                return self._arrival(task, task.set_off_at)
        next_one = next((task for task in day.tasks if self._can_go(task)), None)
        return None if next_one is None else self._departure(day, next_one, now)

    def _can_go(self, task: Task) -> bool:
        if task.status is _V.AGREED:
            return True
        if task.status is not _V.ACCEPTED or task.is_given_up:
            return False
        if task.is_confirmed or task.priority is Priority.EMERGENCY:
            return True
        return task.tries > 0 and self.chances.happens(0.6, "goes anyway", task.visit_id)

    def _departure(self, day: CrewDay, task: Task, now: datetime) -> Deed:
        """In time for what was agreed, else for the plan; after the meal, if that lies between."""
        before = max((one.left_at for one in day.tasks if one.left_at is not None), default=day.starts_at)
        free_at = max(before + 3 * _MINUTE, day.starts_at)
        if day.break_start_at is not None:
            rested_at = day.break_start_at + timedelta(seconds=day.break_s)
            if before < rested_at and task.start_at >= rested_at:
                free_at = max(free_at, rested_at)
        wanted_at = task.appointed_at or task.start_at
        early = self.chances.between(2, 9, "leaves early", task.visit_id)
        at = max(free_at, wanted_at - timedelta(seconds=task.travel_s) - early)
        return Deed(max(at, now), _R.SET_OFF, task.visit_id)

    def _arrival(self, task: Task, set_off_at: datetime) -> Deed:
        hour = set_off_at.astimezone(self.zone).hour
        noise = self.chances.around(1.0, "drives", task.visit_id, set_off_at, spread=0.18) / _MINUTE
        travel_s = task.travel_s * max(0.6, noise) * _SLOWER.get(hour, 1.0)
        at = set_off_at + timedelta(seconds=round(travel_s)) + self.chances.between(1, 4, "parks", task.visit_id)
        earliest = (task.appointed_at - 12 * _MINUTE) if task.appointed_at else task.booked_from_at
        if earliest is not None and task.priority is not Priority.EMERGENCY:
            at = max(at, earliest)  # who is too early waits in the van
        return Deed(at, _R.ARRIVED, task.visit_id, {"lat": task.lat, "lon": task.lon, "datum": "WGS84"})

    def _at_the_door(self, day: CrewDay, task: Task, arrived_at: datetime) -> Deed:
        about = (task.visit_id, arrived_at)
        opened = OPENED_AGREED if task.appointed_at is not None else OPENED
        if not self.chances.happens(opened, "opens", task.visit_id, arrived_at.date()):
            return self._closed_door(task, arrived_at)
        work = self.chances.around(task.duration_s / 60 * 0.92, "works", *about, spread=0.25)
        if self.chances.happens(0.04, "runs over", *about):
            work *= 1.9
        ends_at = arrived_at + work
        expected_at = arrived_at + timedelta(seconds=task.duration_s)
        if self.chances.happens(0.015, "asks", *about) and _R.QUESTION_ASKED not in task.reported:
            return Deed(arrived_at + 8 * _MINUTE, _R.QUESTION_ASKED, task.visit_id, {"text": "月租费怎么变了?"})
        is_long = ends_at > expected_at + 20 * _MINUTE and self.chances.happens(0.7, "says so", *about)
        if is_long and _R.RUNNING_OVER not in task.reported:
            return Deed(expected_at - 5 * _MINUTE, _R.RUNNING_OVER, task.visit_id, {"until_at": ends_at.isoformat()})
        return self._end(day, task, ends_at)

    def _closed_door(self, task: Task, arrived_at: datetime) -> Deed:
        at = arrived_at + WAITED_AT_DOOR
        records = [f"door-{task.visit_id}-{number}-{int(arrived_at.timestamp())}" for number in (1, 2)]
        payload = {
            "waited_since": arrived_at.isoformat(),
            "call_records": records,
            "lat": task.lat,
            "lon": task.lon,
            "datum": "WGS84",
        }
        return Deed(at, _R.NOBODY_THERE, task.visit_id, payload)

    def _end(self, day: CrewDay, task: Task, at: datetime) -> Deed:
        chance = self.chances.of("ends", task.visit_id, day.technician_id)
        if chance.random() < UNDONE:
            reason = self.chances.pick(UNDONE_FOR, "undone for", task.visit_id)
            needs = {"parts": ["onu"] if reason == "missing_part" else [], "skills": [], "note": ""}
            return Deed(at, _R.NOT_COMPLETED, task.visit_id, {"reason": reason, "needs": needs})
        return Deed(at, _R.CLOSED_OUT, task.visit_id, account_of(task, at, self.chances))


def _rounded(at: datetime) -> datetime:
    """The next ten minutes."""
    past = timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)
    return at if not past else at - past + 10 * _MINUTE
