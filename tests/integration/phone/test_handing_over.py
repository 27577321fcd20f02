"""What a phone's script hands over, and how it learns what has changed; on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dispatch.db import Database
from dispatch.links import Secret
from dispatch.models import Announcement, FieldReport, Stop, Technician, Visit
from dispatch.queries.phone_visits import PhoneVisit
from dispatch.queries.technician_day import TechnicianDay, technician_day
from dispatch.rules.events import VisitSent
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import PromiseKind, ReportKind
from dispatch.services.record import record
from tests.phoning import DEVICE, PhonePages


def stored(phone: PhonePages) -> list[tuple[str, int, str]]:
    with phone.database.read_session() as session:
        found = session.scalars(select(FieldReport).order_by(FieldReport.sequence))
        return [(report.kind, report.sequence, report.device_id) for report in found]


def said(answer: TestResponse) -> dict[str, Any]:
    """The document of an answer."""
    document: dict[str, Any] = answer.get_json()
    return document


def seen(phone: PhonePages) -> TechnicianDay:
    """What the phone shows now."""
    with phone.database.read_session() as session:
        return technician_day(session, phone.technician, now=phone.day.now, secret=Secret(b"a secret of the test"))


def seen_visit(phone: PhonePages, visit_id: int) -> PhoneVisit:
    found = seen(phone).visit(visit_id)
    assert found is not None
    return found


def test_a_whole_visit_handed_over_at_once_is_as_if_it_had_come_one_by_one(
    database: Database, phone: PhonePages, first: int
) -> None:
    account = {
        "checklist": dict.fromkeys(
            ("badge_shown", "shoe_covers_worn", "result_shown", "cleaned_up", "nothing_accepted"), True
        ),
        "readings": [
            {"kind": "online", "value": 1, "taken_at": phone.day.now.isoformat()},
            {"kind": "gpon_power_cdbm", "value": -1940, "taken_at": phone.day.now.isoformat()},
        ],
    }
    phone.at("10:50")
    answer = phone.hand_over(
        (1, "accepted", first, {}),
        (2, "contact_tried", first, {"reached": True, "channel": "voice"}),
        (3, "time_agreed", first, {"time_at": phone.day.now.isoformat()}),
        (4, "set_off", first, {}),
        (5, "arrived", first, {"lat": 32.06, "lon": 118.78, "datum": "WGS84"}),
        (6, "closed_out", first, account),
    )
    assert answer.status_code == 200
    assert [one["outcome"] for one in said(answer)["taken"]] == ["applied"] * 6
    assert phone.day.status(first) == "completed"
    shown = {one["visit_id"]: one["status"] for one in said(answer)["day"]["visits"]}
    assert shown[first] == "completed"
    assert {device for _kind, _sequence, device in stored(phone)} == {f"{DEVICE}.{phone.technician}"}


def test_what_comes_twice_is_taken_once(phone: PhonePages, first: int) -> None:
    one = said(phone.hand_over((1, "accepted", first, {})))["taken"]
    again = said(phone.hand_over((1, "accepted", first, {}), (2, "accepted", first, {})))["taken"]
    assert one == again[:1]
    assert again[1]["outcome"] == "known"
    assert len(stored(phone)) == 2


def test_an_empty_list_is_a_sign_of_life(phone: PhonePages) -> None:
    phone.later(minutes=3)
    assert said(phone.hand_over())["taken"] == []
    with phone.database.read_session() as session:
        assert session.get_one(Technician, phone.technician).heard_at == phone.day.now


def test_a_report_about_a_stranger_is_refused_and_the_others_are_taken(
    phone: PhonePages, first: int, foreign: int
) -> None:
    answer = phone.hand_over((1, "accepted", foreign, {}), (2, "accepted", first, {}), (3, "accepted", 999, {}))
    assert answer.status_code == 200
    outcomes = {one["sequence"]: one["outcome"] for one in said(answer)["taken"]}
    assert outcomes == {1: "refused", 2: "applied", 3: "refused"}
    alone = phone.hand_over((4, "accepted", foreign, {}))
    assert alone.status_code == 404
    assert said(alone)["taken"][0]["reason"] == "not_yours"
    assert [sequence for _kind, sequence, _device in stored(phone)] == [2]


def test_a_visit_that_was_given_away_meanwhile_is_still_reported_about(
    database: Database, phone: PhonePages, first: int
) -> None:
    """A fact from the field is always accepted; one that no longer fits is somebody's case, and the page says so."""
    phone.hand_over((1, "accepted", first, {}))
    other = phone.day.technician()

    def give_away(session: Session) -> None:
        stop = session.scalars(select(Stop).where(Stop.visit_id == first)).one()
        session.delete(stop)
        session.get_one(Visit, first).move_to(VisitStatus.SCHEDULED, at=phone.day.now, by="desk", reason="reassigned")

    _send(phone, first)
    phone.day.world.do(give_away)
    phone.put_on_route(other, first, "2026-11-24 11:00")
    answer = phone.hand_over((2, "arrived", first, {}))
    assert answer.status_code == 200
    (taken,) = said(answer)["taken"]
    assert taken["outcome"] == "conflict"
    (conflict,) = said(answer)["day"]["conflicts"]
    assert conflict["sequence"] == 2
    assert conflict["case_number"] in phone.page("/t/")
    assert phone.client.get(f"/t/visits/{first}").status_code == 404


