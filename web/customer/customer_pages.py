"""An order's page: by its link, or at the constant address by number and code."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dispatch.db import run_use_case
from dispatch.queries.operator_profile import operator_profile
from dispatch.services.find_order_by_code import find_order_by_code
from dispatch.services.limit_guesses import TooManyGuesses
from notifications.wording import say
from web.at_hand import business_now, database, machine_now, secret
from web.auth import public, wants_document
from web.customer.code_words import next_step, reason_of
from web.customer.message_texts import message_texts
from web.customer.open_order import MINE, NoSuchPage, brand, forget_order, read_page, remember_order
from web.customer.page_times import page_times
from web.customer.progress_steps import part_of_the_way, progress_steps
from web.customer.said import Said
from web.customer.status_document import status_document
from web.reader_language import reader_language, vary_by_language

customer_pages = Blueprint("customer_pages", __name__)


@customer_pages.after_request
def _keep_to_ourselves(response: Response) -> Response:
    """What is behind a link is nobody else's: not kept, not indexed, and its address not passed on."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return vary_by_language(response)


@customer_pages.context_processor
def _frame() -> dict[str, str]:
    """What stands at the head of every page for customers."""
    with database().read_session() as session:
        return {"brand": brand(operator_profile(session))}


@customer_pages.errorhandler(NoSuchPage)
def _say_what_to_do(refusal: NoSuchPage) -> ResponseReturnValue:
    """The same page for every link that opens nothing, whatever the reason."""
    if not wants_document():
        return jsonify(error=refusal.code, message=say(refusal, language=reader_language())), 404
    response = make_response(render_template("customer/link_over.html"), 404)
    forget_order(response)
    return response


@customer_pages.get("/o")
@public
def code_form() -> str:
    """Number and code are asked for."""
    return render_template("customer/order_code.html", refused=None, number="")


@customer_pages.post("/o")
@public
def give_code() -> ResponseReturnValue:
    """The page of the order whose code it is; else the same words for a wrong number and a wrong code."""
    number, code = request.form.get("number", "")[:40], request.form.get("code", "")[:40]

    def look(session: Session) -> tuple[int, int] | None:
        order = find_order_by_code(
            session,
            secret(),
            number,
            code,
            caller=request.remote_addr or "",
            now=business_now(session),
            machine_now=machine_now(),
        )
        return None if order is None else (order.id, order.link_generation)

    try:
        found = run_use_case(database(), look)
    except TooManyGuesses as refusal:
        refused, status = say(refusal, language=reader_language()), 429
    else:
        if found is not None:
            response = make_response(redirect(url_for("customer_pages.order_page", token=MINE), 303))
            remember_order(response, *found)
            return response
        refused, status = say("customer_code_wrong", language=reader_language()), 422
    return render_template("customer/order_code.html", refused=refused, number=number), status


@customer_pages.post("/o/leave")
@public
def leave() -> Response:
    """This browser no longer shows the order."""
    response = make_response(redirect(url_for("customer_pages.code_form"), 303))
    forget_order(response)
    return response


@customer_pages.get("/o/<token>")
@public
def order_page(token: str) -> str:
    """The page itself."""
    opened, page = read_page(token)
    return render_template(
        "customer/order_status.html",
        page=page,
        token=opened.token,
        is_mine=opened.token == MINE,
        times=page_times(page.zone, page.now),
        texts=message_texts(page.sent),
        said=Said.read(request.args.get("said")),
        steps=progress_steps(page),
        road=part_of_the_way(page),
        reason_of=reason_of,
        next_step=next_step,
    )


@customer_pages.get("/o/<token>/status.json")
@public
def order_status(token: str) -> Response:
    """The page as data, with an ETag that changes only with it."""
    _opened, page = read_page(token)
    response = jsonify(status_document(page))
    response.add_etag()
    response.make_conditional(request)
    return response
