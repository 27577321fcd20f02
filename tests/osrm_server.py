"""A real road server for tests: finds OSRM, prepares a map, serves it on loopback, stops it.

The tools come from `requirements/osrm.txt` in `.cache/osrm`, from an installed
`osrm-bindings` (Python 3.12 and later), or from PATH.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served_program import served

CHECKOUT = Path(__file__).resolve().parent.parent
_PREPARE_S = 120


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


def serve_roads(tools: OsrmTools, base: Path, max_table_size: int = 1000) -> AbstractContextManager[str]:
    """The URL of a server of the prepared map, while the block lasts."""
    program, limits = str(tools.bin / "osrm-routed"), ("-t", "2", "--max-table-size", str(max_table_size))
    return served(lambda port: (program, "-i", "127.0.0.1", "-p", str(port), *limits, str(base)))


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
