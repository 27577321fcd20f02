"""Orders in the console: finding one, its whole story on one page, and what can be done about it (R41)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dispatch.db import run_use_case
from dispatch.errors import Refusal, Required
from dispatch.phones import mask_phone
from dispatch.queries.move_visits import unbooked_move
from dispatch.queries.order_access import is_order_within
from dispatch.queries.order_search import search_orders
from dispatch.queries.order_story import NoSuchOrder, OrderStory, order_story
from dispatch.queries.shown_offers import ShownOffer, order_of_offer, shown_offers, today_of_visit
from dispatch.rules.access import Permission
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.visit_needs import SERVICES
from dispatch.rules.vocabulary import BreakCause, Channel, PauseCause, ProofKind
from dispatch.services.attribute_cause import attribute_cause
from dispatch.services.book_visit import book_visit
from dispatch.services.cancel_visit import cancel_visit
from dispatch.services.choose_both import PairGone, choose_both
from dispatch.services.choose_slot import choose_slot
from dispatch.services.close_withdrawal import close_withdrawal
from dispatch.services.confirm_working import confirm_working
from dispatch.services.offer_pairs import offer_pairs
from dispatch.services.offer_slots import offer_slots
from dispatch.services.request_withdrawal import request_withdrawal
from dispatch.services.revoke_links import revoke_links
from dispatch.services.revoke_withdrawal import revoke_withdrawal
from dispatch.services.settle_order_dispute import settle_order_dispute
from dispatch.services.stop_order_clock import start_order_clock, stop_order_clock
from dispatch.services.verify_withdrawal import verify_withdrawal
from dispatch.standing_pairs import Pair
from web.at_hand import business_now, database, machine_now, travel
from web.auth import audited, needs, signed_in_staff
from web.console.desk import Refused, do_at_desk, typed, typed_number
from web.console.left_out_words import left_out_words
from web.console.story_words import order_reason_words, reason_words, words_said
from web.reader_language import vary_by_language

order_pages = Blueprint("order_pages", __name__)

#: on how many days windows are looked for
DAYS_AHEAD = 5
#: why a customer withdraws or a visit is cancelled, as codes with words for the customer
WITHDRAWAL_REASONS = ("no_longer_wanted", "too_late", "another_operator", "moves_away", "other")
CANCEL_REASONS = ("customer_request", "fixed_remotely", "incident", "weather", "other")


@dataclass(frozen=True)
class _Rights:
    """What whoever asks may do with the order that is shown."""

    may_serve: bool
    may_verify: bool


# Seeing


@order_pages.get("/console/orders")
@needs(Permission.SEE_ORDER)
def orders() -> Response:
    """The orders within the scope, by `?text=`, `?status=` and `?page=`."""
    staff = signed_in_staff()
    text, status = request.args.get("text", "").strip(), request.args.get("status", "")
    chosen = OrderStatus(status) if status in list(OrderStatus) else None
    page = max(1, request.args.get("page", 1, type=int))
    with database().read_session() as session:
        now = business_now(session)
        scope = staff.scope(Permission.SEE_ORDER)
        found = search_orders(session, scope, text=text, status=chosen, page=page, now=now)
    document = render_template(
        "console/orders.html",
        found=found,
        text=text,
        status=chosen,
        statuses=OrderStatus,
        now=now,
        may_take=staff.may(Permission.SERVE_CUSTOMER),
    )
    return vary_by_language(make_response(document))


@order_pages.get("/console/orders/<int:order_id>")
@needs(Permission.SEE_ORDER)
def order(order_id: int) -> Response:
    """The order's story; `?offers=` shows the windows on offer for one of its visits, `?both` for those of a move."""
    return _story_page(order_id)


