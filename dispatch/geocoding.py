"""Where is this address?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from dispatch.geocode_provider import ADDRESS_BOOK, GeocodeProvider, GeocodingFailed, build_provider
from dispatch.rules.address_text import address_hash
from dispatch.rules.datum import Coordinate
from dispatch.settings import Settings

#: houses stay; what a provider does not know it may learn within a week
FOUND_LIFE = timedelta(days=365)
UNKNOWN_LIFE = timedelta(days=7)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RememberedPlace:
    """What a provider said of an address, and when: a place, or None for "unknown"."""

    place: Coordinate | None
    found_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether the provider need not be asked again."""
        life = FOUND_LIFE if self.place else UNKNOWN_LIFE
        return now - self.found_at < life


class GeocodeCache(Protocol):
    """What providers said before, by provider and address hash."""

    def get(self, provider: str, address_hash: str) -> RememberedPlace | None:
        """The last answer, however old; None when the provider was never asked."""
        ...

    def put(self, provider: str, address_hash: str, answer: RememberedPlace) -> None:
        """Remember an answer, in place of any older one."""
        ...


@dataclass(frozen=True, slots=True)
class Geocoder:
    """A provider and its memory; call it outside transactions, since it may wait."""

    provider: GeocodeProvider
    cache: GeocodeCache | None = None

    def geocode(self, address: str, region: str, now: datetime) -> Coordinate | None:
        """The place of an address near `region` (ISO 3166-1), None when the provider knows none.

        `now` is of the machine clock. Raises `GeocodingFailed` when the provider fails,
        unless it once knew the place: an old place is better than none.
        """
        if not address.strip():
            return None
        if self.cache is None:
            return self.provider.find(address, region)
        key = address_hash(address, region)
        remembered = self.cache.get(self.provider.name, key)
        if remembered and remembered.is_fresh(now):
            return remembered.place
        try:
            place = self.provider.find(address, region)
        except GeocodingFailed as failure:
            if remembered and remembered.place:
                log.warning("geocoder failed, old place used", **failure.values)
                return remembered.place
            raise
        self.cache.put(self.provider.name, key, RememberedPlace(place, now))
        return place


def build_geocoder(settings: Settings, cache: GeocodeCache) -> Geocoder:
    """The geocoder that the settings name; the address book needs no memory but its file."""
    provider = build_provider(settings)
    return Geocoder(provider, None if provider.name == ADDRESS_BOOK else cache)
