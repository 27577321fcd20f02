"""Reading a preset: the promise rules of one operator as data, every mistake named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from dispatch.errors import InvalidInput
from dispatch.rules.due import After, ByLocalTime, Due, EndOfWorkingDay, Stated
from dispatch.rules.promise_rule import ClockHours, Rule, Selector
from dispatch.rules.scale import Per, Scale
from dispatch.rules.vocabulary import BreakCause, PauseCause, Priority, PromiseKind, ProofKind, Tier

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_DURATION = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_RULE_FIELDS = frozenset(
    {
        "code",
        "kind",
        "due",
        "clock",
        "sources",
        "tier",
        "area",
        "priority",
        "received_from",
        "received_until",
        "pauses",
        "grace",
        "early_by",
        "tolerance",
        "plan_by",
        "warn_after",
        "repeat_after",
        "free_cancellation_before",
        "public",
        "compensation",
        "parameters",
        "effective_from",
        "effective_until",
    }
)


class InvalidPreset(InvalidInput):
    """A preset that cannot be imported; `field` is the path to the mistake."""


@dataclass(frozen=True)
class Preset:
    """An operator's promises, the country whose holidays they observe, and the name at the head of an SMS."""

    name: str
    currency: str
    country: str
    language: str
    weekdays: frozenset[int]
    rules: tuple[Rule, ...]
    signatures: Mapping[str, str] = field(default_factory=dict)


def read_preset(data: Mapping[str, Any]) -> Preset:
    """The preset written in `data` (as parsed from TOML); raises InvalidPreset with a path."""
    currency = _text(data, "currency", "")
    rules = tuple(
        _read_rule(_resolve(raw, data, f"rule[{number}]"), currency, f"rule[{number}]")
        for number, raw in enumerate(data.get("rule", ()), 1)
    )
    if not rules:
        raise InvalidPreset("rule", reason="none")
    _refuse_twins(rules)
    signatures = data.get("signatures", {})
    if not isinstance(signatures, Mapping):
        raise InvalidPreset("signatures", reason="required")
    return Preset(
        name=_text(data, "preset", ""),
        currency=currency,
        country=_text(data, "country", ""),
        language=_text(data, "language", ""),
        weekdays=frozenset(data.get("weekdays", range(5))),
        rules=rules,
        signatures={language: _text(signatures, language, "signatures") for language in signatures},
    )


def read_rule(data: Mapping[str, Any], currency: str) -> Rule:
    """One rule from its canonical data, as `Rule.data` holds it."""
    return _read_rule(data, currency, "rule")


