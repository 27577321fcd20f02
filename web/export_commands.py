"""`dispatch export`: a day as data for programs, and as sheets of paper for crews."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import click

from dispatch.clocks import MachineClock, business_clock
from dispatch.queries.day_export import day_export
from dispatch.queries.day_sheets import day_sheets
from dispatch.queries.operator_profile import operator_profile
from dispatch.settings import load_settings
from notifications.wording import languages, reader_language, say
from web.day_sheets_page import day_sheets_page
from web.terminal import check_folder, founded, now_option, open_database, out, read_instant, refusing, write_whole

_day = click.argument("day_on", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))


@click.group()
def export() -> None:
    """A day goes out: as JSON for programs, or as sheets to print."""


@export.command("day")
@_day
@click.option(
    "--json",
    "file",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the document is written.",
)
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
