from __future__ import annotations

import csv
from pathlib import Path

import pytest

from dispatch.errors import Refusal, Required
from dispatch.phones import InvalidPhone, is_landline, mask_phone, read_phone


@pytest.mark.parametrize(
    "text",
    [
        "07700 900867",
        "(0)7700-900-867",
        "00447700900867",
        "+44 7700 900867",
        "+44 (0)7700 900867",
        "07700.900.867",
        "07700/900867",
        "07700\u2013900\u2013867",
        "\uff10\uff17\uff17\uff10\uff10\u3000\uff19\uff10\uff10\uff18\uff16\uff17",
        "\uff0b44 7700 900867",
        "  07700 900867\t",
    ],
)
def test_one_number_written_many_ways_is_one_number(text: str) -> None:
    assert read_phone(text, "GB") == "+447700900867"


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("025-8440 0000", "CN", "+862584400000"),
        ("079 123 45 67", "LI", "+423791234567"),
        ("011 15-1234-5678", "AR", "+5491112345678"),
        ("+41 44 668 18 00", "GB", "+41446681800"),
    ],
)
def test_national_writing_is_read_in_its_region(text: str, region: str, e164: str) -> None:
    assert read_phone(text, region) == e164


@pytest.mark.parametrize("text", ["", "   ", "\u3000", "\t\n"])
def test_nothing_is_refused_as_required(text: str) -> None:
    with pytest.raises(Required) as refused:
        read_phone(text, "GB")
    assert (refused.value.code, refused.value.field) == ("required", "phone")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12", "too_short"),
        ("112", "too_short"),
        ("+44 7700 900867 123 456", "too_long"),
        ("900867", "local_only"),
        ("n/a", "characters"),
        ("0800 FLOWERS", "characters"),
        ("07700 900867 Mum", "characters"),
        ("07700 900867, 07700 900868", "characters"),
        ("07700 900867 ext 12", "extension"),
        ("07700900867;ext=12", "extension"),
        ("07700 900867 x12", "extension"),
        ("07700 900867 / 07700 900868", "unreadable"),
        ("07700 900867 07700 900868", "unreadable"),
        ("+999 123 456", "unreadable"),
        ("---", "unreadable"),
    ],
)
def test_what_cannot_be_dialled_as_one_number_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidPhone) as refused:
        read_phone(text, "GB")
    assert (refused.value.code, refused.value.values) == ("invalid_phone", {"reason": reason})


def test_a_refusal_names_the_field_it_was_asked_for_and_not_the_number() -> None:
    with pytest.raises(InvalidPhone) as refused:
        read_phone("+44 7700 900867 123 456", "GB", field="home_phone")
    assert refused.value.field == "home_phone"
    assert "7700" not in str(refused.value) + repr(refused.value)


@pytest.mark.parametrize(
    ("e164", "expected"),
    [
        ("+442079460018", True),
        ("+862584400000", True),
        ("+447911123456", False),
        ("+8613800138000", False),
        ("+12025550143", None),
        ("+447700900123", None),
        ("+448001111111", None),
        ("not a number", None),
    ],
)
def test_a_landline_is_known_unknown_or_excluded(e164: str, expected: bool | None) -> None:
    assert is_landline(e164) is expected


@pytest.mark.parametrize(
    ("e164", "shown"), [("+447700900867", "***67"), ("+8613800138000", "***00"), ("+4479", "***"), ("", "***")]
)
def test_a_masked_number_shows_its_last_two_digits_at_most(e164: str, shown: str) -> None:
    assert mask_phone(e164) == shown


@pytest.mark.shared
@pytest.mark.parametrize("name", ["orders.csv", "technicians.csv"])
def test_a_real_export_is_refused_on_exactly_the_flagged_lines(name: str, shared_dir: Path) -> None:
    folder = shared_dir / "data" / "liechtenstein"
    expected = {
        (int(row["line"]), row["code"])
        for row in _rows(folder / "expected_rejects.csv")
        if row["field"] == "phone" and name == "orders.csv"
    }
    refused = set()
    for line, row in enumerate(_rows(folder / name), start=2):
        try:
            assert read_phone(row["phone"], "GB").startswith("+44")
        except Refusal as refusal:
            refused.add((line, refusal.code))
    assert refused == expected


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
