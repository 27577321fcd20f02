"""Everything an operator may set from outside, read from the environment once at start-up.

Variables begin with `DISPATCH_` (`DISPATCH_DATABASE_URL`); the few that belong to a
service keep that service's name (`OSRM_URL`). A `.env` file in the working directory is
read too. What an operator decides about the business (time zone, promises, holidays)
lives in the database instead, because it has a history.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dispatch.rules.datum import Datum


class Settings(BaseSettings):
    """Settings of one process; every field has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="DISPATCH_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///punctual.sqlite3"
    #: how long one statement may wait for a lock before the use case is tried again
    lock_timeout_s: PositiveFloat = 5.0

    #: how long a worker owns a piece of due work before another may take it over (machine clock)
    lease_s: PositiveFloat = 60.0
    #: after so many failed attempts a piece of due work waits for a person
    attempts_before_parking: PositiveInt = 8

    #: road times; without it, great-circle distance with a detour factor
    osrm_url: Annotated[str | None, Field(validation_alias=AliasChoices("OSRM_URL", "osrm_url"))] = None
    osrm_timeout_s: PositiveFloat = 10.0
    #: the server's --max-table-size; larger matrices are asked for in parts
    osrm_max_table_size: Annotated[int, Field(ge=2)] = 100
    #: road distance over straight distance, where road times are not known
    detour_factor: Annotated[float, Field(ge=1, le=10)] = 1.4
    #: km/h in each hour of the local day, midnight first: a JSON list of 24; without it, a town's
    speed_kmh: Annotated[tuple[float, ...], Field(min_length=24, max_length=24)] | None = None

    #: geocoding provider: "address_book" (offline) or a geopy geocoder such as "nominatim"
    geocoder: str = "address_book"
    geocoder_domain: str | None = None
    geocoder_timeout_s: PositiveFloat = 5.0
    #: least time between two questions of this process to the provider
    geocoder_interval_s: NonNegativeFloat = 1.0
    #: who asks; Nominatim's usage policy wants a name and a contact
    geocoder_user_agent: str = "punctual-dispatch"
    #: datum of the provider's answers; without it, what is known of the provider
    geocoder_datum: Datum | None = None
    #: further arguments of the geopy class, such as {"api_key": "..."} or {"scheme": "http"}
    geocoder_options: dict[str, SecretStr] = {}
    #: CSV of street, house_number, postcode, city (or address), lat, lon and optionally datum
    address_book: Path | None = None

    #: seconds between a worker's looks at the database when nothing wakes it
    poll_s: PositiveFloat = 1.0


def load_settings() -> Settings:
    """The settings of this process."""
    return Settings()
