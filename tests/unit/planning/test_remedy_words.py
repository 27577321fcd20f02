"""What would help, in words, in every language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.queries.plan_remedies import Needed, Remedy
from notifications.wording import languages
from optimizer.remedies.changes import Change, MovedLimit
from web.remedy_words import WORDED, what_helps

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 09:00 in Shanghai
DETAILS: dict[str, dict[str, Any]] = {
    "more_overtime": {"technician": "T7", "shift": 0, "minutes": 20},
    "earlier_window": {"minutes": 30, "from_at": AT, "until_at": AT},
    "later_window": {"minutes": 30, "from_at": AT, "until_at": AT},
    "earlier_release": {"minutes": 30, "from_at": AT},
    "later_deadline": {"minutes": 30, "until_at": AT},
    "one_skill": {"technician": "T7", "skill": "fibre", "level": 2},
    "one_part": {"technician": "T7", "shift": 0, "part": "ONT-9", "quantity": 4},
    "allowed_technician": {"technician": "T7"},
    "instead_of": {"order": "1044"},
    "at_that_price": {},
}


def test_every_change_of_the_optimizer_has_words() -> None:
    kinds = {kind.code for kind in (*Change.__subclasses__(), *MovedLimit.__subclasses__())}
    assert kinds - {MovedLimit.code} == set(WORDED) == set(DETAILS)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("code", sorted(DETAILS))
def test_every_remedy_is_a_sentence_with_its_particulars(code: str, language: str) -> None:
    """The change and who comes when; two changes stand in one sentence."""
    remedy = Remedy((Needed(code, DETAILS[code]),), "T8", AT)
    (sentence,) = what_helps([remedy], ZONE, language)
    assert code not in sentence
    assert all(part in sentence for part in ("T8", "2026-11-24 09:00"))
    shown = [one for name, one in DETAILS[code].items() if name != "shift" and one is not AT]
    assert all(str(one) in sentence for one in shown)
    both = Remedy((*remedy.changes, Needed("more_overtime", {"technician": "T9", "minutes": 77})), "T8", AT)
    assert all(part in what_helps([both], ZONE, language)[0] for part in ("T9", "77", *map(str, shown)))


@pytest.mark.parametrize("language", languages())
def test_that_nothing_would_help_is_said(language: str) -> None:
    (sentence,) = what_helps([], ZONE, language)
    assert "remedy" not in sentence
