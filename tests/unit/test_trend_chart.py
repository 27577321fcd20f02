from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dispatch.queries.promise_record import HIDDEN, Cell, WeekRecord
from web.customer.promises_page import percent_words
from web.customer.trend_chart import HEIGHT, MARGIN, WIDTH, trend_chart

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def weeks(*cells: Cell) -> list[WeekRecord]:
    return [WeekRecord(NOW, NOW + timedelta(days=7), cell) for cell in cells]


def test_a_week_that_is_hidden_leaves_a_gap() -> None:
    chart = trend_chart(weeks(Cell(10, 10), Cell(10, 9), HIDDEN, Cell(20, 19)))
    assert [dot.share for dot in chart.dots] == [1.0, 0.9, 0.95]
    assert len(chart.lines) == 1
    assert len(chart.lines[0].split()) == 2


def test_the_line_stays_inside_of_its_drawing_however_bad_it_is() -> None:
    chart = trend_chart(weeks(Cell(10, 0), Cell(10, 10), Cell(0, 0)))
    assert chart.least == 0
    assert all(MARGIN <= dot.x <= WIDTH - MARGIN and MARGIN <= dot.y <= HEIGHT - MARGIN for dot in chart.dots)


def test_nothing_known_draws_nothing() -> None:
    assert trend_chart(weeks(HIDDEN, HIDDEN)).dots == ()


def test_a_share_is_never_rounded_up_to_the_whole() -> None:
    assert percent_words(0.9999, "en") == "99.9%"
    assert percent_words(1.0, "zh_Hans_CN") == "100.0%"
