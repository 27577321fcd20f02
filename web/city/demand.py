"""What a day brings: orders by kind and hour, a fault here and there that many report, an emergency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import local_instant
from dispatch.rules.vocabulary import Channel, OrderKind, Priority
from web.city.chances import Chances
from web.city.city_size import CitySize
from web.city.places import premium_estates

#: share of a day's orders in each hour, midnight first
BY_HOUR = (4, 2, 1, 1, 1, 2, 6, 18, 38, 52, 55, 46, 34, 38, 46, 48, 44, 40, 38, 42, 40, 28, 16, 8)
_K = OrderKind
KINDS = {_K.REPAIR: 56.0, _K.INSTALL: 24.0, _K.MOVE: 5.0, _K.LINE_TUNING: 5.0, _K.RECOVER: 5.0, _K.FOLLOW_UP: 5.0}
SERVICES = {"fibre": 78.0, "tv": 16.0, "copper": 6.0}
RATES = {100: 10.0, 300: 35.0, 500: 35.0, 1000: 20.0}
CHANNELS = {Channel.PAGE: 62.0, Channel.CONSOLE: 30.0, Channel.API: 8.0}
LANGUAGES = {"zh_Hans_CN": 90.0, "zh_Hant_TW": 4.0, "en": 6.0}


@dataclass(frozen=True)
class Wish:
    """Somebody is going to want something; `home` and `old_home` count through the homes of the territory."""

    key: str
    at: datetime
    territory: int
    home: int
    old_home: int | None
    kind: OrderKind
    service: str
    channel: Channel
    priority: Priority
    rate: int
    language: str


def wishes(day_on: date, zone: ZoneInfo, size: CitySize, chances: Chances) -> Iterator[Wish]:
    """What the day brings, in no order."""
    share = size.weekend_share if day_on.weekday() >= 5 else 1.0
    count = round(size.orders_a_day * share * chances.of("demand", day_on).uniform(0.93, 1.07))
    for number in range(count):
        yield _wish(day_on, number, zone, size, chances)
    yield from _outage(day_on, zone, size, chances)


def is_due_at_once(wish: Wish, size: CitySize) -> bool:
    """Whether it is promised for the same day, if it comes before the evening: emergencies, premium repairs."""
    is_premium = wish.home % size.estates in premium_estates(size.estates)
    return wish.priority is Priority.EMERGENCY or (wish.kind is _K.REPAIR and is_premium)


def _wish(day_on: date, number: int, zone: ZoneInfo, size: CitySize, chances: Chances) -> Wish:
    chance = chances.of("wish", day_on, number)
    hour = chance.choices(range(24), weights=BY_HOUR)[0]
    kind = chance.choices(list(KINDS), weights=list(KINDS.values()))[0]
    is_emergency = kind is _K.REPAIR and chance.random() < size.emergency_share * 100 / KINDS[_K.REPAIR]
    homes = size.estates * size.homes
    return Wish(
        key=f"city-{day_on:%Y%m%d}-{number}",
        at=local_instant(day_on, "00:00", zone) + timedelta(hours=hour, seconds=chance.randrange(3600)),
        territory=chance.randrange(size.territories),
        home=chance.randrange(homes),
        old_home=chance.randrange(homes) if kind is _K.MOVE else None,
        kind=kind,
        service=chance.choices(list(SERVICES), weights=list(SERVICES.values()))[0],
        channel=Channel.API if is_emergency else chance.choices(list(CHANNELS), weights=list(CHANNELS.values()))[0],
        priority=Priority.EMERGENCY if is_emergency else Priority.NORMAL,
        rate=chance.choices(list(RATES), weights=list(RATES.values()))[0],
        language=chance.choices(list(LANGUAGES), weights=list(LANGUAGES.values()))[0],
    )


def _outage(day_on: date, zone: ZoneInfo, size: CitySize, chances: Chances) -> Iterator[Wish]:
    """Now and then a cable is cut: neighbours of one estate report it within the hour."""
    chance = chances.of("outage", day_on)
    if chance.random() >= size.outage_share:
        return
    begins = local_instant(day_on, "00:00", zone) + timedelta(hours=chance.uniform(8, 15))
    territory, estate = chance.randrange(size.territories), chance.randrange(size.estates)
    for number in range(max(2, size.orders_a_day * 4 // 100)):
        yield Wish(
            key=f"city-{day_on:%Y%m%d}-outage-{number}",
            at=begins + timedelta(minutes=chance.uniform(0, 45)),
            territory=territory,
            home=estate + size.estates * chance.randrange(size.homes),
            old_home=None,
            kind=_K.REPAIR,
            service="fibre",
            channel=Channel.PAGE,
            priority=Priority.NORMAL,
            rate=300,
            language="zh_Hans_CN",
        )
