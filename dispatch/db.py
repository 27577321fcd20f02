"""The database: sessions that write, sessions that read, and use cases that are tried again.

One use case is one transaction. Writers on SQLite take the write lock at once
(`BEGIN IMMEDIATE`), readers never do; on PostgreSQL writers run at READ COMMITTED with
explicit row locks, readers in one read-only snapshot. Row locks are always taken in the
order of `LOCK_ORDER`, each kind by id, so that two use cases cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.orm.exc import StaleDataError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from dispatch.errors import Refusal
from dispatch.models import Base, Conversation, Promise, Route, SlotOffer, TerritoryDay, Visit

T = TypeVar("T")
M = TypeVar("M", bound=Base)

#: whoever locks rows of several kinds locks them in this order
LOCK_ORDER: tuple[type[Base], ...] = (Conversation, SlotOffer, TerritoryDay, Route, Visit, Promise)
RETRIES = 3
#: in a session's `info`: whatever it reads is committed, and was true at one moment
ONE_MOMENT = "one_moment"

_PASSING_SQLSTATES = {"40001", "40P01", "55P03"}  # serialisation failure, deadlock, lock not available
_log = structlog.get_logger(__name__)


class LockOrderViolated(Refusal):
    """A programming error: rows were locked against the order, which may deadlock."""


class SchemaNotAtHead(Refusal):
    """The database needs `dispatch init` (a migration), or a newer program."""


class Database:
    """One database, SQLite or PostgreSQL, by SQLAlchemy URL.

    `lock_timeout_s` bounds the wait for a lock; after it the use case is tried again.
    """

    def __init__(self, url: str | URL, *, lock_timeout_s: float = 5.0) -> None:
        self.url = make_url(url)
        self.engine = _create_engine(self.url, lock_timeout_s)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write_session(self) -> Iterator[Session]:
        """A session whose work is committed at the end, or not at all."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.info["begin"] = "BEGIN IMMEDIATE"
            try:
                with connection.begin(), Session(connection, expire_on_commit=False) as session:
                    yield session
                    session.flush()
            finally:
                connection.info.pop("begin", None)

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """A session that sees one moment and cannot write."""
        options: dict[str, Any] = (
            {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with self.engine.connect().execution_options(**options) as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA query_only = ON")
            try:
                seen = {ONE_MOMENT: True}
                with Session(connection, autoflush=False, expire_on_commit=False, info=seen) as session:
                    yield session
            finally:
                connection.rollback()
                if self.is_sqlite:
                    connection.exec_driver_sql("PRAGMA query_only = OFF")
                    connection.rollback()

    def upgrade(self, revision: str = "head") -> None:
        """Bring the schema to `revision`."""
        with self.engine.connect() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

    def revision(self) -> str | None:
        """The schema's revision; None for an empty database."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def require_head(self) -> None:
        """Raise SchemaNotAtHead unless the schema is the one that this program knows."""
        found, wanted = self.revision(), head_revision()
        if found != wanted:
            raise SchemaNotAtHead("database", found=found, wanted=wanted)

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def alembic_config() -> Config:
    """Alembic's configuration: the migrations inside this package, no file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head_revision() -> str | None:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def run_use_case(database: Database, use_case: Callable[[Session], T]) -> T:
    """Run `use_case` in a write session of its own, trying again when it was merely in the way.

    Serialisation failure, deadlock, a stale version and a busy database are tried again
    `RETRIES` times with jitter; the whole use case runs anew in a fresh transaction, so it
    must not have effects outside the database. Every other error passes through at once.
    """

    def once() -> T:
        with database.write_session() as session:
            return use_case(session)

    def say(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        name = _name_of(use_case)
        _log.info("use_case_again", use_case=name, attempt=state.attempt_number, error=type(error).__name__)

    retrying = Retrying(
        retry=retry_if_exception(is_passing),
        stop=stop_after_attempt(1 + RETRIES),
        wait=wait_random_exponential(multiplier=0.05, max=1.0),
        before_sleep=say,
        reraise=True,
    )
    return retrying(once)


def is_passing(error: BaseException) -> bool:
    """Whether the same use case may simply succeed when it is run again."""
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in _PASSING_SQLSTATES:
        return True
    return getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def lock(session: Session, model: type[M], ids: Iterable[int]) -> Sequence[M]:
    """Lock the rows of `model` with these ids, in id order, and return them fresh in that order.

    Raises LockOrderViolated if the session already holds locks that come later. Missing
    rows are left out; on SQLite the write session itself is the lock.
    """
    wanted = sorted(set(ids))
    rank = LOCK_ORDER.index(model)
    held: int = session.info.get("lock_rank", -1)
    if rank < held and wanted:
        raise LockOrderViolated(model.__tablename__, after=LOCK_ORDER[held].__tablename__)
    if wanted:
        session.info["lock_rank"] = rank
    key: InstrumentedAttribute[int] = model.id  # type: ignore[attr-defined]
    statement = (
        select(model)
        .where(key.in_(wanted))
        .order_by(key)
        .with_for_update(of=model, key_share=True)
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).all()


def _name_of(use_case: Callable[..., object]) -> str:
    return getattr(use_case, "__qualname__", type(use_case).__name__)


def _create_engine(url: URL, lock_timeout_s: float) -> Engine:
    """An engine whose errors never show the values of a statement, which may be personal (R84)."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, hide_parameters=True, connect_args={"timeout": lock_timeout_s, "isolation_level": None}
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    milliseconds = int(lock_timeout_s * 1000)
    options = f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        connect_args={"options": options, "connect_timeout": 10},
    )


def _configure_sqlite(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(connection.info.get("begin", "BEGIN"))
