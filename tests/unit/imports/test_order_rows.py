"""What a row of an order file says, and which cell is at fault if it cannot be used."""

from __future__ import annotations

from datetime import datetime

import pytest

from dispatch.errors import Refusal
from dispatch.rules.datum import Coordinate, Datum
from dispatch.rules.order_rows import ORDER_COLUMNS, OrderRow, read_order_row
from dispatch.rules.vocabulary import ContactRole, OrderKind, Priority
from tests.importing import ORDER, ZONE, british, cells_of


def read(**changes: str) -> OrderRow:
    return read_order_row(cells_of(ORDER | changes, ORDER_COLUMNS), ZONE, british)


def fault(**changes: str) -> tuple[str | None, str]:
    with pytest.raises(Refusal) as refused:
        read(**changes)
    return refused.value.field, refused.value.code


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_a_plain_row() -> None:
    row = read()
    assert (row.external_id, row.kind, row.service) == ("A-1", OrderKind.REPAIR, "fibre")
    assert row.received_at == local("2026-11-23 05:09")
    assert [(person.role, person.name, person.phone) for person in row.people] == [
        (ContactRole.SUBSCRIBER, "Min Kieber", "+447700900821")
    ]
    assert row.place.coordinate == Coordinate(47.112135, 9.545530, Datum.WGS84)
    assert row.place.line == "Wangerbergstrasse 68, 9497 Triesenberg"
    assert (row.contracted_mbps, row.wanted, row.priority) == (1000, None, Priority.NORMAL)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-11-25 AM", "2026-11-25 08:00", "2026-11-25 12:00"),
        ("2026-11-25 pm", "2026-11-25 13:00", "2026-11-25 17:00"),
        ("2026-11-25", "2026-11-25 08:00", "2026-11-25 20:00"),
        ("2026-11-25 10:00-12:00", "2026-11-25 10:00", "2026-11-25 12:00"),
        ("2026-11-25  9:30 \u2013 11:00", "2026-11-25 09:30", "2026-11-25 11:00"),
        ("2026-11-25 \uff11\uff10:00-12:00", "2026-11-25 10:00", "2026-11-25 12:00"),
        ("2026-11-25 20:00-24:00", "2026-11-25 20:00", "2026-11-26 00:00"),
    ],
)
def test_preferred_windows(text: str, begins: str, ends: str) -> None:
    assert read(preferred=text).wanted == (local(begins), local(ends))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 25:00-26:00",
        "2026-11-23 10:60-11:00",
        "2026-11-23 12:00-10:00",
        "2026-11-23 10:00-10:00",
        "2026-11-23 24:00-24:00",
        "2026-11-23 MORNING",
        "2026-11-31 AM",
        "1926-11-23 AM",
        "tomorrow",
        "AM",
        "2026-11-23T10:00",
    ],
)
def test_windows_that_cannot_be_read(text: str) -> None:
    assert fault(preferred=text) == ("preferred", "invalid_window")


def test_a_window_that_was_over_at_receipt_is_refused() -> None:
    assert fault(received_at="2026-11-22 12:30", preferred="2026-11-20 AM") == ("preferred", "window_in_past")
    assert fault(received_at="2026-11-22 12:00", preferred="2026-11-22 AM") == ("preferred", "window_in_past")


