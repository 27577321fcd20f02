"""Twilio calls: what became of a message, and what customers write (docs/gateways.md)."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from notifications.build_gateway import twilio_auth_token
from notifications.gateway import Received
from notifications.twilio_codes import read_status
from notifications.twilio_signature import HEADER, is_genuine
from web.auth import for_provider
from web.hooks.taking import keep_receipt, keep_received, settings

#: an answer with nothing in it: what we say, we send ourselves
_NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

twilio_hooks = Blueprint("twilio_hooks", __name__, url_prefix="/hooks/twilio")


@twilio_hooks.before_request
def only_twilio() -> None:
    """Nobody else is listened to."""
    if not is_genuine(twilio_auth_token(settings()), request.url, request.form, request.headers.get(HEADER)):
        abort(403)


@twilio_hooks.post("/status/<int(signed=True):our_id>")
@for_provider
def status(our_id: int) -> Response:
    """What became of the message with this id of ours."""
    receipt = read_status(our_id, request.form)
    if receipt is not None:
        keep_receipt(receipt)
    return Response(status=204)


@twilio_hooks.post("/inbound")
@for_provider
def inbound() -> Response:
    """A customer has written."""
    fields = [request.form.get(name) for name in ("MessageSid", "From", "Body")]
    provider_id, handset, text = fields
    if not provider_id or not handset or text is None:
        abort(400)
    keep_received(Received(provider_id, handset, text), "twilio")
    return Response(_NOTHING_TO_SAY, mimetype="text/xml")
