"""A small city lives for two days: invariants hold after every step, and the same seed lives the same days."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dispatch.models import Promise, Stop, Visit
from dispatch.rules.lifecycles import PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import PromiseKind
from web.city.city_size import SMALL
from web.city.clockwork import Clockwork
from web.city.invariants import Invariants, Violated
from web.city.simulation import FIRST_DAY, Scenario, simulate, simulated
from web.city.surroundings import News

_LIVE = """
import json
from web.city.city_size import CitySize
from web.city.simulation import Scenario, simulate
size = CitySize(technicians=2, orders_a_day=5, territories=1, estates=3, homes=20)
print(json.dumps(simulate(Scenario(seed=4, days=1, size=size)), sort_keys=True))
"""


def _elsewhere(hash_seed: str) -> str:
    """The report of a tiny city, from a process whose sets come in another order."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", _LIVE], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_two_days_without_a_violation() -> None:
    report = simulate(Scenario(seed=1, days=2, size=SMALL))
    assert report["violation"] is None
    assert report["failures"] == []
    figures: dict[str, Any] = report["figures"]
    assert figures["visits"]["by_status"]["completed"] >= 20
    assert figures["windows"]["told"] >= 20
    assert figures["promises"]["repair"]["judged"] > 0
    assert figures["satisfaction"]["ratings"] > 0


def test_same_seed_same_report_whatever_the_process() -> None:
    first, second = _elsewhere("0"), _elsewhere("77")
    assert first == second
    assert json.loads(first)["violation"] is None


@pytest.fixture(scope="module")
def city() -> Iterator[Clockwork]:
    """A city in the afternoon of its first day."""
    with simulated(Scenario(seed=2, size=SMALL)) as clockwork:
        clockwork.run(FIRST_DAY + timedelta(hours=15))
        yield clockwork


def _checked(city: Clockwork, change: Any) -> str:
    """What the invariants say once something has been changed behind everybody's back; it is undone then."""
    invariants = next(one for one in city.watchers if isinstance(one, Invariants))
    engine = city.around.database.engine
    with engine.connect() as connection, connection.begin() as transaction, Session(connection) as session:
        change(session)
        session.flush()
        try:
            invariants.look_at_everything(session, city.clock.at)
        except Violated as violated:
            return str(violated.about["what"])
        finally:
            transaction.rollback()
    return ""


def test_invariants_bite(city: Clockwork) -> None:
    def forgotten(session: Any) -> None:
        visit = session.query(Visit).filter(Visit.status == VisitStatus.SCHEDULED).first()
        session.query(Stop).filter(Stop.visit_id == visit.id).delete()
        visit.move_to(VisitStatus.CANCELLED, at=city.clock.at, by="test", reason="test")

    def overlapping(session: Any) -> None:
        for stop in session.query(Stop).join(Visit).filter(Visit.status == VisitStatus.SCHEDULED):
            stop.finish_at = stop.finish_at + timedelta(hours=9)

    def unjudged(session: Any) -> None:
        promise = session.query(Promise).filter(Promise.status == PromiseStatus.RUNNING).first()
        promise.due_at = city.clock.at - timedelta(hours=5)

    def uncredited(session: Any) -> None:
        session.query(Promise).filter(Promise.kind == PromiseKind.REPAIR).update(
            {
                "status": PromiseStatus.BROKEN,
                "cause": "ours",
                "breach": "late",
                "due_at": city.clock.at - timedelta(hours=3),
                "status_at": city.clock.at - timedelta(hours=2),
            }
        )

    assert _checked(city, lambda _session: None) == ""
    assert _checked(city, forgotten) == "order_forgotten"
    assert _checked(city, overlapping) == "planned_in_two_places"
    assert _checked(city, unjudged) == "promise_without_judgement"
    assert _checked(city, uncredited) == "broken_and_not_credited"


def test_a_message_that_is_not_true_ends_the_simulation(city: Clockwork) -> None:
    invariants = next(one for one in city.watchers if isinstance(one, Invariants))
    invariants.gateway.lies.append((1, ["window"]))
    with city.around.database.read_session() as session, pytest.raises(Violated):
        invariants.look(session, News(), city.clock.at)
    invariants.gateway.lies.clear()
