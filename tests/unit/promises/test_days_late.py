"""How far windows are from what an order promises (R36 counts compensation by days begun)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.slot_windows import days_late, is_too_late

DUE = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("begins_h", "late", "too_late"),
    [
        pytest.param(-3, 0, False, id="done by the due time whenever it begins"),
        pytest.param(-2, 1, False, id="missed only by who begins late"),
        pytest.param(-1, 1, False, id="kept only by who begins at once"),
        pytest.param(-0.75, 2, True, id="missed by who begins at once"),
        pytest.param(21, 2, True, id="within a day of the due time"),
        pytest.param(22, 3, True, id="a second day begun by who begins late"),
        pytest.param(24, 4, True, id="a second day begun"),
    ],
)
def test_days_begun_after_the_due_time(begins_h: float, late: int, too_late: bool) -> None:
    """Two hours wide, an hour of work."""
    begins = DUE + begins_h * HOUR
    window = (begins, begins + 2 * HOUR)
    assert days_late(window, HOUR, [DUE]) == late
    assert is_too_late(window, HOUR, [DUE]) is too_late


def test_each_due_time_counts() -> None:
    """Planned for an hour before it is due: what keeps only the promise comes after what keeps both."""
    window = (DUE - 3 * HOUR, DUE - HOUR)
    assert days_late(window, HOUR, [DUE]) == 0
    assert days_late(window, HOUR, [DUE, DUE - HOUR]) == 1


def test_nothing_due_is_never_late() -> None:
    window = (DUE, DUE + HOUR)
    assert days_late(window, HOUR, []) == 0
    assert not is_too_late(window, HOUR, [])
