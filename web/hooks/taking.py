"""What a web hook does with what it was called for, once it is sure who calls."""

from __future__ import annotations

import structlog
from flask import current_app

from dispatch.db import run_use_case
from dispatch.phones import InvalidPhone
from dispatch.settings import Settings
from notifications.gateway import Receipt, Received
from notifications.inbound import take_inbound
from notifications.receipts import take_receipt
from web.at_hand import database, look_at_business_clock, machine_now

_log = structlog.get_logger(__name__)


def settings() -> Settings:
    """The settings of this application."""
    found: Settings = current_app.extensions["settings"]
    return found


def keep_receipt(receipt: Receipt) -> bool:
    """Move the message on; whether the receipt said anything new."""
    now = look_at_business_clock()
    return run_use_case(
        database(),
        lambda session: take_receipt(
            session,
            our_id=receipt.our_id,
            status=receipt.status,
            provider_id=receipt.provider_id,
            reason=receipt.reason,
            now=now,
            machine_now=machine_now(),
        ),
    )


def keep_received(received: Received, gateway: str) -> bool:
    """Store what a customer wrote; False for what we have already, or for a sender that is no telephone number."""
    now = look_at_business_clock()
    try:
        stored = run_use_case(
            database(),
            lambda session: take_inbound(
                session,
                gateway=gateway,
                provider_id=received.provider_id,
                handset=received.handset,
                text=received.text,
                now=now,
            ),
        )
    except InvalidPhone as refusal:  # a short code or a name: nobody we could answer
        _log.warning("sender_is_no_number", gateway=gateway, provider_id=received.provider_id, code=refusal.code)
        return False
    return stored is not None
