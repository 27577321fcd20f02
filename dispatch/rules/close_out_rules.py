"""How a visit ends: what a close-out must hold, and what follows when the work could not be done.

The phone asks `missing_from` before it sends, the service asks it again when the report has
come: a report is accepted whatever it lacks, but what is not *seen working* (R27) is not
done. Optical power is in hundredths of a dBm, rates are in kbit/s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from dispatch.rules.preset import read_duration
from dispatch.rules.vocabulary import BreakCause, ReadingKind, Tier, VisitPurpose


class Moment(StrEnum):
    """When a point of conduct counts (R21)."""

    APPOINTMENT = "appointment"
    ARRIVAL = "arrival"
    ENTRY = "entry"
    WORK = "work"
    EXIT = "exit"


@dataclass(frozen=True)
class ChecklistItem:
    """One point of conduct; one that is required must be answered, yes or no."""

    code: str
    moment: Moment
    is_required: bool = True
    #: asked in premium communities only (R23)
    only_premium: bool = False


_M = Moment
#: how a technician behaves, in the order in which it comes up (R20, R21, R23, R29)
CHECKLIST: tuple[ChecklistItem, ...] = (
    ChecklistItem("appointment_called", _M.APPOINTMENT, is_required=False),
    ChecklistItem("badge_shown", _M.ARRIVAL),
    ChecklistItem("uniform_worn", _M.ARRIVAL, is_required=False),
    ChecklistItem("knocked_gently", _M.ARRIVAL, is_required=False),
    ChecklistItem("door_code_said", _M.ARRIVAL, is_required=False),
    ChecklistItem("shoe_covers_worn", _M.ENTRY),
    ChecklistItem("work_explained", _M.WORK, is_required=False),
    ChecklistItem("result_shown", _M.WORK),
    ChecklistItem("convenience_offered", _M.WORK, only_premium=True),
    ChecklistItem("cleaned_up", _M.EXIT),
    ChecklistItem("nothing_accepted", _M.EXIT),
    ChecklistItem("service_card_left", _M.EXIT, is_required=False),
)

#: small services for premium communities (R23)
CONVENIENCES = ("router_tuning", "screen_cleaning", "virus_removal", "software_install")
MOST_CONVENIENCES = 2
#: what the customer agrees to, once the risk is explained, before it is done (R23)
CONSENTS = ("virus_removal", "software_install")

#: parts whose serial number belongs into the account, by what the visit was for
SERIALS: Mapping[VisitPurpose, tuple[str, ...]] = {
    VisitPurpose.SET_UP: ("terminal",),
    VisitPurpose.RECOVER: ("terminal",),
}
#: what must be seen working before it counts as done
SEEN_WORKING = (VisitPurpose.SET_UP, VisitPurpose.REPAIR, VisitPurpose.TUNE)
#: what carries light, and so has an optical power
OPTICAL_SERVICES = ("fibre",)


@dataclass(frozen=True)
class ReadingLimits:
    """What measurements must show (R14, R27); powers in hundredths of a dBm, lowest and highest."""

    least_readings: int = 3
    least_share_percent: int = 90
    gpon_power_cdbm: tuple[int, int] = (-2700, -800)
    epon_power_cdbm: tuple[int, int] = (-2400, -600)
    warning_cdbm: int = 200

    def power(self, kind: ReadingKind) -> tuple[int, int] | None:
        """The limits of a kind of reading; None if it is no optical power."""
        powers = {
            ReadingKind.GPON_POWER_CDBM: self.gpon_power_cdbm,
            ReadingKind.EPON_POWER_CDBM: self.epon_power_cdbm,
        }
        return powers.get(kind)


USUAL_LIMITS = ReadingLimits()


def read_limits(parameters: Mapping[str, Any]) -> ReadingLimits:
    """The limits in a promise rule's `parameters`; what these leave out is as usual."""
    usual = USUAL_LIMITS

    def span(name: str, otherwise: tuple[int, int]) -> tuple[int, int]:
        low, high = parameters.get(name, otherwise)
        return int(low), int(high)

    return ReadingLimits(
        least_readings=int(parameters.get("min_readings", usual.least_readings)),
        least_share_percent=int(parameters.get("min_share_of_contracted_rate_percent", usual.least_share_percent)),
        gpon_power_cdbm=span("gpon_power_cdbm", usual.gpon_power_cdbm),
        epon_power_cdbm=span("epon_power_cdbm", usual.epon_power_cdbm),
        warning_cdbm=int(parameters.get("power_warning_cdbm", usual.warning_cdbm)),
    )


