"""What a technician's phone reports: for each kind of report one frozen payload, read strictly.

A payload is JSON as it came from a phone. What is not understood is left alone (a newer
phone may say more), but what a report needs must be there and be of the right kind:
`read_payload` raises InvalidReport naming the field and the reason. Instants are ISO 8601
with an offset, positions are degrees with their datum (R82).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from dispatch.errors import InvalidInput
from dispatch.rules.datum import Datum
from dispatch.rules.events import CODE
from dispatch.rules.vocabulary import Channel, ReadingKind, ReportKind

E = TypeVar("E", bound=StrEnum)

#: why a visit is declined
DECLINE_REASONS = ("too_late", "missing_skill", "missing_part", "vehicle", "safety", "other")
#: why a technician on the way goes elsewhere first
DIVERT_REASONS = ("emergency", "asked_by_desk", "vehicle", "safety", "other")
#: the longest text, in characters
TEXT_LIMIT = 2000
#: the longest serial number, call record or code, in characters
CODE_LIMIT = 80
#: the most items in one list or table
ITEM_LIMIT = 100
#: years that an instant may fall into: a phone without a clock is told so
YEARS = range(2000, 2200)
#: the largest number that a report may hold, and its negative the smallest
NUMBER_LIMIT = 2**31 - 1
#: the largest sequence number: phones count by their clock, and JavaScript holds no more exactly
SEQUENCE_LIMIT = 2**53 - 1


class InvalidReport(InvalidInput):
    """A field report whose content cannot be used; `reason` says why."""


@dataclass(frozen=True)
class Position:
    """Where the phone was, in degrees of its datum."""

    lat: float
    lon: float
    datum: Datum


@dataclass(frozen=True)
class MeasuredReading:
    """One measurement, in the unit that the kind names; `is_wired` or at the gateway (R14)."""

    kind: ReadingKind
    value: int
    taken_at: datetime
    is_wired: bool = True


@dataclass(frozen=True)
class AcceptedReport:
    """The technician accepts the visit (R17)."""


@dataclass(frozen=True)
class DeclinedReport:
    """The technician cannot take it, for one of DECLINE_REASONS."""

    reason: str


@dataclass(frozen=True)
class ContactTriedReport:
    """The customer was called, or written to; `call_record` is the proof (R85)."""

    reached: bool
    channel: Channel
    contact_id: int | None = None
    call_record: str | None = None


@dataclass(frozen=True)
class TimeAgreedReport:
    """Technician and customer have agreed an exact time (R10)."""

    time_at: datetime


@dataclass(frozen=True)
class EarlyAllowedReport:
    """The customer says yes to an arrival before the window (R11)."""


@dataclass(frozen=True)
class SetOffReport:
    """On the way."""


@dataclass(frozen=True)
class DivertedReport:
    """On the way, but somewhere else first, for one of DIVERT_REASONS."""

    reason: str


@dataclass(frozen=True)
class ArrivedReport:
    """At the door."""

    position: Position | None = None


@dataclass(frozen=True)
class ArrivalUndoneReport:
    """The arrival reported by this device under `sequence` was a mistake."""

    sequence: int


@dataclass(frozen=True)
class NobodyThereReport:
    """Nobody has opened: waited since then, called with these records, being at this place (R18)."""

    waited_since: datetime
    call_records: tuple[str, ...]
    position: Position | None = None


@dataclass(frozen=True)
class ClosedOutReport:
    """The account of a visit that did what it was for (R21, R23, R24, R27).

    `checklist` says yes or no to item codes, `consents` when the customer agreed to what,
    `serials` the serial number by part code, `conveniences` the service codes done besides.
    """

    checklist: Mapping[str, bool]
    readings: tuple[MeasuredReading, ...]
    consents: Mapping[str, datetime]
    serials: Mapping[str, str]
    conveniences: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True)
class Needs:
    """What the next person needs: part codes, skill codes, and a note in the technician's words (R41)."""

    parts: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class NotCompletedReport:
    """The visit ended without what it was for; `reason` is a code."""

    reason: str
    needs: Needs
    checklist: Mapping[str, bool]
    readings: tuple[MeasuredReading, ...]
    remark: str = ""


@dataclass(frozen=True)
class QuestionAskedReport:
    """The customer has asked something at the door (R40)."""

    text: str


@dataclass(frozen=True)
class RunningOverReport:
    """The job at hand takes until then."""

    until_at: datetime


@dataclass(frozen=True)
class TakenIllReport:
    """The technician cannot go on; without `until_at`, for the rest of the shift."""

    until_at: datetime | None = None


Payload = (
    AcceptedReport
    | DeclinedReport
    | ContactTriedReport
    | TimeAgreedReport
    | EarlyAllowedReport
    | SetOffReport
    | DivertedReport
    | ArrivedReport
    | ArrivalUndoneReport
    | NobodyThereReport
    | ClosedOutReport
    | NotCompletedReport
    | QuestionAskedReport
    | RunningOverReport
    | TakenIllReport
)


