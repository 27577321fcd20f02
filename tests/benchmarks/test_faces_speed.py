"""How long people wait: for the program to start, for each page, and for a tap on a phone to reach the board.

`pytest -s tests/benchmarks/test_faces_speed.py`: the program itself beside a worker with its
usual settings, SQLite, one reader. The bound in the same run is `/healthz`, a page of the
same server that asks the database for one row.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
import requests
from sqlalchemy.orm import Session

from dispatch.links import load_secret
from dispatch.models import Grant, User
from dispatch.rules.vocabulary import Role
from dispatch.services.open_sign_in import open_sign_in
from dispatch.settings import Settings
from tests.browser.running_city import RunningCity
from tests.served_program import served
from web.form_tokens import token_for
from web.session_cookies import Cookie

LOOKS, TAPS, STARTS = 40, 15, 5


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[RunningCity]:
    """A small city, served with the usual settings."""
    with RunningCity.started(tmp_path_factory.mktemp("faces"), sqlite_template, poll_s=1.0) as running:
        yield running


def test_start_up(city: RunningCity) -> None:
    """From the command to the first answer, beside a Python that imports Flask only."""
    ours = [_started([sys.executable, "-m", "web.cli", "serve"], "--port") for _ in range(STARTS)]
    bare = "import sys, flask; flask.Flask('bare').run(port=int(sys.argv[1]))"
    bound = [_started([sys.executable, "-c", bare]) for _ in range(STARTS)]
    print(f"\nstart-up: {_spread(ours)} s; an empty Flask {_spread(bound)} s")


def test_pages(city: RunningCity) -> None:
    """Each page as its reader gets it."""
    staff, phone, anybody = _staff(city), _phone(city), requests.Session()
    technician = city.busy_technician()
    pages = {
        "bound: /healthz": (anybody, "/healthz"),
        "board": (staff, "/console/"),
        "order": (staff, f"/console/orders/{city.order(city.visits[0]).id}"),
        "handsets": (staff, "/sandbox"),
        "technician's day": (phone, "/t/"),
        "technician's visit": (phone, f"/t/visits/{city.first_visit_of(technician)}"),
        "technician's day.json": (phone, "/t/day.json"),
        "customer's page": (anybody, city.link(city.visits[0])),
        "public promises": (anybody, "/promises"),
    }
    print(f"\n{LOOKS} looks each; median / 95 % / longest, ms")
    for name, (reader, path) in pages.items():
        print(f"{name:24} {_waits([_look(reader, city.url + path) for _ in range(LOOKS)])}")


def test_a_tap_reaches_the_board(city: RunningCity) -> None:
    """From a report leaving a phone until the board is told that there is news, worker and log between."""
    staff, phone, technician = _staff(city), _phone(city), city.busy_technician()
    visit, until_answered, until_told = city.first_visit_of(technician), [], []
    for tap in range(1, TAPS + 1):
        told = Event()
        with _news(staff, city, told):
            began = time.perf_counter()
            _tap(phone, city, visit, tap)
            until_answered.append(time.perf_counter() - began)
            assert told.wait(30)
            until_told.append(time.perf_counter() - began)
    print(f"\n{TAPS} taps; phone answered after {_waits(until_answered)} ms, board told after {_waits(until_told)} ms")


# --- how it is measured -----------------------------------------------------------------------


def _started(command: Sequence[str], *before_port: str) -> float:
    began = time.perf_counter()
    with served(lambda port: [*command, *before_port, str(port)]) as url:
        requests.get(f"{url}/healthz", timeout=10)
        return time.perf_counter() - began


def _look(reader: requests.Session, url: str) -> float:
    began = time.perf_counter()
    reader.get(url, timeout=30).raise_for_status()
    return time.perf_counter() - began


def _tap(phone: requests.Session, city: RunningCity, visit: int, tap: int) -> None:
    at = city.business_now().isoformat()
    report = {"sequence": tap, "kind": "question_asked", "device_at": at, "visit_id": visit, "payload": {"text": "?"}}
    body = {"device_id": "bench", "device_now": at, "reports": [report]}
    phone.post(f"{city.url}/t/reports", json=body, timeout=30).raise_for_status()


@contextmanager
def _news(staff: requests.Session, city: RunningCity, told: Event) -> Iterator[None]:
    """Listen as an open board does; the first event says only that the stream is open."""
    address = f"{city.url}/console/live?territory={city.day.world.ids['territory']}"
    stream = staff.get(address, stream=True, timeout=30)
    stream.raise_for_status()
    lines = stream.iter_lines()
    assert next(line for line in lines if line.startswith(b"data:"))

    def listen() -> None:
        if any(line.startswith(b"data:") for line in lines):
            told.set()

    Thread(target=listen, daemon=True).start()
    yield
    stream.close()


def _staff(city: RunningCity) -> requests.Session:
    now = datetime.now(UTC)

    def enter(session: Session) -> str:
        user = User(login=f"bench-{time.monotonic_ns()}", name="Bench", created_at=now, grants=[Grant(role=Role.ADMIN)])
        session.add(user)
        session.flush()
        return open_sign_in(session, user_id=user.id, machine_now=now)

    return _signed_in(Cookie.STAFF, city.day.world.do(enter))


def _phone(city: RunningCity) -> requests.Session:
    now, technician = datetime.now(UTC), city.busy_technician()
    token = city.day.world.do(lambda s: open_sign_in(s, technician_id=technician, machine_now=now))
    return _signed_in(Cookie.TECHNICIAN, token)


def _signed_in(cookie: Cookie, token: str) -> requests.Session:
    reader = requests.Session()
    reader.cookies.set(str(cookie), token)
    reader.headers["X-CSRF-Token"] = token_for(load_secret(Settings()), token)
    return reader


def _spread(seconds: Sequence[float]) -> str:
    return f"{min(seconds):.2f} to {max(seconds):.2f} (median {statistics.median(seconds):.2f})"


def _waits(seconds: Sequence[float]) -> str:
    ordered = sorted(1000 * one for one in seconds)
    return f"{statistics.median(ordered):6.0f} / {ordered[int(0.95 * (len(ordered) - 1))]:6.0f} / {ordered[-1]:6.0f}"
