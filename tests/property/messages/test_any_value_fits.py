"""Whatever the values, a text is sound or its value is refused by name."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifications.rendering import Rendered, render
from notifications.template_examples import TOLD_AT, Size, example_values
from notifications.templates import TEMPLATES
from notifications.value_words import UnsayableValue
from notifications.values import Value, Var, Window
from notifications.wording import languages

SIGNATURES = {"en": "Jiangsu Fibre NJ", "zh_Hans_CN": "江苏联通南京公司", "zh_Hant_TW": "江蘇聯通南京公司"}
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
#: what is told lies a few weeks away at most
near = st.datetimes(datetime(2026, 10, 28), datetime(2026, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
names = st.one_of(
    st.text(min_size=1, max_size=60),
    st.text(st.characters(whitelist_categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=60),
)


@given(st.sampled_from(sorted(TEMPLATES)), st.sampled_from(languages()), names, st.data())
def test_a_name_never_makes_a_text_too_long_or_brings_anything_in(
    code: str, language: str, name: str, data: st.DataObject
) -> None:
    values: dict[str, Value] = example_values(code, language, Size.LONGEST)
    for variable, var in TEMPLATES[code].variables.items():
        if var is Var.NAME:
            values[variable] = name
        elif var is Var.MOMENT:
            values[variable] = data.draw(near)
    at_fault = None
    rendered: Rendered | None
    try:
        rendered = render(code, values, language=language, signature=SIGNATURES[language], zone=UTC, now=TOLD_AT)
    except UnsayableValue as refused:
        rendered, at_fault = None, refused.field
    if rendered is None:
        assert TEMPLATES[code].variables[at_fault or ""] is Var.NAME
        return
    assert rendered.parts <= TEMPLATES[code].parts, rendered.text
    assert not {"Cc", "Cf"} & {unicodedata.category(character) for character in rendered.text}


@given(instants, st.integers(1, 72 * 60), instants, st.sampled_from(languages()))
def test_a_window_names_both_its_ends(start: datetime, minutes: int, now: datetime, language: str) -> None:
    end = start + timedelta(minutes=minutes)
    values = example_values("visit_booked", language, Size.USUAL) | {"window": Window(start, end)}
    said = render("visit_booked", values, language=language, signature="A", zone=UTC, now=now).variables["window"]
    assert f"{start:%H:%M}" in said
    assert f"{end:%H:%M}" in said or f"{end:%H:%M}" == "00:00"