def _send(phone: PhonePages, visit_id: int) -> None:
    """Let the log know that the visit was on this phone."""

    def note(session: Session) -> None:
        visit = session.get_one(Visit, visit_id)
        about = {"order_id": visit.order_id, "visit_id": visit_id, "technician_id": phone.technician}
        record(session, VisitSent(occurred_at=phone.day.now, **about), now=phone.day.now)

    phone.day.world.do(note)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"device_id": "../../x"}, "device_id"),
        ({"device_now": "2026-11-24 08:00"}, "device_now"),
        ({"device_now": "0001-01-01T00:00:00Z"}, "device_now"),
        ({"reports": {}}, "reports"),
        ({"reports": [{}] * 201}, "reports"),
        ({"reports": ["x"]}, "reports.0"),
        ({"reports": [{"sequence": True, "kind": "accepted"}]}, "reports.0.sequence"),
        ({"reports": [{"sequence": 2**60, "kind": "accepted"}]}, "reports.0.sequence"),
        ({"reports": [{"sequence": 1, "kind": ""}]}, "reports.0.kind"),
        ({"reports": [{"sequence": 1, "kind": "accepted", "device_at": 7}]}, "reports.0.device_at"),
    ],
)
def test_what_cannot_be_taken_at_all_is_named(phone: PhonePages, changed: dict[str, Any], field: str) -> None:
    answer = phone.hand_over(**changed)
    assert answer.status_code == 400
    assert said(answer)["error"] == "invalid_sync"
    assert said(answer)["message"].startswith(f"{field}:")
    assert stored(phone) == []


