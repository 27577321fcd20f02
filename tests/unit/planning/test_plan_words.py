"""A plan in words, in every language: its figures, every change, and every reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from rich.table import Table

from dispatch.queries.plan_difference import Change, Doubtful, LeftOut, Obstacle, Place, PlanDifference
from dispatch.rules.lifecycles import PlanStatus
from notifications.wording import languages
from optimizer import obstacles
from optimizer.obstacles import Obstacle as OptimizerObstacle
from web.plan_words import (
    MOST_NAMED,
    WORDED,
    changes,
    doubts,
    failures,
    figures,
    left_out,
    left_out_in_groups,
    surety,
    why,
)

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 09:00 in Shanghai
DETAILS: dict[str, dict[str, Any]] = {
    "nobody_works": {},
    "missing_skill": {"skill": "fibre", "level": 2},
    "expired_skill": {"skill": "copper", "level": 3},
    "no_technician_has_all": {"skills": ["fibre", "tv"]},
    "all_forbidden": {"technicians": ["T7"]},
    "missing_part": {"part": "ONT-9", "quantity": 4},
    "no_shift_covers": {"from_at": AT, "until_at": AT + timedelta(hours=2)},
    "no_room_in_routes": {"technicians": ["T7", "T8"]},
    "costs_more_than_it_is_worth": {"technician": "T7", "insertion_ms": 7_200_000, "leaving_out_ms": 6_000_000},
    "not_located": {},
}
#: what of a detail is read in the short form and what in the long one
SHORT = {
    "missing_skill": ["fibre", "2"],
    "expired_skill": ["copper", "3"],
    "no_technician_has_all": ["fibre", "tv"],
    "missing_part": ["ONT-9", "4"],
    "no_shift_covers": ["2026-11-24 09:00", "2026-11-24 11:00"],
}
LONG = SHORT | {
    "all_forbidden": ["T7"],
    "no_room_in_routes": ["T7", "T8"],
    "costs_more_than_it_is_worth": ["T7", "120", "100"],
}


@pytest.fixture(params=["C.UTF-8", *(f"{language}.UTF-8" for language in languages())])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", request.param)
    return str(request.param)


def printed(table: Table) -> str:
    """What a reader sees on a terminal that is wide enough."""
    console = Console(width=400, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def difference(changed: tuple[Change, ...] = (), unassigned: tuple[LeftOut, ...] = ()) -> PlanDifference:
    return PlanDifference(PlanStatus.DRAFT, None, "Gulou", ZONE, changed, unassigned, 41, 7, 5_400, 3_660)


def test_every_obstacle_of_the_optimizer_has_words() -> None:
    found = {
        one.code for one in vars(obstacles).values() if isinstance(one, type) and issubclass(one, OptimizerObstacle)
    }
    assert found - {OptimizerObstacle.code} | {"not_located"} == set(WORDED) == set(DETAILS)


@pytest.mark.parametrize("code", sorted(DETAILS))
def test_every_reason_is_a_sentence_with_its_particulars(language: str, code: str) -> None:
    obstacle = Obstacle(code, DETAILS[code])
    short = why(obstacle, ZONE)
    assert code not in short
    assert all(part in short for part in SHORT.get(code, []))
    assert not {"{", "}", "\N{EN DASH}"} & set(short)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in short) == language.startswith("zh")
    long = printed(left_out(difference(unassigned=(LeftOut(1, "1001", "CRM-1", (obstacle,)),))))
    assert all(part in long for part in ["1001", "CRM-1", *LONG.get(code, [])])


def test_a_reason_that_nobody_has_worded_is_still_shown() -> None:
    assert why(Obstacle("moon_is_full", {}), ZONE) == "moon_is_full"


def test_the_figures_are_those_of_the_plan(language: str) -> None:
    places = Place(1, "T1", AT), Place(2, "T2", AT)
    kinds = ["added", *["moved"] * 2, *["retimed"] * 3, *["removed"] * 4]
    changed = tuple(Change(what, number, str(1000 + number), *places) for number, what in enumerate(kinds))
    unassigned = tuple(LeftOut(90 + number, str(1090 + number), None, ()) for number in range(5))
    shown = printed(figures(difference(changed, unassigned)))
    assert [line.split()[-1] for line in shown.splitlines()[:7]] == ["41", "5", "1", "2", "3", "4", "7"]
    minutes = {"zh_Hans_CN": "分钟", "zh_Hant_TW": "分鐘"}.get(language.removesuffix(".UTF-8"), " min")
    assert f"90 → 61{minutes}" in shown


def test_how_surely_windows_are_kept_is_a_figure_where_it_was_foreseen(language: str) -> None:
    doubtful = (Doubtful(1, "1001", Place(1, "T1", AT), 0.8),)
    foreseen = replace(difference(), kept={1: 0.8, 2: 0.9, 3: 1.0}, doubtful=doubtful)
    rows = printed(figures(foreseen)).splitlines()
    assert [line.split()[-1] for line in rows[-2:]] == ["90%", "1"]
    assert "90%" in rows[-1]
    assert "90%" not in printed(figures(difference()))
    assert surety(foreseen) is None  # nobody asked
    asked = replace(foreseen, level=0.995)
    sentence = surety(asked) or ""
    assert all(part in sentence for part in ("99.5%", "2", "3"))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in sentence) == language.startswith("zh")
    assert "99.5%" in printed(figures(asked)).splitlines()[-1]
    assert all(part in printed(doubts(asked)) for part in ("1001", "T1 11-24 09:00", "80%"))


def test_what_could_not_be_foreseen_is_a_sentence_with_its_code(language: str) -> None:
    codes = ("LookupError", "KeyError", "solver_lost")
    level, forecast, remedies = codes
    failed = replace(
        difference(), level_failed_code=level, forecast_failed_code=forecast, remedies_failed_code=remedies
    )
    found = failures(failed)
    assert all(code in sentence for code, sentence in zip(codes, found, strict=True))
    assert all("plan_" not in one and "{" not in one for one in found)
    assert failures(difference()) == []
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found[0]) == language.startswith("zh")


def test_what_would_help_stands_beside_whom_it_would_help(language: str) -> None:
    unassigned = (LeftOut(1, "1001", None, ()), LeftOut(2, "1002", None, ()))
    rows = printed(left_out(difference(unassigned=unassigned), {1: ["one", "another"]})).splitlines()
    cells = [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows if "│" in row]
    assert [(row[0], row[-1]) for row in cells] == [("1001", "one"), ("", "another"), ("1002", "")]
    assert language


def test_every_change_is_shown_with_who_and_when(language: str) -> None:
    before, after = Place(1, "T1", AT), Place(2, "T2", AT + timedelta(hours=15))
    changed = (
        Change("added", 1, "1001", None, after),
        Change("moved", 2, "1002", before, after),
        Change("retimed", 3, "1003", before, Place(1, "T1", AT + timedelta(hours=1))),
        Change("removed", 4, "1004", before, None),
    )
    rows = [line for line in printed(changes(difference(changed))).splitlines() if "100" in line]
    assert [("T1 11-24 09:00" in row, "T2 11-25 00:00" in row) for row in rows] == [
        (False, True),
        (True, True),
        (True, False),
        (True, False),
    ]
    words = [row.replace("│", " ").split()[1] for row in rows]
    assert len(set(words)) == 4 or not language.startswith("zh")
    assert not {"added", "moved", "retimed", "removed"} & set(words)


def test_groups_name_the_most_common_reason_first_and_count_everybody(language: str) -> None:
    skill, nowhere = Obstacle("missing_skill", DETAILS["missing_skill"]), Obstacle("not_located", {})
    many = MOST_NAMED + 2
    unassigned = (
        LeftOut(1, "999", "CRM-1", (nowhere, skill, skill)),  # in both groups, once in each
        *(LeftOut(number, str(1000 + number), None, (skill,)) for number in range(many - 1)),
    )
    table = left_out_in_groups(difference(unassigned=unassigned))
    assert next(iter(table.columns[1].cells)) == str(many)
    assert list(table.columns[0].cells) == [why(skill, ZONE), why(nowhere, ZONE)]
    first, second = (str(cell) for cell in table.columns[2].cells)
    assert first.startswith("999 (CRM-1) 1000 ")
    assert first.endswith(" …")
    assert second == "999 (CRM-1)"
    assert language


def test_a_visit_left_out_for_no_known_reason_is_in_the_full_list(language: str) -> None:
    assert "1001" in printed(left_out(difference(unassigned=(LeftOut(1, "1001", None, ()),))))
    assert language
