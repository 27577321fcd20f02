"""What the phone of the technician who asks shows now, and which phone it is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, abort, g, request
from sqlalchemy.orm import Session

from dispatch.clocks import Clock, RatedClock, business_clock
from dispatch.queries.device_sequence import last_sequence
from dispatch.queries.operator_profile import operator_profile
from dispatch.queries.phone_visits import PhoneVisit
from dispatch.queries.technician_day import TechnicianDay, technician_day
from web.at_hand import database, machine_clock, machine_now, secret
from web.auth import signed_in_technician

_COOKIE = "punctual_device"
_COOKIE_LASTS_S = 5 * 365 * 24 * 3600
#: a form's sequence numbers follow the machine clock, so that a page left open repeats none
_STEPS_PER_MS = 100


@dataclass(frozen=True)
class PhoneSight:
    """The day, on business time `now`; `sequence` is the first number that the forms of this page may use."""

    day: TechnicianDay
    now: datetime
    device: str
    sequence: int
    operator: str
    clock: dict[str, Any] | None

    def visit(self, visit_id: int) -> PhoneVisit:
        """The visit on a route of yesterday, today or tomorrow; anything else is not there (404)."""
        return self.day.visit(visit_id) or abort(404)


def phone_sight() -> PhoneSight:
    """What the technician who asks sees now."""
    technician_id = signed_in_technician().technician_id
    with database().read_session() as session:
        clock = business_clock(session, machine_clock())
        now = clock.now()
        return PhoneSight(
            day=technician_day(session, technician_id, now=now, secret=secret()),
            now=now,
            device=device_name(),
            sequence=_next_sequence(session),
            operator=operator_profile(session).name,
            clock=_clock_figures(clock),
        )


def device_name() -> str:
    """The name of this browser, kept in a cookie; a new one gets it with the answer."""
    known = request.cookies.get(_COOKIE, "")
    if len(known) == 16 and known.isascii() and known.isalnum():
        return known
    if "new_device" not in g:
        g.new_device = secrets.token_hex(8)
    return str(g.new_device)


def device_id(device: str | None = None) -> str:
    """Which phone reports: a browser in the hands of one technician."""
    return f"{device or device_name()}.{signed_in_technician().technician_id}"


def remember_device(response: Response) -> Response:
    """Let the browser keep its name."""
    if "new_device" in g:
        response.set_cookie(
            _COOKIE,
            g.new_device,
            max_age=_COOKIE_LASTS_S,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
            path="/t/",
        )
    return response


def _next_sequence(session: Session) -> int:
    by_clock = int(machine_now().timestamp() * 1000) * _STEPS_PER_MS
    return max(by_clock, last_sequence(session, device_id()) + 1)


def _clock_figures(clock: Clock) -> dict[str, Any] | None:
    """The business clock as the page's script reads it; None if it is the machine's."""
    if not isinstance(clock, RatedClock):
        return None
    return {
        "epoch_machine_at": clock.epoch_machine_at.isoformat(),
        "epoch_business_at": clock.epoch_business_at.isoformat(),
        "rate_permille": clock.rate_permille,
    }
