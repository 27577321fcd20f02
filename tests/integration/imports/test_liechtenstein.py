"""A real export with its dirt: exactly the rows that should stay out do, and the rest goes in."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dispatch.db import Database
from dispatch.models import (
    Base,
    Community,
    Contact,
    Event,
    Order,
    Premises,
    Promise,
    Shift,
    Technician,
    TechnicianSkill,
    Visit,
    VisitSkill,
)
from dispatch.rules.vocabulary import OrderKind, Priority, VisitPurpose
from tests.importing import NOW, ZONE, Run, command_line

pytestmark = pytest.mark.shared
AT = ["--now", f"{NOW:%Y-%m-%dT%H:%M}"]


@pytest.fixture
def data(shared_dir: Path) -> Path:
    return shared_dir / "data" / "liechtenstein"


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    return command_line(database, monkeypatch)


def take_in(run: Run, file: Path, rejects: Path) -> int:
    return run("import", "orders", str(file), "--rejects", str(rejects), *AT).exit_code


def faults(file: Path) -> list[tuple[str, ...]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return [(row["line"], row["field"], row["code"]) for row in csv.DictReader(opened)]


def count(database: Database, model: type[Base]) -> int:
    with database.read_session() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_orders(database: Database, run: Run, data: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    assert take_in(run, data / "orders.csv", rejects) == 1
    assert faults(rejects) == faults(data / "expected_rejects.csv")
    _as_they_were(rejects, data / "orders.csv")
    with database.read_session() as session:
        orders = session.scalars(select(Order)).all()
        assert len(orders) == 345
        assert Counter(order.kind for order in orders) == {
            OrderKind.REPAIR: 164,
            OrderKind.INSTALL: 146,
            OrderKind.MOVE: 35,
        }
        assert Counter(order.priority for order in orders) == {Priority.NORMAL: 336, Priority.EMERGENCY: 9}
        assert session.scalars(select(Premises.street).where(Premises.lat.is_(None))).all() == ["Spennistrasse"]
        languages = Counter(session.scalars(select(Contact.language)))
        assert set(languages) == {"en", "zh_Hans_CN", "zh_Hant_TW"}
        visits = session.scalars(select(Visit)).all()
        assert len(visits) == 345
        assert Counter(visit.purpose for visit in visits) == {VisitPurpose.REPAIR: 164, VisitPurpose.SET_UP: 181}
        assert sum(visit.wanted_from_at is not None for visit in visits) == 148
        assert all(visit.wanted_until_at > NOW for visit in visits if visit.wanted_until_at)
        promises = session.scalars(select(Promise)).all()
        assert {promise.order_id for promise in promises} == {order.id for order in orders}
    assert count(database, VisitSkill) == 345
    assert count(database, Community) == 14


def _as_they_were(rejects: Path, orders: Path) -> None:
    """A rejected row ends with what stands in its line of the file."""
    lines = orders.read_text("utf-8-sig").splitlines()
    with rejects.open(encoding="utf-8", newline="") as opened:
        for row in list(csv.reader(opened))[1:]:
            assert row[4:] == next(csv.reader([lines[int(row[0]) - 1]]))


def test_the_same_file_twice_changes_nothing(database: Database, run: Run, data: Path, tmp_path: Path) -> None:
    models = (Event, Order, Premises, Promise, Visit, Community, Contact)
    take_in(run, data / "orders.csv", tmp_path / "first.csv")
    before = [count(database, model) for model in models]
    assert take_in(run, data / "orders.csv", tmp_path / "second.csv") == 1
    assert [count(database, model) for model in models] == before
    assert (tmp_path / "first.csv").read_bytes() == (tmp_path / "second.csv").read_bytes()


def test_corrected_rejects_go_in(database: Database, run: Run, data: Path, tmp_path: Path) -> None:
    rejects, corrected = tmp_path / "rejects.csv", tmp_path / "corrected.csv"
    take_in(run, data / "orders.csv", rejects)
    with rejects.open(encoding="utf-8", newline="") as opened:
        header, *rows = list(csv.reader(opened))
    right = {"kind": "install", "service": "fibre", "received_at": "2026-11-23 06:00", "customer": "Somebody"}
    right |= {"phone": "07700 900123", "lat": "47.1", "lon": "9.5", "contracted_mbps": "100"}
    right |= {"preferred": "2026-11-24 AM", "external_id": "LI-9-0001"}
    for row in rows:
        row[header.index(row[1])] = right[row[1]]
    with corrected.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened).writerows([header, *rows])
    assert take_in(run, corrected, tmp_path / "none.csv") == 0
    assert count(database, Order) == 360
    assert faults(tmp_path / "none.csv") == []
    assert take_in(run, data / "orders.csv", tmp_path / "again.csv") == 1
    assert faults(tmp_path / "again.csv") == faults(data / "expected_rejects.csv")
    assert count(database, Order) == 360


def test_technicians(database: Database, run: Run, data: Path) -> None:
    command = ["import", "technicians", str(data / "technicians.csv"), *AT]
    assert run(*command).exit_code == 0
    with database.read_session() as session:
        ling = session.scalars(select(Technician).where(Technician.badge == "T001")).one()
        assert (ling.phone, ling.contractor and ling.contractor.name) == ("+447700900765", "Kabelwerk")
        assert sorted((skill.skill.code, skill.level) for skill in ling.skills) == [("copper", 1), ("tv", 1)]
        shifts = session.scalars(select(Shift).where(Shift.technician_id == ling.id).order_by(Shift.starts_at)).all()
        assert len(shifts) == 10
        first = shifts[0]
        assert f"{first.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}" == "2026-11-23 08:00"
        assert first.ends_at - first.starts_at == timedelta(hours=9)
    assert count(database, Technician) == 26
    assert count(database, Shift) == 260
    before = count(database, Event), count(database, TechnicianSkill)
    assert run(*command).exit_code == 0
    assert (count(database, Event), count(database, TechnicianSkill)) == before
