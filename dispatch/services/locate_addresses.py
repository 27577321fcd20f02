"""Asking where many addresses are."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from dispatch.clocks import Clock
from dispatch.geocode_provider import GeocodingFailed
from dispatch.geocoding import Geocoder
from dispatch.rules.datum import Coordinate

log = structlog.get_logger(__name__)


def locate_addresses(geocoder: Geocoder, region: str, machine: Clock) -> Callable[[str], Coordinate | None]:
    """A function from an address near `region` to its place; call it outside transactions.

    Once the provider has failed, it is not asked again: the addresses that are left stay
    unlocated, and a later import of the same file may find them.
    """
    failed = False

    def locate(address: str) -> Coordinate | None:
        nonlocal failed
        if failed:
            return None
        try:
            return geocoder.geocode(address, region, machine.now())
        except GeocodingFailed as failure:
            failed = True
            log.warning("geocoder failed, addresses stay unlocated", code=failure.code, **failure.values)
            return None

    return locate
