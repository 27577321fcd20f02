"""The made-up district of the demonstration: estates, technicians and a day's orders.

Real coordinates of a part of Nanjing, invented everything else. Seeded: the same every time.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.models import Community, Premises, Shift, Technician, TechnicianSkill, Territory
from dispatch.rules.datum import Datum
from dispatch.rules.events import ServiceSeenWorking
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, Priority
from dispatch.services.record import record
from dispatch.services.register_skill import register_skill
from dispatch.services.request_visits import request_visits
from dispatch.services.take_order import NewContact, NewOrder, take_order

ORDERS = 120
TECHNICIANS = 14
#: estates with their centres; the second is premium
ESTATES = (("龙江花园", 32.0660, 118.7420), ("江畔嘉园", 32.0815, 118.7295), ("南湖新村", 32.0270, 118.7610))
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱"
_GIVEN_NAMES = ("强", "敏", "建国", "洁", "志远", "勇", "海燕", "军", "明辉")


def build_district(
    session: Session, morning: datetime, time_zone: str, *, seed: int, progress: Callable[[int], None]
) -> int:
    """Put estates, technicians and orders into the database as of `morning`; the territory's id."""
    chance = random.Random(seed)
    territory = Territory(code="gulou", name="鼓楼", time_zone=time_zone)
    session.add(territory)
    session.flush()
    homes = _homes(session, territory, morning, chance)
    _technicians(session, territory, morning, chance)
    for number in range(ORDERS):
        _order(session, homes[number], number, morning, chance)
        progress(number + 1)
    return territory.id


def _homes(session: Session, territory: Territory, morning: datetime, chance: random.Random) -> list[Premises]:
    homes: list[Premises] = []
    for index, (name, lat, lon) in enumerate(ESTATES):
        premium_from_on = morning.date() - timedelta(days=30) if index == 1 else None
        community = Community(territory_id=territory.id, name=name, premium_from_on=premium_from_on)
        session.add(community)
        session.flush()
        homes += [
            Premises(
                community_id=community.id,
                street=f"{name}{home + 1}栋",
                unit=str(101 + home % 30),
                city="南京",
                lat=round(lat + chance.uniform(-0.012, 0.012), 6),
                lon=round(lon + chance.uniform(-0.012, 0.012), 6),
                datum=Datum.WGS84,
            )
            for home in range(ORDERS // len(ESTATES))
        ]
    session.add_all(homes)
    session.flush()
    chance.shuffle(homes)
    return homes


def _technicians(session: Session, territory: Territory, morning: datetime, chance: random.Random) -> None:
    skill = register_skill(session, "fibre")
    for number in range(TECHNICIANS):
        technician = Technician(
            badge=f"05{number + 1:02}",
            name=_SURNAMES[number % len(_SURNAMES)] + _GIVEN_NAMES[number % len(_GIVEN_NAMES)],
            phone=f"+86138000{number:05}",
            territory_id=territory.id,
            home_lat=round(32.055 + chance.uniform(-0.04, 0.04), 6),
            home_lon=round(118.745 + chance.uniform(-0.04, 0.04), 6),
            skills=[TechnicianSkill(skill_id=skill.id, skill=skill)],
        )
        session.add(technician)
        session.flush()
        session.add_all(_shift(technician, territory, morning + timedelta(days=day)) for day in range(3))


def _shift(technician: Technician, territory: Territory, starts_at: datetime) -> Shift:
    return Shift(
        technician_id=technician.id,
        territory_id=territory.id,
        day_on=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=10),
        break_s=45 * 60,
        break_from_at=starts_at + timedelta(hours=3, minutes=30),
        break_until_at=starts_at + timedelta(hours=5),
    )


def _order(session: Session, home: Premises, number: int, morning: datetime, chance: random.Random) -> None:
    """One order of the last twenty hours; a third of them is done by the morning, a few of those too late."""
    received_at = morning - timedelta(minutes=chance.randint(10, 20 * 60))
    new = NewOrder(
        kind=chance.choices([OrderKind.REPAIR, OrderKind.INSTALL], weights=[3, 2])[0],
        service="fibre",
        received_at=received_at,
        premises_id=home.id,
        contacts=(NewContact(ContactRole.SUBSCRIBER, f"客户{number + 1}", f"+86139000{number:05}", "zh_Hans_CN"),),
        channel=Channel.PAGE,
        priority=Priority.EMERGENCY if chance.random() < 0.02 else Priority.NORMAL,
        contracted_mbps=chance.choice([100, 300, 500, 1000]),
    )
    order = take_order(session, new, now=received_at)
    if chance.random() < 0.35:
        done_at = min(received_at + timedelta(minutes=chance.randint(90, 18 * 60)), morning)
        record(session, ServiceSeenWorking(occurred_at=done_at, order_id=order.id), now=done_at)
    else:
        request_visits(session, order, now=received_at, by="channel:page")
