"""Plans: proposals that rebase."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified, Json, Moves
from dispatch.rules.lifecycles import PLAN, PlanStatus

#: how the request keys of repairs begin
REPAIR_KEY = "repair:"


class Plan(Moves, Identified, Base):
    """A proposal for one territory from one day to another (both included).

    `read_versions` are the route versions it read, `proposal` the routes it wants, and
    `summary` the figures that people compare. `request_key` makes a request unique.
    `confidence_permille` is how surely its windows are to be kept, if somebody asked. What of its
    forecast could not be made has a code; the plan is as good without.
    """

    __tablename__ = "plans"
    __table_args__ = (
        UniqueConstraint("territory_id", "request_key"),
        CheckConstraint("from_on <= until_on", name="days_in_order"),
        CheckConstraint("confidence_permille BETWEEN 500 AND 999", name="confidence_is_likely"),
    )
    lifecycle = PLAN

    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    request_key: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    seed: Mapped[int]
    budget_s: Mapped[int]
    confidence_permille: Mapped[int | None]
    status: Mapped[PlanStatus] = mapped_column(index=True)
    status_reason: Mapped[str | None]
    read_versions: Mapped[Json] = mapped_column(default=dict)
    proposal: Mapped[Json] = mapped_column(default=dict)
    summary: Mapped[Json] = mapped_column(default=dict)
    level_failed_code: Mapped[str | None]
    forecast_failed_code: Mapped[str | None]
    remedies_failed_code: Mapped[str | None]

    @property
    def is_repair(self) -> bool:
        """Whether it mends a day that was upset: what stands already should stay."""
        return self.request_key.startswith(REPAIR_KEY)

    @property
    def days(self) -> tuple[date, ...]:
        """The days that the plan covers, in order."""
        return tuple(self.from_on + timedelta(days=day) for day in range((self.until_on - self.from_on).days + 1))
