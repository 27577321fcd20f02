"""Where the city lies: districts of Nanjing, and estates that nobody will find there.

The centres of the districts are those of the list of administrative divisions that Chinese map
services publish (GCJ-02, where the district's government sits). Estates, their names and every
address are made up; so are all people, and no telephone number is given out to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.rules.datum import Coordinate, Datum, convert
from web.city.chances import Chances

CITY = "南京"
#: estates lie so far from the centre of their district at most, homes from their estate's, in degrees
ESTATES_WITHIN, HOMES_WITHIN = 0.022, 0.003
_FIRST = "云晴听望映疏临枕落栖澄沐揽知闻"
_SECOND = "杉川松江月桐溪石霞梧湖风星竹荷"
_LAST = ("花园", "苑", "里", "新村", "家园", "公馆", "雅居", "名邸")


@dataclass(frozen=True)
class District:
    """A district with its centre, in degrees of GCJ-02."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Area:
    """A territory: what it is called, and its districts."""

    code: str
    name: str
    districts: tuple[District, ...]


AREAS = (
    Area("centre", "城中", (District("鼓楼", 32.066601, 118.769739), District("玄武", 32.048687, 118.797861))),
    Area(
        "south",
        "城南",
        (
            District("秦淮", 32.039133, 118.79476),
            District("建邺", 32.003552, 118.731694),
            District("雨花台", 31.99126, 118.779073),
        ),
    ),
    Area("east", "东郊", (District("栖霞", 32.096228, 118.909246), District("江宁", 31.9529, 118.8399))),
)


@dataclass(frozen=True)
class Estate:
    """A made-up estate; `since_days` is for how many days it has been premium, if it is."""

    name: str
    district: District
    centre: Coordinate
    since_days: int | None
    is_serviceable: bool

    def home(self, number: int, chances: Chances) -> tuple[str, str, Coordinate]:
        """Building, unit and place (WGS-84) of one of its homes."""
        chance = chances.of("home", self.name, number)
        place = Coordinate(
            round(self.centre.lat + chance.uniform(-HOMES_WITHIN, HOMES_WITHIN), 6),
            round(self.centre.lon + chance.uniform(-HOMES_WITHIN, HOMES_WITHIN), 6),
            Datum.WGS84,
        )
        return f"{1 + number // 12}栋", f"{1 + number % 3}单元{chance.randint(1, 18)}0{1 + number % 4}", place


def premium_estates(count: int) -> range:
    """Which of so many estates of a territory are premium: a third."""
    return range(1, count, 3)


def estates_of(area: Area, count: int, chances: Chances) -> Iterator[Estate]:
    """So many estates of a territory, dealt to its districts in turn."""
    for number in range(count):
        district = area.districts[number % len(area.districts)]
        chance = chances.of("estate", area.code, number)
        centre = convert(Coordinate(district.lat, district.lon, Datum.GCJ02), Datum.WGS84)
        yield Estate(
            name=_name(area, number),
            district=district,
            centre=Coordinate(
                round(centre.lat + chance.uniform(-ESTATES_WITHIN, ESTATES_WITHIN), 6),
                round(centre.lon + chance.uniform(-ESTATES_WITHIN, ESTATES_WITHIN), 6),
                Datum.WGS84,
            ),
            since_days=30 if number in premium_estates(count) else None,
            is_serviceable=(area.code, number) != (AREAS[-1].code, 7),
        )


def _name(area: Area, number: int) -> str:
    """A name that no other estate has."""
    place = [one.code for one in AREAS].index(area.code) + len(AREAS) * number
    first, second = _FIRST[place % len(_FIRST)], _SECOND[(place // len(_FIRST) + 2 * place) % len(_SECOND)]
    return f"{first}{second}{_LAST[place % len(_LAST)]}"
