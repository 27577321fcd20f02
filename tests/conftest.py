"""What every test may ask for: databases at head, the shared data, seeded kills.

Nothing here starts before a test asks for it: a unit test never waits for PostgreSQL.
Sockets beyond this machine are blocked by the options in pyproject.toml.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql

from dispatch.db import Database
from tests.postgres_server import PostgresServer, PostgresUnavailable, start_postgres
from tests.session_folder import Answer, SessionFolder

ROOT = Path(__file__).resolve().parent.parent
TIERS = ("unit", "property", "integration", "contract", "browser", "simulation")
OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
HEAD = "head"

hypothesis.settings.register_profile("dev", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")

#: no test leaves a secret behind where it runs
os.environ.setdefault("DISPATCH_SECRET_KEY", "a secret for tests, of no use elsewhere")

_folder_key = pytest.StashKey[SessionFolder]()
_numbers = itertools.count(1)


# The shared folder: made by the controlling process, told to its pytest-xdist workers.


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all processes of this run share, or take the controller's."""
    told = getattr(config, "workerinput", {}).get("session_folder")
    config.stash[_folder_key] = SessionFolder(**told) if told else SessionFolder.create()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a pytest-xdist worker where the shared folder is."""
    node.workerinput["session_folder"] = asdict(node.config.stash[_folder_key])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop PostgreSQL if a test started it; runs after Ctrl-C too."""
    folder = config.stash.get(_folder_key, None)
    if folder is None or folder.owner_pid != os.getpid():
        return
    postgres = folder.answered("postgres")
    if postgres and "reason" not in postgres:
        PostgresServer(**postgres).stop()
    folder.remove()


@pytest.fixture(scope="session")
def session_folder(pytestconfig: pytest.Config) -> SessionFolder:
    """The folder shared by all processes of this test run."""
    return pytestconfig.stash[_folder_key]


# Databases


@pytest.fixture(scope="session")
def postgres_server(session_folder: SessionFolder) -> PostgresServer:
    """The one PostgreSQL of this run; tests on it are skipped, with the reason, if there is none."""

    def start() -> Answer:
        try:
            folder = session_folder.file("postgres")
            return asdict(start_postgres(folder, owner_pid=session_folder.owner_pid))
        except PostgresUnavailable as unavailable:
            return {"reason": str(unavailable)}

    answer = session_folder.once("postgres", start)
    if "reason" in answer:
        pytest.skip(f"no PostgreSQL: {answer['reason']}")
    return PostgresServer(**answer)


@pytest.fixture(scope="session")
def postgres_admin(postgres_server: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    """A connection that creates and drops databases."""
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: PostgresServer,
    postgres_admin: psycopg.Connection[Any],
    session_folder: SessionFolder,
) -> str:
    """The name of a PostgreSQL database at head, which nobody connects to, to be copied."""

    def migrate() -> Answer:
        postgres_admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(HEAD)))
        _upgrade(postgres_server.url(HEAD))
        return {"name": HEAD}

    return str(session_folder.once("postgres-head", migrate)["name"])


@pytest.fixture(scope="session")
def sqlite_template(session_folder: SessionFolder) -> Path:
    """An SQLite file at head, to be copied."""
    file = session_folder.file(f"{HEAD}.sqlite3")

    def migrate() -> Answer:
        _upgrade(f"sqlite:///{file}")
        return {}

    session_folder.once("sqlite-head", migrate)
    return file


def _upgrade(url: str) -> None:
    database = Database(url)
    try:
        database.upgrade()
    finally:
        database.dispose()


def _new_name() -> str:
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_numbers)}"


@pytest.fixture
def postgres_url(
    postgres_server: PostgresServer, postgres_admin: psycopg.Connection[Any], postgres_template: str
) -> Iterator[str]:
    """The URL of a new PostgreSQL database at head, dropped after the test."""
    name = _new_name()
    create = "CREATE DATABASE {} TEMPLATE {}"
    if postgres_admin.info.server_version >= 150000:
        create += " STRATEGY FILE_COPY"  # without fsync, half the time of copying through the log
    postgres_admin.execute(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(postgres_template)))
    yield postgres_server.url(name)
    postgres_admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def sqlite_url(sqlite_template: Path, session_folder: SessionFolder) -> Iterator[str]:
    """The URL of a new SQLite database at head, deleted after the test."""
    folder = session_folder.file(_new_name())
    folder.mkdir()
    yield f"sqlite:///{shutil.copyfile(sqlite_template, folder / 'punctual.sqlite3')}"
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a new database at head: each test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A clean database at head: each test runs once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.dispose()


# Other things a test may need


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of shared data; tests on it are skipped where it does not stand beside us."""
    path = Path(os.environ.get("PUNCTUAL_SHARED") or ROOT.parent / "shared")
    if not path.is_dir():
        pytest.skip(f"{path} is not here: set PUNCTUAL_SHARED to the folder of shared data")
    return path


@pytest.fixture(scope="session")
def kills() -> int:
    """How many seeded kills a test marked `kill` makes."""
    return int(os.environ.get("PUNCTUAL_KILLS", "20"))


# The count of each tier, before pytest's own summary


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--tiers` prints what ran in each tier."""
    parser.addoption("--tiers", action="store_true", help="print the outcomes of each tier of tests")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the outcomes of each tier, and which PostgreSQL they ran on or why on none."""
    if config.getoption("--tiers"):
        terminalreporter.section("tiers")
        for tier in TIERS:
            terminalreporter.write_line(f"{tier:<12} {_outcomes(terminalreporter, tier)}")
    postgres = config.stash[_folder_key].answered("postgres")
    if postgres and "reason" in postgres:
        terminalreporter.write_line(f"PostgreSQL   NOT TESTED: {postgres['reason']}", yellow=True)
    elif postgres:
        terminalreporter.write_line(f"PostgreSQL   {postgres['version']} ({postgres['binaries']})")


def _outcomes(reporter: pytest.TerminalReporter, tier: str) -> str:
    counts: Counter[str] = Counter()
    for outcome in OUTCOMES:
        reports = reporter.stats.get(outcome, [])
        counts[outcome] += sum(report.nodeid.startswith(f"tests/{tier}/") for report in reports)
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    exists = any((ROOT / "tests" / tier).glob("**/test_*.py"))
    return told or ("none selected" if exists else "no tests yet")
