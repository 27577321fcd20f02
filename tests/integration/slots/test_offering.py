"""What is offered: windows that the routes can keep, and nothing else (R09, R16)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Absence, Order, Visit
from dispatch.queries.shown_offers import shown_offers
from dispatch.rules.events import WindowTold
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.slot_windows import Width
from dispatch.rules.vocabulary import Channel, OrderKind
from dispatch.services.offer_slots import offer_slots
from tests.booking import DAY, BookingDay

FINE = ["08:00-10:00", "10:00-12:00", "13:00-15:00", "15:00-17:00"]


@pytest.fixture
def day(database: Database) -> BookingDay:
    """The evening before."""
    return BookingDay.evening_before(database)


def test_a_repair_is_offered_fine_windows_of_the_shift(day: BookingDay) -> None:
    day.technician("08:00-17:00")
    assert day.windows(day.customer()) == FINE


def test_an_install_is_offered_half_days_the_evening_included(day: BookingDay) -> None:
    day.technician("08:00-20:00")
    assert day.windows(day.customer(kind=OrderKind.INSTALL)) == ["08:00-12:00", "13:00-17:00", "17:00-20:00"]


def test_an_install_can_be_asked_for_a_day_or_a_finer_window(day: BookingDay) -> None:
    day.technician("08:00-17:00")
    install = day.customer(kind=OrderKind.INSTALL)
    assert [day.window(offer) for offer in day.offer(install, width=Width.DAY)] == ["08:00-20:00"]
    assert [day.window(offer) for offer in day.offer(install, width=Width.FINE)] == FINE


def test_showing_holds_nothing(day: BookingDay) -> None:
    day.technician()
    first, second = day.customers(2)
    assert day.windows(first) == day.windows(second) == day.windows(first) == FINE
    assert day.places() == []


def test_the_cheapest_are_shown_in_order_of_time(day: BookingDay) -> None:
    """The technician drives from the south to the north: what lies on the way is nearly free."""
    day.technician()
    day.booked("08:00-10:00", north=-0.2, minutes=100)
    day.booked("13:00-15:00", north=0.3, minutes=30)
    between = day.customer(north=0.1, minutes=30)
    assert day.windows(between) == FINE
    assert [day.window(offer) for offer in day.offer(between, most=3)] == FINE[1:]


NEXT_DAY = "2026-11-25"


def test_what_keeps_the_promise_comes_before_what_is_cheaper(day: BookingDay) -> None:
    """The next day a technician is next door all day, but the repair is due at 17:30 today."""
    day.technician()
    day.technician(day=NEXT_DAY)
    day.booked("08:00-10:00", day=NEXT_DAY, north=0.4, minutes=30)
    visit = day.customer(north=0.4, minutes=30)
    by_cost = sorted(day.offer(visit, DAY, NEXT_DAY), key=lambda offer: offer.cost_s)
    assert by_cost[0].from_at > day.world.at(f"{NEXT_DAY} 00:00")
    assert [day.window(offer) for offer in day.offer(visit, DAY, NEXT_DAY, most=4)] == FINE
    assert all(offer.from_at < day.world.at(f"{NEXT_DAY} 00:00") for offer in day.offer(visit, DAY, NEXT_DAY, most=4))


def test_of_windows_that_are_too_late_the_earlier_days_come_first(day: BookingDay) -> None:
    for one in (NEXT_DAY, "2026-11-26"):
        day.technician(day=one)
    day.booked("08:00-10:00", day="2026-11-26", north=0.4, minutes=30)
    visit = day.customer(north=0.4, minutes=30)
    offers = day.offer(visit, NEXT_DAY, "2026-11-26", most=4)
    assert all(offer.from_at < day.world.at("2026-11-26 00:00") for offer in offers)


def test_windows_in_which_the_promise_cannot_be_kept_are_marked(day: BookingDay) -> None:
    """Due at 17:30, two hours of work: only who comes by 15:30 keeps it, and from 15:00 on it may be kept."""
    day.technician()
    day.technician(day=NEXT_DAY)
    visit = day.customer(minutes=120)
    day.offer(visit, DAY, NEXT_DAY)
    with day.database.read_session() as session:
        shown = shown_offers(session, visit, Channel.PAGE, now=day.now, machine_now=day.machine)
    assert [offer.is_too_late for offer in shown] == [False] * 4 + [True] * (len(shown) - 4)
    assert len(shown) > 4


def test_taking_an_old_device_back_is_never_too_late(day: BookingDay) -> None:
    day.technician(day=NEXT_DAY, skills=["fibre"])
    day.technician(day="2026-12-08", skills=["fibre"])
    set_up, recover = day.move()
    for visit, late in ((set_up, True), (recover, False)):
        day.offer(visit, "2026-12-08")
        with day.database.read_session() as session:
            shown = shown_offers(session, visit, Channel.PAGE, now=day.now, machine_now=day.machine)
        assert {offer.is_too_late for offer in shown} == {late}


def test_nothing_is_offered_before_now(day: BookingDay) -> None:
    day.technician()
    day.now = day.world.at(f"{DAY} 13:30")
    assert day.windows(day.customer()) == ["15:00-17:00"]


def test_nothing_is_offered_on_a_day_without_shifts(day: BookingDay) -> None:
    day.technician()
    assert day.windows(day.customer(), "2026-11-25") == []
    assert day.windows(day.customer(), "2026-11-25", DAY) == FINE


def test_nothing_is_offered_on_no_day(day: BookingDay) -> None:
    day.technician()
    none = offer_slots(
        day.database,
        day.customer(),
        [],
        channel=Channel.PAGE,
        now=day.now,
        machine_now=day.machine,
        travel=day.travel,
    )
    assert (none.offers, none.reasons) == ((), ("no_window_ahead",))


def test_nothing_is_offered_for_a_place_that_nobody_knows(day: BookingDay) -> None:
    day.technician()
    assert day.windows(day.customer(located=False)) == []


def test_nothing_is_offered_for_an_order_that_is_over(day: BookingDay) -> None:
    day.technician()
    visit = day.customer()

    def withdraw(session: Session) -> None:
        order = session.get_one(Order, day.visit(visit).order_id)
        order.move_to(OrderStatus.WITHDRAWING, at=day.now, by="test", reason="moved_away")

    day.world.do(withdraw)
    assert day.windows(visit) == []


def test_only_who_has_learned_it_is_offered(day: BookingDay) -> None:
    day.technician("08:00-12:00", skills=["fibre"])
    day.technician("13:00-17:00")
    assert day.windows(day.customer(skills=["fibre"])) == FINE[:2]


def test_a_certificate_that_ends_the_day_before_does_not_count(day: BookingDay) -> None:
    day.technician("08:00-12:00", skills=["fibre"], until="2026-11-23")
    day.technician("13:00-17:00", skills=["fibre"], until=DAY)
    assert day.windows(day.customer(skills=["fibre"])) == FINE[2:]


def test_a_long_visit_is_not_offered_so_late_that_the_shift_cannot_hold_it(day: BookingDay) -> None:
    """At most half an hour of overtime."""
    day.technician("08:00-17:00")
    assert day.windows(day.customer(minutes=150)) == FINE
    assert day.windows(day.customer(minutes=151)) == FINE[:3]
    day.technician("14:00-16:29", day="2026-11-25")
    assert day.windows(day.customer(minutes=180), "2026-11-25") == []


def test_the_break_is_respected(day: BookingDay) -> None:
    """The hour's break must be over by 13:45: two and a half hours of work fit before it."""
    day.technician("10:15-13:45", pause=("12:15", "13:15", 60))
    assert day.windows(day.customer(minutes=150)) == ["10:00-12:00"]
    assert day.windows(day.customer(minutes=151)) == []
    day.booked("10:00-12:00", minutes=60)
    assert day.windows(day.customer(minutes=90)) == ["10:00-12:00"]
    assert day.windows(day.customer(minutes=91)) == []


