"""Who works in the city: made-up people with made-up numbers, in three kinds of shift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.rules.datum import Coordinate
from dispatch.rules.shift_pattern import ShiftPattern
from web.city.chances import Chances
from web.city.places import Estate

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN_NAMES = ("强", "敏", "建国", "洁", "志远", "勇", "海燕", "军", "明辉", "丽", "伟", "静", "磊", "霞", "鹏", "涛")
CONTRACTORS = ("金陵通信服务", "长江装维")
#: every fifth works for the first contractor, every ninth for the second
_EVERY = (5, 9)
_EARLY, _LATE = ("08:00", "18:00"), ("11:00", "21:00")


@dataclass(frozen=True)
class Member:
    """A technician as found."""

    badge: str
    name: str
    phone: str
    home: Coordinate
    skills: tuple[str, ...]
    contractor: str
    pattern: ShiftPattern


def crew(first: int, count: int, estates: tuple[Estate, ...], chances: Chances) -> Iterator[Member]:
    """So many technicians of one territory, numbered from `first` on."""
    for number in range(first, first + count):
        chance = chances.of("technician", number)
        home = estates[number % len(estates)].home(1000 + number, chances)[2]
        starts, ends = _LATE if number % 4 == 3 else _EARLY
        yield Member(
            badge=f"{500 + number:04}",
            name=SURNAMES[number % len(SURNAMES)] + GIVEN_NAMES[(number * 7 + number // 16) % len(GIVEN_NAMES)],
            phone=f"+86138000{number:05}",
            home=home,
            skills=(*(("copper",) if number % 3 == 0 else ()), "fibre", *(("tv",) if chance.random() < 0.8 else ())),
            contractor=next((CONTRACTORS[i] for i, every in enumerate(_EVERY) if number % every == every - 1), ""),
            pattern=ShiftPattern(starts, ends, _weekdays(number)),
        )


def _weekdays(number: int) -> tuple[int, ...]:
    """Half of the crew has Saturday off, the other half Sunday."""
    return tuple(day for day in range(7) if day != 5 + number % 2)