def _story_page(order_id: int, refused: Refused | None = None) -> Response:
    staff = signed_in_staff()
    offered_for = request.args.get("offers", type=int)
    with database().read_session() as session:
        now = business_now(session)
        if not is_order_within(session, staff.scope(Permission.SEE_ORDER), order_id, now=now):
            raise NoSuchOrder("order_id")
        story = order_story(session, order_id, now=now)
        rights = _Rights(
            is_order_within(session, staff.scope(Permission.SERVE_CUSTOMER), order_id, now=now),
            is_order_within(session, staff.scope(Permission.VERIFY), order_id, now=now),
        )
        if offered_for is not None and offered_for not in {one.visit_id for one in story.visits}:
            raise NoSuchOrder("visit_id")
        left_out = left_out_words(session, story)
        offers = _offers(session, offered_for, now)
        can_choose_both = rights.may_serve and unbooked_move(session, order_id) is not None
    page = render_template(
        "console/order.html",
        story=story,
        rights=rights,
        now=now,
        refused=refused,
        typed=request.form,
        offered_for=offered_for,
        offers=offers,
        can_choose_both=can_choose_both,
        pairs=_pairs(story, now) if can_choose_both and "both" in request.args else None,
        left_out=left_out,
        was_taken="taken" in request.args,
        reason_words=reason_words,
        order_reason_words=order_reason_words,
        words_said=words_said,
        mask_phone=mask_phone,
        services=SERVICES,
        withdrawal_reasons=WITHDRAWAL_REASONS,
        cancel_reasons=CANCEL_REASONS,
        pause_causes=PauseCause,
        proof_kinds=ProofKind,
        break_causes=BreakCause,
    )
    return vary_by_language(make_response(page, refused.status if refused else 200))


def _offers(session: Session, visit_id: int | None, now: datetime) -> tuple[ShownOffer, ...]:
    """The windows that were shown at a desk for the visit, if there is one."""
    if visit_id is None:
        return ()
    return shown_offers(session, visit_id, Channel.CONSOLE, now=now, machine_now=machine_now())


def _pairs(story: OrderStory, now: datetime) -> list[Pair]:
    """Windows for both visits of a move that can be kept together (R02); looking holds nothing."""
    return offer_pairs(database(), story.order_id, _days(now.astimezone(story.zone)), now=now, travel=travel())


def _days(today_at: datetime) -> list[date]:
    """The days on which windows are looked for."""
    return [today_at.date() + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]


# Doing


def _act(order_id: int, form: str, permission: Permission, action: Callable[[datetime], str | None]) -> Response:
    """Carry out what the form asks for; refused, the page says why and keeps what was typed."""
    now = _require(order_id, permission)
    try:
        where = action(now)
    except Refusal as refusal:
        return _story_page(order_id, Refused(form, refusal))
    return _to(where or url_for("order_pages.order", order_id=order_id, _anchor=form))


def _require(order_id: int, permission: Permission) -> datetime:
    """The operator's clock; raises NoSuchOrder outside of where the permission holds."""
    with database().read_session() as session:
        now = business_now(session)
        if not is_order_within(session, signed_in_staff().scope(permission), order_id, now=now):
            raise NoSuchOrder("order_id")
    return now


def _to(address: str) -> Response:
    return make_response(redirect(address, 303))


@order_pages.post("/console/orders/<int:order_id>/visits/<int:visit_id>/offers")
@needs(Permission.SERVE_CUSTOMER)
def offer(order_id: int, visit_id: int) -> ResponseReturnValue:
    """Look for windows that can be kept on the next days (R16)."""

    def look(now: datetime) -> str:
        with database().read_session() as session:
            found = today_of_visit(session, visit_id, now=now)
        if found is None or found[0] != order_id:
            raise NoSuchOrder("visit_id")
        days = _days(found[1])
        offer_slots(
            database(),
            visit_id,
            days,
            channel=Channel.CONSOLE,
            now=now,
            machine_now=machine_now(),
            travel=travel(),
            most=12,
        )
        return url_for("order_pages.order", order_id=order_id, offers=visit_id, _anchor=f"visit-{visit_id}")

    return _act(order_id, f"visit-{visit_id}", Permission.SERVE_CUSTOMER, look)


@order_pages.post("/console/orders/<int:order_id>/choose")
@needs(Permission.SERVE_CUSTOMER)
def choose(order_id: int) -> ResponseReturnValue:
    """Book the window that the customer has chosen, or move the visit to it."""

    def book(now: datetime) -> str | None:
        offer_id, visit_id = typed_number("offer_id"), typed_number("visit_id")
        with database().read_session() as session:
            found = today_of_visit(session, visit_id, now=now)
            owner = order_of_offer(session, offer_id)
        if found is None or found[0] != order_id or owner not in (order_id, None):
            raise NoSuchOrder("offer_id")
        days = _days(found[1])
        times = {"now": now, "machine_now": machine_now()}
        choice = choose_slot(database(), offer_id, days=days, travel=travel(), **times)
        if choice.kept is None:
            anchor = f"visit-{visit_id}"
            return url_for("order_pages.order", order_id=order_id, offers=visit_id, taken=1, _anchor=anchor)
        kept_id = choice.kept.id
        with audited("book_visit", f"order:{order_id}"):
            run_use_case(database(), lambda session: book_visit(session, kept_id, **times))
        return None

    return _act(order_id, f"visit-{request.form.get('visit_id', '')}", Permission.SERVE_CUSTOMER, book)


