"""Technicians sign in by phone and one-time code, on both databases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import AuditEntry, DueWork, Message, SandboxMessage, SignIn, SignInCode, Technician
from dispatch.rules.sign_in_limits import CODE_LIVES, MOST_SENDS, SENDS_WITHIN
from dispatch.services.limit_guesses import MEMORY
from dispatch.services.open_sign_in import revoke_sign_ins
from dispatch.services.sign_in_technician import MOST_FOR_PHONE
from dispatch.settings import Settings
from notifications.gateway import Accepted, Gateway, Outgoing, SendRefused
from notifications.sandbox_gateway import SandboxGateway
from notifications.sms_length import measure
from notifications.template_examples import Size, example
from notifications.templates import SIGN_IN_CODE
from notifications.wording import languages
from tests.signing_in import MovingClock, form_token_in
from tests.world import DownGateway, World
from web.app import create_app
from web.worker import Worker

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PHONE, UNKNOWN = "138 0000 0001", "138 0000 0099"
DAY = "/t/day.json"


class RefusingGateway(SandboxGateway):
    """A provider that knows no such number."""

    def send(self, message: Outgoing) -> Accepted:
        raise SendRefused(reason="invalid_number")


@dataclass
class Phone:
    """A technician's phone: a browser, and the SMS that come to it."""

    app: Flask
    database: Database
    clock: MovingClock
    client: FlaskClient
    gateway: Gateway | None = None

    def ask(self, number: str = PHONE) -> str:
        """Ask for a code; what the page says. A worker does its part."""
        token = form_token_in(self.client.get("/t/sign-in").text)
        answer = self.client.post("/t/sign-in", data={"csrf_token": token, "phone": number})
        self.worker.send_sign_in_codes()
        return re.sub(r'value="[^"]*"', "", answer.text)

    @property
    def worker(self) -> Worker:
        url = self.database.url.render_as_string(hide_password=False)
        return Worker(self.database, Settings(database_url=url), machine=self.clock, gateway=self.gateway)

    def give(self, code: str, number: str = PHONE) -> int:
        """Give a code."""
        token = form_token_in(self.client.get("/t/sign-in").text)
        fields = {"csrf_token": token, "phone": number, "code": code}
        return self.client.post("/t/sign-in/code", data=fields).status_code

    @property
    def codes(self) -> list[str]:
        """The codes in the SMS that came, oldest first."""
        with self.database.read_session() as session:
            texts = session.scalars(select(SandboxMessage.text).order_by(SandboxMessage.id))
            return [re.findall(r"\b\d{6}\b", text)[0] for text in texts]


@pytest.fixture
def phone(database: Database) -> Phone:
    World(database)
    clock = MovingClock(NOW)
    app = create_app(database, machine_clock=clock)
    return Phone(app, database, clock, app.test_client())


def test_the_code_of_the_sms_signs_in_once(phone: Phone, caplog: pytest.LogCaptureFixture) -> None:
    said = phone.ask()
    assert "five minutes" in said
    (code,) = phone.codes
    assert phone.client.get(DAY).status_code == 401
    assert phone.give(f" {code[:3]} {code[3:]} ") == 303
    assert phone.client.get(DAY).status_code == 200
    assert phone.client.get("/").headers["Location"] == "/t/"
    stranger = Phone(phone.app, phone.database, phone.clock, phone.app.test_client())
    assert stranger.give(code) == 400  # it works once
    assert code not in caplog.text
    with phone.database.read_session() as session:
        assert session.scalars(select(Message)).all() == []
        assert session.scalars(select(DueWork).where(DueWork.kind == "send_sign_in_code")).all() == []
        assert [row.was_allowed for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
            True,
            True,
            False,
        ]


def test_a_technicians_sign_in_opens_nothing_of_the_console(phone: Phone) -> None:
    phone.ask()
    phone.give(phone.codes[-1])
    assert phone.client.get("/console/").headers["Location"].startswith("/sign-in")


def test_an_unknown_number_is_answered_alike_and_gets_nothing(phone: Phone) -> None:
    said = phone.ask(UNKNOWN)
    assert phone.codes == []
    assert said == phone.ask(PHONE)
    assert len(phone.codes) == 1
    assert phone.give("123456", UNKNOWN) == 400


def test_a_number_of_two_technicians_signs_neither_in(phone: Phone) -> None:
    with phone.database.write_session() as session:
        known = session.scalars(select(Technician)).one()
        session.add(Technician(badge="0572", name="Li", phone=known.phone, territory_id=known.territory_id))
    phone.ask()
    assert phone.codes == []


