"""What did geocoders say before? Kept in the database, shared by all processes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.geocoding import RememberedPlace
from dispatch.models.geocode_entry import GeocodeEntry
from dispatch.rules.datum import Coordinate, Datum


@dataclass(frozen=True, slots=True)
class StoredGeocodes:
    """The `GeocodeCache` in the database.

    Takes the database, not a session, so that each question is a short transaction of its
    own and none stays open while a provider is asked.
    """

    database: Database

    def get(self, provider: str, address_hash: str) -> RememberedPlace | None:
        """See `GeocodeCache`."""
        with self.database.read_session() as session:
            entry = session.scalars(_asked(provider, address_hash)).one_or_none()
            return None if entry is None else RememberedPlace(_place(entry), entry.found_at)

    def put(self, provider: str, address_hash: str, answer: RememberedPlace) -> None:
        """See `GeocodeCache`; of two processes that first ask at once, one answer stays."""

        def remember(session: Session) -> None:
            entry = session.scalars(_asked(provider, address_hash)).one_or_none()
            if entry is None:
                _insert(session, _entry(provider, address_hash, answer))
            else:
                _fill(entry, answer)

        run_use_case(self.database, remember)


def _asked(provider: str, address_hash: str) -> Select[GeocodeEntry]:
    return select(GeocodeEntry).where(GeocodeEntry.provider == provider, GeocodeEntry.address_hash == address_hash)


def _entry(provider: str, address_hash: str, answer: RememberedPlace) -> GeocodeEntry:
    entry = GeocodeEntry(provider=provider, address_hash=address_hash)
    _fill(entry, answer)
    return entry


def _fill(entry: GeocodeEntry, answer: RememberedPlace) -> None:
    place = answer.place
    entry.lat, entry.lon = (place.lat, place.lon) if place else (None, None)
    entry.datum = place.datum if place else Datum.WGS84
    entry.found_at = answer.found_at


def _insert(session: Session, entry: GeocodeEntry) -> None:
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError:
        return


def _place(entry: GeocodeEntry) -> Coordinate | None:
    if entry.lat is None or entry.lon is None:
        return None
    return Coordinate(entry.lat, entry.lon, Datum(entry.datum))
