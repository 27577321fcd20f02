"""The table of contents: every fact is told of, or has a reason why not; every kind has words."""

from __future__ import annotations

import pytest

from dispatch.rules.events import FACTS, Fact
from notifications.composing import COMPOSERS
from notifications.kinds import KINDS, To
from notifications.subscriptions import ANNOUNCED, NOT_TOLD, SAYING_READER, SAYS

TOLD = {say.fact for say in SAYS} | set(ANNOUNCED)
#: those that can be recorded; the others are what several have in common
RECORDED = sorted(
    (fact for fact in FACTS.values() if fact.__module__.startswith("dispatch.") and not fact.__subclasses__()),
    key=lambda fact: fact.kind,
)


@pytest.mark.parametrize("fact", RECORDED, ids=lambda fact: fact.kind)
def test_customers_are_told_or_there_is_a_reason_why_not(fact: type[Fact]) -> None:
    assert (fact in TOLD) != (fact in NOT_TOLD)


def test_the_reader_follows_every_fact_that_is_told_of() -> None:
    assert set(SAYING_READER.follows) == TOLD


@pytest.mark.parametrize("kind", sorted({say.kind for say in SAYS}))
def test_what_is_wanted_can_be_said(kind: str) -> None:
    assert kind in COMPOSERS
    assert KINDS[kind].to is not To.SENDER


def test_every_kind_but_answers_and_announcements_is_wanted_by_a_fact() -> None:
    by_comparison = {"visit_announced", "visit_replanned"}
    of_facts = {code for code, kind in KINDS.items() if kind.to is not To.SENDER}
    assert {say.kind for say in SAYS} == of_facts - by_comparison


@pytest.mark.parametrize("say", SAYS, ids=lambda say: f"{say.fact.kind}-{say.kind}")
def test_composers_are_given_only_what_the_fact_has(say: object) -> None:
    fact = say.fact  # type: ignore[attr-defined]
    assert set(say.params) <= set(fact.__dataclass_fields__)  # type: ignore[attr-defined]