def test_an_absence_is_respected(day: BookingDay) -> None:
    technician = day.technician("08:00-12:00")
    away = Absence(
        technician_id=technician,
        from_at=day.world.at(f"{DAY} 07:00"),
        until_at=day.world.at(f"{DAY} 13:00"),
        reason="ill",
    )
    day.world.do(lambda session: session.add(away))
    assert day.windows(day.customer()) == []


def test_a_held_place_is_not_offered_to_others(day: BookingDay) -> None:
    """Quotes see tentative stops at once."""
    day.technician("13:00-14:00")
    first, second = day.customers(2)
    offer = day.shown(first, "13:00-15:00")
    assert day.windows(second) == ["13:00-15:00"]
    day.hold(offer)
    assert day.windows(second) == []


def test_what_others_have_booked_is_not_moved_out_of_its_window(day: BookingDay) -> None:
    """Two hours fit from 09:30, with the second booking moved to noon; a minute more does not."""
    day.technician("08:00-12:00")
    day.booked("08:00-10:00", minutes=90)
    day.booked("10:00-12:00", minutes=60)
    assert day.windows(day.customer(minutes=120)) == ["08:00-10:00"]
    assert day.windows(day.customer(minutes=121)) == []


def test_a_pinned_stop_stays_where_it_is(day: BookingDay) -> None:
    """Until it is fixed at 08:00, it makes room for somebody else before it."""
    day.technician("08:00-12:00")
    visit = day.booked("08:00-10:00", minutes=125)
    assert day.start(visit) == f"{DAY} 08:00"
    assert day.windows(day.customer(minutes=115)) == ["08:00-10:00", "10:00-12:00"]
    day.pin(visit)
    assert day.windows(day.customer(minutes=115)) == ["10:00-12:00"]


