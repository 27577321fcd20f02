"""What the customer wants."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Moves
from dispatch.models.contact import Contact
from dispatch.models.premises import Premises, Territory
from dispatch.rules.lifecycles import ORDER, OrderStatus
from dispatch.rules.vocabulary import Channel, OrderKind, Priority, Tier

#: how the external id of an order begins that no CRM knows: it was taken here, by a form with this name
TAKEN_HERE = "desk:"


class Order(Moves, Identified, Base):
    """An order with the tier and the territory that it was received under (R04).

    `number` is what people say; `external_id` is the CRM's (R87), `import_hash` what its
    file said. A move names the place left behind too (R02), as soon as it is known.
    `linked_order_id` leads from a repeat fault, a line tuning or a follow-up to the order
    it came from.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("kind = 'move' OR old_premises_id IS NULL", name="only_a_move_leaves_a_place"),
        CheckConstraint("contracted_mbps > 0", name="rate_positive"),
    )
    lifecycle = ORDER

    number: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    import_hash: Mapped[str | None]
    kind: Mapped[OrderKind]
    service: Mapped[str]
    status: Mapped[OrderStatus] = mapped_column(index=True)
    status_reason: Mapped[str | None]
    priority: Mapped[Priority] = mapped_column(default=Priority.NORMAL)
    tier: Mapped[Tier]
    channel: Mapped[Channel]
    received_at: Mapped[datetime] = mapped_column(index=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    old_premises_id: Mapped[int | None] = mapped_column(ForeignKey("premises.id"), index=True)
    linked_order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    contracted_mbps: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="", info={"personal": True})
    #: counted up to revoke every link and query code of the order (`dispatch/links.py`)
    link_generation: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column()

    @property
    def crm_id(self) -> str | None:
        """What the CRM calls the order; None if it has never heard of it."""
        known = self.external_id is not None and not self.external_id.startswith(TAKEN_HERE)
        return self.external_id if known else None

    territory: Mapped[Territory] = relationship()
    premises: Mapped[Premises] = relationship(foreign_keys=[premises_id])
    contacts: Mapped[list[Contact]] = relationship(order_by=Contact.id)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's form