def _resolve(raw: Mapping[str, Any], data: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The rule with names of shared tables (`pauses = "order"`) replaced by what they stand for."""
    resolved = dict(raw)
    for name in ("pauses", "compensation"):
        wanted = resolved.get(name)
        if isinstance(wanted, str):
            if wanted not in data.get(name, {}):
                raise InvalidPreset(f"{path}.{name}", reason="unknown_code", value=wanted)
            resolved[name] = data[name][wanted]
    return resolved


def _refuse_twins(rules: tuple[Rule, ...]) -> None:
    codes: dict[str, int] = {}
    selectors: dict[tuple[object, ...], str] = {}
    for number, rule in enumerate(rules, 1):
        if rule.code in codes:
            raise InvalidPreset(f"rule[{number}].code", reason="twice", code=rule.code)
        same = selectors.get((rule.kind, rule.selector))
        if same and rule.effective_until is None:
            raise InvalidPreset(f"rule[{number}]", reason="same_selector", code=rule.code, other=same)
        codes[rule.code] = number
        selectors[(rule.kind, rule.selector)] = rule.code


def _read_rule(raw: Mapping[str, Any], currency: str, path: str) -> Rule:
    unknown = sorted(set(raw) - _RULE_FIELDS)
    if unknown:
        raise InvalidPreset(f"{path}.{unknown[0]}", reason="unknown_field")
    return Rule(
        code=_text(raw, "code", path),
        kind=_member(PromiseKind, raw.get("kind"), f"{path}.kind"),
        due=_read_due(raw.get("due"), f"{path}.due"),
        selector=_read_selector(raw, path),
        clock=_read_clock(raw.get("clock", "always"), f"{path}.clock"),
        sources=tuple(raw.get("sources", ())),
        pauses=_read_pauses(raw.get("pauses", {}), f"{path}.pauses"),
        grace=_optional(read_duration, raw, "grace", path) or timedelta(),
        early_by=_optional(read_duration, raw, "early_by", path) or timedelta(),
        tolerance=_optional(read_duration, raw, "tolerance", path) or timedelta(),
        plan_by=_optional(_read_local_time, raw, "plan_by", path),
        warn_after=_optional(read_duration, raw, "warn_after", path),
        repeat_after=_optional(read_duration, raw, "repeat_after", path),
        free_cancellation_before=_optional(read_duration, raw, "free_cancellation_before", path),
        public=_flag(raw, "public", path),
        compensation=_read_scale(raw.get("compensation"), currency, f"{path}.compensation"),
        parameters=dict(raw.get("parameters", {})),
        effective_from=_optional(_instant, raw, "effective_from", path),
        effective_until=_optional(_instant, raw, "effective_until", path),
        data=dict(raw),
    )


def _read_selector(raw: Mapping[str, Any], path: str) -> Selector:
    return Selector(
        tier=_optional(lambda value, at: _member(Tier, value, at), raw, "tier", path),
        area=raw.get("area"),
        priority=_optional(lambda value, at: _member(Priority, value, at), raw, "priority", path),
        received_from=_optional(_time_of_day, raw, "received_from", path),
        received_until=_optional(_time_of_day, raw, "received_until", path),
    )


def _read_due(raw: object, path: str) -> Due:
    match raw:
        case {"after": amount, **rest} if not rest:
            return After(read_duration(amount, f"{path}.after"))
        case {"by": _, **rest} if set(rest) <= {"days_later"}:
            return _read_local_time(raw, path)
        case {"full_working_days": int(days), **rest} if not rest and days > 0:
            return EndOfWorkingDay(days)
        case "stated":
            return Stated()
    raise InvalidPreset(path, reason="not_a_due_time", value=str(raw))


def _read_local_time(raw: Any, path: str) -> ByLocalTime:
    clock_time, days = raw.get("by"), raw.get("days_later", 0)
    if not isinstance(clock_time, str) or not _CLOCK_TIME.fullmatch(clock_time):
        raise InvalidPreset(f"{path}.by", reason="not_a_time", value=str(clock_time))
    if not isinstance(days, int) or days < 0:
        raise InvalidPreset(f"{path}.days_later", reason="not_a_number", value=str(days))
    return ByLocalTime(clock_time, days)


def _read_clock(raw: object, path: str) -> ClockHours:
    match raw:
        case "always" | "working_time":
            return ClockHours(str(raw))
        case {"opens": str(opens), "closes": str(closes), **rest} if set(rest) <= {"working_days_only"}:
            for name, value in (("opens", opens), ("closes", closes)):
                if not _CLOCK_TIME.fullmatch(value):
                    raise InvalidPreset(f"{path}.{name}", reason="not_a_time", value=value)
            if opens >= closes:
                raise InvalidPreset(f"{path}.closes", reason="before_opens", value=closes)
            return ClockHours("hours", opens, closes, bool(rest.get("working_days_only", False)))
    raise InvalidPreset(path, reason="not_a_clock", value=str(raw))


def _read_pauses(raw: Mapping[str, Any], path: str) -> Mapping[PauseCause, frozenset[ProofKind]]:
    pauses = {}
    for name, proofs in raw.items():
        cause = _member(PauseCause, name, f"{path}.{name}")
        if not proofs:
            raise InvalidPreset(f"{path}.{name}", reason="needs_proof")
        pauses[cause] = frozenset(_member(ProofKind, proof, f"{path}.{name}") for proof in proofs)
    return pauses


def _read_scale(raw: Mapping[str, Any] | None, currency: str, path: str) -> Scale | None:
    if raw is None:
        return None
    most = raw.get("most")
    return Scale(
        amount_minor=_minor(raw.get("amount"), f"{path}.amount"),
        currency=currency,
        per=_member(Per, raw.get("per"), f"{path}.per"),
        causes=frozenset(_member(BreakCause, cause, f"{path}.causes") for cause in raw.get("causes", ())),
        most_minor=None if most is None else _minor(most, f"{path}.most"),
    )


def _minor(value: object, path: str) -> int:
    """Minor units of an amount written with two decimals, such as "20.00"."""
    try:
        minor = Decimal(str(value)) * 100
    except InvalidOperation:
        minor = Decimal(0)
    if minor <= 0 or minor != int(minor):
        raise InvalidPreset(path, reason="not_an_amount", value=str(value))
    return int(minor)


def read_duration(value: object, path: str) -> timedelta:
    """A length such as `90m`, `72h` or `3d`; raises InvalidPreset naming the `path`."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InvalidPreset(path, reason="not_a_duration", value=str(value))
    return int(match[1]) * _UNITS[match[2]]


def _time_of_day(value: object, path: str) -> time:
    if not isinstance(value, str) or not _CLOCK_TIME.fullmatch(value) or value == "24:00":
        raise InvalidPreset(path, reason="not_a_time", value=str(value))
    return time.fromisoformat(value)


def _instant(value: object, path: str) -> datetime:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InvalidPreset(path, reason="not_an_instant", value=str(value))
    return instant


def _flag(raw: Mapping[str, Any], name: str, path: str) -> bool:
    value = raw.get(name, True)
    if not isinstance(value, bool):
        raise InvalidPreset(f"{path}.{name}", reason="not_true_or_false", value=str(value))
    return value


def _text(raw: Mapping[str, Any], name: str, path: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidPreset(f"{path}.{name}".lstrip("."), reason="required")
    return value


def _member(kind: type[E], value: object, path: str) -> E:
    try:
        return kind(str(value))
    except ValueError:
        raise InvalidPreset(path, reason="unknown_code", value=str(value)) from None


def _optional(read: Callable[[Any, str], T], raw: Mapping[str, Any], name: str, path: str) -> T | None:
    return None if raw.get(name) is None else read(raw[name], f"{path}.{name}")
