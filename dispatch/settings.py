"""Everything an operator may set from outside, read from the environment once at start-up.

Variables begin with `DISPATCH_` (`DISPATCH_DATABASE_URL`); the few that belong to a
service keep that service's name (`OSRM_URL`). A `.env` file in the working directory is
read too. What an operator decides about the business (time zone, promises, holidays)
lives in the database instead, because it has a history.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, Field, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dispatch.rules.datum import Datum


def _outside(name: str) -> Any:
    """A field that keeps the name that its service gives it."""
    return Field(validation_alias=AliasChoices(name, name.lower()))


class Settings(BaseSettings):
    """Settings of one process; every field has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="DISPATCH_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///punctual.sqlite3"
    #: what links and codes are derived from; several machines need the same
    secret_key: SecretStr | None = None
    #: where the secret is kept if it is not given; made when it is first needed
    secret_file: Path = Path("punctual.secret")

    #: how long one statement may wait for a lock before the use case is tried again
    lock_timeout_s: PositiveFloat = 5.0

    #: how long a worker owns a piece of due work before another may take it over (machine clock)
    lease_s: PositiveFloat = 60.0
    #: after so many failed attempts a piece of due work waits for a person
    attempts_before_parking: PositiveInt = 8

    #: road times; without it, great-circle distance with a detour factor
    osrm_url: Annotated[str | None, _outside("OSRM_URL")] = None
    osrm_timeout_s: PositiveFloat = 10.0
    #: the server's --max-table-size; larger matrices are asked for in parts
    osrm_max_table_size: Annotated[int, Field(ge=2)] = 100
    #: road distance over straight distance, where road times are not known
    detour_factor: Annotated[float, Field(ge=1, le=10)] = 1.4
    #: rush hours: km/h in each hour of the local day, midnight first, a JSON list of 24; without it, a
    #: town's. The fastest hour is free flow: road times are slowed down in proportion to it
    speed_kmh: Annotated[tuple[float, ...], Field(min_length=24, max_length=24)] | None = None
    #: the same on days that are no working days of the operator: weekends, holidays; without it, as above
    speed_kmh_day_off: Annotated[tuple[float, ...], Field(min_length=24, max_length=24)] | None = None

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

    #: where this installation is reached from outside, such as "https://visits.example"; web hooks and links need it
    public_url: str | None = None
    #: proxies of ours in front of the pages: only what they forward of scheme, host and address is believed
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0

    #: how messages go out: "sandbox" (nothing is sent), "twilio" or "template" (docs/gateways.md)
    gateway: str = "sandbox"
    #: how long one call to the gateway may take, from connecting to the end of its answer
    gateway_timeout_s: PositiveFloat = 10.0
    #: calls to the gateway under way at once, in one process
    gateway_at_once: PositiveInt = 8
    #: messages a second from one process; without it, as fast as the gateway allows
    gateway_per_s: PositiveFloat | None = None

    twilio_account_sid: Annotated[str | None, _outside("TWILIO_ACCOUNT_SID")] = None
    #: sends and receives; with an API key, needed only to receive: Twilio signs its web hooks with it
    twilio_auth_token: Annotated[SecretStr | None, _outside("TWILIO_AUTH_TOKEN")] = None
    twilio_api_key: Annotated[str | None, _outside("TWILIO_API_KEY")] = None
    twilio_api_secret: Annotated[SecretStr | None, _outside("TWILIO_API_SECRET")] = None
    #: one of both says who sends: a number or an alphanumeric sender, or a messaging service
    twilio_from: Annotated[str | None, _outside("TWILIO_FROM")] = None
    twilio_messaging_service_sid: Annotated[str | None, _outside("TWILIO_MESSAGING_SERVICE_SID")] = None
    twilio_region: Annotated[str | None, _outside("TWILIO_REGION")] = None
    twilio_edge: Annotated[str | None, _outside("TWILIO_EDGE")] = None
    #: another address than Twilio's own, such as an operator's proxy
    twilio_base_url: Annotated[str | None, _outside("TWILIO_BASE_URL")] = None

    #: the template gateway: its address, our account there, and the secret that both sides sign with
    template_url: str | None = None
    template_account: str | None = None
    template_secret: SecretStr | None = None
    #: the most characters that it takes in one variable
    template_variable_length: PositiveInt = 35
    #: whether it offers the query by our id
    template_query: bool = False

    #: where the console's map takes its tiles from, such as "https://tiles.example/{z}/{x}/{y}.png"; without
    #: it, the map draws on a plain ground and no foreign host is asked
    map_tile_url: str | None = None
    #: boards that one serving process keeps up to date by an open stream; further ones ask again and again
    live_streams: Annotated[int, Field(ge=0, le=512)] = 32

    #: how many hours before its planned start a visit is sent to the technician's phone
    send_ahead_h: PositiveFloat = 4.0

    #: how many plans `dispatch plan` has solved at a time on this machine; without it, one for each core but one
    solver_processes: PositiveInt | None = None
    #: where plans are solved: the address of a Dask scheduler, such as "tcp://10.0.0.5:8786"; without it, in
    #: processes of this machine
    cluster: str | None = None
    #: how long the scheduler may take to answer, and a cluster may be without workers, before a solve fails
    cluster_timeout_s: PositiveFloat = 10.0

    #: how long a repair of a day that was upset is looked for, in seconds
    repair_budget_s: PositiveInt = 1
    #: a customer is told of a late arrival that is foreseen so many minutes after the window that was told
    late_margin_min: Annotated[int, Field(ge=0, le=120)] = 5
    #: how many hours before the window's end at the earliest
    late_told_ahead_h: PositiveFloat = 3.0

    #: seconds between a worker's looks at the database; what it has moved itself, it follows up at once
    poll_s: PositiveFloat = 1.0


def load_settings() -> Settings:
    """The settings of this process."""
    return Settings()
