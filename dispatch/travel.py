"""Which source of travel times does this installation use?"""

from __future__ import annotations

from dispatch.great_circle import GreatCircleTravel
from dispatch.road_times import OsrmTravel
from dispatch.settings import Settings
from dispatch.speed_profile import TOWN, TOWN_KMH, SpeedProfile
from dispatch.travel_matrix import RoadFault, TravelMatrix, TravelModel

__all__ = ["RoadFault", "TravelMatrix", "TravelModel", "build_travel_model"]


def build_travel_model(settings: Settings) -> TravelModel:
    """Road times where `OSRM_URL` names a server, with great circles behind them; else great circles."""
    straight = GreatCircleTravel(settings.detour_factor, _speeds(settings))
    if not settings.osrm_url:
        return straight
    return OsrmTravel(settings.osrm_url, settings.osrm_timeout_s, straight, settings.osrm_max_table_size)


def _speeds(settings: Settings) -> SpeedProfile:
    """A town's, or the operator's; who states the speeds of working days only means every day."""
    if settings.speed_kmh or settings.speed_kmh_day_off:
        return SpeedProfile(settings.speed_kmh or TOWN_KMH, settings.speed_kmh_day_off)
    return TOWN
