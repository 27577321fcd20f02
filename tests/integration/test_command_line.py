"""The command line, as a newcomer uses it: what it prints, what it refuses, how it exits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dispatch.db import Database
from dispatch.rules.vocabulary import OrderKind
from tests.world import World
from web.cli import main

Run = Callable[..., Result]
VADUZ = ["--preset", "jiangsu", "--timezone", "Europe/Vaduz", "--phone-region", "GB"]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a new database at head, in English."""
    monkeypatch.setenv("DISPATCH_DATABASE_URL", database_url)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("LC_ALL", "LC_MESSAGES", "OSRM_URL", "DISPATCH_ADDRESS_BOOK"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(main, list(arguments), catch_exceptions=False)


def test_init_sets_up_the_operator_and_the_rules(run: Run) -> None:
    result = run("init", *VADUZ)
    assert result.exit_code == 0, result.stderr
    assert "20" in result.stdout
    listed = run("rules", "list")
    assert listed.exit_code == 0
    assert "repair_premium_before_cutoff" in listed.stdout
    assert "10.00 CNY / day_begun <= 100.00" in listed.stdout


def test_init_twice_is_refused_unless_it_is_only_if_needed(run: Run) -> None:
    run("init", *VADUZ)
    again = run("init", *VADUZ)
    assert again.exit_code == 1
    assert "operator" in again.stderr
    assert run("init", *VADUZ, "--if-needed").exit_code == 0


def test_init_makes_the_database_where_there_is_none(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH_DATABASE_URL", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert run("rules", "list").exit_code == 1
    assert run("init", *VADUZ).exit_code == 0
    assert run("rules", "list").exit_code == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--timezone", "Europe/Atlantis", "--phone-region", "GB"], "Europe/Atlantis"),
        (["--timezone", "Europe/Vaduz", "--phone-region", "XX"], "XX"),
        (["--timezone", "Europe/Vaduz", "--phone-region", "GB", "--country", "QQ"], "QQ"),
        (["--timezone", "Europe/Vaduz", "--phone-region", "GB", "--preset", "nobody"], "nobody"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_half_done(run: Run, options: list[str], named: str) -> None:
    result = run("init", *options)
    assert result.exit_code == 1
    assert named in result.stderr
    assert run("rules", "list").exit_code == 1  # there is still no operator


def test_missing_options_are_wrong_usage(run: Run) -> None:
    result = run("init")
    assert result.exit_code == 2
    assert "--timezone" in result.stderr


def test_importing_the_same_rules_adds_nothing(run: Run) -> None:
    run("init", *VADUZ)
    result = run("rules", "import", "jiangsu")
    assert result.exit_code == 0
    assert "0" in result.stdout


def test_a_second_operators_rules_are_data(run: Run) -> None:
    run("init", "--preset", "ofcom", "--timezone", "Europe/London", "--phone-region", "GB")
    assert "32.31 GBP / once" in run("rules", "list").stdout


def test_worker_judges_what_is_due_and_stops(run: Run, database_url: str) -> None:
    database = Database(database_url)
    world = World(database, time_zone="Europe/Vaduz")
    world.order(OrderKind.REPAIR, "2026-11-23 07:00")
    before = run("worker", "--until-idle", "--now", "2026-11-24T07:00")
    assert before.exit_code == 0, before.stderr
    assert "promise_broken" not in world.log()
    after = run("worker", "--until-idle", "--now", "2026-11-24T07:01")  # in the operator's time zone
    assert after.exit_code == 0, after.stderr
    assert "promise_broken" in world.log()
    database.dispose()


def test_worker_with_a_fixed_clock_must_stop_by_itself(run: Run) -> None:
    run("init", *VADUZ)
    assert run("worker", "--now", "2026-11-24T07:00").exit_code == 2


@pytest.mark.parametrize("time", ["noon", "0001-01-01T00:30+14:00", "9999-12-31T23:30-12:00"])
@pytest.mark.parametrize("command", [["worker", "--until-idle"], ["rules", "list"], ["doctor"]])
def test_a_time_that_is_none_is_wrong_usage(run: Run, command: list[str], time: str) -> None:
    """Or one that no other time zone has an instant for."""
    run("init", *VADUZ)
    result = run(*command, "--now", time)
    assert result.exit_code == 2
    assert time in result.stderr


@pytest.mark.parametrize("command", [["worker", "--until-idle"], ["rules", "list"], ["rules", "import", "jiangsu"]])
def test_before_init_every_command_says_what_comes_first(run: Run, command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert "dispatch init" in result.stderr


def test_doctor_finds_what_is_missing(run: Run) -> None:
    assert run("doctor").exit_code == 1
    run("init", *VADUZ)
    well = run("doctor")
    assert well.exit_code == 0, well.stdout
    assert "OSRM_URL" in well.stdout


def test_doctor_says_when_an_integration_is_down(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", *VADUZ)
    monkeypatch.setenv("OSRM_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DISPATCH_ADDRESS_BOOK", "/nowhere/addresses.csv")
    result = run("doctor")
    assert result.exit_code == 1
    assert result.stdout.count("✗") == 2


def test_doctor_says_when_the_database_does_not_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH_DATABASE_URL", "postgresql://somebody:secret@127.0.0.1:9/none")
    result = run("doctor")
    assert result.exit_code == 1
    assert "secret" not in result.stdout
    assert run("rules", "list").exit_code == 1


@pytest.mark.parametrize("command", [[], ["init"], ["rules"], ["rules", "import"], ["worker"], ["doctor"], ["serve"]])
def test_every_command_has_help(run: Run, command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage: " in result.stdout


def test_a_refusal_is_said_in_the_readers_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    english = run("rules", "list").stderr
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    chinese = run("rules", "list").stderr
    assert english != chinese
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_the_program_starts_as_a_program(database_url: str) -> None:
    environment = os.environ | {"DISPATCH_DATABASE_URL": database_url}
    program = [sys.executable, "-m", "web.cli", "rules", "list"]
    ended = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
