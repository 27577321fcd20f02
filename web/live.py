"""Telling open boards that something has happened: server-sent events for staff.

A stream says only that there is news; the page then asks for what it shows, with its tag.
It holds a thread for as long as it is open, so a process keeps few of them (setting
`live_streams`) and refuses the others with 503: their pages ask again and again instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import BadRequest

from dispatch.db import Database
from dispatch.queries.board_territories import territory_view
from dispatch.queries.territory_news import has_news, last_position
from dispatch.rules.access import Permission
from dispatch.settings import Settings
from web.at_hand import database
from web.auth import needs, signed_in_staff

live_pages = Blueprint("live_pages", __name__)

#: seconds between looks at the log, and between signs of life on a quiet stream
LOOK_EVERY_S = 1.0
SIGN_EVERY_S = 15.0
#: seconds after which a stream ends and the browser opens another: who was signed out is let in no more
LASTS_S = 300.0


@dataclass
class StreamSeats:
    """So many streams may be open in this process."""

    seats: int
    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Take a seat; whether there was one."""
        with self._lock:
            if self._taken >= self.seats:
                return False
            self._taken += 1
            return True

    def leave(self) -> None:
        """Give a seat back."""
        with self._lock:
            self._taken -= 1


@dataclass(frozen=True)
class News:
    """Follows the log for one territory; `pause` waits between two looks."""

    database: Database
    territory_id: int
    pause: Callable[[float], None] = time.sleep

    def events(self) -> Iterator[str]:
        """What goes over the line: the position at the beginning and after each news, signs of life between."""
        position = self._position()
        yield _event(position)
        for look in range(1, int(LASTS_S / LOOK_EVERY_S)):
            self.pause(LOOK_EVERY_S)
            with self.database.read_session() as session:
                until = last_position(session)
                told = until > position and has_news(session, self.territory_id, after=position, until=until)
            position = until
            if told:
                yield _event(position)
            elif look % int(SIGN_EVERY_S / LOOK_EVERY_S) == 0:
                yield ": still here\n\n"

    def _position(self) -> int:
        with self.database.read_session() as session:
            return last_position(session)


def register_live(app: Flask) -> None:
    """Register the stream of news."""
    settings: Settings = app.extensions["settings"]
    app.extensions["stream_seats"] = StreamSeats(settings.live_streams)
    app.register_blueprint(live_pages)


@live_pages.get("/console/live")
@needs(Permission.SEE_DAY)
def live() -> Response:
    """A stream of news about `?territory=`; 503 when this process keeps enough of them."""
    seats: StreamSeats = current_app.extensions["stream_seats"]
    territory_id = request.args.get("territory", type=int)
    if territory_id is None:
        raise BadRequest
    with database().read_session() as session:
        territory_view(session, territory_id, signed_in_staff().scope(Permission.SEE_DAY))
    if not seats.take():
        return Response(status=503, headers={"Retry-After": "60"})
    return _stream(News(database(), territory_id).events(), seats)


def _stream(events: Iterator[str], seats: StreamSeats) -> Response:
    answer = Response(events, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy in front must not hold it back
    answer.call_on_close(seats.leave)
    return answer


def _event(position: int) -> str:
    return f"id: {position}\ndata: {position}\n\n"
