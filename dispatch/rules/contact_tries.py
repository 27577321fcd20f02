"""When a customer who was not reached is tried again (R12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import local_instant
from dispatch.rules.contact_hours import CONTACT_HOURS, next_opening
from dispatch.rules.vocabulary import Band


@dataclass(frozen=True)
class TryRules:
    """The bands of the day (local `HH:MM` from and to), how many more tries, how far apart."""

    bands: Mapping[Band, tuple[str, str]]
    more_tries: int = 3
    apart: timedelta = timedelta(minutes=60)
    choice_held: timedelta = timedelta(days=3)


@dataclass(frozen=True)
class NextTry:
    """The band in which to try again, and from when to when."""

    band: Band
    from_at: datetime
    until_at: datetime


def next_try(tried: Sequence[datetime], rules: TryRules, zone: ZoneInfo) -> NextTry | None:
    """When to try next after the unanswered tries at `tried` (in order); None after the last.

    Whichever band comes first that was not tried after the first attempt, at least
    `apart` after the latest try and never outside the bands.
    """
    if not tried or len(tried) > rules.more_tries:
        return None
    last = tried[-1].astimezone(UTC)
    used = {band for at in tried[1:] if (band := band_of(at, rules, zone))}
    left = [band for band in rules.bands if band not in used] or list(rules.bands)
    today = last.astimezone(zone).date()
    slots = [_slot(band, today + timedelta(days=day), rules, zone) for day in range(3) for band in left]
    earliest = last + rules.apart
    open_slots = [NextTry(s.band, max(s.from_at, earliest), s.until_at) for s in slots if s.until_at > earliest]
    return min(open_slots, key=lambda slot: slot.from_at)


def band_of(at: datetime, rules: TryRules, zone: ZoneInfo) -> Band | None:
    """The band that `at` falls into, if any."""
    day = at.astimezone(zone).date()
    slots = (_slot(band, day, rules, zone) for band in rules.bands)
    return next((slot.band for slot in slots if slot.from_at <= at < slot.until_at), None)


def tries_that_count(
    tried: Sequence[datetime], rules: TryRules, zone: ZoneInfo, *, around_the_clock: bool = False
) -> list[int]:
    """The places (from 0) of the unanswered tries at `tried` (in order) that count as one of the four (R12).

    The first counts in contact hours, another one `apart` from the one that counted before
    and in a band that had none yet: nobody is called four times in a row and given up, nor
    at night. In an emergency only the distance matters.
    """
    counted: list[int] = []
    used: set[Band] = set()
    for place, at in enumerate(tried):
        band = band_of(at, rules, zone)
        if counted:
            left = [one for one in rules.bands if one not in used] or list(rules.bands)
            fits = at >= tried[counted[-1]] + rules.apart and (around_the_clock or band in left)
        else:
            fits = around_the_clock or next_opening(at, CONTACT_HOURS, zone) == at
        if fits:
            if counted and band is not None:
                used.add(band)
            counted.append(place)
    return counted


def pause_from(tried: Sequence[datetime], rules: TryRules) -> datetime | None:
    """The instant from which the clock may stand: the last try, never backdated (R12)."""
    return tried[-1] if len(tried) == rules.more_tries + 1 else None


def _slot(band: Band, day: date, rules: TryRules, zone: ZoneInfo) -> NextTry:
    opens, closes = rules.bands[band]
    return NextTry(band, local_instant(day, opens, zone), local_instant(day, closes, zone))