@order_pages.post("/console/orders/<int:order_id>/both")
@needs(Permission.SERVE_CUSTOMER)
def both(order_id: int) -> ResponseReturnValue:
    """Book the windows that the customer has chosen for both visits of the move, or neither (R02)."""

    def book(now: datetime) -> None:
        visit_id, starts = typed_number("visit_id"), _starts_typed()
        with database().read_session() as session:
            found = today_of_visit(session, visit_id, now=now)
        if found is None or found[0] != order_id:
            raise NoSuchOrder("visit_id")
        times = {"now": now, "machine_now": machine_now()}
        with audited("book_visit", f"order:{order_id}"):
            choose_both(
                database(), order_id, starts, _days(found[1]), channel=Channel.CONSOLE, travel=travel(), **times
            )

    return _act(order_id, "both", Permission.SERVE_CUSTOMER, book)


def _starts_typed() -> tuple[datetime, datetime]:
    """When the two windows begin, as the form says it; raises PairGone for what it never says."""
    try:
        set_up, recover = (datetime.fromisoformat(text) for text in typed("starts").split())
    except ValueError:
        raise PairGone("order") from None
    if set_up.tzinfo is None or recover.tzinfo is None:
        raise PairGone("order")
    return set_up, recover


@order_pages.post("/console/orders/<int:order_id>/visits/<int:visit_id>/cancel")
@needs(Permission.SERVE_CUSTOMER)
def cancel(order_id: int, visit_id: int) -> ResponseReturnValue:
    """Cancel a visit, with or without the customer's consent."""

    def call_off(now: datetime) -> None:
        with database().read_session() as session:
            found = today_of_visit(session, visit_id, now=now)
        if found is None or found[0] != order_id:
            raise NoSuchOrder("visit_id")
        reason = _one_of("reason", CANCEL_REASONS)
        agreed = "with_consent" in request.form
        by = signed_in_staff().actor
        do_at_desk(
            "cancel_visit",
            f"visit:{visit_id}",
            lambda session: cancel_visit(session, visit_id, reason=reason, with_consent=agreed, now=now, by=by),
        )

    return _act(order_id, f"visit-{visit_id}", Permission.SERVE_CUSTOMER, call_off)


@order_pages.post("/console/orders/<int:order_id>/withdraw")
@needs(Permission.SERVE_CUSTOMER)
def withdraw(order_id: int) -> ResponseReturnValue:
    """The subscriber no longer wants it."""

    def note(now: datetime) -> None:
        reason = _one_of("reason", WITHDRAWAL_REASONS)
        with audited("withdraw_order", f"order:{order_id}"):
            request_withdrawal(database(), order_id, reason=reason, now=now, by=signed_in_staff().actor)

    return _act(order_id, "ending", Permission.SERVE_CUSTOMER, note)


@order_pages.post("/console/orders/<int:order_id>/keep")
@needs(Permission.SERVE_CUSTOMER)
def keep(order_id: int) -> ResponseReturnValue:
    """The subscriber wants it after all."""
    return _simply(order_id, "keep_order", "ending", Permission.SERVE_CUSTOMER, revoke_withdrawal)


@order_pages.post("/console/orders/<int:order_id>/verify")
@needs(Permission.VERIFY)
def verify(order_id: int) -> ResponseReturnValue:
    """The customer was asked, by somebody other than the technician (R13)."""

    def ask(now: datetime) -> None:
        user_id = signed_in_staff().user_id
        do_at_desk(
            "verify_withdrawal",
            f"order:{order_id}",
            lambda session: verify_withdrawal(session, order_id, user_id=user_id, now=now),
        )

    return _act(order_id, "ending", Permission.VERIFY, ask)


