"""What a geocoder answered, so that it is asked once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from dispatch.models.base import Base, Identified
from dispatch.rules.datum import Datum


class GeocodeEntry(Identified, Base):
    """An answer, kept under the SHA-256 of the normalised address; no coordinates: not found."""

    __tablename__ = "geocode_entries"
    __table_args__ = (UniqueConstraint("provider", "address_hash"),)

    provider: Mapped[str]
    address_hash: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    datum: Mapped[Datum]
    found_at: Mapped[datetime]
