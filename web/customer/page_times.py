"""Times on customers' pages, in the words of the messages: "today 14:00 to 16:00", on the clock of the premises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from dispatch.rules.announcing import Span
from dispatch.rules.money import Money
from notifications.money_words import money_words
from notifications.time_words import TimeWords
from notifications.values import Window
from web.reader_language import reader_language


@dataclass(frozen=True)
class PageTimes:
    """One reader's words for times and amounts."""

    words: TimeWords

    def moment(self, at: datetime) -> str:
        """An instant."""
        return self.words.moment(at)

    def window(self, span: Span) -> str:
        """From when until when."""
        return self.words.window(Window(*span))

    def clock(self, at: datetime) -> str:
        """The time of day only."""
        return at.astimezone(self.words.zone).strftime("%H:%M")

    def day(self, at: datetime) -> str:
        """The day only."""
        return self.words.day(at.astimezone(self.words.zone).date())

    def money(self, amount: Money) -> str:
        """An amount as the language writes it."""
        return money_words(amount, self.words.language)


def page_times(zone: tzinfo, now: datetime) -> PageTimes:
    """Words for whoever reads the page."""
    return PageTimes(TimeWords(reader_language(), zone, now))
