"""What does the road server say about these places? One question to OSRM's table service.

API: https://project-osrm.org/docs/v5.24.0/api/#table-service. Needs OSRM 5.20 or later,
the first to say how far a place lies from the road it was matched to.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

import numpy as np
import requests
import urllib3
from numpy.typing import NDArray
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from dispatch.errors import ServiceUnavailable
from dispatch.rules.datum import Coordinate
from dispatch.travel_matrix import RoadFault

FloatArray = NDArray[np.float64]

#: a place farther than this from any road of the map is not on the map
_SNAP_LIMIT_M = 2_000.0
_ATTEMPTS = 3
_READ_BYTES = 1 << 16


class RoadTimesFailed(ServiceUnavailable):
    """The road server gave no usable answer; `detail` is its status or code."""

    again = False
    fault: ClassVar[RoadFault]


class RoadServerUnreachable(RoadTimesFailed):
    """No connection, no answer in time, 5xx or 429: the same question may be answered later."""

    again = True
    fault = RoadFault.UNREACHABLE


class RoadServerRefused(RoadTimesFailed):
    """The server understood and said no."""

    fault = RoadFault.REFUSED


class RoadAnswerUnreadable(RoadTimesFailed):
    """The answer is not a table of the size asked for."""

    fault = RoadFault.UNREADABLE


@dataclass(frozen=True, slots=True)
class RoadTable:
    """Seconds and metres by road, float64 [origins, destinations]; NaN where there is no way."""

    travel_s: FloatArray
    distance_m: FloatArray


@dataclass(frozen=True, slots=True)
class TableService:
    """OSRM's table service at `url`, asked through one session and within a time limit.

    Three attempts for what may pass (no connection, no answer within `timeout_s`, 5xx,
    429), one for everything else. Redirects are not followed: only the host that a
    setting names is ever asked.
    """

    url: str
    timeout_s: float
    session: requests.Session
    profile: str = "driving"

    def table(self, origins: list[Coordinate], destinations: list[Coordinate]) -> RoadTable:
        """The ways from each origin to each destination (WGS-84); raises `RoadTimesFailed`."""
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.2),
            reraise=True,
        )
        answer = retrying(self._ask, _query(self.url, self.profile, origins, destinations))
        return _read_table(answer, len(origins), len(destinations))

    def _ask(self, query: str) -> bytes:
        give_up_at = time.monotonic() + self.timeout_s
        try:
            with self.session.get(query, timeout=self.timeout_s, allow_redirects=False, stream=True) as reply:
                body = _read_until(reply, give_up_at)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as failure:
            raise RoadServerUnreachable(detail=type(failure).__name__) from None
        except requests.RequestException as failure:
            raise RoadServerRefused(detail=type(failure).__name__) from None
        if reply.status_code == HTTPStatus.TOO_MANY_REQUESTS or reply.status_code >= 500:
            raise RoadServerUnreachable(detail=reply.status_code)
        if reply.status_code != HTTPStatus.OK:
            raise RoadServerRefused(detail=_osrm_code(body) or reply.status_code)
        return body


def _may_pass(failure: BaseException) -> bool:
    return isinstance(failure, RoadServerUnreachable)


def _query(url: str, profile: str, origins: list[Coordinate], destinations: list[Coordinate]) -> str:
    """The question; when both lists are the same object, each place is named once."""
    words = ["annotations=duration,distance", "generate_hints=false"]
    places = origins
    if destinations is not origins:
        places = origins + destinations
        words.append("sources=" + ";".join(map(str, range(len(origins)))))
        words.append("destinations=" + ";".join(map(str, range(len(origins), len(places)))))
    path = ";".join(f"{place.lon:.6f},{place.lat:.6f}" for place in places)
    return f"{url.rstrip('/')}/table/v1/{profile}/{path}?{'&'.join(words)}"


def _read_until(reply: requests.Response, give_up_at: float) -> bytes:
    """The body, as long as it arrives in time: a trickle resets a socket's own limit, not this one."""
    parts = []
    while part := reply.raw.read1(_READ_BYTES, decode_content=True):
        parts.append(part)
        if time.monotonic() > give_up_at:
            raise requests.Timeout
    return b"".join(parts)


def _osrm_code(body: bytes) -> str | None:
    """OSRM's own word for the refusal, such as `TooBig`; its message may quote coordinates."""
    try:
        code = json.loads(body)["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, str) and code.isalpha() else None


def _read_table(body: bytes, rows: int, columns: int) -> RoadTable:
    try:
        answer = json.loads(body)
        travel_s = _matrix(answer["durations"], rows, columns)
        distance_m = _matrix(answer["distances"], rows, columns)
        far_origins = _snapped_too_far(answer["sources"])
        far_destinations = _snapped_too_far(answer["destinations"])
    except (ValueError, KeyError, TypeError):
        raise RoadAnswerUnreadable() from None
    unknown = np.isnan(travel_s) | np.isnan(distance_m) | np.logical_or.outer(far_origins, far_destinations)
    travel_s[unknown] = distance_m[unknown] = np.nan
    return RoadTable(travel_s, distance_m)


def _matrix(cells: Any, rows: int, columns: int) -> FloatArray:
    matrix = np.array(cells, dtype=np.float64)
    if matrix.shape != (rows, columns):
        raise ValueError("not a table of the size asked for")
    return np.maximum(matrix, 0.0)  # OSRM says -0.2 m between neighbours on one segment


def _snapped_too_far(waypoints: Any) -> NDArray[np.bool_]:
    snapped_m = np.array([waypoint["distance"] for waypoint in waypoints], dtype=np.float64)
    return snapped_m > _SNAP_LIMIT_M
