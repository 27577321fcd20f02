from __future__ import annotations

import logging
import socket
import threading
import time
from typing import Any

import pytest
import structlog

from dispatch.great_circle import GreatCircleTravel
from dispatch.road_times import InvalidTableSize, OsrmTravel
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.settings import Settings
from dispatch.travel import RoadFault, TravelMatrix, build_travel_model
from tests.loopback_server import Answer, scripted_server, silent_server
from tests.served_program import free_port

PLACES = [Coordinate(47.166594, 9.503532, Datum.WGS84), Coordinate(47.232447, 9.546841, Datum.WGS84)]
STRAIGHT = GreatCircleTravel()
WAYPOINTS = [{"distance": 3.1}, {"distance": 0.0}]
GOOD = {
    "code": "Ok",
    "durations": [[0, 61.2], [70.0, 0]],
    "distances": [[0, 900.4], [-0.7, 0]],
    "sources": WAYPOINTS,
    "destinations": WAYPOINTS,
}


def _ask(url: str, timeout_s: float = 5.0) -> TravelMatrix:
    return OsrmTravel(url, timeout_s, STRAIGHT).matrix(PLACES)


def _assert_estimated(matrix: TravelMatrix, fault: RoadFault) -> None:
    assert (matrix.fault, matrix.fallback_cells) == (fault, 2)
    assert (matrix.travel_s == STRAIGHT.matrix(PLACES).travel_s).all()
    assert (matrix.distance_m == STRAIGHT.matrix(PLACES).distance_m).all()


def test_a_dead_server_leaves_an_estimate_that_says_so() -> None:
    with structlog.testing.capture_logs() as lines:
        matrix = _ask(f"http://127.0.0.1:{free_port()}")
    _assert_estimated(matrix, RoadFault.UNREACHABLE)
    (line,) = lines
    assert (line["event"], line["log_level"], line["cells"]) == ("road times failed", "warning", 2)
    assert (line["fault"], line["detail"]) == ("road_times_unreachable", "ConnectionError")


def test_a_server_that_never_answers_costs_its_time_limit_and_no_more() -> None:
    """Three attempts of 0.2 s and two waits below 1.2 s each."""
    with silent_server() as port:
        began = time.monotonic()
        matrix = _ask(f"http://127.0.0.1:{port}", timeout_s=0.2)
        took_s = time.monotonic() - began
    _assert_estimated(matrix, RoadFault.UNREACHABLE)
    assert 0.6 <= took_s < 5.0


