"""What Twilio's error codes and message statuses mean for a message.

Codes: https://www.twilio.com/docs/api/errors. Twilio refines them now and then, so an
unknown code means no more than its HTTP status does.
"""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.rules.lifecycles import MessageStatus
from notifications.gateway import Receipt

#: the message itself: sending it again is no use
REFUSED: Mapping[int, str] = {
    21211: "invalid_number",
    21217: "invalid_number",
    21265: "invalid_number",
    21266: "invalid_number",
    21401: "invalid_number",
    21407: "invalid_number",
    21604: "invalid_number",
    21614: "landline",
    21635: "landline",
    21214: "unreachable",
    21610: "opted_out",
    21408: "not_permitted",
    21608: "not_permitted",
    21612: "not_permitted",
    21602: "content",
    21605: "content",
    21617: "content",
    21619: "content",
}

#: too much at once
BUSY = frozenset({14107, 20429, 20503, 21611, 21730})

#: our account, its credentials, its credit, its sender or our addresses: the message is sound
ACCOUNT = frozenset(
    {
        *(10001, 20003, 20005, 20006, 20008, 20010, 20403, 20404, 30002, 63038),
        *(21212, 21601, 21603, 21606, 21609, 21659, 21660, 21661),
        *(21701, 21702, 21703, 21704, 21705),
    }
)

#: what became of a message that Twilio had taken
UNDELIVERED: Mapping[int, str] = {
    21610: "opted_out",
    30003: "unreachable",
    30004: "blocked",
    30005: "invalid_number",
    30006: "landline",
    30007: "blocked",
    30036: "expired",
    30410: "unreachable",
}

_STATUSES: Mapping[str, MessageStatus] = {
    "accepted": MessageStatus.ACCEPTED,
    "scheduled": MessageStatus.ACCEPTED,
    "queued": MessageStatus.ACCEPTED,
    "sending": MessageStatus.ACCEPTED,
    "sent": MessageStatus.SENT,
    "partially_delivered": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}
_FAILURES = (MessageStatus.UNDELIVERED, MessageStatus.FAILED)


def read_status(our_id: int, params: Mapping[str, str]) -> Receipt | None:
    """The receipt in the form that Twilio posts to a StatusCallback; None for a status that says nothing."""
    status = _STATUSES.get(params.get("MessageStatus", "") or params.get("SmsStatus", ""))
    if status is None:
        return None
    reason = None
    if status in _FAILURES:
        code = params.get("ErrorCode", "")
        reason = UNDELIVERED.get(int(code) if code.isdecimal() else 0, "refused")
    return Receipt(our_id, status, params.get("MessageSid") or params.get("SmsSid"), reason)
