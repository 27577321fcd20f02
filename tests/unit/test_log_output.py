"""Logs say where and what, never what somebody typed (R84)."""

from __future__ import annotations

import sys

from dispatch.errors import Refusal
from web.log_output import where_and_what


class Nonsense(Refusal):
    """A refusal of this test."""


def rendered(error: Exception, cause: Exception | None = None) -> str:
    try:
        raise error from cause  # noqa: TRY301 - there is nothing else to abstract
    except Exception:  # noqa: BLE001 - any
        return where_and_what(sys.exc_info())


def test_an_error_shows_its_kind_and_place_but_not_its_text() -> None:
    shown = rendered(ValueError("Key (phone)=(+8613900000001) already exists"))
    assert "ValueError" in shown
    assert "test_log_output.py" in shown
    assert "139" not in shown


def test_the_cause_is_shown_the_same_way() -> None:
    shown = rendered(LookupError("Zhang San"), KeyError("Road 1"))
    assert "LookupError" in shown
    assert "KeyError" in shown
    assert "Zhang" not in shown
    assert "Road" not in shown


def test_a_refusal_holds_codes_and_is_shown_whole() -> None:
    assert "nonsense field: level=3" in rendered(Nonsense("field", level=3))
