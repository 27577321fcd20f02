"""Instants as a customer reads them: on the clock of the premises, relative to now.

"today 14:00", "tomorrow 09:00 to 12:00", "25 Nov 18:00"; the midnight that ends a day
belongs to that day ("midnight today", 今天24:00). The words and the order of day and time
are in the catalogues under `sms_when.*`, the patterns of dates in Babel's notation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from babel.dates import format_date

from notifications.values import Window
from notifications.wording import catalogue

_DAY = timedelta(days=1)
_FOUR_WEEKS = timedelta(weeks=4)
_NEAR = {0: "today", 1: "tomorrow", -1: "yesterday"}


@dataclass(frozen=True)
class TimeWords:
    """One reader's language, clock (`zone`) and now.

    A day of another year is told with its year. Where room is short (`is_short`) years are
    left out, and months too for days less than four weeks away, if the language can do so.
    """

    language: str
    zone: tzinfo
    now: datetime
    is_short: bool = False

    def moment(self, at: datetime) -> str:
        """An instant; midnight is the end of a day."""
        local = at.astimezone(self.zone)
        if _is_midnight(local):
            return self._say("midnight", day=self.day(local.date() - _DAY))
        return self._at(local)

    def window(self, window: Window) -> str:
        """From when until when; the day is named once if it is the same."""
        start, end = window.from_at.astimezone(self.zone), window.until_at.astimezone(self.zone)
        ends_day = _is_midnight(end) and end.date() - _DAY == start.date()
        if not ends_day and start.date() != end.date():
            return self._say("over_days", from_at=self._at(start), until_at=self.moment(end))
        until = self._say("until_midnight") if ends_day else _clock(end)
        return self._say("window", day=self.day(start.date()), from_at=_clock(start), until_at=until)

    def day(self, on: date) -> str:
        """A day of the calendar."""
        today = self.now.astimezone(self.zone).date()
        near = _NEAR.get((on - today).days)
        if near is not None:
            return self._say(near)
        return format_date(on, format=self._say(self._pattern(on, today)), locale=self.language)

    def _pattern(self, on: date, today: date) -> str:
        if self.is_short:
            return "short_day" if abs(on - today) < _FOUR_WEEKS else "day"
        return "day" if on.year == today.year else "day_and_year"

    def _at(self, local: datetime) -> str:
        return self._say("at", day=self.day(local.date()), time=_clock(local))

    def _say(self, code: str, **words: str) -> str:
        return catalogue(self.language)[f"sms_when.{code}"].format_map(words)


def _clock(local: datetime) -> str:
    """The time of day; one that comes twice in a night, when clocks are put back, with its zone."""
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.strftime("%H:%M %Z" if twice else "%H:%M")


def _is_midnight(local: datetime) -> bool:
    return local.time() == time(0)
