"""A promise rule in plain words: what, for whom, until when, and what is credited if it is broken (R06, R36)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from dispatch.rules.calendars import DAY_END
from dispatch.rules.due import After, ByLocalTime, EndOfWorkingDay
from dispatch.rules.money import Money
from dispatch.rules.promise_rule import Rule
from dispatch.rules.scale import Per, Scale
from dispatch.rules.vocabulary import Priority, PromiseKind, Tier
from notifications.money_words import money_words
from notifications.wording import say

_HOUR, _DAY, _MANY_DAYS = timedelta(hours=1), timedelta(days=1), timedelta(days=3)


@dataclass(frozen=True)
class PromiseSentence:
    """One rule as a reader of the public page sees it; `for_whom` is empty where it is for everybody."""

    kind: PromiseKind
    until: str
    for_whom: tuple[str, ...]
    credit: str


def promise_sentence(rule: Rule, language: str) -> PromiseSentence:
    """The rule in words of `language`."""
    return PromiseSentence(
        rule.kind,
        " ".join(_until(rule, language)),
        tuple(_for_whom(rule, language)),
        _credit(rule.compensation, language),
    )


def _until(rule: Rule, language: str) -> Iterator[str]:
    match rule.due:
        case After(amount):
            yield _after(amount, language)
        case ByLocalTime(clock_time, days):
            yield _by_time(clock_time, days, language)
        case EndOfWorkingDay(days):
            yield say("promise_working_days", count=days, language=language)
        case _:
            yield say("promise_stated", language=language)
    if rule.tolerance:
        minutes = rule.tolerance // timedelta(minutes=1)
        yield say("promise_around_agreed", count=minutes, language=language)
    if rule.clock.kind == "hours":
        yield say("promise_counted_hours", opens=rule.clock.opens, closes=rule.clock.closes, language=language)


def _after(amount: timedelta, language: str) -> str:
    """In days where they are many and whole, else in hours, else in minutes."""
    if amount > _MANY_DAYS and amount % _DAY == timedelta():
        return say("promise_within_days", count=amount // _DAY, language=language)
    if amount >= _HOUR:
        return say("promise_within_hours", count=amount // _HOUR, language=language)
    return say("promise_within_minutes", count=amount // timedelta(minutes=1), language=language)


def _by_time(clock_time: str, days: int, language: str) -> str:
    if days > 1:
        return say("promise_by_time_later", time=clock_time, count=days, language=language)
    if days == 1:
        return say("promise_by_time_next_day", time=clock_time, language=language)
    if clock_time == DAY_END:
        return say("promise_by_midnight", language=language)
    return say("promise_by_time", time=clock_time, language=language)


def _for_whom(rule: Rule, language: str) -> Iterator[str]:
    chosen = rule.selector
    if chosen.priority is Priority.EMERGENCY:
        yield say("promise_for_emergency", language=language)
    elif chosen.priority is not None:
        yield say("promise_for_priority", language=language)
    if chosen.tier is Tier.PREMIUM:
        yield say("promise_for_premium", language=language)
    elif chosen.tier is Tier.STANDARD:
        yield say("promise_for_standard", language=language)
    if chosen.area is not None:
        yield say("promise_for_area", area=chosen.area, language=language)
    if chosen.received_until is not None:
        yield say("promise_received_before", time=f"{chosen.received_until:%H:%M}", language=language)
    if chosen.received_from is not None:
        yield say("promise_received_from", time=f"{chosen.received_from:%H:%M}", language=language)


def _credit(scale: Scale | None, language: str) -> str:
    if scale is None:
        return say("promise_no_credit", language=language)
    amount = money_words(Money(scale.amount_minor, scale.currency), language)
    if scale.per is Per.ONCE:
        return say("promise_credit_once", amount=amount, language=language)
    if scale.most_minor is None:
        return say("promise_credit_a_day", amount=amount, language=language)
    most = money_words(Money(scale.most_minor, scale.currency), language)
    return say("promise_credit_a_day_at_most", amount=amount, most=most, language=language)