def test_a_number_that_is_none_is_said(phone: Phone) -> None:
    token = form_token_in(phone.client.get("/t/sign-in").text)
    answer = phone.client.post("/t/sign-in", data={"csrf_token": token, "phone": "13"})
    assert answer.status_code == 400
    assert "too short" in answer.text


def test_a_code_is_good_for_five_minutes_and_only_the_last_one(phone: Phone) -> None:
    phone.ask()
    phone.ask()
    first, last = phone.codes
    assert first == last or phone.give(first) == 400
    phone.clock.pass_(CODE_LIVES)
    assert phone.give(last) == 400
    phone.ask()
    assert phone.give(phone.codes[-1]) == 303


def test_only_a_keyed_hash_of_the_code_is_kept(phone: Phone) -> None:
    phone.ask()
    with phone.database.read_session() as session:
        kept = session.scalars(select(SignInCode)).one()
    assert phone.codes[0] not in kept.code_hash
    assert len(kept.code_hash) == 64


def test_codes_are_sent_three_times_and_then_after_a_pause(phone: Phone) -> None:
    for _ in range(MOST_SENDS + 2):
        said = phone.ask()
        assert "five minutes" in said  # nothing tells that there are no more
    assert len(phone.codes) == MOST_SENDS
    phone.clock.pass_(SENDS_WITHIN)
    phone.ask()
    assert len(phone.codes) == MOST_SENDS + 1


def test_nobody_tries_all_codes(phone: Phone) -> None:
    phone.ask()
    wrong = "000000" if phone.codes[0] != "000000" else "000001"
    assert [phone.give(wrong) for _ in range(MOST_FOR_PHONE)] == [400] * MOST_FOR_PHONE
    assert phone.give(phone.codes[0]) == 429
    phone.clock.pass_(MEMORY)
    phone.ask()
    assert phone.give(phone.codes[-1]) == 303


def test_a_code_that_was_asked_for_long_ago_is_not_sent(phone: Phone) -> None:
    token = form_token_in(phone.client.get("/t/sign-in").text)
    phone.client.post("/t/sign-in", data={"csrf_token": token, "phone": PHONE})
    phone.clock.pass_(CODE_LIVES)
    assert phone.worker.send_sign_in_codes() == 1
    assert phone.codes == []


def test_a_provider_that_is_not_there_is_tried_again_and_seen(phone: Phone) -> None:
    phone.gateway = DownGateway(phone.database)
    phone.ask()
    with phone.database.read_session() as session:
        assert session.scalars(select(DueWork.failed_code)).all() == ["send_passed"]
    phone.gateway = None
    phone.clock.pass_(timedelta(minutes=1))
    phone.worker.send_sign_in_codes()
    assert phone.give(phone.codes[-1]) == 303


def test_a_provider_that_refuses_is_noted(phone: Phone) -> None:
    phone.gateway = RefusingGateway(phone.database)
    phone.ask()
    with phone.database.read_session() as session:
        noted = session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.was_allowed)).one()
        assert session.scalars(select(DueWork)).all() == []
    assert tuple(noted) == ("technician:1", "send_sign_in_code", False)


def test_a_lost_phone_is_signed_out_and_a_technician_who_left_is(phone: Phone) -> None:
    phone.ask()
    phone.give(phone.codes[-1])
    with phone.database.write_session() as session:
        session.scalars(select(Technician)).one().is_active = False
    assert phone.client.get(DAY).status_code == 401
    with phone.database.write_session() as session:
        session.scalars(select(Technician)).one().is_active = True
    assert phone.client.get(DAY).status_code == 200
    with phone.database.write_session() as session:
        assert revoke_sign_ins(session, technician_id=1, machine_now=phone.clock.at) == 1
    assert phone.client.get(DAY).status_code == 401


def test_signing_out_of_the_phone_ends_it(phone: Phone) -> None:
    phone.ask()
    phone.give(phone.codes[-1])
    token = form_token_in(phone.client.get("/t/").text)
    assert phone.client.post("/t/sign-out", data={"csrf_token": token}).headers["Location"] == "/t/sign-in"
    assert phone.client.get(DAY).status_code == 401
    with phone.database.read_session() as session:
        assert session.scalars(select(SignIn.revoked_at)).one() == NOW


@pytest.mark.parametrize("language", languages())
def test_the_text_is_one_sms_without_a_link(language: str) -> None:
    signature = {"en": "Jiangsu Fibre NJ", "zh_Hans_CN": "江苏联通南京公司", "zh_Hant_TW": "江蘇聯通南京公司"}
    rendered = example(SIGN_IN_CODE.code, language, size=Size.LONGEST, signature=signature[language])
    assert measure(rendered.text).parts == 1
    assert "402917" in rendered.text
    assert not re.search(r"://|www\.|@", rendered.text)
    assert rendered.text[0] in "[【"
