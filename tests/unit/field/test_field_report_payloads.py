"""What a phone may say: read strictly, and every fault named with its field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dispatch.rules import field_reports as r
from dispatch.rules.datum import Datum
from dispatch.rules.storable import storable
from dispatch.rules.vocabulary import Channel, ReadingKind, ReportKind
from dispatch.services.apply_field_report import VERBS

AT = "2026-11-24T10:00:00+08:00"
WHEN = datetime.fromisoformat(AT)
READING = {"kind": "downlink_kbps", "value": 487_000, "taken_at": AT}


@pytest.mark.parametrize(
    ("kind", "payload", "read"),
    [
        ("accepted", {"newer": "phone"}, r.AcceptedReport()),
        ("declined", {"reason": "vehicle"}, r.DeclinedReport("vehicle")),
        ("contact_tried", {"reached": False, "channel": "sms"}, r.ContactTriedReport(False, Channel.SMS)),
        (
            "contact_tried",
            {"reached": True, "channel": "voice", "contact_id": 7, "call_record": " c1 "},
            r.ContactTriedReport(True, Channel.VOICE, 7, "c1"),
        ),
        ("time_agreed", {"time_at": AT}, r.TimeAgreedReport(WHEN)),
        ("early_allowed", {}, r.EarlyAllowedReport()),
        ("set_off", {}, r.SetOffReport()),
        ("diverted", {"reason": "emergency"}, r.DivertedReport("emergency")),
        ("arrived", {}, r.ArrivedReport()),
        (
            "arrived",
            {"lat": 32, "lon": 118.78, "datum": "GCJ02"},
            r.ArrivedReport(r.Position(32.0, 118.78, Datum.GCJ02)),
        ),
        ("arrived", {"lat": 32, "lon": 118.78}, r.ArrivedReport(r.Position(32.0, 118.78, Datum.WGS84))),
        ("arrival_undone", {"sequence": 3}, r.ArrivalUndoneReport(3)),
        (
            "nobody_there",
            {"waited_since": AT, "call_records": ["c1", "c2"]},
            r.NobodyThereReport(WHEN, ("c1", "c2")),
        ),
        (
            "closed_out",
            {
                "checklist": {"badge_shown": True},
                "readings": [READING | {"is_wired": False}],
                "consents": {"remove_virus": AT},
                "serials": {"ont": "SN 1"},
                "conveniences": ["tune_router"],
                "remark": "  all well ",
            },
            r.ClosedOutReport(
                {"badge_shown": True},
                (r.MeasuredReading(ReadingKind.DOWNLINK_KBPS, 487_000, WHEN, is_wired=False),),
                {"remove_virus": WHEN},
                {"ont": "SN 1"},
                ("tune_router",),
                "all well",
            ),
        ),
        ("closed_out", {}, r.ClosedOutReport({}, (), {}, {}, ())),
        (
            "not_completed",
            {"reason": "missing_part", "needs": {"parts": ["ONT X"], "skills": ["fibre"], "note": "attic"}},
            r.NotCompletedReport("missing_part", r.Needs(("ONT X",), ("fibre",), "attic"), {}, ()),
        ),
        ("question_asked", {"text": " why? "}, r.QuestionAskedReport("why?")),
        ("running_over", {"until_at": AT}, r.RunningOverReport(WHEN)),
        ("taken_ill", {}, r.TakenIllReport()),
        ("taken_ill", {"until_at": AT}, r.TakenIllReport(WHEN)),
    ],
)
def test_what_a_phone_says_is_read(kind: str, payload: dict[str, Any], read: r.Payload) -> None:
    assert r.read_payload(kind, payload) == read


@pytest.mark.parametrize(
    ("kind", "payload", "field", "reason"),
    [
        ("teleported", {}, "kind", "unknown"),
        ("accepted", [], "payload", "not_a_table"),
        ("declined", {}, "reason", "missing"),
        ("declined", {"reason": "rain"}, "reason", "unknown"),
        ("contact_tried", {"reached": 1, "channel": "voice"}, "reached", "not_a_flag"),
        ("contact_tried", {"reached": True, "channel": "page"}, "channel", "unknown"),
        ("contact_tried", {"reached": True, "channel": "sms", "contact_id": True}, "contact_id", "not_a_number"),
        ("contact_tried", {"reached": True, "channel": "sms", "call_record": "x" * 81}, "call_record", "too_long"),
        ("time_agreed", {"time_at": "2026-11-24T10:00:00"}, "time_at", "not_an_instant"),
        ("time_agreed", {"time_at": "tomorrow"}, "time_at", "not_an_instant"),
        ("time_agreed", {"time_at": "1970-01-01T00:00:00+00:00"}, "time_at", "out_of_range"),
        ("time_agreed", {"time_at": 1_764_000_000}, "time_at", "not_an_instant"),
        ("arrived", {"lat": 91, "lon": 0}, "lat", "out_of_range"),
        ("arrived", {"lat": float("nan"), "lon": 0}, "lat", "out_of_range"),
        ("arrived", {"lat": 32}, "lon", "missing"),
        ("arrived", {"lat": "32", "lon": 118}, "lat", "not_a_number"),
        ("arrived", {"lat": 32, "lon": 118, "datum": "moon"}, "datum", "unknown"),
        ("arrival_undone", {"sequence": 2**53}, "sequence", "out_of_range"),
        ("nobody_there", {"waited_since": AT, "call_records": "c1"}, "call_records", "not_a_list"),
        ("nobody_there", {"waited_since": AT, "call_records": [1]}, "call_records.0", "not_a_text"),
        ("closed_out", {"checklist": {"Not A Code": True}}, "checklist", "not_a_code"),
        ("closed_out", {"checklist": {"ok": "yes"}}, "checklist.ok", "not_a_flag"),
        ("closed_out", {"readings": [READING | {"kind": "loudness"}]}, "readings.0.kind", "unknown"),
        ("closed_out", {"readings": ["fast"]}, "readings.0", "not_a_table"),
        ("closed_out", {"readings": [READING] * 101}, "readings", "too_long"),
        ("closed_out", {"consents": {"virus": "yes"}}, "consents.virus", "not_an_instant"),
        ("closed_out", {"serials": []}, "serials", "not_a_table"),
        ("closed_out", {"conveniences": ["Tune!"]}, "conveniences.0", "not_a_code"),
        ("not_completed", {"reason": "No Part"}, "reason", "not_a_code"),
        ("not_completed", {"reason": "no_part", "needs": {"parts": [None]}}, "needs.parts.0", "missing"),
        ("question_asked", {"text": "   "}, "text", "missing"),
        ("question_asked", {"text": "?" * 2001}, "text", "too_long"),
    ],
)
def test_a_fault_is_named_with_its_field(kind: str, payload: Any, field: str, reason: str) -> None:
    with pytest.raises(r.InvalidReport) as refused:
        r.read_payload(kind, payload)
    assert (refused.value.field, refused.value.values["reason"]) == (field, reason)


def test_every_kind_of_report_asks_for_something() -> None:
    assert set(VERBS) == set(ReportKind)


def test_what_is_stored_is_what_came_as_far_as_a_database_takes_it() -> None:
    came = {"a": [1, 2.5, True, None, "é中"], "b": {"c": "x"}}
    assert storable(came) == came
    assert storable({"a\x00": "\ud800", 7: {1, 2}, "n": float("inf")}) == {"a": "?", "7": None, "n": None}


def test_what_is_nested_beyond_reason_is_cut_off() -> None:
    deep: Any = "x"
    for _level in range(100):
        deep = [deep]
    assert str(storable(deep)).count("[") == 20
