"""Clients that are signed in: as staff with any grant, or as a technician."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from dispatch.clocks import Clock
from dispatch.db import Database
from dispatch.models import Grant, User
from dispatch.rules.vocabulary import Role
from dispatch.services.open_sign_in import open_sign_in
from web.form_tokens import token_for
from web.session_cookies import Cookie


@dataclass
class MovingClock:
    """A machine clock that stands still until a test moves it."""

    at: datetime

    def now(self) -> datetime:
        """What it shows."""
        return self.at

    def pass_(self, time: timedelta) -> None:
        """Let time pass."""
        self.at += time


class SignedInClient(FlaskClient):
    """A browser with a sign-in; what it posts carries the form token unless it brings its own header."""

    token = ""
    form_token = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        headers = dict(kwargs.pop("headers", None) or {})
        if self.form_token:
            headers.setdefault("X-CSRF-Token", self.form_token)
        return super().open(*args, headers=headers, **kwargs)


def client_for_staff(
    app: Flask,
    role: Role = Role.DISPATCHER,
    *,
    territory_id: int | None = None,
    contractor_id: int | None = None,
    login: str | None = None,
) -> SignedInClient:
    """A browser in which a new or known member of staff with this grant is signed in."""
    database, now = _world(app)
    login = login or f"{role}-{territory_id}-{contractor_id}"
    with database.write_session() as session:
        user = session.scalar(select(User).where(User.login == login))
        if user is None:
            grant = Grant(role=role, territory_id=territory_id, contractor_id=contractor_id)
            user = User(login=login, name=f"Test {role}", created_at=now, grants=[grant])
            session.add(user)
            session.flush()
        token = open_sign_in(session, user_id=user.id, machine_now=now)
    return _client(app, Cookie.STAFF, token)


def client_for_technician(app: Flask, technician_id: int) -> SignedInClient:
    """A browser in which this technician is signed in."""
    database, now = _world(app)
    with database.write_session() as session:
        token = open_sign_in(session, technician_id=technician_id, machine_now=now)
    return _client(app, Cookie.TECHNICIAN, token)


def form_token_in(page: str) -> str:
    """The form token of a page, as its form would send it."""
    found = re.search(r'name="csrf_token" value="([\w-]+)"', page)
    assert found, "the page has no form of ours"
    return found[1]


def _world(app: Flask) -> tuple[Database, datetime]:
    clock: Clock = app.extensions["machine_clock"]
    database: Database = app.extensions["database"]
    return database, clock.now()


def _client(app: Flask, cookie: Cookie, token: str) -> SignedInClient:
    client = SignedInClient(app)
    client.set_cookie(str(cookie), token)
    client.token = token
    client.form_token = token_for(app.extensions["secret"], token)
    return client
