"""How long is the way by road?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import requests
import structlog
from numpy.typing import NDArray

from dispatch.errors import InvalidInput
from dispatch.osrm_table import RoadTable, RoadTimesFailed, TableService
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.travel_matrix import IntMatrix, TravelMatrix, TravelModel
from dispatch.wire_logs import hush_wire_logs

#: what `osrm-routed` allows unless told otherwise by --max-table-size
MAX_TABLE_SIZE = 100

log = structlog.get_logger(__name__)


class InvalidTableSize(InvalidInput):
    """A table of fewer than two places has no way in it."""


@dataclass(frozen=True, slots=True)
class OsrmTravel:
    """Travel by road from an OSRM server, estimated by `fallback` where the server has none.

    A cell without a way, or of a place more than 2 km off the map, is estimated and
    counted; a server that fails leaves the whole matrix estimated, with its `fault` and
    a warning in the log, so that a plan is never half road and half guess by accident.
    """

    url: str
    timeout_s: float
    fallback: TravelModel
    max_table_size: int = MAX_TABLE_SIZE

    def __post_init__(self) -> None:
        if self.max_table_size < 2:
            raise InvalidTableSize("max_table_size")

    @property
    def formula(self) -> None:
        """The server knows, no formula does."""

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Free-flow travel between all pairs, [n, n]; never raises for the server's sake."""
        estimate = self.fallback.matrix(coordinates)
        if len(coordinates) < 2:
            return estimate
        try:
            result = self._over(estimate, [convert(place, Datum.WGS84) for place in coordinates])
        except RoadTimesFailed as failure:
            cells = len(coordinates) * (len(coordinates) - 1)
            result = replace(estimate, fallback_cells=cells, fault=failure.fault)
            log.warning("road times failed", fault=failure.fault.value, cells=cells, **failure.values)
        else:
            if result.fallback_cells:
                log.warning("road times incomplete", cells=result.fallback_cells, places=len(coordinates))
        return result

    def factors_by_hour(self, *, working_day: bool = True) -> NDArray[np.float64]:
        """See `TravelModel`; the hours of the fallback, since OSRM's cars know no rush hour."""
        return self.fallback.factors_by_hour(working_day=working_day)

    def _over(self, estimate: TravelMatrix, places: list[Coordinate]) -> TravelMatrix:
        """The estimate, overwritten wherever the server knows the way."""
        hush_wire_logs()
        travel_s, distance_m = estimate.travel_s.copy(), estimate.distance_m.copy()
        unknown = 0
        with requests.Session() as session:
            service = TableService(self.url, self.timeout_s, session)
            for rows, columns in _blocks(len(places), self.max_table_size):
                origins = places[rows]
                if rows == columns and len(origins) == 1:
                    continue  # OSRM refuses a table of one place, and its only cell is zero
                table = service.table(origins, origins if rows == columns else places[columns])
                if rows == columns:
                    np.fill_diagonal(table.travel_s, 0.0)
                    np.fill_diagonal(table.distance_m, 0.0)
                unknown += _write(table, travel_s[rows, columns], distance_m[rows, columns])
        return TravelMatrix(travel_s, distance_m, fallback_cells=unknown)


def _blocks(count: int, max_table_size: int) -> Iterator[tuple[slice, slice]]:
    """The matrix in tables of at most `max_table_size` places, origins and destinations together."""
    side = count if count <= max_table_size else max_table_size // 2
    for row in range(0, count, side):
        for column in range(0, count, side):
            yield slice(row, row + side), slice(column, column + side)


def _write(table: RoadTable, travel_s: IntMatrix, distance_m: IntMatrix) -> int:
    """Write what the table knows into views of the matrix; returns how many cells it does not."""
    known = ~np.isnan(table.travel_s)
    travel_s[known] = np.ceil(table.travel_s[known])
    distance_m[known] = np.rint(table.distance_m[known])
    return int(known.size - np.count_nonzero(known))
