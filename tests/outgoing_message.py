"""Messages for gateways to send, and Twilio gateways to send them with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from notifications.gateway import Outgoing
from notifications.provider_wire import ProviderWire
from notifications.sending_pace import SendingPace
from notifications.twilio_gateway import TwilioAccount, TwilioGateway
from notifications.twilio_http import TwilioHttp

HANDSET = "+4237791234"
SECRET_WORDS = ("7791234", "Wang Qiang")

OUTGOING = Outgoing(
    our_id=48213,
    attempt=1,
    handset=HANDSET,
    language="zh_Hans_CN",
    signature="江苏联通",
    template="order_received",
    variables={"order": "2318", "due": "今天24:00"},
    text="【江苏联通】报修2318:Wang Qiang 师傅,今天24:00前修好。",
    valid_for=timedelta(hours=2),
)

ACCOUNT = TwilioAccount("AC" + "0" * 31 + "1", "AC" + "0" * 31 + "1", "a token", sender="+4237000000")


def outgoing(**changes: Any) -> Outgoing:
    """A message with some of its fields changed."""
    return replace(OUTGOING, **changes)


def twilio_gateway(
    base_url: str,
    *,
    account: TwilioAccount = ACCOUNT,
    http: type[TwilioHttp] = TwilioHttp,
    timeout_s: float = 10.0,
    pace: SendingPace | None = None,
    status_url: str | None = None,
) -> TwilioGateway:
    """A Twilio gateway whose Twilio is at `base_url`."""
    return TwilioGateway(
        account,
        http(ProviderWire(timeout_s=timeout_s, at_once=4), base_url=base_url),
        at_once=4,
        pace=pace or SendingPace(None),
        status_url=status_url,
    )
