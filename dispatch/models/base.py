"""What every stored thing has in common: ids, instants, codes and life cycles."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from dispatch.errors import Refusal
from dispatch.rules.lifecycle import Lifecycle, Move

Json = dict[str, Any]


class NaiveInstant(Refusal):
    """An instant without a time zone cannot be stored."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no offset, so it is dropped there after the conversion."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveInstant("instant", value=value.isoformat())
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """From UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All models. Tables have plural names; constraints are named, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger().with_variant(Integer, "sqlite"),
        str: String,
        datetime: UtcDateTime(),
        Json: JSON().with_variant(JSONB, "postgresql"),
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=True,
            length=32,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


class Identified:
    """A row known by a number of its own."""

    id: Mapped[int] = mapped_column(primary_key=True)


class StatusIsMoved(Refusal):
    """A status was assigned; `move_to` is the only way to change one."""


class Moves:
    """A thing with a life cycle: it begins at the initial status and changes only by `move_to`.

    The model declares `lifecycle` and a `status` column; the two columns here say since
    when, and by whom: a code such as `user:7`, `technician:3`, `ledger` or `customer`.
    """

    lifecycle: ClassVar[Lifecycle[Any]]
    if TYPE_CHECKING:
        status: Any
    status_at: Mapped[datetime]
    status_by: Mapped[str]

    def __init__(self, *, at: datetime, by: str, **values: Any) -> None:
        super().__init__(**values)
        self._set_status(self.lifecycle.initial, at, by)

    @validates("status")
    def _only_by_moving(self, _name: str, value: StrEnum) -> StrEnum:
        if not self.__dict__.get("_is_moving"):
            raise StatusIsMoved("status", thing=self.lifecycle.name)
        return value

    def move_to(self, status: StrEnum, *, at: datetime, by: str, **stated: object) -> Move:
        """Change the status at `at`; raises MoveRefused where the life cycle has no such step.

        `stated` are the facts that the step requires, such as `reason`; those that are
        columns of the thing are kept on it.
        """
        given = frozenset(name for name, value in stated.items() if value is not None)
        move = self.lifecycle.check(self.status, status, at=at, since=self.status_at, stated=given)
        for name, value in stated.items():
            setattr(self, f"status_{name}" if name == "reason" else name, value)
        self._set_status(status, at, by)
        return move

    def _set_status(self, status: StrEnum, at: datetime, by: str) -> None:
        self.__dict__["_is_moving"] = True
        try:
            self.status = status
        finally:
            del self.__dict__["_is_moving"]
        self.status_at = at
        self.status_by = by
