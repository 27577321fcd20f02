"""`dispatch export`: a day as data for programs, as sheets of paper for crews, and as a problem for the planner."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import click

from dispatch.clocks import MachineClock, business_clock
from dispatch.queries.day_export import day_export
from dispatch.queries.day_sheets import day_sheets
from dispatch.queries.operator_profile import operator_profile
from dispatch.queries.planning_snapshot import planning_snapshot
from dispatch.services.grant_role import territory_named
from dispatch.services.request_plan import MOST_DAYS
from dispatch.settings import load_settings
from dispatch.travel import build_travel_model
from notifications.wording import languages, reader_language, say
from optimizer.problem_json import problem_to_json
from web.day_sheets_page import day_sheets_page
from web.terminal import (
    check_folder,
    founded,
    now_option,
    open_database,
    out,
    read_instant,
    refusing,
    within_reach,
    write_whole,
)

_day = click.argument("day_on", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), callback=within_reach)
_document = click.option(
    "--json",
    "file",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the document is written.",
)


@click.group()
def export() -> None:
    """A day goes out: as JSON for programs, as sheets to print, or as the problem that a plan solves."""


@export.command("day")
@_day
@_document
@now_option
@refusing
def day(day_on: datetime, file: Path, now: str | None) -> None:
    """Write DATE with its technicians, visits, promises and messages; no names, no addresses."""
    check_folder(file, "--json")
    database = open_database(load_settings())
    given = read_instant(now, founded(database).zone)
    with database.read_session() as session:
        at = given or business_clock(session, MachineClock()).now()
        document = day_export(session, day_on.date(), now=at)
    write_whole(file, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    stops = sum(len(technician["stops"]) for technician in document["technicians"])
    out.print(
        say(
            "day_exported",
            technicians=len(document["technicians"]),
            visits=len(document["visits"]),
            stops=stops,
            file=file,
        ),
        markup=False,
    )


@export.command("problem")
@_day
@_document
@click.option("--territory", "code", metavar="CODE", required=True, help="Whose visits and technicians.")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, MOST_DAYS), help="How many days.")
@now_option
@refusing
def problem(*, day_on: datetime, file: Path, code: str, days: int, now: str | None) -> None:
    """Write what a plan from DATE on is asked to solve, for `python -m optimizer`; no names, no addresses."""
    check_folder(file, "--json")
    settings = load_settings()
    database = open_database(settings)
    given = read_instant(now, founded(database).zone)
    planned = [day_on.date() + timedelta(days=day) for day in range(days)]
    with database.read_session() as session:
        at = given or business_clock(session, MachineClock()).now()
        territory = territory_named(session, code)
        snapshot = planning_snapshot(session, territory.id, planned, now=at, travel=build_travel_model(settings))
    write_whole(file, json.dumps(problem_to_json(snapshot.problem), indent=1) + "\n")
    out.print(
        say(
            "problem_exported",
            technicians=len(snapshot.problem.technicians),
            visits=len(snapshot.problem.jobs),
            unlocated=len(snapshot.unlocated),
            file=file,
        ),
        markup=False,
    )


@export.command("sheets")
@_day
@click.option(
    "--html",
    "file",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the page is written; print it on A4.",
)
@click.option("--language", type=click.Choice(languages()), help="Language of the sheets; default: the terminal's.")
@refusing
def sheets(day_on: datetime, file: Path, language: str | None) -> None:
    """Write a sheet for each technician's DATE: times, doors, people, notes and what was promised."""
    check_folder(file, "--html")
    database = open_database(load_settings())
    founded(database)
    with database.read_session() as session:
        operator = operator_profile(session)
        found = day_sheets(session, day_on.date())
    page = day_sheets_page(found, day_on.date(), operator.name, language or reader_language(os.environ))
    write_whole(file, page, private=True)
    out.print(say("sheets_exported", sheets=len(found), file=file), markup=False)
