"""How large a city is, and how much of everything happens in it."""

from __future__ import annotations

from dataclasses import dataclass

TIME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class CitySize:
    """The parameters of a city; shares are of what they are about, between 0 and 1."""

    technicians: int = 32
    orders_a_day: int = 250
    territories: int = 3
    estates: int = 8
    homes: int = 60
    #: of a working day's demand, on days off
    weekend_share: float = 0.6
    emergency_share: float = 0.012
    #: days with an outage
    outage_share: float = 0.3
    ill_share: float = 0.02
    #: technicians whose phone has no signal for an hour or so, on one day
    silent_share: float = 0.12


SMALL = CitySize(technicians=6, orders_a_day=30, territories=1, estates=6, homes=40)
