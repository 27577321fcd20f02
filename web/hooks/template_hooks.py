"""A template gateway calls: lists of receipts, and of what customers write (docs/gateways.md)."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, abort, jsonify, request

from notifications.build_gateway import template_secret
from notifications.template_push import PushUnreadable, read_receipts, read_received
from web.at_hand import machine_now
from web.auth import for_provider
from web.hooks.taking import keep_receipt, keep_received, settings

_log = structlog.get_logger(__name__)

template_hooks = Blueprint("template_hooks", __name__, url_prefix="/hooks/template")


@template_hooks.before_request
def only_the_provider() -> None:
    """Nobody else is listened to."""
    target = request.full_path if request.query_string else request.path
    body = request.get_data(cache=True)
    if not template_secret(settings()).signed(request.method, target, dict(request.headers), body, now=machine_now()):
        abort(403)


@template_hooks.errorhandler(PushUnreadable)
def unreadable(refusal: PushUnreadable) -> tuple[Response, int]:
    """Not of the protocol: the provider is told which part, and pushes it again."""
    return jsonify(code="MALFORMED", field=refusal.field), 400


@template_hooks.post("/receipts")
@for_provider
def receipts() -> Response:
    """What became of messages; each is kept by itself."""
    pushed = read_receipts(request.get_data())
    for receipt in pushed.items:
        keep_receipt(receipt)
    return _taken(pushed.unreadable)


@template_hooks.post("/messages")
@for_provider
def messages() -> Response:
    """What customers wrote, in the order in which it is listed; each is kept by itself."""
    pushed = read_received(request.get_data())
    for received in pushed.items:
        keep_received(received, "template")
    return _taken(pushed.unreadable)


def _taken(unreadable: int) -> Response:
    if unreadable:
        _log.warning("push_partly_unreadable", path=request.path, items=unreadable)
    return jsonify(code="OK")
