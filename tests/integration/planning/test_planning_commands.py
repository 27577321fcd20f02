"""`dispatch plan` and `dispatch publish` as a newcomer runs them, on a real database file.

Two stories are told by real processes; what is only refused is asked for in this process, which is quicker.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Plan
from dispatch.queries.plan_drafts import drafts
from dispatch.rules.lifecycles import PlanStatus
from tests.importing import ORDER, TECHNICIAN, csv_of
from tests.planning import PlanningDay
from web.cli import main

DAY, NOW = "2026-11-24", ("--now", "2026-11-23T18:00")


@dataclass
class Terminal:
    """Where a newcomer types; `folder` holds the database."""

    folder: Path
    language: str = "C.UTF-8"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'punctual.sqlite3'}"

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `dispatch` with these words to its end; nobody is ever shown a traceback."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "OSRM", "DISPATCH_"))}
        environment = kept | {"DISPATCH_DATABASE_URL": self.url, "LANG": self.language}
        program = [sys.executable, "-m", "web.cli", *words]
        ended = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended

    def says(self, *words: str) -> Result:
        """Run the same in this process."""
        environment = {"DISPATCH_DATABASE_URL": self.url, "LANG": self.language, "LC_ALL": "", "OSRM_URL": ""}
        return CliRunner().invoke(main, list(words), env=environment, catch_exceptions=False)

    def refused(self, *words: str, code: int = 1) -> str:
        """What is said on stderr by a command that must exit with this code and print nothing else."""
        ended = self.says(*words)
        assert (ended.exit_code, ended.stdout) == (code, ""), ended.stderr
        return " ".join(ended.stderr.split())

    def done(self, *words: str) -> str:
        """What a command prints that must succeed."""
        ended = self.type(*words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture
def founded(sqlite_url: str) -> Iterator[tuple[Terminal, PlanningDay]]:
    """The evening before a day, in a database of one territory where nobody works and nothing waits yet."""
    database = Database(sqlite_url)
    yield Terminal(Path(sqlite_url.removeprefix("sqlite:///")).parent), PlanningDay.begin(database)
    database.dispose()


def figures(printed: str) -> list[str]:
    """The figures of a plan, in order."""
    return [line.split()[-1] for line in printed.splitlines()[1:8]]


def test_a_newcomer_comes_from_nothing_to_published_routes(terminal: Terminal) -> None:
    orders, technicians = terminal.folder / "orders.csv", terminal.folder / "technicians.csv"
    orders.write_text(csv_of(ORDER, ORDER | {"external_id": "A-2", "service": "tv"}), "utf-8")
    technicians.write_text(csv_of(TECHNICIAN), "utf-8")
    assert "dispatch init" in terminal.refused("plan", "--from", DAY, *NOW)
    terminal.done("init", "--preset", "jiangsu", "--timezone", "Europe/Vaduz", "--phone-region", "GB", *NOW)
    assert "Import technicians" in terminal.refused("plan", "--from", DAY, *NOW)
    assert "no draft" in terminal.refused("publish", *NOW)
    terminal.done("import", "technicians", str(technicians), *NOW)
    assert "No visit waits" in terminal.refused("plan", "--from", DAY, *NOW)
    terminal.done("import", "orders", str(orders), *NOW)
    made = terminal.done("plan", "--from", DAY, "--seconds", "1", *NOW)
    assert "Plan 1" in made
    assert "dispatch publish" in made
    assert figures(made)[:3] == ["1", "1", "1"]  # one visit planned, one left out, one new on a route
    assert "skill fibre" in made
    assert "A-1" in made
    assert "new on a route: 1" in terminal.done("publish", *NOW)
    assert "no draft" in terminal.refused("publish", *NOW)
    again = terminal.done("plan", "--from", DAY, "--seconds", "1", "--verbose", *NOW)
    assert figures(again) == ["1", "1", "0", "0", "0", "0", "1"]


@pytest.mark.parametrize(
    ("language", "nobody", "over", "none"),
    [
        ("C.UTF-8", "Nobody works", "is over", "no draft"),
        ("zh_CN.UTF-8", "没有人上班", "已经过去", "没有可发布的草案"),
        ("zh_TW.UTF-8", "沒有人上班", "已經過去", "沒有可發布的草案"),
    ],
)
def test_what_is_refused_is_said_in_the_readers_language(
    founded: tuple[Terminal, PlanningDay], language: str, nobody: str, over: str, none: str
) -> None:
    terminal, day = founded
    terminal.language = language
    day.customer()
    assert nobody in terminal.refused("plan", "--from", DAY, *NOW)
    assert over in terminal.refused("plan", "--from", "2026-11-22", *NOW)
    assert none in terminal.refused("publish", *NOW)


def test_a_reader_of_chinese_plans_and_publishes(founded: tuple[Terminal, PlanningDay]) -> None:
    terminal, day = founded
    terminal.language = "zh_CN.UTF-8"
    technician, visit = day.technician(), day.customer()
    made = terminal.done("plan", "--from", DAY, "--seconds", "1", "-v", *NOW)
    (row,) = [line for line in made.splitlines() if "T1 11-24 08:00" in line]
    assert "新" in row
    assert figures(made) == ["1", "0", "1", "0", "0", "0", "1"]
    assert "计划 1 已发布" in terminal.done("publish", *NOW)
    assert day.route(technician) == [visit]


def test_who_looks_closely_is_told_how_surely_and_what_would_help(founded: tuple[Terminal, PlanningDay]) -> None:
    """A level that cannot be reached names the visit; nobody has the skill of another."""
    terminal, day = founded
    day.technician()
    first, second, third = day.customer(minutes=110), day.customer(minutes=30), day.customer(skills=["height"])
    for visit, window in ((first, "08:00-08:30"), (second, "10:00-10:30")):
        day.book_by_hand(visit, window)
    asked = ("plan", "--from", DAY, "--seconds", "5", "--confidence", "99.5", *NOW)
    brief, full = terminal.says(*asked), terminal.says(*asked, "--verbose")
    for printed in (brief.stdout, full.stdout):
        assert "Asked for: every window kept with at least 99.5%. So are 1 of 2." in printed
        assert f"│ {day.order_number(second)} " in printed
    sentence = "Would fit with skill height"
    assert (sentence in brief.stdout, sentence in full.stdout) == (False, True)
    assert day.order_number(third) in full.stdout


def test_a_day_whose_shifts_are_past_is_over(founded: tuple[Terminal, PlanningDay]) -> None:
    """Else a plan would take off everything that nobody reported on."""
    terminal, day = founded
    technician = day.technician()
    day.place(technician, [(day.customer(), "09:00")])
    said = terminal.refused("plan", "--from", DAY, "--now", "2026-11-25T00:00")
    assert f"{DAY} is over" in said
    with day.database.read_session() as session:
        assert session.scalars(select(Plan)).all() == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["plan"], "--from"),
        (["plan", "--from", "tomorrow"], "tomorrow"),
        (["plan", "--from", "2026-02-30"], "2026-02-30"),
        (["plan", "--from", "0001-01-01"], "0001-01-01"),
        (["plan", "--from", "9999-12-31"], "9999-12-31"),
        (["plan", "--from", DAY, "--days", "8"], "--days"),
        (["plan", "--from", DAY, "--seconds", "0"], "--seconds"),
        (["plan", "--from", DAY, "--seed", str(2**31)], "--seed"),
        (["plan", "--from", DAY, "--confidence", "49.9"], "'--confidence': Give a percentage from 50 to 99.9"),
        (["plan", "--from", DAY, "--now", "noon"], "noon"),
        (["publish", "--now", "noon"], "noon"),
        (["publish", "--plan", "0"], "--plan"),
        (["publish", "--plan", str(2**63)], "--plan"),
        (["publish", "--technician", "T99"], "T99"),
    ],
)
def test_wrong_usage_names_what_is_wrong(founded: tuple[Terminal, PlanningDay], words: list[str], named: str) -> None:
    assert named in founded[0].refused(*words, code=2)


def test_publishing_one_technician_leaves_drafts_of_others_alone(founded: tuple[Terminal, PlanningDay]) -> None:
    """The draft of another territory is not used up by publishing nothing of it."""
    terminal, day = founded
    here = day.technician()
    visit = day.customer()
    there = day.elsewhere()
    mine, theirs = day.draft(), plan_elsewhere(day, there)
    assert "T2" in terminal.refused("publish", "--plan", str(mine), "--technician", "T2", *NOW)
    assert "does not exist" in terminal.refused("publish", "--plan", "99", "--technician", "T1", *NOW)
    assert "does not exist" in terminal.refused("publish", "--plan", "99", *NOW)
    assert f"Plan {mine} is published" in terminal.says("publish", "--technician", "T1", *NOW).stdout
    assert day.route(here) == [visit]
    with day.database.read_session() as session:
        assert drafts(session) == [theirs]
    assert "no draft" in terminal.refused("publish", "--technician", "T1", *NOW)


def plan_elsewhere(day: PlanningDay, territory: int) -> int:
    """A draft for the other territory."""
    here, day.world.ids["territory"] = day.world.ids["territory"], territory
    plan = day.draft()
    day.world.ids["territory"] = here
    return plan


def test_one_plan_that_is_refused_does_not_keep_the_others_back(founded: tuple[Terminal, PlanningDay]) -> None:
    """Exit code 1 says that one of them was not published."""
    terminal, day = founded
    technician = day.technician()
    promised, long = day.customer(), day.customer(minutes=400)
    day.place(technician, [(promised, "08:00")])
    day.place(technician, [(long, "09:00")], minutes=400)
    day.tell(promised, "08:00", "09:00")
    mine, theirs = day.draft(), plan_elsewhere(day, day.elsewhere())
    day.propose(mine, {technician: [{"visit_id": long}, {"visit_id": promised}]})
    ended = terminal.says("publish", *NOW)
    assert ended.exit_code == 1
    assert f"Plan {mine} was not published" in ended.stderr
    assert f"Plan {theirs} is published" in ended.stdout
    assert [day.plan(plan).status for plan in (mine, theirs)] == [PlanStatus.STALE, PlanStatus.PUBLISHED]
    assert day.start(promised) == f"{DAY} 08:00"


def test_a_territory_that_cannot_be_planned_does_not_keep_the_others_back(
    founded: tuple[Terminal, PlanningDay],
) -> None:
    """Two shifts of one technician overlap: that is said, and the other territory gets its plan."""
    terminal, day = founded
    technician = day.technician("08:00-12:00")
    day.shift(technician, "11:00-15:00")
    day.customer()
    there = day.elsewhere(customers=1)
    here = day.world.ids["territory"]
    ended = terminal.says("plan", "--from", DAY, "--seconds", "1", *NOW)
    assert ended.exit_code == 1
    assert "There is no plan for Gulou: Shifts, breaks and routes contradict each other" in " ".join(
        ended.stderr.split()
    )
    assert ended.stderr.rstrip().endswith("Without a plan: Gulou. The reasons stand above.")
    assert "for Qixia: draft" in ended.stdout
    with day.database.read_session() as session:
        statuses = {plan.territory_id: plan.status for plan in session.scalars(select(Plan))}
    assert statuses == {here: PlanStatus.FAILED, there: PlanStatus.DRAFT}
