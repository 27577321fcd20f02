"""An import is killed somewhere and run again: the result is that of one import."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Community, Contact, Event, Order, Premises, Promise, Shift, Technician, Visit
from dispatch.services import import_rows
from tests.importing import ORDER, TECHNICIAN, bring_orders, bring_technicians, csv_of, found
from tests.killing import run_and_kill

ROWS = 12
Story = list[tuple[object, ...]]


def orders_of(file: int) -> str:
    """Rows like those of every other file, at addresses and with ids of their own."""
    rows = [
        ORDER
        | {
            "external_id": f"F{file}-{number}",
            "community": f"Estate {file}-{number % 3}",
            "house_number": str(number // 2),
            "kind": ("repair", "install", "move")[number % 3],
            "preferred": ("", "2026-11-24 AM")[number % 2],
            "phone": "12" if number == 7 else ORDER["phone"],
        }
        for number in range(ROWS)
    ]
    return csv_of(*rows, rows[0], rows[1] | {"note": "not the same"})


def technicians_of(file: int) -> str:
    """Rows like those of every other file, with badges of their own."""
    return csv_of(*(TECHNICIAN | {"badge": f"F{file}-{number}"} for number in range(6)))


def bring_in(database: Database, file: int) -> None:
    """What the two commands do, in small batches."""
    import_rows.BATCH = 4
    bring_technicians(database, technicians_of(file), days=5)
    bring_orders(database, orders_of(file))


def story(database: Database, file: int) -> Story:
    """All that there is of one file, without numbers that depend on what came before."""
    prefix = f"F{file}-"
    with database.read_session() as session:
        orders = session.scalars(select(Order).where(Order.external_id.startswith(prefix))).all()
        told: Story = []
        for order in sorted(orders, key=lambda order: str(order.external_id)):
            about = Event.order_id == order.id
            told.append((
                str(order.external_id).removeprefix(prefix),
                order.kind,
                order.premises.community.name.replace(prefix.removeprefix("F"), ""),
                sorted(session.scalars(select(Event.kind).where(about))),
                session.scalars(select(Contact.phone).where(Contact.order_id == order.id)).all(),
                session.scalars(select(Promise.due_at).where(Promise.order_id == order.id)).all(),
                [
                    (visit.purpose, visit.wanted_from_at, len(visit.skills))
                    for visit in session.scalars(select(Visit).where(Visit.order_id == order.id))
                ],
            ))  # fmt: skip
        estates = select(Community.id).where(Community.name.startswith(f"Estate {prefix.removeprefix('F')}"))
        told.append((
            len(session.scalars(estates).all()),
            len(session.scalars(select(Premises.id).where(Premises.community_id.in_(estates))).all()),
        ))  # fmt: skip
        badges = select(Technician).where(Technician.badge.startswith(prefix)).order_by(Technician.badge)
        for technician in session.scalars(badges):
            shifts = session.scalars(select(Shift.starts_at).where(Shift.technician_id == technician.id)).all()
            events = session.scalars(select(Event.kind).where(Event.technician_id == technician.id)).all()
            told.append((technician.badge.removeprefix(prefix), shifts, sorted(events), len(technician.skills)))
    return told


@pytest.mark.kill
def test_an_import_that_is_killed_and_repeated_is_one_import(database: Database, kills: int) -> None:
    found(database)
    url = database.url.render_as_string(hide_password=False)
    bring_in(database, 0)
    expected = story(database, 0)
    assert len(expected) == (ROWS - 1) + 1 + 6
    seeded = random.Random(2026)
    killed, file = 0, 1
    while killed < kills:
        died = run_and_kill(bring_in, url, file, after=seeded.randint(5, 420))
        killed += died
        if not died or seeded.random() < 0.7:
            bring_in(database, file)
            assert story(database, file) == expected
            file += 1
    bring_in(database, file)
    assert story(database, file) == expected
