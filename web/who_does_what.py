"""Who does what is due, and who follows the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from dispatch.rules.foresight import ForesightRules
from dispatch.services.call_off_visits import CALL_OFF_VISIT, call_off_due_visit
from dispatch.services.care_for_withdrawal import WITHDRAWAL_READER
from dispatch.services.compensate_promise import COMPENSATE_PROMISE, COMPENSATION_READER, compensate_due_promise
from dispatch.services.follow_log import Reader
from dispatch.services.foresee_arrivals import FORESEE_ARRIVALS, FORESIGHT_READER, foresee_arrivals
from dispatch.services.hear_customer import HEAR_CUSTOMER, HEARD_READER, hear_customer
from dispatch.services.judge_promise import JUDGE_PROMISE, judge_due_promise
from dispatch.services.open_green_channel import GREEN_CHANNEL_READER
from dispatch.services.open_promise import WARN_OF_PROMISE
from dispatch.services.perform_due_work import Handler
from dispatch.services.settle_repair import REPAIR_READER
from dispatch.services.take_back_visit import ACCEPTANCE_READER, TAKE_BACK_VISIT, take_back_visit
from dispatch.services.warn_of_promise import warn_of_promise
from dispatch.settings import Settings
from notifications.announce_visit import ANNOUNCE_VISIT, announce_due_visit
from notifications.subscriptions import SAYING_READER

#: who does what when it is due, each in one transaction
HANDLERS: Mapping[str, Handler] = {
    JUDGE_PROMISE: judge_due_promise,
    COMPENSATE_PROMISE: compensate_due_promise,
    WARN_OF_PROMISE: warn_of_promise,
    ANNOUNCE_VISIT: announce_due_visit,
    FORESEE_ARRIVALS: foresee_arrivals,
    CALL_OFF_VISIT: call_off_due_visit,
    TAKE_BACK_VISIT: take_back_visit,
    HEAR_CUSTOMER: hear_customer,
}
#: who follows the log
READERS: tuple[Reader, ...] = (
    COMPENSATION_READER,
    SAYING_READER,
    ACCEPTANCE_READER,
    WITHDRAWAL_READER,
    HEARD_READER,
    FORESIGHT_READER,
    GREEN_CHANNEL_READER,
    REPAIR_READER,
)


def handlers_of(settings: Settings) -> Mapping[str, Handler]:
    """The same; a late arrival is told when the operator has set it."""
    margin, ahead = timedelta(minutes=settings.late_margin_min), timedelta(hours=settings.late_told_ahead_h)
    rules = ForesightRules(margin=margin, ahead=ahead)
    return {**HANDLERS, FORESEE_ARRIVALS: partial(foresee_arrivals, rules=rules)}
