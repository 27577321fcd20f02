from __future__ import annotations

import pytest

from dispatch.rules.address_text import address_hash, address_line, normalise_address


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Im Pardiel 30, 9494 Schaan", "  im  PARDIEL 30 9494 schaan "),
        ("Hauptstra\u00dfe 1", "HAUPTSTRASSE 1"),
        ("Gr\u00fcne Gasse", "Gru\u0308ne Gasse"),
        ("\u5357\u4eac\u5e02 \u9f13\u697c\u533a", "\u5357\u4eac\u5e02\u9f13\u697c\u533a"),
        ("\u5e78\u798f\u91cc\uff13\u680b\uff0c\uff12\u5355\u5143", "\u5e78\u798f\u91cc3\u680b,2\u5355\u5143"),
    ],
)
def test_one_address_written_twice_is_one_address(left: str, right: str) -> None:
    assert normalise_address(left) == normalise_address(right)
    assert address_hash(left, "LI") == address_hash(right, "li")


def test_different_houses_stay_different() -> None:
    assert normalise_address("Dorf 4 9") != normalise_address("Dorf 49")


def test_the_region_is_part_of_the_key() -> None:
    assert address_hash("Vaduz", "LI") != address_hash("Vaduz", "CH")


def test_the_key_is_sha256_in_hex_and_holds_no_address() -> None:
    key = address_hash("Im Pardiel 30", "LI")
    assert len(key) == 64
    assert "pardiel" not in key


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (("Im Pardiel", "30", "9494", "Schaan"), "Im Pardiel 30, 9494 Schaan"),
        (("Dorf", "49", "", "Schellenberg"), "Dorf 49, Schellenberg"),
        (("", "", "", "Vaduz"), "Vaduz"),
    ],
)
def test_empty_parts_leave_no_trace_in_a_line(parts: tuple[str, str, str, str], line: str) -> None:
    assert address_line(*parts) == line
