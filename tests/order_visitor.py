"""A customer at an order's page: a browser without scripts, on a day on which windows can be booked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dispatch.db import Database
from dispatch.links import Secret, order_link, query_code
from dispatch.models import Order, Visit
from dispatch.settings import Settings
from tests.booking import BookingDay
from web.app import create_app

SECRET = Secret(b"the secret of the order pages")
_FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_OFFER = re.compile('name="offer" value="([0-9]+)"><span class="away">[^<]*</span>([0-9:]+)\N{EN DASH}([0-9:]+)')
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass
class DayClock:
    """Both clocks of the application show the day's time."""

    day: BookingDay

    def now(self) -> datetime:
        """What the day says."""
        return self.day.now


def open_app(database: Database, day: BookingDay, **settings: Any) -> Flask:
    """One instance of the application, which looks at the day's clock."""
    url = database.url.render_as_string(hide_password=False)
    known = Settings(database_url=url, secret_key=SECRET.key.decode(), **settings)  # type: ignore[arg-type]
    app = create_app(database, known, machine_clock=DayClock(day))
    app.extensions["travel"] = day.travel
    app.testing = True
    return app


@dataclass
class Visitor:
    """Reads the page of one order and sends its forms as they stand there."""

    client: FlaskClient
    link: str
    page: TestResponse = field(init=False)

    @classmethod
    def of(cls, app: Flask, day: BookingDay, order_id: int) -> Visitor:
        """Whoever has the order's link."""

        def link(session: Session) -> str:
            return order_link(SECRET, session.get_one(Order, order_id))

        return cls(app.test_client(), day.world.do(link))

    def read(self, path: str | None = None, **headers: str) -> str:
        """Open the page, or another."""
        self.page = self.client.get(path or self.link, headers=headers)
        return self.page.text

    def send(self, address: str, /, **fields: str) -> str:
        """Send the first form of the page whose address ends so, and read what comes of it."""
        self.page = self.post(address, **fields)
        while self.page.status_code == 303:
            self.page = self.client.get(self.page.headers["Location"])
        return self.page.text

    def post(self, ending: str, /, **fields: str) -> TestResponse:
        """Send that form only."""
        address, hidden = next(
            (address, dict(_FIELD.findall(inside)))
            for address, inside in _FORM.findall(self.page.text)
            if address.endswith(ending)
        )
        return self.client.post(address, data={**hidden, **fields})

    def offers(self) -> dict[str, str]:
        """The windows on the page and the offers behind them."""
        found = _OFFER.findall(self.page.text)
        return {f"{from_at}-{until_at}": offer for offer, from_at, until_at in found}


def order_of(day: BookingDay, visit_id: int) -> int:
    """The order of a visit."""
    return day.world.do(lambda s: s.get_one(Visit, visit_id).order_id)


def number_and_code(day: BookingDay, order_id: int) -> tuple[str, str]:
    """What the receipt says."""

    def read(session: Session) -> tuple[str, str]:
        order = session.get_one(Order, order_id)
        return order.number, query_code(SECRET, order)

    return day.world.do(read)