@order_pages.post("/console/orders/<int:order_id>/close")
@needs(Permission.VERIFY)
def close(order_id: int) -> ResponseReturnValue:
    """Close what was verified: port and device are free again."""
    return _simply(order_id, "close_order", "ending", Permission.VERIFY, close_withdrawal)


@order_pages.post("/console/orders/<int:order_id>/revoke-links")
@needs(Permission.SERVE_CUSTOMER)
def take_back_links(order_id: int) -> ResponseReturnValue:
    """The customer's link or code has got into wrong hands."""

    def take_back(now: datetime) -> None:
        do_at_desk("revoke_links", f"order:{order_id}", lambda session: revoke_links(session, order_id, now=now))

    return _act(order_id, "people", Permission.SERVE_CUSTOMER, take_back)


@order_pages.post("/console/orders/<int:order_id>/works")
@needs(Permission.SERVE_CUSTOMER)
def works(order_id: int) -> ResponseReturnValue:
    """The customer confirms that it works."""
    return _simply(order_id, "confirm_working", "working", Permission.SERVE_CUSTOMER, confirm_working)


def _simply(
    order_id: int, action: str, form: str, permission: Permission, use_case: Callable[..., object]
) -> ResponseReturnValue:
    by = signed_in_staff().actor

    def do(now: datetime) -> None:
        do_at_desk(action, f"order:{order_id}", lambda session: use_case(session, order_id, now=now, by=by))

    return _act(order_id, form, permission, do)


@order_pages.post("/console/orders/<int:order_id>/pause")
@needs(Permission.VERIFY)
def pause(order_id: int) -> ResponseReturnValue:
    """Stop the clock, with a proof (R51)."""

    def stop(now: datetime) -> None:
        cause = PauseCause(_one_of("cause", tuple(PauseCause)))
        kind = ProofKind(_one_of("proof_kind", tuple(ProofKind)))
        proof_id = typed("proof_id").lower()
        do_at_desk(
            "pause_clock",
            f"order:{order_id}",
            lambda session: stop_order_clock(
                session, order_id, cause=cause, proof_kind=kind, proof_id=proof_id, now=now
            ),
        )

    return _act(order_id, "clock", Permission.VERIFY, stop)


@order_pages.post("/console/orders/<int:order_id>/resume")
@needs(Permission.VERIFY)
def resume(order_id: int) -> ResponseReturnValue:
    """Let the clock go on."""

    def start(now: datetime) -> None:
        proof = typed("proof")
        do_at_desk(
            "resume_clock",
            f"order:{order_id}",
            lambda session: start_order_clock(session, order_id, proof=proof, now=now),
        )

    return _act(order_id, "clock", Permission.VERIFY, start)


@order_pages.post("/console/orders/<int:order_id>/attribute")
@needs(Permission.VERIFY)
def attribute(order_id: int) -> ResponseReturnValue:
    """Say whose doing a broken promise is (R36)."""

    def judge(now: datetime) -> None:
        promise_id = typed_number("promise_id")
        cause = BreakCause(_one_of("cause", tuple(BreakCause)))
        user_id = signed_in_staff().user_id

        def attributed(session: Session) -> None:
            if promise_id not in {one.promise_id for one in order_story(session, order_id, now=now).promises}:
                raise NoSuchOrder("promise_id")
            attribute_cause(session, promise_id, cause, user_id=user_id, now=now)

        do_at_desk("attribute_cause", f"promise:{promise_id}", attributed)

    return _act(order_id, "cause", Permission.VERIFY, judge)


@order_pages.post("/console/orders/<int:order_id>/settle")
@needs(Permission.VERIFY)
def settle(order_id: int) -> ResponseReturnValue:
    """Decide a dispute about a pause (R51)."""

    def decide(now: datetime) -> None:
        case_id, is_upheld = typed_number("case_id"), _one_of("decision", ("upheld", "rejected")) == "upheld"
        user_id = signed_in_staff().user_id
        do_at_desk(
            "settle_dispute",
            f"case:{case_id}",
            lambda session: settle_order_dispute(
                session, order_id, case_id, is_upheld=is_upheld, user_id=user_id, now=now
            ),
        )

    return _act(order_id, "dispute", Permission.VERIFY, decide)


def _one_of(name: str, allowed: tuple[str, ...]) -> str:
    """The code in a field; raises Required unless it is one of those allowed."""
    code = typed(name)
    if code not in allowed:
        raise Required(name)
    return code