def read_payload(kind: str, payload: Mapping[str, Any]) -> Payload:
    """The payload of a report of `kind`; raises InvalidReport naming the field and the reason.

    Reasons: `unknown` (a kind or code that is not in the list), `missing`, `not_a_code`,
    `not_a_text`, `not_a_number`, `not_a_flag`, `not_an_instant`, `not_a_list`,
    `not_a_table`, `too_long`, `out_of_range`.
    """
    reader = _READERS.get(kind)
    if reader is None:
        raise _fault("kind", "unknown")
    if not isinstance(payload, Mapping):
        raise _fault("payload", "not_a_table")
    return reader(_Fields(payload))


def _fault(field: str, reason: str) -> InvalidReport:
    return InvalidReport(field, reason=reason)


class _Fields:
    """The fields of one table, each read once and strictly; `path` leads errors to the field."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def _refuse(self, name: str, reason: str) -> InvalidReport:
        return _fault(self._path + name, reason)

    def has(self, name: str) -> bool:
        """Whether anything is said of it."""
        return self._values.get(name) is not None

    def _value(self, name: str) -> Any:
        if not self.has(name):
            raise self._refuse(name, "missing")
        return self._values[name]

    def text(self, name: str, limit: int = TEXT_LIMIT) -> str:
        """A text that is not empty, without spaces around it."""
        value = self._value(name)
        if not isinstance(value, str):
            raise self._refuse(name, "not_a_text")
        if not value.strip():
            raise self._refuse(name, "missing")
        if len(value) > limit:
            raise self._refuse(name, "too_long")
        return value.strip()

    def remark(self, name: str) -> str:
        """A text, or nothing."""
        value = self._values.get(name)
        return "" if value in (None, "") else self.text(name)

    def code(self, name: str) -> str:
        """A code as facts may hold it."""
        value = self.text(name, CODE_LIMIT)
        if not CODE.fullmatch(value):
            raise self._refuse(name, "not_a_code")
        return value

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        """One of the codes known."""
        value = self.text(name)
        if value not in known:
            raise self._refuse(name, "unknown")
        return value

    def member(self, name: str, codes: type[E]) -> E:
        """One of a closed list of codes."""
        return codes(self.one_of(name, tuple(codes)))

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """Yes or no."""
        if default is not None and not self.has(name):
            return default
        value = self._value(name)
        if not isinstance(value, bool):
            raise self._refuse(name, "not_a_flag")
        return value

    def integer(self, name: str, limit: int = NUMBER_LIMIT) -> int:
        """A whole number between minus and plus `limit`."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._refuse(name, "not_a_number")
        if abs(value) > limit:
            raise self._refuse(name, "out_of_range")
        return value

    def degrees(self, name: str, limit: float) -> float:
        """An angle between minus and plus `limit` degrees."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse(name, "not_a_number")
        if not math.isfinite(value) or abs(value) > limit:
            raise self._refuse(name, "out_of_range")
        return float(value)

    def instant(self, name: str) -> datetime:
        """An instant with its offset."""
        return self._instant(name, self._value(name))

    def instant_if_any(self, name: str) -> datetime | None:
        """An instant with its offset, or nothing."""
        return self.instant(name) if self.has(name) else None

    def position(self) -> Position | None:
        """Latitude, longitude and datum (WGS84 unless said), or nothing at all."""
        if not self.has("lat") and not self.has("lon"):
            return None
        datum = self.member("datum", Datum) if self.has("datum") else Datum.WGS84
        return Position(self.degrees("lat", 90), self.degrees("lon", 180), datum)

    def texts(self, name: str, read: Callable[[_Fields, str], str]) -> tuple[str, ...]:
        """A list of texts, each read by `read`; nothing is an empty one."""
        items = {str(place): value for place, value in enumerate(self._list(name))}
        fields = _Fields(items, f"{self._path}{name}.")
        return tuple(read(fields, place) for place in items)

    def tables(self, name: str) -> list[_Fields]:
        """A list of tables; nothing is an empty one."""
        found = []
        for place, value in enumerate(self._list(name)):
            if not isinstance(value, Mapping):
                raise self._refuse(f"{name}.{place}", "not_a_table")
            found.append(_Fields(value, f"{self._path}{name}.{place}."))
        return found

    def table(self, name: str) -> _Fields:
        """A table inside; nothing is an empty one."""
        return _Fields(self._table(name), f"{self._path}{name}.")

    def flags(self, name: str) -> dict[str, bool]:
        """A table of codes and yes or no; nothing is an empty one."""
        return {code: fields.flag(code) for code, fields in self._by_code(name)}

    def instants(self, name: str) -> dict[str, datetime]:
        """A table of codes and instants; nothing is an empty one."""
        return {code: fields.instant(code) for code, fields in self._by_code(name)}

    def texts_by_code(self, name: str) -> dict[str, str]:
        """A table of codes and short texts; nothing is an empty one."""
        return {code: fields.text(code, CODE_LIMIT) for code, fields in self._by_code(name)}

    def _by_code(self, name: str) -> list[tuple[str, _Fields]]:
        table = self._table(name)
        for code in table:
            if not isinstance(code, str) or not CODE.fullmatch(code):
                raise self._refuse(name, "not_a_code")
        fields = _Fields(table, f"{self._path}{name}.")
        return [(code, fields) for code in table]

    def _table(self, name: str) -> Mapping[str, Any]:
        value = self._values.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self._refuse(name, "not_a_table")
        if len(value) > ITEM_LIMIT:
            raise self._refuse(name, "too_long")
        return value

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._refuse(name, "not_a_list")
        if len(value) > ITEM_LIMIT:
            raise self._refuse(name, "too_long")
        return value

    def _instant(self, name: str, value: Any) -> datetime:
        if not isinstance(value, str):
            raise self._refuse(name, "not_an_instant")
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            raise self._refuse(name, "not_an_instant") from None
        if at.utcoffset() is None:
            raise self._refuse(name, "not_an_instant")
        if at.year not in YEARS:
            raise self._refuse(name, "out_of_range")
        return at


def _contact_tried(fields: _Fields) -> ContactTriedReport:
    channel = fields.member("channel", Channel)
    if channel not in (Channel.VOICE, Channel.SMS):
        raise _fault("channel", "unknown")
    return ContactTriedReport(
        reached=fields.flag("reached"),
        channel=channel,
        contact_id=fields.integer("contact_id") if fields.has("contact_id") else None,
        call_record=fields.text("call_record", CODE_LIMIT) if fields.has("call_record") else None,
    )


def _nobody_there(fields: _Fields) -> NobodyThereReport:
    return NobodyThereReport(
        waited_since=fields.instant("waited_since"),
        call_records=fields.texts("call_records", _short_text),
        position=fields.position(),
    )


def _closed_out(fields: _Fields) -> ClosedOutReport:
    return ClosedOutReport(
        checklist=fields.flags("checklist"),
        readings=_readings(fields),
        consents=fields.instants("consents"),
        serials=fields.texts_by_code("serials"),
        conveniences=fields.texts("conveniences", _Fields.code),
        remark=fields.remark("remark"),
    )


def _not_completed(fields: _Fields) -> NotCompletedReport:
    needs = fields.table("needs")
    return NotCompletedReport(
        reason=fields.code("reason"),
        needs=Needs(needs.texts("parts", _short_text), needs.texts("skills", _Fields.code), needs.remark("note")),
        checklist=fields.flags("checklist"),
        readings=_readings(fields),
        remark=fields.remark("remark"),
    )


def _readings(fields: _Fields) -> tuple[MeasuredReading, ...]:
    return tuple(
        MeasuredReading(
            kind=one.member("kind", ReadingKind),
            value=one.integer("value"),
            taken_at=one.instant("taken_at"),
            is_wired=one.flag("is_wired", default=True),
        )
        for one in fields.tables("readings")
    )


def _short_text(fields: _Fields, name: str) -> str:
    return fields.text(name, CODE_LIMIT)


_READERS: Mapping[str, Callable[[_Fields], Payload]] = {
    ReportKind.ACCEPTED: lambda _fields: AcceptedReport(),
    ReportKind.DECLINED: lambda fields: DeclinedReport(fields.one_of("reason", DECLINE_REASONS)),
    ReportKind.CONTACT_TRIED: _contact_tried,
    ReportKind.TIME_AGREED: lambda fields: TimeAgreedReport(fields.instant("time_at")),
    ReportKind.EARLY_ALLOWED: lambda _fields: EarlyAllowedReport(),
    ReportKind.SET_OFF: lambda _fields: SetOffReport(),
    ReportKind.DIVERTED: lambda fields: DivertedReport(fields.one_of("reason", DIVERT_REASONS)),
    ReportKind.ARRIVED: lambda fields: ArrivedReport(fields.position()),
    ReportKind.ARRIVAL_UNDONE: lambda fields: ArrivalUndoneReport(fields.integer("sequence", SEQUENCE_LIMIT)),
    ReportKind.NOBODY_THERE: _nobody_there,
    ReportKind.CLOSED_OUT: _closed_out,
    ReportKind.NOT_COMPLETED: _not_completed,
    ReportKind.QUESTION_ASKED: lambda fields: QuestionAskedReport(fields.text("text")),
    ReportKind.RUNNING_OVER: lambda fields: RunningOverReport(fields.instant("until_at")),
    ReportKind.TAKEN_ILL: lambda fields: TakenIllReport(fields.instant_if_any("until_at")),
}
