"""A technician's phone in a test: reads the pages, fills in their forms as they are, and hands reports over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from dispatch.db import Database
from dispatch.models import Route, Shift, Stop
from tests.planning import PlanningDay
from tests.signing_in import SignedInClient, client_for_technician
from web.app import create_app

DEVICE = "0123456789abcdef"


@dataclass
class MovingClock:
    """A clock that a test moves; it is the business clock too, since nothing else is stored."""

    at: datetime

    def now(self) -> datetime:
        """The instant at which it stands."""
        return self.at


@dataclass
class Form:
    """One form of a page: where it goes, what its fields hold, and what its buttons say."""

    action: str
    report: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """All forms of a page, as a browser without script would send them; hidden parts are left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None
        self._hidden: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._field(tag, given)
            return
        self._hidden.append("hidden" in given or (bool(self._hidden) and self._hidden[-1]))
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("data-report", ""))
            if not self._hidden[-1]:
                self.found.append(self._open)
        elif tag in ("button", "select", "textarea"):
            self._field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self._hidden:
            self._hidden.pop()
        if tag == "form":
            self._open = None

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        if self._open is None or not given.get("name"):
            return
        named = (given["name"], given.get("value", ""))
        if tag == "button":
            self._open.buttons.append(named)
        elif given.get("type") not in ("radio", "checkbox", "file") or "checked" in given:
            self._open.fields.append(named)


class _Compiled(BytecodeCache):
    """Templates are compiled once for all tests of a process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()
_VOID = frozenset({"input", "link", "meta", "br", "img", "hr"})


@dataclass
class PhonePages:
    """The phone of one technician on a planned day."""

    day: PlanningDay
    technician: int
    app: Flask
    clock: MovingClock
    client: SignedInClient

    @classmethod
    def of(cls, day: PlanningDay, technician: int) -> PhonePages:
        """Signed in at the day's `now`."""
        clock = MovingClock(day.now)
        app = create_app(day.database, machine_clock=clock)
        app.testing = True
        app.jinja_env.bytecode_cache = _COMPILED
        client = client_for_technician(app, technician)
        client.set_cookie("punctual_device", DEVICE, path="/t/")
        return cls(day, technician, app, clock, client)

    @property
    def database(self) -> Database:
        """The database behind the pages."""
        return self.day.database

    def at(self, time: str) -> None:
        """Let it be this local time of DAY."""
        self.day.clock(time)
        self.clock.at = self.day.now

    def put_on_route(self, technician: int, visit: int, start: str) -> None:
        """The visit is the only stop of the technician's latest shift; it starts at this local time."""
        start_at = self.day.world.at(start)
        times: dict[str, Any] = {"arrive_at": start_at, "start_at": start_at, "travel_s": 0}

        def write(session: Session) -> None:
            shifts = select(Shift).where(Shift.technician_id == technician).order_by(Shift.starts_at.desc())
            shift = session.scalars(shifts).first()
            assert shift is not None
            about = {"technician_id": technician, "territory_id": shift.territory_id, "day_on": shift.day_on}
            route = Route(shift_id=shift.id, **about)
            route.stops.append(Stop(visit_id=visit, position=1, finish_at=start_at + timedelta(hours=1), **times))
            session.add(route)

        self.day.world.do(write)

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.day.now += timedelta(**by)
        self.clock.at = self.day.now

    def page(self, path: str, language: str = "en") -> str:
        """A page, which must be there."""
        answer = self.client.get(path, headers={"Accept-Language": language, "Sec-Fetch-Dest": "document"})
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def shown(self, visit: int | None) -> list[str]:
        """What the page of a visit (None: of the day) lets the technician report, in order."""
        return list(dict.fromkeys(form.report for form in self.forms(visit) if form.report))

    def forms(self, visit: int | None) -> list[Form]:
        """The forms that the page of a visit, or of the day, shows."""
        return Forms(self.page(f"/t/visits/{visit}" if visit else "/t/")).found

    def form(self, visit: int | None, report: str, *names: str) -> Form:
        """The form that makes this report; of several the one with these fields and buttons."""
        fitting = [form for form in self.forms(visit) if form.report == report]
        assert fitting, (report, self.shown(visit))

        def has(form: Form) -> int:
            known = {part for named in (*form.fields, *form.buttons) for part in named}
            return sum(name in known for name in names)

        return max(fitting, key=has)

    def press(
        self, visit: int | None, report: str, button: str | None = None, fields: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send the form of this report as it is shown, with some fields filled in, by this button."""
        names = [*(fields or {}), *([button] if button else [])]
        return self.send(self.form(visit, report, *names), button, fields)

    def send(self, form: Form, button: str | None = None, fields: Mapping[str, str] | None = None) -> TestResponse:
        """Send a form as it was shown at some time."""
        sent = MultiDict(form.fields)
        for name, value in (fields or {}).items():
            sent.setlist(name, [value])
        if button is not None:
            sent.add(*next(one for one in form.buttons if button in one))
        return self.client.post(form.action, data=sent, headers={"Sec-Fetch-Dest": "document"})

    def hand_over(self, *reports: tuple[int, str, int | None, dict[str, Any]], **changed: Any) -> TestResponse:
        """What the page's script sends: (sequence, kind, visit, payload), all made now."""
        now = self.day.now.isoformat()
        rows = [
            {"sequence": sequence, "kind": kind, "device_at": now, "visit_id": visit, "payload": payload}
            for sequence, kind, visit, payload in reports
        ]
        body = {"device_id": DEVICE, "device_now": now, "reports": rows} | changed
        return self.client.post("/t/reports", json=body)
