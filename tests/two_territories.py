"""Two territories with one of everything in each, so that who may see one can be tried on the other.

Everything personal or nameable of a territory carries its mark (`HOME`, `AWAY`), so that a
page which shows what it should not gives itself away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import Flask
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import Community, Contractor, Grant, Order, Premises, Technician, Territory, User
from dispatch.rules.vocabulary import CaseKind, Channel, DisruptionKind, OrderKind, Role
from dispatch.services.open_case import open_case
from dispatch.services.open_sign_in import open_sign_in
from dispatch.services.report_disruption import report_disruption
from dispatch.services.request_plan import request_plan
from dispatch.settings import Settings
from tests.world import World
from web.app import create_app

DAY = "2026-11-24"


@dataclass(frozen=True)
class Part:
    """One territory: its mark, and the id of one thing of each kind by the name that addresses use."""

    mark: str
    territory_id: int
    contractor_id: int
    ids: dict[str, int]


@dataclass(frozen=True)
class TwoTerritories:
    """An installation with both, on the morning of DAY, and every face that it can have."""

    database: Database
    app: Flask
    home: Part
    away: Part
    now: datetime


def two_territories(database: Database) -> TwoTerritories:
    """Make them."""
    world = World(database)
    now = world.at(f"{DAY} 08:30")
    parts = [_part(world, mark, now) for mark in ("HOME", "AWAY")]
    url = database.url.render_as_string(hide_password=False)
    settings = Settings.model_validate(
        {
            "database_url": url,
            "TWILIO_AUTH_TOKEN": "a token for tests",
            "template_account": "punctual",
            "template_secret": "a secret of both sides",
        }
    )
    app = create_app(database, settings, machine_clock=FixedClock(now))
    return TwoTerritories(database, app, parts[0], parts[1], now)


def _part(world: World, mark: str, now: datetime) -> Part:
    contractor_id = world.do(lambda session: _places(world, session, mark))
    order_id = world.order(OrderKind.REPAIR, f"{DAY} 08:00")
    visit_id = world.visit(order_id)
    ids = {"order_id": order_id, "visit_id": visit_id, "technician_id": world.ids["technician"]}
    ids |= world.do(lambda session: _things(world, session, mark, ids, now))
    return Part(mark, world.ids["territory"], contractor_id, ids)


def _places(world: World, session: Session, mark: str) -> int:
    territory = Territory(code=mark, name=f"{mark} hills", time_zone=world.time_zone)
    contractor = Contractor(name=f"{mark} builders")
    session.add_all([territory, contractor])
    session.flush()
    community = Community(territory_id=territory.id, name=f"{mark} garden")
    session.add(community)
    session.flush()
    homes = [
        Premises(community_id=community.id, street=f"{mark} road {n}", lat=32.06 + len(mark), lon=118.78)
        for n in (1, 2)
    ]
    technician = Technician(
        badge=f"{mark}-1",
        name=f"{mark} Wang",
        phone=f"+8613800000{territory.id:03d}",
        territory_id=territory.id,
        contractor_id=contractor.id,
        device_id=f"phone-{mark}",
    )
    session.add_all([*homes, technician])
    session.flush()
    world.ids |= {
        "territory": territory.id,
        "community": community.id,
        "premises": homes[0].id,
        "other_premises": homes[1].id,
        "technician": technician.id,
    }
    return contractor.id


def _things(world: World, session: Session, mark: str, ids: dict[str, int], now: datetime) -> dict[str, int]:
    order = session.get_one(Order, ids["order_id"])
    order.number = f"{mark}-{order.number}"
    for contact in order.contacts:
        contact.name = f"{mark} Zhang"
    territory_id, day = world.ids["territory"], date.fromisoformat(DAY)
    case = open_case(
        session, CaseKind.COMPLAINT, channel=Channel.PAGE, next_step="call", now=now, order_id=order.id, remark=mark
    )
    plan = request_plan(session, territory_id, day, day, budget_s=1, seed=0, request_key=mark, now=now, by="test")
    disruption = report_disruption(
        session,
        DisruptionKind.ABSENT,
        territory_id=territory_id,
        technician_id=ids["technician_id"],
        occurred_at=now,
        now=now,
        by="test",
    )
    user = User(login=mark.lower(), name=f"{mark} Li", created_at=now)
    user.grants.append(Grant(role=Role.VIEWER, territory_id=territory_id))
    session.add(user)
    session.flush()
    case.owner_id = user.id
    open_sign_in(session, user_id=user.id, machine_now=now)
    open_sign_in(session, technician_id=ids["technician_id"], machine_now=now)
    return {
        "case_id": case.id,
        "plan_id": plan.id,
        "disruption_id": disruption.id,
        "user_id": user.id,
        "grant_id": user.grants[0].id,
        "community_id": world.ids["community"],
    }
