"""A technician's phone without script: visits driven through plain forms (R10 to R24, R40)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from dispatch.links import door_code
from dispatch.models import Case, CloseOut, ContactAttempt, FieldReport, Photo, Premises, Visit
from dispatch.rules.datum import Datum
from dispatch.rules.lifecycles import VisitStatus
from tests.phoning import PhonePages

CONDUCT = ("badge_shown", "shoe_covers_worn", "result_shown", "cleaned_up", "nothing_accepted")
GOOD_ACCOUNT = {
    "p.readings.0.kind": "online",
    "p.readings.0.value:int": "1",
    "p.readings.1.kind": "gpon_power_cdbm",
    "p.readings.1.value:cdbm": "19.4",
    **{f"p.checklist.{code}:flag": "yes" for code in CONDUCT},
}
JPEG = b"\xff\xd8\xff\xe0 a picture"


def rows(phone: PhonePages, model: type[Any], **where: object) -> list[Any]:
    with phone.database.read_session() as session:
        return list(session.scalars(select(model).filter_by(**where).options(undefer("*"))))


def to_the_door(phone: PhonePages, visit: int, time: str = "09:50") -> None:
    """Accepted, on the way, and there at this time."""
    phone.press(visit, "accepted")
    phone.press(visit, "set_off")
    phone.at(time)
    phone.press(visit, "arrived")
    assert phone.day.status(visit) == "on_site"


def test_a_visit_goes_from_sent_to_done_by_plain_forms(phone: PhonePages, first: int) -> None:
    assert phone.shown(first) == ["declined", "accepted"]
    assert phone.press(first, "accepted").location == f"/t/visits/{first}"
    phone.at("08:20")
    phone.press(first, "contact_tried", "yes")
    phone.press(first, "time_agreed", fields={"p.time_at:clock": "10:15"})
    assert phone.day.world.local(phone.day.visit(first).appointed_at) == "2026-11-24 10:15"
    phone.at("09:50")
    phone.press(first, "set_off")
    phone.at("10:10")
    phone.press(first, "arrived")
    phone.at("10:50")
    assert phone.press(first, "closed_out", fields=GOOD_ACCOUNT).status_code == 303
    assert phone.day.status(first) == "completed"
    (account,) = rows(phone, CloseOut, visit_id=first)
    assert account.checklist == dict.fromkeys(CONDUCT, True)
    assert phone.shown(first) == ["question_asked"]
    assert {report.outcome for report in rows(phone, FieldReport)} == {"applied"}


def test_the_day_shows_the_current_visit_on_top_and_nothing_personal_before_it_is_sent(
    phone: PhonePages, first: int, second: int
) -> None:
    page = phone.page("/t/")
    assert page.index(f"/t/visits/{first}") < page.index(f"/t/visits/{second}")
    assert "Zhang San" in phone.page(f"/t/visits/{first}")
    hidden = phone.page(f"/t/visits/{second}")
    assert "Zhang San" not in hidden
    assert "13900000001" not in hidden
    assert phone.shown(second) == []


def test_a_time_is_agreed_at_one_tap_inside_what_was_told(phone: PhonePages, first: int) -> None:
    phone.press(first, "accepted")
    choices = phone.form(first, "time_agreed", "p.time_at").buttons
    assert [value[11:16] for _name, value in choices] == ["09:30", "10:00", "10:30", "11:00", "11:30"]
    phone.press(first, "time_agreed", choices[2][1])
    assert phone.day.world.local(phone.day.visit(first).appointed_at) == "2026-11-24 10:30"


def test_without_a_told_window_nobody_sets_off_before_a_time_is_agreed(phone: PhonePages, second: int) -> None:
    phone.day.reach(second, VisitStatus.SENT)
    phone.press(second, "accepted")
    assert "set_off" not in phone.shown(second)
    phone.press(second, "time_agreed", fields={"p.time_at:clock": "13:30"})
    assert "set_off" in phone.shown(second)


def test_a_call_in_vain_names_the_next_band(phone: PhonePages, first: int) -> None:
    phone.press(first, "accepted")
    phone.at("08:40")
    phone.press(first, "contact_tried", "no")
    (attempt,) = rows(phone, ContactAttempt)
    assert (attempt.reached, attempt.call_record.startswith("dialled:")) == (False, True)
    page = phone.page(f"/t/visits/{first}")
    assert "Tried in vain: 1." in page
    assert "Next try: 09:40" in page


def test_a_declined_visit_asks_for_a_reason_and_leaves_the_phone(phone: PhonePages, first: int) -> None:
    assert phone.press(first, "declined").status_code == 400
    assert phone.day.status(first) == "sent"
    assert phone.press(first, "declined", fields={"p.reason": "vehicle"}).location == "/t/"
    assert phone.day.status(first) == "scheduled"


def test_the_door_code_is_the_one_that_the_customer_was_told(phone: PhonePages, first: int) -> None:
    code = door_code(phone.app.extensions["secret"], first, phone.technician)
    to_the_door(phone, first)
    assert f'door-code number">{code}<' in phone.page(f"/t/visits/{first}")


def test_an_arrival_can_be_taken_back_for_five_minutes(phone: PhonePages, first: int) -> None:
    to_the_door(phone, first)
    phone.later(minutes=4)
    phone.press(first, "arrival_undone")
    assert phone.day.status(first) == "en_route"
    phone.press(first, "arrived")
    phone.later(minutes=6)
    assert "arrival_undone" not in phone.shown(first)


def test_nobody_there_goes_with_the_calls_made_from_the_door(phone: PhonePages, first: int) -> None:
    to_the_door(phone, first)
    for minute in (2, 8):
        phone.at(f"09:5{minute}")
        phone.press(first, "contact_tried", "no")
    assert "Calls from the door: 2" in phone.page(f"/t/visits/{first}")
    phone.at("10:06")
    phone.press(first, "nobody_there")
    assert phone.day.status(first) == "not_completed"
    report = rows(phone, FieldReport, kind="nobody_there")[0]
    assert len(report.payload["call_records"]) == 2
    assert report.outcome == "applied"


def test_what_lacks_in_a_close_out_is_said_before_it_is_sent(phone: PhonePages, first: int) -> None:
    to_the_door(phone, first)
    lacking = GOOD_ACCOUNT | {"p.readings.1.value:cdbm": "", "p.remark": "the dog was friendly"}
    answer = phone.press(first, "closed_out", fields=lacking)
    assert answer.status_code == 400
    assert "<li>Optical power</li>" in answer.text
    assert "the dog was friendly" in answer.text
    assert re.search(r'checklist\.cleaned_up:flag" value="yes" checked', answer.text)
    assert phone.day.status(first) == "on_site"
    phone.press(first, "closed_out", fields=lacking | {"anyway": "yes"})
    assert phone.day.status(first) == "completed"
    assert len(rows(phone, Case)) == 1


def test_what_cannot_be_read_is_shown_again_with_a_reason(phone: PhonePages, first: int) -> None:
    to_the_door(phone, first)
    answer = phone.press(first, "not_completed", fields={"p.needs.note": "ladder of 8 m"})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "ladder of 8 m" in answer.text
    assert phone.day.status(first) == "on_site"


def test_what_the_next_person_needs_is_on_the_next_page(phone: PhonePages, first: int) -> None:
    to_the_door(phone, first)
    phone.press(
        first,
        "not_completed",
        fields={
            "p.reason": "missing_part",
            "p.needs.parts:words": "terminal, cable 5 m",
            "p.needs.note": "ask for the key",
        },
    )
    assert phone.day.status(first) == "not_completed"
    with phone.database.read_session() as session:
        follow_up = session.scalars(select(Visit).where(Visit.id > first).order_by(Visit.id.desc())).first()
        assert follow_up is not None
        followed = follow_up.id
    phone.day.place(phone.technician, [(followed, "15:00")])
    page = phone.page(f"/t/visits/{followed}")
    assert "A part is missing" in page
    assert "terminal, cable 5 m" in page
    assert "ask for the key" in page


def test_a_question_at_the_door_is_somebodys_case(phone: PhonePages, first: int) -> None:
    to_the_door(phone, first)
    assert phone.press(first, "question_asked", fields={"p.text": "  "}).status_code == 400
    phone.press(first, "question_asked", fields={"p.text": "Why is the bill higher?"})
    (case,) = rows(phone, Case)
    assert case.kind == "question"
    assert case.visit_id == first


def test_running_over_and_falling_ill_upset_the_day(phone: PhonePages, first: int) -> None:
    to_the_door(phone, first)
    phone.press(first, "running_over", "30")
    assert phone.press(None, "taken_ill").location == "/t/"
    assert [report.outcome for report in rows(phone, FieldReport)][-2:] == ["applied", "applied"]


def test_the_same_form_sent_twice_is_taken_once_and_another_from_an_old_page_is_not_lost(
    phone: PhonePages, first: int
) -> None:
    phone.press(first, "accepted")
    phone.later(seconds=1)
    tried, agreed = phone.form(first, "contact_tried"), phone.form(first, "time_agreed", "p.time_at:clock")
    phone.send(tried, "no")
    phone.send(tried, "no")
    assert len(rows(phone, ContactAttempt)) == 1
    phone.send(agreed, fields={"p.time_at:clock": "10:15"})
    assert phone.day.status(first) == "agreed"


def test_a_photo_is_kept_once_and_only_a_photo(phone: PhonePages, first: int) -> None:
    def send(content: bytes, visit: int = first) -> Any:
        part = b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        photo = b'--edge\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n'
        photo += b"Content-Type: image/jpeg\r\n\r\n" + content + b"\r\n--edge--\r\n"
        body = part % (b"visit_id", str(visit).encode()) + part % (b"purpose", b"terminal") + photo
        kind = "multipart/form-data; boundary=edge"
        return phone.client.post("/t/photos", data=body, content_type=kind, headers={"Accept": "application/json"})

    assert [send(JPEG).status_code, send(JPEG).status_code] == [200, 200]
    assert [photo.content for photo in rows(phone, Photo)] == [JPEG]
    assert send(b"<script>").status_code == 400
    assert send(b"").status_code == 400
    assert send(b"\xff\xd8\xff" + bytes(2_000_000)).status_code == 200
    assert send(b"\xff\xd8\xff" + bytes(6_000_000)).status_code == 413
    assert send(JPEG, visit=999).status_code == 404


def test_another_technicians_visit_is_not_there(phone: PhonePages, foreign: int) -> None:
    for path in (f"/t/visits/{foreign}", f"/t/visits/{foreign}/card", "/t/visits/999"):
        assert phone.client.get(path).status_code == 404
    form = {"kind": "accepted", "sequence": "1"}
    assert phone.client.post(f"/t/visits/{foreign}/report", data=form).status_code == 404
    assert rows(phone, FieldReport) == []


@pytest.mark.parametrize("form", [{}, {"kind": "accepted", "sequence": "x"}, {"kind": "no_such", "sequence": "7"}])
def test_a_form_that_is_not_ours_changes_nothing(phone: PhonePages, first: int, form: dict[str, str]) -> None:
    assert phone.client.post(f"/t/visits/{first}/report", data=form).status_code == 400
    assert rows(phone, FieldReport) == []


def test_nobody_reports_without_signing_in_or_from_another_site(phone: PhonePages, first: int) -> None:
    stranger = phone.app.test_client()
    assert stranger.get("/t/", headers={"Sec-Fetch-Dest": "document"}).status_code == 303
    assert stranger.get("/t/day.json").status_code == 401
    assert stranger.post(f"/t/visits/{first}/report", data={"kind": "accepted", "sequence": "1"}).status_code != 200
    phone.client.form_token = ""
    assert phone.client.post(f"/t/visits/{first}/report", data={"kind": "accepted", "sequence": "1"}).status_code == 400
    assert phone.day.status(first) == "sent"


def test_navigation_says_in_which_datum_it_speaks(phone: PhonePages, first: int) -> None:
    """R82: Nanjing lies where the datums differ."""
    page = phone.page(f"/t/visits/{first}")
    for link in ("geo:32.06", "uri.amap.com/navigation", "coord_type=bd09ll"):
        assert link in page
    assert "maps.apple.com" not in page
    assert ">GCJ-02<" in page

    def move(session: Any) -> None:
        premises = session.scalars(select(Premises).join(Visit).where(Visit.id == first)).one()
        premises.lat, premises.lon, premises.datum = 47.14, 9.52, Datum.WGS84

    phone.day.world.do(move)
    assert "maps.apple.com" in phone.page(f"/t/visits/{first}")


def test_the_card_names_technician_and_order_and_asks_for_no_money(phone: PhonePages, first: int) -> None:
    """R20, R29."""
    page = phone.page(f"/t/visits/{first}/card")
    assert "Li Na" in page
    assert "Nothing is paid at the door" in page
    assert "Zhang San" not in page


@pytest.mark.parametrize(("language", "accept"), [("en", ">Accept<"), ("zh-CN", ">接单<"), ("zh-TW", ">接單<")])
def test_the_pages_speak_three_languages(phone: PhonePages, first: int, language: str, accept: str) -> None:
    page = phone.page(f"/t/visits/{first}", language)
    assert accept in page
    assert "style=" not in page
    for path in ("/t/", f"/t/visits/{first}", f"/t/visits/{first}/card"):
        assert not re.search(r">\s*phone_[a-z_.]+", phone.page(path, language))


def test_a_finished_day_shows_when_tomorrow_begins(phone: PhonePages, first: int, second: int) -> None:
    tomorrow = phone.day.customer()
    phone.day.shift(phone.technician, "08:00-17:00", day="2026-11-25")
    phone.day.cancel(first)
    phone.day.cancel(second)
    assert "There is nothing more planned" in phone.page("/t/")
    phone.at("19:00")
    phone.put_on_route(phone.technician, tomorrow, "2026-11-25 09:00")
    page = phone.page("/t/")
    assert "Tomorrow begins at 09:00" in page
    assert f"/t/visits/{tomorrow}" in page
    assert phone.page(f"/t/visits/{tomorrow}")


def test_the_worker_of_the_pages_is_asked_for_anew_each_time(phone: PhonePages) -> None:
    with phone.app.test_client().get("/sw.js") as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.mimetype == "text/javascript"
        assert b"import" not in answer.data