@dataclass(frozen=True)
class Job:
    """What a visit was for, as far as its account depends on it."""

    purpose: VisitPurpose
    service: str
    tier: Tier = Tier.STANDARD
    contracted_mbps: int | None = None

    @property
    def is_premium(self) -> bool:
        """Whether convenience services are offered."""
        return self.tier is Tier.PREMIUM

    @property
    def is_seen_working(self) -> bool:
        """Whether something must be seen working."""
        return self.purpose in SEEN_WORKING

    @property
    def is_optical(self) -> bool:
        """Whether there is a received power to measure."""
        return self.is_seen_working and self.service in OPTICAL_SERVICES


class Measured(Protocol):
    """A reading, as a phone reports it or as it is stored."""

    @property
    def kind(self) -> ReadingKind: ...  # noqa: D102 - see the vocabulary
    @property
    def value(self) -> int: ...  # noqa: D102
    @property
    def is_wired(self) -> bool: ...  # noqa: D102


class Account(Protocol):
    """What a technician says of a visit that is done."""

    @property
    def checklist(self) -> Mapping[str, bool]: ...  # noqa: D102 - see `ClosedOutReport`
    @property
    def readings(self) -> Sequence[Measured]: ...  # noqa: D102
    @property
    def consents(self) -> Mapping[str, datetime]: ...  # noqa: D102
    @property
    def serials(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def conveniences(self) -> Sequence[str]: ...  # noqa: D102


# --- what a phone asks for ----------------------------------------------------------------------


def checklist_for(job: Job) -> tuple[ChecklistItem, ...]:
    """The points of conduct that are asked for."""
    return tuple(item for item in CHECKLIST if job.is_premium or not item.only_premium)


def serials_for(job: Job) -> tuple[str, ...]:
    """The parts whose serial numbers are asked for."""
    return SERIALS.get(job.purpose, ())


def readings_for(job: Job) -> tuple[str, ...]:
    """The measurements that are asked for: `online`, `optical_power`, `downlink`."""
    wanted = (("online", job.is_seen_working), ("optical_power", job.is_optical), ("downlink", _has_rate(job)))
    return tuple(name for name, is_wanted in wanted if is_wanted)


def _has_rate(job: Job) -> bool:
    return job.is_seen_working and job.contracted_mbps is not None


# --- what is lacking ----------------------------------------------------------------------------


def missing_from(job: Job, account: Account, *, at: datetime, limits: ReadingLimits = USUAL_LIMITS) -> tuple[str, ...]:
    """The codes of what the account of a visit that ended `at` lacks; nothing if it is complete.

    `checklist.<item>`, `serial.<part>`, `consent.<service>`, `convenience.<fault>` and, for
    what was not seen working, `reading.<name>` (not measured) or `reading.<name>_bad`.
    """
    return (
        *(f"checklist.{code}" for code in _unanswered(job, account.checklist)),
        *(f"serial.{part}" for part in serials_for(job) if not account.serials.get(part)),
        *(f"convenience.{fault}" for fault in _convenience_faults(job, account.conveniences)),
        *(f"consent.{code}" for code in _without_consent(account, at)),
        *unproven(job, account.readings, limits),
    )


def unproven(job: Job, readings: Sequence[Measured], limits: ReadingLimits = USUAL_LIMITS) -> tuple[str, ...]:
    """What keeps the work from counting as seen working (R27): codes `reading...`.

    A rate that is too low is no fault of the account: it is tuned in an order of its own
    (R14). Only of a tuning itself it says that nothing was gained.
    """
    found: list[str] = []
    if job.is_seen_working:
        found += _offline(readings)
    if job.is_optical:
        found += _power_faults(readings, limits)
    if _has_rate(job):
        found += _rate_faults(job, readings, limits)
    return tuple(found)


def average_rate(readings: Iterable[Measured], limits: ReadingLimits = USUAL_LIMITS) -> int | None:
    """The average downlink in kbit/s, wired or at the gateway; None if too little was measured (R14)."""
    rates = [one.value for one in readings if one.kind is ReadingKind.DOWNLINK_KBPS and one.is_wired]
    return None if len(rates) < max(1, limits.least_readings) else sum(rates) // len(rates)


def is_rate_low(
    contracted_mbps: int | None, readings: Iterable[Measured], limits: ReadingLimits = USUAL_LIMITS
) -> bool:
    """Whether what was measured is less than the share of the contracted rate that is promised (R14)."""
    rate = average_rate(readings, limits)
    if rate is None or contracted_mbps is None:
        return False
    return rate * 100 < contracted_mbps * 1000 * limits.least_share_percent


def is_power_close(reading: Measured, limits: ReadingLimits = USUAL_LIMITS) -> bool:
    """Whether a reading is a power inside its limits, but close to one of them (R27)."""
    span = limits.power(reading.kind)
    if span is None or not span[0] <= reading.value <= span[1]:
        return False
    return min(reading.value - span[0], span[1] - reading.value) <= limits.warning_cdbm


def _unanswered(job: Job, checklist: Mapping[str, bool]) -> list[str]:
    return [item.code for item in checklist_for(job) if item.is_required and item.code not in checklist]


def _convenience_faults(job: Job, done: Collection[str]) -> list[str]:
    faults = []
    if done and not job.is_premium:
        faults.append("not_offered_here")
    if len(set(done)) > MOST_CONVENIENCES:
        faults.append("too_many")
    if any(code not in CONVENIENCES for code in done):
        faults.append("unknown")
    return faults


def _without_consent(account: Account, at: datetime) -> list[str]:
    needed = [code for code in CONSENTS if code in account.conveniences]
    return [code for code in needed if code not in account.consents or account.consents[code] > at]


def _offline(readings: Sequence[Measured]) -> list[str]:
    online = [one.value for one in readings if one.kind is ReadingKind.ONLINE]
    if not online:
        return ["reading.online"]
    return [] if online[-1] else ["reading.online_bad"]


def _power_faults(readings: Sequence[Measured], limits: ReadingLimits) -> list[str]:
    spans = [(one.value, limits.power(one.kind)) for one in readings]
    measured = [(value, span) for value, span in spans if span is not None]
    if not measured:
        return ["reading.optical_power"]
    value, (low, high) = measured[-1]
    return [] if low <= value <= high else ["reading.optical_power_bad"]


def _rate_faults(job: Job, readings: Sequence[Measured], limits: ReadingLimits) -> list[str]:
    if average_rate(readings, limits) is None:
        return ["reading.downlink"]
    if job.purpose is VisitPurpose.TUNE and is_rate_low(job.contracted_mbps, readings, limits):
        return ["reading.downlink_bad"]
    return []


# --- what could not be done ---------------------------------------------------------------------


class Follow(StrEnum):
    """What follows a visit that was not completed."""

    NEXT_VISIT = "next_visit"
    TASK = "task"  # somebody of ours sees to something first; the next visit waits for it
    WITHDRAWAL = "withdrawal"  # the customer does not want it any more: verified by somebody else (R13)
    INFEASIBLE = "infeasible"  # the order cannot be done: verified by somebody else (R13)


@dataclass(frozen=True)
class NotCompletedReason:
    """Why a visit ended without what it was for, whose doing it is, and what follows.

    What is not our doing `needs_proof`: on the technician's word alone it is not held against
    anybody else. The next visit is planned `after` so long at the earliest.
    """

    code: str
    cause: BreakCause
    follow: Follow
    after: timedelta = timedelta()
    needs_proof: bool = False


#: what comes from the depot is there within so long
PART_COMES_WITHIN = timedelta(hours=4)
_NETWORK_WITHIN, _PORT_WITHIN = timedelta(hours=4), timedelta(hours=24)
_B, _F = BreakCause, Follow
_REASONS = (
    NotCompletedReason("missing_part", _B.OURS, _F.NEXT_VISIT, PART_COMES_WITHIN),
    NotCompletedReason("needs_specialist", _B.OURS, _F.NEXT_VISIT),
    NotCompletedReason("more_time", _B.OURS, _F.NEXT_VISIT),
    NotCompletedReason("unsafe", _B.OURS, _F.NEXT_VISIT),
    NotCompletedReason("network_fault", _B.OUR_RESOURCES, _F.TASK, _NETWORK_WITHIN),
    NotCompletedReason("no_port", _B.OUR_RESOURCES, _F.TASK, _PORT_WITHIN),
    NotCompletedReason("weather", _B.FORCE_MAJEURE, _F.NEXT_VISIT, needs_proof=True),
    NotCompletedReason("no_access", _B.THIRD_PARTY, _F.NEXT_VISIT, needs_proof=True),
    NotCompletedReason("customer_request", _B.CUSTOMER, _F.NEXT_VISIT, needs_proof=True),
    NotCompletedReason("refused", _B.CUSTOMER, _F.WITHDRAWAL, needs_proof=True),
    NotCompletedReason("no_coverage", _B.OUR_RESOURCES, _F.INFEASIBLE),
    NotCompletedReason("no_permission", _B.THIRD_PARTY, _F.INFEASIBLE, needs_proof=True),
    NotCompletedReason("address_not_found", _B.OURS, _F.INFEASIBLE),
)
#: by code; that nobody opened is a report of its own (R18)
NOT_COMPLETED_REASONS: Mapping[str, NotCompletedReason] = {reason.code: reason for reason in _REASONS}
#: the code of a visit that ended because nobody opened
NOBODY_THERE = "nobody_there"
#: a reason that a newer phone knows
_OTHER = NotCompletedReason("other", BreakCause.OURS, Follow.NEXT_VISIT)


def reason_called(code: str) -> NotCompletedReason:
    """The reason with this code; one that is not known is another reason of ours."""
    return NOT_COMPLETED_REASONS.get(code, _OTHER)


# --- nobody at the door -------------------------------------------------------------------------


@dataclass(frozen=True)
class DoorRules:
    """What proves that a technician stood at a closed door (R18)."""

    calls: int = 2
    messages: int = 1
    wait: timedelta = timedelta(minutes=15)
    needs_position: bool = True
    #: how far from the premises a phone may be that stands at the door, in metres
    within_m: int = 300


USUAL_DOOR_RULES = DoorRules()


@dataclass(frozen=True)
class DoorProof:
    """What is known of the wait; `distance_m` is None without a position or a place."""

    calls: int
    messages: int
    waited: timedelta
    distance_m: float | None


def lacks_at_door(proof: DoorProof, rules: DoorRules = USUAL_DOOR_RULES) -> tuple[str, ...]:
    """What the proof lacks: `calls`, `message`, `wait`, `position`, `too_far`; nothing if it is whole."""
    lacks = []
    if proof.calls < rules.calls:
        lacks.append("calls")
    if proof.messages < rules.messages:
        lacks.append("message")
    if proof.waited < rules.wait:
        lacks.append("wait")
    if rules.needs_position and proof.distance_m is None:
        lacks.append("position")
    elif proof.distance_m is not None and proof.distance_m > rules.within_m:
        lacks.append("too_far")
    return tuple(lacks)


def read_door_rules(parameters: Mapping[str, Any]) -> DoorRules:
    """The rules in the `parameters` of the rule about arrival; what these leave out is as usual."""
    usual = USUAL_DOOR_RULES
    wait = parameters.get("nobody_there_wait")
    return DoorRules(
        calls=int(parameters.get("nobody_there_calls", usual.calls)),
        messages=int(parameters.get("nobody_there_messages", usual.messages)),
        wait=usual.wait if wait is None else read_duration(wait, "parameters.nobody_there_wait"),
        needs_position=bool(parameters.get("nobody_there_needs_position", usual.needs_position)),
    )