def test_a_server_that_trickles_is_given_up_in_time() -> None:
    """A byte now and then resets a socket's own time limit; ours is for the whole answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        ended = threading.Event()
        thread = threading.Thread(target=_trickle, args=(listener, ended))
        thread.start()
        began = time.monotonic()
        matrix = _ask(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=0.3)
        took_s = time.monotonic() - began
        ended.set()
        thread.join()
    _assert_estimated(matrix, RoadFault.UNREACHABLE)
    assert took_s < 6.0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_error_that_may_pass_is_tried_again(status: int) -> None:
    with scripted_server(Answer(status), Answer(status), Answer(document=GOOD)) as server:
        matrix = _ask(server.url)
        assert len(server.asked) == 3
    assert (matrix.fault, matrix.fallback_cells) == (None, 0)
    assert matrix.travel_s.tolist() == [[0, 62], [70, 0]]
    assert matrix.distance_m.tolist() == [[0, 900], [0, 0]]


def test_an_error_that_does_not_pass_is_tried_three_times() -> None:
    with scripted_server(Answer(503)) as server:
        _assert_estimated(_ask(server.url), RoadFault.UNREACHABLE)
        assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_is_not_repeated_and_its_code_is_logged(status: int) -> None:
    refusal = Answer(status, {"code": "InvalidQuery", "message": "Query string malformed close to 9.503532"})
    with scripted_server(refusal) as server, structlog.testing.capture_logs() as lines:
        _assert_estimated(_ask(server.url), RoadFault.REFUSED)
        assert len(server.asked) == 1
    assert lines[0]["detail"] == "InvalidQuery"
    assert "9.5035" not in str(lines)


def test_a_redirect_is_not_followed_to_another_host() -> None:
    with (
        scripted_server(Answer(document=GOOD)) as other,
        scripted_server(Answer(302, headers={"Location": f"{other.url}/table"})) as server,
    ):
        _assert_estimated(_ask(server.url), RoadFault.REFUSED)
        assert other.asked == []


@pytest.mark.parametrize(
    "document",
    [
        *[None, [], "text", {"code": "Ok"}, {**GOOD, "durations": [[0]]}, {**GOOD, "distances": "none"}],
        *[{**GOOD, "durations": [[0, "x"], [1, 0]]}, {**GOOD, "sources": [{}, {}]}, {**GOOD, "sources": None}],
    ],
)
def test_an_answer_that_is_no_table_is_not_believed(document: Any) -> None:
    with scripted_server(Answer(document=document)) as server:
        _assert_estimated(_ask(server.url), RoadFault.UNREADABLE)
        assert len(server.asked) == 1


def test_a_failure_half_way_leaves_no_half_matrix() -> None:
    row = [{"distance": 1.0}]
    part = {**GOOD, "durations": [[5.0]], "distances": [[5.0]], "sources": row, "destinations": row}
    with scripted_server(*[Answer(document=part)] * 3, Answer(404)) as server:
        matrix = OsrmTravel(server.url, 5.0, STRAIGHT, max_table_size=2).matrix([*PLACES, PLACES[0]])
        assert len(server.asked) == 4
    assert (matrix.fault, matrix.fallback_cells) == (RoadFault.REFUSED, 6)
    assert (matrix.travel_s == STRAIGHT.matrix([*PLACES, PLACES[0]]).travel_s).all()


def test_no_library_logs_where_customers_live(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted_server(Answer(503), Answer(document=GOOD)) as server:
        _ask(server.url)
    _ask(f"http://127.0.0.1:{free_port()}")
    assert "47.16" not in caplog.text
    assert "9.50" not in caplog.text


def test_the_server_is_asked_in_wgs84_longitude_first_whatever_the_datums() -> None:
    places = [Coordinate(32.0415, 118.7674, Datum.WGS84), Coordinate(31.4931, 120.3073, Datum.WGS84)]
    mixed = [convert(places[0], Datum.BD09), convert(places[1], Datum.GCJ02)]
    with scripted_server(Answer(document=GOOD)) as server:
        OsrmTravel(server.url, 5.0, STRAIGHT).matrix(mixed)
        assert "/table/v1/driving/118.767400,32.041500;120.307300,31.493100?" in server.asked[0]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_drive_asks_nobody(count: int) -> None:
    with scripted_server(Answer(500)) as server:
        matrix = OsrmTravel(server.url, 1.0, STRAIGHT).matrix(PLACES[:count])
        assert server.asked == []
    assert matrix.fault is None


def test_without_a_server_in_the_settings_there_is_no_fault() -> None:
    model = build_travel_model(Settings(osrm_url=None, detour_factor=1.0, speed_kmh=(36.0,) * 24))
    matrix = model.matrix(PLACES)
    assert (matrix.fault, matrix.fallback_cells) == (None, 0)
    assert matrix.travel_s[0, 1] == pytest.approx(matrix.distance_m[0, 1] / 10.0, abs=1)


def test_a_table_of_one_place_is_refused() -> None:
    with pytest.raises(InvalidTableSize):
        OsrmTravel("http://127.0.0.1", 1.0, STRAIGHT, max_table_size=1)


def _trickle(listener: socket.socket, ended: threading.Event) -> None:
    """Promise a long answer on every connection, and send a byte every 50 ms."""
    listener.settimeout(0.05)
    clients: list[socket.socket] = []
    while not ended.is_set():
        try:
            client, _ = listener.accept()
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            clients.append(client)
        except TimeoutError:
            pass
        for client in clients:
            try:
                client.sendall(b" ")
            except OSError:
                continue
    for client in clients:
        client.close()