def test_a_window_that_had_begun_at_receipt_is_not_refused() -> None:
    assert read(received_at="2026-11-22 11:59", preferred="2026-11-22 AM").wanted is not None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23 05:09", "2026-11-23T05:09+01:00"),
        ("2026-11-23T05:09:30", "2026-11-23T05:09:30+01:00"),
        ("2026-11-23T05:09Z", "2026-11-23T05:09+00:00"),
        ("2026-11-23T05:09+08:00", "2026-11-23T05:09+08:00"),
        ("2026-07-23 05:09", "2026-07-23T05:09+02:00"),
    ],
)
def test_times_of_receipt(text: str, instant: str) -> None:
    assert read(received_at=text).received_at == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "text", ["31/11/2026", "2026-13-40 99:99", "2026-11-23", "0001-01-01 00:00", "9999-12-31 23:59", "2026-W48-1 05:00"]
)
def test_times_that_do_not_exist(text: str) -> None:
    assert fault(received_at=text) == ("received_at", "invalid_time")


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("external_id", "", "required"),
        ("kind", "", "required"),
        ("kind", "Instal", "unknown_kind"),
        ("service", "", "required"),
        ("service", "satellite", "unknown_service"),
        ("received_at", "", "required"),
        ("customer", "", "required"),
        ("phone", "", "required"),
        ("phone", "n/a", "invalid_phone"),
        ("phone", "12", "invalid_phone"),
        ("street", "", "required"),
        ("lat", "91.5", "invalid_coordinate"),
        ("lat", "nan", "invalid_coordinate"),
        ("lat", "4_7", "invalid_coordinate"),
        ("lon", "abc", "invalid_coordinate"),
        ("lon", "-180.5", "invalid_coordinate"),
        ("datum", "MARS", "unknown_datum"),
        ("contracted_mbps", "-5", "invalid_number"),
        ("contracted_mbps", "0", "invalid_number"),
        ("contracted_mbps", "1e3", "invalid_number"),
        ("contracted_mbps", "99999999999999999999", "invalid_number"),
        ("priority", "urgent", "unknown_priority"),
        ("old_street", "Dorf", "not_a_move"),
        ("on_site_phone", "07700 900000", "required"),
    ],
)
def test_faults(column: str, text: str, code: str) -> None:
    field = "on_site" if column == "on_site_phone" else column
    assert fault(**{column: text}) == (field, code)


def test_no_place_in_the_sea_off_africa() -> None:
    assert fault(lat="0", lon="0.0") == ("lat", "invalid_coordinate")


def test_of_several_faults_the_first_in_column_order_counts() -> None:
    assert fault(kind="", phone="", lat="91")[0] == "kind"
    assert fault(phone="", lat="91", preferred="?")[0] == "phone"
    assert fault(lat="91", lon="181", preferred="?")[0] == "lat"


@pytest.mark.parametrize("missing", [{"lat": ""}, {"lon": ""}, {"lat": "", "lon": ""}])
def test_a_missing_number_is_a_missing_coordinate(missing: dict[str, str]) -> None:
    assert read(**missing).place.coordinate is None


def test_the_other_number_is_still_looked_at() -> None:
    assert fault(lat="", lon="abc") == ("lon", "invalid_coordinate")


@pytest.mark.parametrize("text", ["Line Tuning", "line-tuning", "LINE_TUNING"])
def test_codes_in_any_writing(text: str) -> None:
    assert read(kind=text).kind is OrderKind.LINE_TUNING


@pytest.mark.parametrize(("text", "priority"), [("", Priority.NORMAL), ("Emergency", Priority.EMERGENCY)])
def test_priorities(text: str, priority: Priority) -> None:
    assert read(priority=text).priority is priority


@pytest.mark.parametrize(
    "text", ["+447700900821", "07700 900821", "(0)7700-900-821", "+44 7700 900821", "00447700900821"]
)
def test_the_same_number_in_every_writing_is_the_same_row(text: str) -> None:
    assert read(phone=text).people[0].phone == "+447700900821"
    assert read(phone=text).content_hash == read().content_hash


@pytest.mark.parametrize(
    "change", [{"note": "ring twice"}, {"lat": "47.2"}, {"received_at": "2026-11-23 05:10"}, {"customer": "Min K"}]
)
def test_other_content_has_another_hash(change: dict[str, str]) -> None:
    assert read(**change).content_hash != read().content_hash


def test_a_town_stands_in_for_an_estate() -> None:
    assert read(community="", city="Schaan").place.community == "Schaan"
    assert fault(community="", city="") == ("community", "required")


def test_other_people_of_the_order() -> None:
    row = read(on_site="Ida Sele", on_site_phone="07700 900001", substitute="Otto", substitute_phone="07700 900002")
    assert [(person.role, person.phone) for person in row.people[1:]] == [
        (ContactRole.ON_SITE, "+447700900001"),
        (ContactRole.SUBSTITUTE, "+447700900002"),
    ]


def test_a_move_may_name_the_place_left_behind() -> None:
    old = {"old_street": "Dorf", "old_house_number": "49", "old_community": "Schellenberg"}
    row = read(kind="move", **old)
    assert row.old_place is not None
    assert (row.old_place.line, row.old_place.community) == ("Dorf 49", "Schellenberg")
    assert read(kind="move").old_place is None
    assert fault(kind="move", old_city="Schaan") == ("old_street", "required")
