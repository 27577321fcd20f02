"""Road servers and places for the tests of this folder."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.rules.datum import Coordinate, Datum, InvalidCoordinate
from tests.osrm_server import OsrmTools, find_osrm, prepare_roads, serve_roads


@pytest.fixture(scope="session")
def osrm_tools() -> OsrmTools:
    """OSRM's executables; tests on them are skipped, with the reason, when there are none."""
    return find_osrm()


@pytest.fixture(scope="session")
def liechtenstein_base(osrm_tools: OsrmTools, shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Liechtenstein's roads, prepared for cars."""
    folder = tmp_path_factory.mktemp("liechtenstein")
    return prepare_roads(osrm_tools, _map(shared_dir, "liechtenstein"), folder)


@pytest.fixture(scope="session")
def liechtenstein_roads(osrm_tools: OsrmTools, liechtenstein_base: Path) -> Iterator[str]:
    """The URL of a server of Liechtenstein's roads that answers up to 1,000 places at once."""
    with serve_roads(osrm_tools, liechtenstein_base) as url:
        yield url


@pytest.fixture(scope="session")
def andorra_roads(osrm_tools: OsrmTools, shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of Andorra's roads."""
    base = prepare_roads(osrm_tools, _map(shared_dir, "andorra"), tmp_path_factory.mktemp("andorra"))
    with serve_roads(osrm_tools, base) as url:
        yield url


@pytest.fixture(scope="session")
def islands_roads(osrm_tools: OsrmTools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of two roads a kilometre apart that nothing joins."""
    folder = tmp_path_factory.mktemp("islands")
    drawing = folder / "drawing.osm"
    drawing.write_text(_ISLANDS)
    (folder / "roads").mkdir()
    with serve_roads(osrm_tools, prepare_roads(osrm_tools, drawing, folder / "roads")) as url:
        yield url


@pytest.fixture(scope="session")
def order_places(shared_dir: Path) -> list[Coordinate]:
    """The coordinates of the real orders that have usable ones."""
    places = []
    with (shared_dir / "data" / "liechtenstein" / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            place = _place(row)
            if place:
                places.append(place)
    return places


def _map(shared_dir: Path, name: str) -> Path:
    path = shared_dir / "maps" / f"{name}.osm.pbf"
    if not path.is_file():
        pytest.skip(f"no map of {name} among the shared data")
    return path


def _place(row: dict[str, str]) -> Coordinate | None:
    try:
        return Coordinate(float(row["lat"]), float(row["lon"]), Datum.WGS84)
    except (ValueError, InvalidCoordinate):
        return None


_ISLANDS = """<?xml version="1.0"?>
<osm version="0.6">
  <node id="1" lat="47.1000" lon="9.5000" version="1"/><node id="2" lat="47.1020" lon="9.5000" version="1"/>
  <node id="3" lat="47.1000" lon="9.5130" version="1"/><node id="4" lat="47.1020" lon="9.5130" version="1"/>
  <way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
  <way id="2" version="1"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
</osm>
"""
