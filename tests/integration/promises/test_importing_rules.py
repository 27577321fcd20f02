"""Rules are imported as immutable versions; orders keep theirs (R04)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.db import Database
from dispatch.rules.preset import InvalidPreset
from dispatch.rules.vocabulary import OrderKind, PromiseKind
from dispatch.services.import_rules import ImportedRules, import_rules, load_preset
from tests.world import World

JIANGSU = Path(__file__).parents[3] / "dispatch/presets/jiangsu.toml"


@pytest.fixture
def faster(tmp_path: Path) -> str:
    """The preset with repairs in 12 h."""
    text = JIANGSU.read_text("utf-8")
    changed = text.replace('kind = "repair"\ndue = { after = "24h" }', 'kind = "repair"\ndue = { after = "12h" }')
    assert changed != text
    path = tmp_path / "faster.toml"
    path.write_text(changed, "utf-8")
    return str(path)


def bring_in(world: World, preset: str, now: str, effective_from: str | None = None) -> ImportedRules:
    """Import a preset."""
    begins = world.at(effective_from) if effective_from else None
    return world.do(lambda s: import_rules(s, load_preset(preset), now=world.at(now), effective_from=begins))


def test_the_same_file_twice_changes_nothing(database: Database) -> None:
    world = World(database)
    imported = bring_in(world, "jiangsu", "2026-11-24 12:00")
    assert imported.added == ()
    assert len(imported.unchanged) == 20
    assert world.log() == ["rules_imported"]


def test_an_order_keeps_the_version_it_was_received_under(database: Database, faster: str) -> None:
    world = World(database)
    before = world.order(OrderKind.REPAIR, "2026-11-24 11:59")
    assert bring_in(world, faster, "2026-11-24 12:00").added == ("repair",)
    after = world.order(OrderKind.REPAIR, "2026-11-24 12:00")
    late = world.order(OrderKind.REPAIR, "2026-11-24 11:58", now="2026-11-24 12:05")
    assert world.due(PromiseKind.REPAIR, order_id=before) == "2026-11-25 11:59"
    assert world.due(PromiseKind.REPAIR, order_id=after) == "2026-11-25 00:00"
    assert world.due(PromiseKind.REPAIR, order_id=late) == "2026-11-25 11:58"


def test_a_change_can_be_announced_ahead(database: Database, faster: str) -> None:
    world = World(database)
    bring_in(world, faster, "2026-11-24 12:00", effective_from="2026-12-01 00:00")
    before = world.order(OrderKind.REPAIR, "2026-11-30 23:59")
    after = world.order(OrderKind.REPAIR, "2026-12-01 00:00")
    assert world.due(PromiseKind.REPAIR, order_id=before) == "2026-12-01 23:59"
    assert world.due(PromiseKind.REPAIR, order_id=after) == "2026-12-01 12:00"


def test_a_version_cannot_begin_before_the_one_it_follows(database: Database, faster: str) -> None:
    world = World(database)
    bring_in(world, faster, "2026-11-24 12:00")
    with pytest.raises(InvalidPreset, match="not_later"):
        bring_in(world, "jiangsu", "2026-11-24 12:30", effective_from="2026-11-24 11:00")
    assert world.log("rules_imported") == ["rules_imported"] * 2
