"""A real road server for tests: finds OSRM, prepares a map, serves it on loopback, stops it.

The tools come from `requirements/osrm.txt` in `.cache/osrm`, from an installed
`osrm-bindings` (Python 3.12 and later), or from PATH.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
_PREPARE_S = 120
_START_S = 20.0
_STOP_S = 5.0
_PORTS_TRIED = 5

#: becomes the command after asking the kernel (prctl PR_SET_PDEATHSIG) to die with its parent
DIE_WITH_PARENT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); "
    "sys.exit(1) if os.getppid() != int(sys.argv[1]) else os.execv(sys.argv[2], sys.argv[2:])"
)


@dataclass(frozen=True, slots=True)
class OsrmTools:
    """Where the executables and the car profile are."""

    bin: Path
    car_profile: Path

    def run(self, tool: str, *arguments: str) -> None:
        """Run one tool to its end; raises `CalledProcessError` with its output when it fails."""
        command = [str(self.bin / tool), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=_PREPARE_S)


def find_osrm() -> OsrmTools:
    """The tools; skips the test with the reason when they are not installed."""
    for binaries, profile in _candidates():
        if (binaries / "osrm-routed").is_file() and profile.is_file():
            return OsrmTools(binaries, profile)
    pytest.skip("OSRM is not here: `make osrm` installs requirements/osrm.txt into .cache/osrm")


def prepare_roads(tools: OsrmTools, map_file: Path, folder: Path) -> Path:
    """Extract and contract a map (.osm.pbf or .osm) for cars in `folder`; returns the base path."""
    local = folder / map_file.name
    shutil.copyfile(map_file, local)
    tools.run("osrm-extract", "-t", "2", "-p", str(tools.car_profile), str(local))
    base = folder / f"{map_file.name.removesuffix('.pbf').removesuffix('.osm')}.osrm"
    tools.run("osrm-contract", "-t", "2", str(base))
    return base


@contextlib.contextmanager
def serve_roads(tools: OsrmTools, base: Path, max_table_size: int = 1000) -> Iterator[str]:
    """The URL of a server of the prepared map, while the block lasts."""
    for _ in range(_PORTS_TRIED):
        port = free_port()
        server = _start(tools, base, port, max_table_size)
        try:
            if _answers(server, port):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            _stop(server)
    pytest.fail("osrm-routed did not start")


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _candidates() -> Iterator[tuple[Path, Path]]:
    for package in (CHECKOUT / ".cache" / "osrm" / "osrm", _installed_package()):
        if package is not None:
            yield package / "bin", package / "share" / "profiles" / "car.lua"
    on_path = shutil.which("osrm-routed")
    if on_path:
        binaries = Path(on_path).resolve().parent
        for share in ("share/osrm/profiles", "share/profiles"):
            yield binaries, binaries.parent / share / "car.lua"


def _installed_package() -> Path | None:
    spec = importlib.util.find_spec("osrm")
    return Path(spec.origin).parent if spec and spec.origin else None


def _start(tools: OsrmTools, base: Path, port: int, max_table_size: int) -> subprocess.Popen[bytes]:
    arguments = ["-i", "127.0.0.1", "-p", str(port), "-t", "2", "--max-table-size", str(max_table_size)]
    command = [str(tools.bin / "osrm-routed"), *arguments, str(base)]
    wrapper = [sys.executable, "-c", DIE_WITH_PARENT, str(os.getpid())]
    return subprocess.Popen([*wrapper, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server accepts connections before it ends or the time is up."""
    give_up_at = time.monotonic() + _START_S
    while server.poll() is None and time.monotonic() < give_up_at:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return server.poll() is None
        time.sleep(0.02)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