@pytest.mark.parametrize("body", [b"", b"[", b"[" * 100_000, b"null", b'"x"'])
def test_a_body_that_is_no_document_is_refused(phone: PhonePages, body: bytes) -> None:
    answer = phone.client.post("/t/reports", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_report_that_cannot_be_read_is_kept_all_the_same(database: Database, phone: PhonePages, first: int) -> None:
    """What no database keeps is taken out, not refused."""
    phone.hand_over((1, "accepted", first, {}))
    nasty = {"text": "a\0b \ud800", "deep": [{"n": float("nan")}]}
    answer = phone.hand_over((2, "question_asked", first, nasty), (3, "something_new", first, {"x": 1}))
    assert answer.status_code == 200
    assert [one["outcome"] for one in said(answer)["taken"]] == ["applied", "conflict"]


def test_an_unchanged_day_is_not_sent_again(phone: PhonePages, first: int) -> None:
    tag = phone.client.get("/t/day.json").headers["ETag"]
    phone.later(seconds=30)
    again = phone.client.get("/t/day.json", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert datetime.fromisoformat(again.headers["Business-Now"]) == phone.day.now
    phone.press(first, "accepted")
    changed = phone.client.get("/t/day.json", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "Zhang San" not in changed.text
    assert "13900000001" not in changed.text


# What the day knows


def test_the_day_knows_windows_promises_and_the_next_step(database: Database, phone: PhonePages, first: int) -> None:
    visit = seen_visit(phone, first)
    assert visit.is_told
    assert [f"{at:%H:%M}" for at in visit.window or ()] == ["09:30", "11:30"]
    assert visit.next_step is ReportKind.ACCEPTED
    assert visit.offered == (ReportKind.ACCEPTED, ReportKind.DECLINED)
    phone.press(first, "accepted")
    accepted = seen_visit(phone, first)
    assert accepted.contact_due_at is not None
    assert {due.kind for due in accepted.promises} >= {PromiseKind.CONTACT, PromiseKind.ARRIVAL, PromiseKind.REPAIR}
    assert accepted.next_step is ReportKind.CONTACT_TRIED
    assert "Zhang" not in repr(accepted)
    assert "1390000" not in repr(seen(phone))


def test_what_was_announced_last_is_what_the_phone_shows(phone: PhonePages, first: int) -> None:
    def announce(session: Session) -> None:
        at = phone.day.world.at
        for number, (start, end) in enumerate([("10:00", "12:00"), ("10:30", "12:30")], start=2):
            session.add(
                Announcement(
                    visit_id=first,
                    number=number,
                    technician_id=phone.technician,
                    from_at=at(f"2026-11-24 {start}"),
                    until_at=at(f"2026-11-24 {end}"),
                    wanted_at=phone.day.now,
                    told_at=phone.day.now if number == 2 else None,
                )
            )

    phone.day.world.do(announce)
    assert [f"{at:%H:%M}" for at in seen_visit(phone, first).window or ()] == ["10:00", "12:00"]


def test_who_has_agreed_a_time_sees_when_it_is_too_early(phone: PhonePages, first: int) -> None:
    phone.press(first, "accepted")
    phone.press(first, "contact_tried", "yes")
    phone.press(first, "time_agreed", fields={"p.time_at:clock": "10:15"})
    arrival = next(one for one in seen_visit(phone, first).promises if one.kind is PromiseKind.ARRIVAL)
    assert phone.day.world.local(arrival.from_at) == "2026-11-24 10:00"


def test_whom_to_ask_for_is_forgotten_two_hours_after_the_end(phone: PhonePages, first: int) -> None:
    phone.press(first, "accepted")
    phone.press(first, "set_off")
    phone.press(first, "arrived")
    phone.press(first, "not_completed", fields={"p.reason": "more_time"})
    phone.later(minutes=119)
    assert seen_visit(phone, first).person is not None
    phone.later(minutes=2)
    assert seen_visit(phone, first).person is None


def test_after_the_last_vain_try_the_customer_chooses_first(phone: PhonePages, first: int) -> None:
    phone.press(first, "accepted")
    for time in ("08:30", "09:40", "11:40", "17:40"):
        phone.at(time)
        phone.press(first, "contact_tried", "no")
    visit = seen_visit(phone, first)
    assert visit.is_given_up
    assert visit.next_try is None
    assert visit.next_step is None


def test_what_has_begun_comes_before_what_is_planned_earlier(phone: PhonePages, first: int, second: int) -> None:
    current = seen(phone).current
    assert current is not None
    assert current.visit_id == first
    phone.day.reach(second, VisitStatus.EN_ROUTE)
    current = seen(phone).current
    assert current is not None
    assert current.visit_id == second
