"""Forms become the same payloads here and in the page's script."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from web.technician.report_forms import read_form

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
FRONTEND = Path(__file__).resolve().parents[3] / "web" / "frontend" / "src"
EXAMPLES = json.loads((FRONTEND / "report_form_examples.json").read_text("utf-8"))


def instants(value: Any) -> Any:
    """The examples say NOW and NOW+30 (minutes) for instants."""
    if isinstance(value, list):
        return [instants(one) for one in value]
    if isinstance(value, dict):
        return {name: instants(one) for name, one in value.items()}
    named = re.fullmatch(r"NOW(?:\+(\d+))?", value) if isinstance(value, str) else None
    return (NOW + timedelta(minutes=int(named[1] or 0))).isoformat() if named else value


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_a_form_becomes_a_payload(example: dict[str, Any]) -> None:
    assert read_form([(name, value) for name, value in example["fields"]], now=NOW) == instants(example["payload"])


@pytest.mark.parametrize("name", ["p.a.b", "p.a:list", "p.a.b:list", "p.readings:list", "p.readings.0", "p.readings"])
def test_names_that_fit_no_report_do_no_harm(name: str) -> None:
    odd = [("p.a", "x"), (name, "y"), ("p.:", "z"), ("p..", "z"), (name, "y"), ("p.readings.1:list", "y")]
    assert isinstance(read_form(odd, now=NOW), dict)
