"""Orders come in from files: once, whole, with notices where something had to be assumed."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Community, Contact, Event, Order, Premises, Promise, Territory, Visit
from dispatch.rules.datum import Coordinate, Datum
from dispatch.rules.import_report import ImportReport, Notice, Outcome
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, VisitPurpose
from dispatch.services.choose_territory import TerritoryNeeded
from dispatch.services.take_order import NewContact, NewOrder, take_order
from tests.importing import NOW, ORDER, bring_orders, csv_of, found

FOUND = Coordinate(47.11, 9.55, Datum.WGS84)


@pytest.fixture
def operator(database: Database) -> Database:
    """The database of an operator that has taken no order yet."""
    found(database)
    return database


def outcomes(report: ImportReport) -> list[str]:
    return [result.refusal.code if result.refusal else result.outcome.value for result in report.results]


def notices(report: ImportReport) -> set[Notice]:
    return {notice for result in report.results for notice in result.notices}


def one(database: Database, **changes: str) -> ImportReport:
    return bring_orders(database, csv_of(ORDER | changes))


def log(database: Database) -> list[str]:
    with database.read_session() as session:
        return list(session.scalars(select(Event.kind).order_by(Event.id)))


def numbered(*numbers: int, **changes: str) -> list[Mapping[str, str]]:
    return [ORDER | {"external_id": f"A-{number}", "house_number": str(number)} | changes for number in numbers]


def test_an_order_comes_in_with_its_promise_and_its_visit(operator: Database) -> None:
    report = one(operator, preferred="2026-11-24 AM", kind="install")
    assert outcomes(report) == ["accepted"]
    assert log(operator)[1:] == ["order_received", "promise_opened", "visit_requested"]
    with operator.read_session() as session:
        visit = session.scalars(select(Visit)).one()
        assert (visit.purpose, visit.duration_s, visit.number) == (VisitPurpose.SET_UP, 75 * 60, 1)
        assert [(skill.skill.code, skill.level) for skill in visit.skills] == [("fibre", 1)]
        assert visit.wanted_from_at == NOW + timedelta(days=1, hours=1)
        assert visit.wanted_until_at == NOW + timedelta(days=1, hours=5)
        assert session.scalars(select(Promise.due_at)).one() == visit.order.received_at + timedelta(hours=72)


def test_a_window_that_has_ended_by_now_is_to_be_booked_anew(operator: Database) -> None:
    report = one(operator, received_at="2026-11-22 10:00", preferred="2026-11-22 PM")
    assert (outcomes(report), Notice.WINDOW_OVER in notices(report)) == (["accepted"], True)
    with operator.read_session() as session:
        assert session.scalars(select(Visit.wanted_from_at)).one() is None


def test_a_window_that_has_begun_is_kept(operator: Database) -> None:
    report = one(operator, preferred="2026-11-23 06:00-08:00")
    assert Notice.WINDOW_OVER not in notices(report)


def test_a_promise_past_due_at_import_is_silent(operator: Database) -> None:
    one(operator, received_at="2026-11-20 10:00")
    with operator.read_session() as session:
        assert session.scalars(select(Promise.is_silent)).one()


def test_a_move_gets_a_visit_at_each_place(operator: Database) -> None:
    """R02."""
    old = {"old_street": "Dorf", "old_house_number": "49", "old_community": "Schellenberg"}
    report = one(operator, kind="move", preferred="2026-11-24", **old, old_lat="47.23", old_lon="9.54")
    assert outcomes(report) == ["accepted"]
    with operator.read_session() as session:
        new, recover = session.scalars(select(Visit).order_by(Visit.number)).all()
        assert (new.purpose, new.premises.street) == (VisitPurpose.SET_UP, "Wangerbergstrasse")
        assert (recover.purpose, recover.premises.street) == (VisitPurpose.RECOVER, "Dorf")
        assert recover.order_id == new.order_id
        assert new.wanted_from_at is not None
        assert recover.wanted_from_at is None


def test_a_move_without_its_old_place_gets_one_visit(operator: Database) -> None:
    one(operator, kind="move")
    with operator.read_session() as session:
        assert session.scalars(select(Visit.purpose)).all() == [VisitPurpose.SET_UP]


@pytest.mark.parametrize(
    ("written", "kept", "is_noticed"),
    [
        ("en", "en", False),
        ("zh", "zh_Hans_CN", False),
        ("zh-TW", "zh_Hant_TW", False),
        ("", "zh_Hans_CN", False),
        ("de", "zh_Hans_CN", True),
        ("??", "zh_Hans_CN", True),
    ],
)
def test_languages(operator: Database, written: str, kept: str, is_noticed: bool) -> None:
    report = one(operator, language=written)
    assert (Notice.UNKNOWN_LANGUAGE in notices(report)) is is_noticed
    with operator.read_session() as session:
        assert session.scalars(select(Contact.language)).one() == kept


def test_people_in_their_roles(operator: Database) -> None:
    """R28."""
    one(operator, on_site="Ida Sele", on_site_phone="020 7946 0018")
    with operator.read_session() as session:
        people = session.scalars(select(Contact).order_by(Contact.id)).all()
        assert [(person.role, person.phone) for person in people] == [
            (ContactRole.SUBSCRIBER, "+447700900821"),
            (ContactRole.ON_SITE, "+442079460018"),
        ]
        assert [person.channel for person in people] == [Channel.SMS, Channel.VOICE]


def test_an_unknown_estate_is_added_once(operator: Database) -> None:
    report = bring_orders(operator, csv_of(*numbered(1, 2)))
    assert [Notice.NEW_COMMUNITY in result.notices for result in report.results] == [True, False]
    with operator.read_session() as session:
        community = session.scalars(select(Community)).one()
        assert (community.is_serviceable, community.premium_from_on) == (True, None)
        assert (community.territory.code, community.territory.time_zone) == ("main", "Europe/Vaduz")


def test_an_estate_that_cannot_be_served_gets_no_promise(operator: Database) -> None:
    """R05."""
    one(operator)

    with operator.write_session() as session:
        session.scalars(select(Community)).one().is_serviceable = False
    report = bring_orders(operator, csv_of(*numbered(2)))
    assert Notice.NOT_SERVICEABLE in notices(report)
    assert "promise_withheld" in log(operator)


def test_two_orders_at_one_address_are_at_one_place(operator: Database) -> None:
    bring_orders(operator, csv_of(ORDER, ORDER | {"external_id": "A-2", "lat": "47.2"}))
    with operator.read_session() as session:
        assert session.scalars(select(Premises.lat)).all() == [47.112135]


# --- places ------------------------------------------------------------------------------


def test_an_address_without_coordinates_is_looked_up(operator: Database) -> None:
    asked: list[str] = []

    def locate(address: str) -> Coordinate:
        asked.append(address)
        return FOUND

    report = bring_orders(operator, csv_of(*numbered(1, 2, lat="", house_number="68")), locate=locate)
    assert asked == ["Wangerbergstrasse 68, 9497 Triesenberg"]
    assert notices(report) == {Notice.LOCATED, Notice.NEW_COMMUNITY}
    with operator.read_session() as session:
        assert session.scalars(select(Premises.lat)).all() == [47.11]


def test_an_address_that_nobody_knows_stays_unlocated(operator: Database) -> None:
    report = one(operator, lat="", lon="")
    assert (outcomes(report), Notice.UNLOCATED in notices(report)) == (["accepted"], True)


def test_an_address_may_be_found_by_a_later_import_of_the_same_file(operator: Database) -> None:
    file = csv_of(ORDER | {"lat": ""})
    bring_orders(operator, file)
    assert outcomes(bring_orders(operator, file)) == ["unchanged"]
    report = bring_orders(operator, file, locate=lambda _address: FOUND)
    assert (outcomes(report), notices(report)) == (["updated"], {Notice.LOCATED})
    assert log(operator)[-1] == "order_located"
    events = len(log(operator))
    assert outcomes(bring_orders(operator, file, locate=lambda _address: FOUND)) == ["unchanged"]
    assert len(log(operator)) == events


# --- the same and not the same -----------------------------------------------------------


def test_the_same_row_again_is_unchanged_whatever_its_phone_looks_like(operator: Database) -> None:
    one(operator)
    events = len(log(operator))
    assert outcomes(one(operator, phone="+44 7700 900 821")) == ["unchanged"]
    assert outcomes(bring_orders(operator, csv_of(ORDER), now=NOW + timedelta(days=30))) == ["unchanged"]
    assert len(log(operator)) == events


def test_the_same_id_with_other_content_is_refused(operator: Database) -> None:
    report = bring_orders(operator, csv_of(ORDER, ORDER | {"note": "ring twice"}, ORDER))
    assert outcomes(report) == ["accepted", "conflicting_duplicate", "unchanged"]
    assert report.results[1].refusal is not None
    assert report.results[1].refusal.field == "external_id"


def test_an_id_that_came_in_another_way_is_refused(operator: Database) -> None:
    one(operator, external_id="B-1")
    contact = NewContact(ContactRole.SUBSCRIBER, "Ida", "+447700900000", "en")
    with operator.write_session() as session:
        place = session.scalars(select(Premises.id)).one()
        new = NewOrder(OrderKind.REPAIR, "fibre", NOW, place, (contact,), Channel.API, external_id="A-1")
        take_order(session, new, now=NOW)
    assert outcomes(one(operator)) == ["conflicting_duplicate"]


def test_an_id_whose_first_row_was_rejected_is_free(operator: Database) -> None:
    assert outcomes(bring_orders(operator, csv_of(ORDER | {"phone": "12"}, ORDER))) == ["invalid_phone", "accepted"]


def test_a_file_of_faults_leaves_nothing_behind(operator: Database) -> None:
    report = bring_orders(operator, csv_of(*numbered(1, 2, phone="12")))
    assert outcomes(report) == ["invalid_phone", "invalid_phone"]
    with operator.read_session() as session:
        assert session.scalars(select(Territory)).all() == []


def test_a_rejected_duplicate_leaves_no_estate_behind(operator: Database) -> None:
    bring_orders(operator, csv_of(ORDER, ORDER | {"community": "Malbun"}))
    with operator.read_session() as session:
        assert session.scalars(select(Community.name)).all() == ["Triesenberg"]


def test_two_imports_of_one_file_at_once_take_each_order_once(operator: Database) -> None:
    file = csv_of(*numbered(*range(40)))
    with ThreadPoolExecutor(3) as threads:
        reports = list(threads.map(lambda _n: bring_orders(operator, file), range(3)))
    counts = [sum(result.outcome is Outcome.ACCEPTED for result in report.results) for report in reports]
    assert sum(counts) == 40
    assert not any(report.rejects for report in reports)
    with operator.read_session() as session:
        assert len(session.scalars(select(Order.id)).all()) == 40
        assert len(session.scalars(select(Visit.id)).all()) == 40
        assert len(session.scalars(select(Premises.id)).all()) == 40


# --- territories -------------------------------------------------------------------------


def test_a_territory_may_be_named(operator: Database) -> None:
    bring_orders(operator, csv_of(ORDER), territory="oberland")
    bring_orders(operator, csv_of(*numbered(2, community="Vaduz")), territory="unterland")
    with operator.read_session() as session:
        names = {community.name: community.territory.code for community in session.scalars(select(Community))}
    assert names == {"Triesenberg": "oberland", "Vaduz": "unterland"}


def test_with_several_territories_one_must_be_named(operator: Database) -> None:
    with operator.write_session() as session:
        for code in ("oberland", "unterland"):
            session.add(Territory(code=code, name=code, time_zone="Europe/Vaduz"))
    with pytest.raises(TerritoryNeeded):
        one(operator)
    assert outcomes(bring_orders(operator, csv_of(ORDER), territory="oberland")) == ["accepted"]


def test_an_order_received_after_the_import_is_noticed(operator: Database) -> None:
    assert Notice.RECEIVED_LATER in notices(one(operator, received_at="2026-11-23 07:01"))