def test_a_told_window_is_not_taken_from_a_customer_to_make_room(day: BookingDay) -> None:
    """Booked for the morning, then told 08:00 to 08:30: from then on nobody comes first (R11, R16)."""
    day.technician("08:00-11:30")
    install = day.booked("08:00-12:00", kind=OrderKind.INSTALL, minutes=125)
    pressing = day.customer(minutes=115)
    assert day.windows(pressing) == ["08:00-10:00", "10:00-12:00"]
    tell(day, install, "08:00", "08:30")
    assert day.windows(pressing) == ["10:00-12:00"]


def tell(day: BookingDay, visit: int, opens: str, closes: str) -> None:
    """The customer is told a narrower window."""
    day.world.happens(
        WindowTold,
        "2026-11-23 18:00",
        order_id=day.visit(visit).order_id,
        visit_id=visit,
        announcement=1,
        from_at=day.world.at(f"{DAY} {opens}"),
        until_at=day.world.at(f"{DAY} {closes}"),
    )


def test_who_is_running_too_late_for_what_was_promised_gets_nothing_more(day: BookingDay) -> None:
    """At 09:50 the booking of 08:00 to 10:00 has not begun and is half an hour away: it takes no more harm."""
    day.technician("08:00-12:00", north=0.15)
    late = day.booked("08:00-10:00")
    day.now = day.world.at(f"{DAY} 09:50")
    assert day.windows(day.customer()) == []
    before = day.places()
    assert [visit for visit, _ in before] == [late]
    day.technician("10:00-14:00")
    offers = day.offer(day.customer())
    assert [day.window(offer) for offer in offers] == ["10:00-12:00", "13:00-15:00"]
    day.hold(offers[0].id)
    assert set(before) < set(day.places())


def test_nobody_is_pushed_off_a_route_that_has_no_room(day: BookingDay) -> None:
    """A shift that has shrunk under its bookings takes nothing, rather than dropping one of them."""
    technician = day.technician("08:00-12:00")
    visits = [day.booked("08:00-10:00"), day.booked("08:00-10:00", minutes=30), day.booked("10:00-12:00")]

    def shrink(session: Session) -> None:
        absence = Absence(
            technician_id=technician,
            from_at=day.world.at(f"{DAY} 10:00"),
            until_at=day.world.at(f"{DAY} 12:30"),
            reason="ill",
        )
        session.add(absence)

    day.world.do(shrink)
    assert day.windows(day.customer(minutes=10)) == []
    assert [visit for visit, _ in day.places()] == visits


@pytest.mark.parametrize("status", [VisitStatus.EN_ROUTE, VisitStatus.ON_SITE])
def test_what_has_begun_stays_first(day: BookingDay, status: VisitStatus) -> None:
    """At 08:30 somebody is (nearly) on site until 09:30: the window is kept by starting then."""
    day.technician("08:00-12:00")
    begun = day.booked("08:00-10:00")
    day.now = day.world.at(f"{DAY} 08:00")
    day.reach(begun, status)
    offer = day.shown(day.customer(), "10:00-12:00")
    day.hold(offer)
    day.book(offer)
    with day.database.read_session() as session:
        assert session.scalars(select(Visit.id).where(Visit.status == status)).all() == [begun]
    assert day.start(begun) == f"{DAY} 08:00"
    assert day.violations() == []
