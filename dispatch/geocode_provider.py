"""Who is asked where an address is, how long, how often, and what counts as a failure?"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from geopy.adapters import AdapterHTTPError, RequestsAdapter
from geopy.exc import GeocoderNotFound, GeocoderRateLimited, GeocoderTimedOut, GeocoderUnavailable, GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import get_geocoder_for_service
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from dispatch.address_book import AddressBook
from dispatch.errors import InvalidInput, ServiceUnavailable
from dispatch.rules.datum import Coordinate, Datum
from dispatch.settings import Settings
from dispatch.wire_logs import hush_wire_logs

ADDRESS_BOOK = "address_book"

#: providers whose answers are not in WGS-84
_DATUMS = {"baidu": Datum.BD09, "baiduv3": Datum.BD09}
#: how geopy's geocoders are told the country, by the name of their parameter
_REGION_WORDS: dict[str, Callable[[str], object]] = {
    "country_codes": lambda region: region.lower(),
    "region": lambda region: region.lower(),
    "country": lambda region: region.upper(),
    "countries": lambda region: [region.upper()],
}
_ATTEMPTS = 3
#: a provider that asks for more patience than this is left alone and reported
_PATIENCE_S = 5.0


class GeocoderMisconfigured(InvalidInput):
    """A setting that no geocoder can work with; `field` names the setting."""


class GeocodingFailed(ServiceUnavailable):
    """The provider did not say whether it knows the address; `provider` and `detail` say who and why."""

    again = False


class GeocoderDown(GeocodingFailed):
    """No connection, no answer in time, 5xx or too many requests: the same question may work later."""

    again = True


class GeocoderRefused(GeocodingFailed):
    """The provider understood and said no: key, quota, privileges, or a question it cannot read."""


class GeocodeProvider(Protocol):
    """One source of places for addresses."""

    name: str

    def find(self, address: str, region: str) -> Coordinate | None:
        """The place, None when the provider knows none; raises `GeocodingFailed`."""
        ...


class GeopyProvider:
    """Any geopy geocoder, paced and retried.

    Three attempts for what may pass, at least `interval_s` apart within this process; one
    for everything else. Messages of geopy are dropped, since they repeat the question.
    """

    def __init__(self, name: str, geocoder: Any, datum: Datum, interval_s: float) -> None:
        hush_wire_logs()
        self.name = name
        self._datum = datum
        self._region_word = _region_word(geocoder)
        self._ask = RateLimiter(
            geocoder.geocode,
            min_delay_seconds=interval_s,
            error_wait_seconds=interval_s,
            max_retries=0,
            swallow_exceptions=False,
        )

    def find(self, address: str, region: str) -> Coordinate | None:
        """See `GeocodeProvider`; the coordinate is in the provider's datum."""
        words = {}
        if self._region_word and region:
            words[self._region_word] = _REGION_WORDS[self._region_word](region)
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_wait_s,
            reraise=True,
        )
        try:
            location = retrying(self._ask, address, **words)
            return None if location is None else self._place(location)
        except (GeopyError, InvalidInput, LookupError, TypeError, ValueError, AttributeError) as failure:
            kind = GeocoderDown if _is_passing(failure) else GeocoderRefused
            raise kind(provider=self.name, detail=type(failure).__name__) from None

    def _place(self, location: Any) -> Coordinate:
        raw = location.raw if isinstance(location.raw, dict) else {}
        return Coordinate(location.latitude, location.longitude, Datum(raw.get("datum", self._datum)))


def build_provider(settings: Settings) -> GeocodeProvider:
    """The provider that the settings name; raises `GeocoderMisconfigured`, `AddressBookUnreadable`."""
    name = settings.geocoder.strip().lower()
    if name == ADDRESS_BOOK:
        book = AddressBook.read(settings.address_book) if settings.address_book else AddressBook({})
        return GeopyProvider(name, book, Datum.WGS84, interval_s=0.0)
    datum = settings.geocoder_datum or _DATUMS.get(name, Datum.WGS84)
    return GeopyProvider(name, _geopy_geocoder(name, settings), datum, settings.geocoder_interval_s)


def _geopy_geocoder(name: str, settings: Settings) -> Any:
    try:
        kind = get_geocoder_for_service(name)
    except GeocoderNotFound:
        raise GeocoderMisconfigured("geocoder") from None
    words: dict[str, object] = {
        "timeout": settings.geocoder_timeout_s,
        "user_agent": settings.geocoder_user_agent,
        "adapter_factory": _careful_adapter,
        **{key: secret.get_secret_value() for key, secret in settings.geocoder_options.items()},
    }
    if "domain" in inspect.signature(kind).parameters:
        if not settings.geocoder_domain:  # no host is contacted unless a setting names it (R84)
            raise GeocoderMisconfigured("geocoder_domain")
        words["domain"] = settings.geocoder_domain
    try:
        return kind(**words)
    except (GeopyError, TypeError, ValueError):
        raise GeocoderMisconfigured("geocoder_options") from None


def _careful_adapter(*, proxies: object, ssl_context: object) -> RequestsAdapter:
    """An adapter that neither repeats by itself nor follows a redirect to another host."""
    adapter = RequestsAdapter(proxies=proxies, ssl_context=ssl_context, max_retries=0)
    adapter.session.max_redirects = 0
    return adapter


def _region_word(geocoder: Any) -> str | None:
    parameters = inspect.signature(geocoder.geocode).parameters
    return next((word for word in _REGION_WORDS if word in parameters), None)


def _is_passing(failure: BaseException) -> bool:
    """Whether the provider may answer the same question later."""
    if isinstance(failure, GeocoderTimedOut | GeocoderUnavailable | GeocoderRateLimited):
        return True
    cause = failure.__cause__
    return isinstance(cause, AdapterHTTPError) and cause.status_code >= 500


def _may_pass(failure: BaseException) -> bool:
    """Whether it is worth waiting for the answer now."""
    return _is_passing(failure) and (getattr(failure, "retry_after", None) or 0) <= _PATIENCE_S


def _wait_s(state: RetryCallState) -> float:
    asked_s = getattr(state.outcome and state.outcome.exception(), "retry_after", None) or 0
    return max(float(asked_s), wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.2)(state))
