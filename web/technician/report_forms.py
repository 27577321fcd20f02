"""Forms become payloads of field reports, in the same way here and in the page's script (`report_form.ts`).

A field is named by its place in the payload and by what is written in it: `p.reason`,
`p.checklist.badge:flag`, `p.readings.0.value:mbps`. What is left empty is left out; what
cannot be read stays as it was written, and the report's reader says so.
`report_form_examples.json` holds both to the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

PREFIX = "p."
_WORD_ENDS = re.compile(r"[,;\n\uFF0C\uFF1B\u3001]")
_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:\uFF1A.]?([0-5][0-9])")
_YES = ("yes", "on", "true")
_KBPS, _CDBM = Decimal(1000), Decimal(100)


def read_form(fields: Iterable[tuple[str, str]], *, now: datetime) -> dict[str, Any]:
    """The payload of a form's fields, in order; `now` is when it is sent."""
    given = list(fields)
    beside = dict(given)
    payload: dict[str, Any] = {}
    for name, written in given:
        path, _, kind = name.removeprefix(PREFIX).partition(":")
        if not name.startswith(PREFIX) or not written.strip():
            continue
        reader = _READERS.get(kind, _as_written)
        _put(payload, path.split("."), reader(written.strip(), beside, now))
    return _tidy(payload, now)


def _put(table: dict[str, Any], path: list[str], value: Any) -> None:
    """Lists grow by what they are given; anything else is replaced."""
    for step in path[:-1]:
        inner = table.get(step)
        table[step] = inner if isinstance(inner, dict) else {}
        table = table[step]
    before = table.get(path[-1])
    if isinstance(value, list) and isinstance(before, list):
        table[path[-1]] = [*before, *value]
    else:
        table[path[-1]] = value


def _tidy(payload: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Numbered tables become lists; a reading without a value was not taken."""
    for name, value in payload.items():
        if isinstance(value, dict) and value and all(key.isdecimal() for key in value):
            payload[name] = [value[key] for key in sorted(value, key=int)]
    readings = payload.get("readings")
    if isinstance(readings, list):
        taken = [one for one in readings if isinstance(one, dict) and "value" in one]
        payload["readings"] = [{"taken_at": now.isoformat(), **one} for one in taken]
    return payload


def _as_written(written: str, _beside: Mapping[str, str], _now: datetime) -> str:
    return written


def _flag(written: str, _beside: Mapping[str, str], _now: datetime) -> bool:
    return written in _YES


def _integer(written: str, _beside: Mapping[str, str], _now: datetime) -> int | str:
    return int(written) if re.fullmatch(r"-?\d{1,18}", written, re.ASCII) else written


def _decimal(written: str, _beside: Mapping[str, str], _now: datetime) -> float | str:
    return float(written) if re.fullmatch(r"-?\d{1,6}(\.\d{1,12})?", written, re.ASCII) else written


def _mbps(written: str, _beside: Mapping[str, str], _now: datetime) -> int | str:
    """Megabits in kilobits."""
    return _scaled(written, _KBPS)


def _cdbm(written: str, _beside: Mapping[str, str], _now: datetime) -> int | str:
    """A received power in hundredths of a dBm: below zero, whether its sign was typed or not."""
    scaled = _scaled(written.lstrip("-\N{MINUS SIGN}").strip(), _CDBM)
    return scaled if isinstance(scaled, str) else -scaled


def _scaled(written: str, factor: Decimal) -> int | str:
    if not re.fullmatch(r"\d{1,6}([.,]\d{1,3})?", written, re.ASCII):
        return written
    return int((Decimal(written.replace(",", ".")) * factor).to_integral_value(ROUND_HALF_UP))


def _clock(written: str, beside: Mapping[str, str], _now: datetime) -> str:
    """A time of day (`15:10`, `1510`), on the day and with the offset that the form names."""
    found = _TIME.fullmatch(written)
    if found is None:
        return written
    written = f"{found[1]:0>2}:{found[2]}"
    return f"{beside.get('day', '')}T{written}:00{beside.get('offset', '')}"


def _minutes(written: str, beside: Mapping[str, str], now: datetime) -> str:
    """So many minutes from now."""
    minutes = _integer(written, beside, now)
    return written if isinstance(minutes, str) else (now + timedelta(minutes=minutes)).isoformat()


def _when(written: str, _beside: Mapping[str, str], now: datetime) -> str:
    """A tick is an instant: when it was made if the page says so, else now."""
    return now.isoformat() if written in _YES else written


def _one_of_several(written: str, _beside: Mapping[str, str], _now: datetime) -> list[str]:
    return [written]


def _words(written: str, _beside: Mapping[str, str], _now: datetime) -> list[str]:
    return [word.strip() for word in _WORD_ENDS.split(written) if word.strip()]


_READERS: Mapping[str, Callable[[str, Mapping[str, str], datetime], Any]] = {
    "": _as_written,
    "flag": _flag,
    "int": _integer,
    "decimal": _decimal,
    "mbps": _mbps,
    "cdbm": _cdbm,
    "clock": _clock,
    "minutes": _minutes,
    "when": _when,
    "list": _one_of_several,
    "words": _words,
}
