"""Where things are: territories, communities (estates) and premises."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified
from dispatch.rules.datum import Datum
from dispatch.rules.vocabulary import Tier


class Territory(Identified, Base):
    """A planning area with its time zone; `area` is the name that promise rules use (R04)."""

    __tablename__ = "territories"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    area: Mapped[str | None]

    @property
    def zone(self) -> ZoneInfo:
        """The territory's time zone."""
        return ZoneInfo(self.time_zone)


class Community(Identified, Base):
    """An estate: whether it can be served (R05), and since when it is premium (R07)."""

    __tablename__ = "communities"
    __table_args__ = (UniqueConstraint("territory_id", "name"),)

    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    name: Mapped[str]
    is_serviceable: Mapped[bool] = mapped_column(default=True)
    premium_from_on: Mapped[date | None]
    network_element: Mapped[str | None]

    territory: Mapped[Territory] = relationship(lazy="joined", innerjoin=True)

    def tier_on(self, day: date) -> Tier:
        """Premium from the day of enrolment on."""
        enrolled = self.premium_from_on is not None and day >= self.premium_from_on
        return Tier.PREMIUM if enrolled else Tier.STANDARD


class Premises(Identified, Base):
    """An address of the operator's address list, with coordinates and their datum (R19, R82).

    Without coordinates the premises are *unlocated*: orders are taken, nothing is planned.
    """

    __tablename__ = "premises"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat_in_range"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="lon_in_range"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="both_or_neither"),
    )

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    street: Mapped[str] = mapped_column(info={"personal": True})
    house_number: Mapped[str] = mapped_column(default="", info={"personal": True})
    building: Mapped[str] = mapped_column(default="", info={"personal": True})
    unit: Mapped[str] = mapped_column(default="", info={"personal": True})
    postcode: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    lat: Mapped[float | None] = mapped_column(info={"personal": True})
    lon: Mapped[float | None] = mapped_column(info={"personal": True})
    datum: Mapped[Datum] = mapped_column(default=Datum.WGS84)

    community: Mapped[Community] = relationship(lazy="joined", innerjoin=True)
