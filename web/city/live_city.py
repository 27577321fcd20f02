"""The people of the demonstration, beside server and worker, on the clock that all processes share.

Whatever somebody means to do follows from the database and the seed: stopped at any moment and
started again, the city goes on. Only what a phone without a signal had not passed on yet is done anew.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from dispatch.clocks import MachineClock, business_clock
from dispatch.db import Database
from dispatch.errors import error_code
from dispatch.settings import Settings
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from web.city.agenda import Key
from web.city.chances import Chances
from web.city.city_crews import CityCrews
from web.city.city_size import CitySize
from web.city.duty_desk import DutyDesk
from web.city.hearing import Hearing
from web.city.pace import keep_pace
from web.city.planners import Planners
from web.city.surroundings import People, Surroundings
from web.city.townspeople import Townspeople

#: seconds between two looks around
LOOKS_EVERY_S = 0.25
#: seconds between two looks at how far behind everybody is
PACED_EVERY_S = 2.0
#: intentions carried out between two looks, so that news is heard in between
AT_ONCE = 20
_log = structlog.get_logger(__name__)


@dataclass
class LiveCity:
    """People who act as time passes."""

    around: Surroundings
    people: Sequence[People]
    _hearing: Hearing = field(init=False)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._owners = {key: people for people in self.people for key in people.keys}
        now = self.now()
        with self.around.database.read_session() as session:
            self._hearing = Hearing.from_now_on(session)
            for people in self.people:
                people.wake(session, now)

    def now(self) -> datetime:
        """Business time, as all processes see it."""
        with self.around.database.read_session() as session:
            return business_clock(session, self.around.machine).now()

    def look_around(self) -> int:
        """Hear what has happened and do what is due; how many things were done."""
        now = self.now()
        with self.around.database.read_session() as session:
            news = self._hearing.listen(session)
            if news.events or news.messages:
                for people in self.people:
                    people.hear(session, news, now)
        done = 0
        while done < AT_ONCE and (key := self.around.agenda.take_due(now)) is not None:
            self._act(key, now)
            done += 1
        return done

    def _act(self, key: Key, now: datetime) -> None:
        """What goes wrong for one of them must not stop the others; a busy database is asked again later."""
        try:
            self._owners[key[0]].act(key, now)
        except Exception as error:  # noqa: BLE001 - see above
            _log.warning("city_deed_failed", key=f"{key[0]}:{key[1]}", code=error_code(error))
            self._owners[key[0]].give_up(key, now)

    def run(self) -> None:
        """Live until told to stop (SIGINT, SIGTERM)."""
        for told in (signal.SIGINT, signal.SIGTERM):
            signal.signal(told, self.stop)
        paced_at = time.monotonic()
        while not self._stopping:
            if not self.look_around():
                time.sleep(LOOKS_EVERY_S)
            if time.monotonic() - paced_at >= PACED_EVERY_S:
                paced_at = time.monotonic()
                keep_pace(self.around, self.now(), meant_at=self.around.agenda.next_at())

    def stop(self, *_signal: object) -> None:
        """Begin nothing more."""
        self._stopping = True


def live_city(database: Database, settings: Settings, *, size: CitySize, seed: int) -> LiveCity:
    """The people of the city in this database."""
    machine = MachineClock()
    travel = RememberedTravel(build_travel_model(settings))
    around = Surroundings(database, machine, travel, size, Chances(seed))
    return LiveCity(around, [Townspeople(around), CityCrews(around, yields=True), DutyDesk(around), Planners(around)])
