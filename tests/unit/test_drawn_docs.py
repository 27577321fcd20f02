"""Pages that are drawn from tables tell the truth."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
_spec = importlib.util.spec_from_file_location("draw", DOCS / "draw.py")
assert _spec
assert _spec.loader
draw = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(draw)


@pytest.mark.parametrize("name", sorted(draw.PAGES))
def test_a_drawn_page_is_up_to_date(name: str) -> None:
    """If not: `make docs`."""
    assert (DOCS / name).read_text("utf-8") == draw.PAGES[name]()
