"""What a close-out must hold, and what proves a closed door: each rule bites, and does not where it should not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.close_out_rules import (
    CHECKLIST,
    CONSENTS,
    CONVENIENCES,
    NOT_COMPLETED_REASONS,
    DoorProof,
    DoorRules,
    Follow,
    Job,
    ReadingLimits,
    checklist_for,
    is_power_close,
    is_rate_low,
    lacks_at_door,
    missing_from,
    read_door_rules,
    read_limits,
    readings_for,
    reason_called,
    serials_for,
)
from dispatch.rules.field_reports import MeasuredReading
from dispatch.rules.vocabulary import BreakCause, ReadingKind, Tier, VisitPurpose

AT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
REPAIR = Job(VisitPurpose.REPAIR, "fibre")
INSTALL = Job(VisitPurpose.SET_UP, "fibre", contracted_mbps=500)
PREMIUM = replace(REPAIR, tier=Tier.PREMIUM)


def reading(kind: ReadingKind, value: int, *, is_wired: bool = True) -> MeasuredReading:
    return MeasuredReading(kind, value, AT, is_wired)


ONLINE = reading(ReadingKind.ONLINE, 1)
GOOD_POWER = reading(ReadingKind.GPON_POWER_CDBM, -2000)


def rates(*values: int, is_wired: bool = True) -> tuple[MeasuredReading, ...]:
    return tuple(reading(ReadingKind.DOWNLINK_KBPS, value, is_wired=is_wired) for value in values)


@dataclass(frozen=True)
class Told:
    """An account that lacks nothing for a standard repair."""

    checklist: dict[str, bool] = field(default_factory=lambda: {item.code: True for item in CHECKLIST})
    readings: tuple[MeasuredReading, ...] = (ONLINE, GOOD_POWER)
    consents: dict[str, datetime] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=dict)
    conveniences: tuple[str, ...] = ()


def lacks(job: Job, told: Told) -> tuple[str, ...]:
    return missing_from(job, told, at=AT)


def test_a_whole_account_lacks_nothing() -> None:
    assert lacks(REPAIR, Told()) == ()
    assert lacks(INSTALL, Told(readings=(ONLINE, GOOD_POWER, *rates(1, 2, 3)), serials={"terminal": "1"})) == ()


@pytest.mark.parametrize("item", [item for item in CHECKLIST if not item.only_premium], ids=lambda item: item.code)
def test_required_points_of_conduct_are_answered(item: object) -> None:
    """R21: yes or no, but answered."""
    code = item.code  # type: ignore[attr-defined]
    without = {name: True for name in Told().checklist if name != code}
    wanted = (f"checklist.{code}",) if item.is_required else ()  # type: ignore[attr-defined]
    assert lacks(REPAIR, Told(checklist=without)) == wanted
    assert lacks(REPAIR, Told(checklist={**without, code: False})) == ()


def test_convenience_is_offered_in_premium_communities_only() -> None:
    assert "convenience_offered" in {item.code for item in checklist_for(PREMIUM)}
    assert "convenience_offered" not in {item.code for item in checklist_for(REPAIR)}


@pytest.mark.parametrize(
    ("job", "done", "wanted"),
    [
        (PREMIUM, ("router_tuning", "screen_cleaning"), ()),
        (PREMIUM, ("router_tuning", "router_tuning", "screen_cleaning"), ()),
        (REPAIR, ("router_tuning",), ("convenience.not_offered_here",)),
        (PREMIUM, ("massage",), ("convenience.unknown",)),
    ],
)
def test_convenience_services(job: Job, done: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """R23: one or two, of four, in premium communities."""
    assert lacks(job, Told(conveniences=done)) == wanted


def test_at_most_two_convenience_services() -> None:
    consents = dict.fromkeys(CONSENTS, AT)
    assert lacks(PREMIUM, Told(conveniences=CONVENIENCES[:3], consents=consents)) == ("convenience.too_many",)


@pytest.mark.parametrize("code", CONSENTS)
def test_the_customer_agrees_before(code: str) -> None:
    """R23: consent before, for what may do harm."""
    assert lacks(PREMIUM, Told(conveniences=(code,))) == (f"consent.{code}",)
    late, early = {code: AT + timedelta(seconds=1)}, {code: AT - timedelta(minutes=5)}
    assert lacks(PREMIUM, Told(conveniences=(code,), consents=late)) == (f"consent.{code}",)
    assert lacks(PREMIUM, Told(conveniences=(code,), consents=early)) == ()


@pytest.mark.parametrize(
    ("readings", "wanted"),
    [
        ((GOOD_POWER,), ("reading.online",)),
        ((GOOD_POWER, reading(ReadingKind.ONLINE, 0)), ("reading.online_bad",)),
        ((reading(ReadingKind.ONLINE, 0), ONLINE, GOOD_POWER), ()),
        ((ONLINE,), ("reading.optical_power",)),
        ((ONLINE, reading(ReadingKind.GPON_POWER_CDBM, -2701)), ("reading.optical_power_bad",)),
        ((ONLINE, reading(ReadingKind.GPON_POWER_CDBM, -2700)), ()),
        ((ONLINE, reading(ReadingKind.GPON_POWER_CDBM, -799)), ("reading.optical_power_bad",)),
        ((ONLINE, reading(ReadingKind.GPON_POWER_CDBM, -800)), ()),
        ((ONLINE, reading(ReadingKind.EPON_POWER_CDBM, -2401)), ("reading.optical_power_bad",)),
        ((ONLINE, reading(ReadingKind.EPON_POWER_CDBM, -600)), ()),
    ],
)
def test_done_means_seen_working(readings: tuple[MeasuredReading, ...], wanted: tuple[str, ...]) -> None:
    """R27: online, and the received power inside its limits."""
    assert lacks(REPAIR, Told(readings=readings)) == wanted


def test_copper_has_no_light_and_what_is_taken_back_does_not_work() -> None:
    assert lacks(replace(REPAIR, service="copper"), Told(readings=(ONLINE,))) == ()
    recover = Job(VisitPurpose.RECOVER, "fibre")
    assert lacks(recover, Told(readings=(), serials={"terminal": "1"})) == ()
    assert lacks(recover, Told(readings=())) == ("serial.terminal",)
    assert (readings_for(recover), serials_for(recover)) == ((), ("terminal",))
    assert readings_for(INSTALL) == ("online", "optical_power", "downlink")


@pytest.mark.parametrize(
    ("value", "is_close"),
    [(-2700, True), (-2500, True), (-2499, False), (-1001, False), (-1000, True), (-2701, False)],
)
def test_power_near_its_limit_is_a_warning(value: int, *, is_close: bool) -> None:
    """R27: within 2 dB of a limit."""
    assert is_power_close(reading(ReadingKind.GPON_POWER_CDBM, value)) == is_close
    assert not is_power_close(ONLINE)


@pytest.mark.parametrize(
    ("measured", "is_low"),
    [
        (rates(449_999, 450_000, 450_000), True),
        (rates(450_000, 450_000, 450_000), False),
        (rates(1_000_000, 350_000, 0), False),
        (rates(1, 1), False),  # too few say nothing
        (rates(1, 1, 1, is_wired=False), False),  # nor does the air
    ],
)
def test_ninety_per_cent_of_the_contracted_rate(measured: tuple[MeasuredReading, ...], is_low: bool) -> None:
    """R14: the average of at least three, wired or at the gateway."""
    assert is_rate_low(500, measured) is is_low
    assert not is_rate_low(None, measured)


def test_a_low_rate_is_a_fault_of_a_tuning_only() -> None:
    told = Told(readings=(ONLINE, GOOD_POWER, *rates(1, 1, 1)), serials={"terminal": "1"})
    assert lacks(INSTALL, told) == ()
    assert lacks(replace(INSTALL, purpose=VisitPurpose.TUNE), told) == ("reading.downlink_bad",)
    assert lacks(INSTALL, replace(told, readings=(ONLINE, GOOD_POWER))) == ("reading.downlink",)


def test_limits_are_the_operators() -> None:
    assert read_limits({}) == ReadingLimits()
    limits = read_limits({"min_readings": 1, "min_share_of_contracted_rate_percent": 50, "gpon_power_cdbm": [-1, 1]})
    assert (limits.least_readings, limits.least_share_percent, limits.gpon_power_cdbm) == (1, 50, (-1, 1))
    assert not is_rate_low(500, rates(250_000), limits)
    assert is_rate_low(500, rates(249_999), limits)


# What could not be done


def test_no_port_is_our_cause_and_a_task() -> None:
    """R19."""
    reason = NOT_COMPLETED_REASONS["no_port"]
    assert (reason.cause, reason.follow, reason.needs_proof) == (BreakCause.OUR_RESOURCES, Follow.TASK, False)


def test_what_is_not_our_doing_needs_proof() -> None:
    ours = {BreakCause.OURS, BreakCause.OUR_RESOURCES}
    assert all(reason.needs_proof is (reason.cause not in ours) for reason in NOT_COMPLETED_REASONS.values())


def test_a_reason_that_nobody_knows_is_ours() -> None:
    assert (reason_called("moon_landing").cause, reason_called("moon_landing").code) == (BreakCause.OURS, "other")


# Nobody at the door


WHOLE = DoorProof(calls=2, messages=1, waited=timedelta(minutes=15), distance_m=300)


@pytest.mark.parametrize(
    ("proof", "wanted"),
    [
        (WHOLE, ()),
        (replace(WHOLE, calls=1), ("calls",)),
        (replace(WHOLE, messages=0), ("message",)),
        (replace(WHOLE, waited=timedelta(minutes=14, seconds=59)), ("wait",)),
        (replace(WHOLE, distance_m=None), ("position",)),
        (replace(WHOLE, distance_m=301), ("too_far",)),
    ],
)
def test_what_proves_a_closed_door(proof: DoorProof, wanted: tuple[str, ...]) -> None:
    """R18: two calls, a message, a quarter of an hour, the place."""
    assert lacks_at_door(proof) == wanted


def test_door_rules_are_the_operators() -> None:
    assert read_door_rules({}) == DoorRules()
    rules = read_door_rules(
        {
            "nobody_there_calls": 1,
            "nobody_there_messages": 0,
            "nobody_there_wait": "5m",
            "nobody_there_needs_position": False,
        }
    )
    assert lacks_at_door(DoorProof(1, 0, timedelta(minutes=5), None), rules) == ()
