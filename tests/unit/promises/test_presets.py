"""Presets: what they say is what the requirements say, and every mistake is named."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.rules.preset import InvalidPreset, read_preset
from dispatch.rules.promise_rule import Circumstances, Rule, Version, choose_rule
from dispatch.rules.vocabulary import PromiseKind, Tier
from dispatch.services.import_rules import load_preset

UTC_ZONE = ZoneInfo("UTC")


def rule(**changes: Any) -> dict[str, Any]:
    """A preset with one rule, changed."""
    base = {"code": "repair", "kind": "repair", "due": {"after": "24h"}}
    return {
        "preset": "p",
        "currency": "CNY",
        "country": "CN",
        "language": "en",
        "rule": [{name: value for name, value in (base | changes).items() if value is not None}],
    }


def test_the_default_preset_carries_the_requirements() -> None:
    sources = {source for rule in load_preset("jiangsu").rules for source in rule.sources}
    wanted = {"R01", "R02", "R03", "R04", "R05", "R07", "R08", "R10", "R11", "R12", "R13", "R14", "R15"}
    assert wanted | {"R17", "R18", "R25", "R36", "R43", "R46", "R51"} <= sources
    parameters = (Path(__file__).parents[3] / "dispatch/presets/jiangsu.toml").read_text("utf-8")
    assert all(f"# {source}" in parameters for source in ("R09", "R16"))


MISTAKES = [
    (rule(due=None), "rule[1].due", "not_a_due_time"),
    (rule(due={"after": "24 hours"}), "rule[1].due.after", "not_a_duration"),
    (rule(due={"by": "25:00"}), "rule[1].due.by", "not_a_time"),
    (rule(due={"by": "15:00", "days_later": -1}), "rule[1].due.days_later", "not_a_number"),
    (rule(kind="fix"), "rule[1].kind", "unknown_code"),
    (rule(code=None), "rule[1].code", "required"),
    (rule(tier="gold"), "rule[1].tier", "unknown_code"),
    (rule(colour="red"), "rule[1].colour", "unknown_field"),
    (rule(pauses={"customer_request": []}), "rule[1].pauses.customer_request", "needs_proof"),
    (rule(pauses={"bad_mood": ["reply"]}), "rule[1].pauses.bad_mood", "unknown_code"),
    (rule(pauses="order"), "rule[1].pauses", "unknown_code"),
    (rule(clock="sometimes"), "rule[1].clock", "not_a_clock"),
    (rule(clock={"opens": "20:00", "closes": "08:00"}), "rule[1].clock.closes", "before_opens"),
    (rule(compensation={"amount": "-1", "per": "once"}), "rule[1].compensation.amount", "not_an_amount"),
    (rule(compensation={"amount": "1.005", "per": "once"}), "rule[1].compensation.amount", "not_an_amount"),
    (rule(compensation={"amount": "1", "per": "week"}), "rule[1].compensation.per", "unknown_code"),
    (rule(public="yes"), "rule[1].public", "not_true_or_false"),
    (rule(effective_from="tomorrow"), "rule[1].effective_from", "not_an_instant"),
    (rule(received_until="24:00"), "rule[1].received_until", "not_a_time"),
    ({"preset": "p", "currency": "CNY", "country": "CN", "language": "en"}, "rule", "none"),
    ({"currency": "CNY", "rule": rule()["rule"]}, "preset", "required"),
]


@pytest.mark.parametrize(("data", "field", "reason"), MISTAKES, ids=[f"{f}-{r}" for _, f, r in MISTAKES])
def test_a_mistake_is_named_by_path_and_reason(data: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(InvalidPreset) as refused:
        read_preset(data)
    assert (refused.value.field, refused.value.values["reason"]) == (field, reason)


def test_two_rules_for_the_same_orders_are_refused() -> None:
    data = rule()
    data["rule"].append(data["rule"][0] | {"code": "repair_again"})
    with pytest.raises(InvalidPreset, match="same_selector"):
        read_preset(data)


@pytest.mark.parametrize("name", ["missing", "missing.toml"])
def test_a_preset_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InvalidPreset, match="not_found"):
        load_preset(name)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("preset = ")
    with pytest.raises(InvalidPreset, match="not_toml"):
        load_preset(str(path))


def test_the_same_text_has_the_same_hash_whatever_the_order_of_its_lines() -> None:
    first = read_preset(rule(grace="60m")).rules[0]
    turned = dict(reversed(rule(grace="60m")["rule"][0].items()))
    assert first.content_hash == read_preset(rule() | {"rule": [turned]}).rules[0].content_hash
    assert first.content_hash != read_preset(rule(grace="61m")).rules[0].content_hash


# --- the choice of a rule ---------------------------------------------------------------

DAY = timedelta(days=1)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def versions(*texts: str) -> list[Version]:
    """One version for each text, each in force a day after the one before it."""
    head = 'preset="p"\ncurrency="CNY"\ncountry="CN"\nlanguage="en"\n'
    rules: list[Rule] = [read_preset(tomllib.loads(f"{head}[[rule]]\n{text}")).rules[0] for text in texts]
    return [Version(number, rule, BEGINNING + number * DAY) for number, rule in enumerate(rules)]


def chosen(known: list[Version], received_at: datetime, **circumstances: Any) -> int | None:
    """The id of the version chosen for a repair."""
    version = choose_rule(known, PromiseKind.REPAIR, Circumstances(received_at, UTC_ZONE, **circumstances))
    return None if version is None else version.id


def test_the_version_in_force_at_receipt_counts() -> None:
    """R04: an order keeps the version it was received under."""
    known = versions(
        'code="repair"\nkind="repair"\ndue={after="24h"}', 'code="repair"\nkind="repair"\ndue={after="12h"}'
    )
    assert chosen(known, BEGINNING + DAY - timedelta(seconds=1)) == 0
    assert chosen(known, BEGINNING + DAY) == 1
    assert chosen(known, BEGINNING - DAY) is None


def test_the_narrower_rule_wins() -> None:
    known = versions(
        'code="repair"\nkind="repair"\ndue={after="24h"}',
        'code="premium"\nkind="repair"\ntier="premium"\ndue={after="12h"}',
        'code="pilot"\nkind="repair"\narea="pilot"\ndue={after="6h"}',
    )
    later = BEGINNING + 9 * DAY
    assert chosen(known, later) == 0
    assert chosen(known, later, tier=Tier.PREMIUM) == 1
    assert chosen(known, later, tier=Tier.PREMIUM, area="pilot") == 2


def test_a_rule_ends_with_its_period() -> None:
    known = versions('code="repair"\nkind="repair"\ndue={after="24h"}')
    ended = [Version(0, known[0].rule, BEGINNING, BEGINNING + DAY)]
    assert chosen(ended, BEGINNING) == 0
    assert chosen(ended, BEGINNING + DAY) is None
