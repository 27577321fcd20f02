from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import Refusal
from dispatch.phones import is_landline, mask_phone, read_phone

texts = st.text(max_size=40) | st.text("0123456789+-() /.\uff10\uff11x#;,", max_size=30)


@given(texts, st.sampled_from(["GB", "LI", "CN", "US", "AR", "IT"]))
def test_any_text_is_an_e164_number_or_a_refusal_that_keeps_it_secret(text: str, region: str) -> None:
    told = _read(text, region)
    if isinstance(told, Refusal):
        assert told.code in {"required", "invalid_phone"}
        assert len(text.strip()) < 6 or text not in repr(told)
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{1,14}", told)
        assert read_phone(told, region) == told
        assert is_landline(told) in {True, False, None}
        assert mask_phone(told)[-2:] == told[-2:]


def _read(text: str, region: str) -> str | Refusal:
    try:
        return read_phone(text, region)
    except Refusal as refusal:
        return refusal
