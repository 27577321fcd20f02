"""`dispatch import`: an operator's files come in (docs/importing.md)."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from dispatch.clocks import MachineClock, business_clock
from dispatch.db import Database
from dispatch.errors import Refusal
from dispatch.geocode_cache import StoredGeocodes
from dispatch.geocode_provider import ADDRESS_BOOK
from dispatch.geocoding import build_geocoder
from dispatch.queries.operator_profile import OperatorProfile
from dispatch.rules.import_report import ImportReport, Notice, Outcome, rejects_csv
from dispatch.rules.order_rows import ORDER_COLUMNS
from dispatch.rules.sheet import UTF_8, read_sheet
from dispatch.rules.technician_rows import TECHNICIAN_COLUMNS
from dispatch.services.import_orders import OrderImport, import_orders
from dispatch.services.import_technicians import TechnicianImport, import_technicians
from dispatch.services.locate_addresses import locate_addresses
from dispatch.settings import Settings, load_settings
from notifications.wording import closest_language, say
from web.terminal import (
    Working,
    check_folder,
    complain,
    founded,
    now_option,
    open_database,
    out,
    read_instant,
    refusing,
    write_whole,
)

_LINES_SHOWN = 8
_REJECTS_SHOWN = 20

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_rejects = click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where rejected rows go, with line, field and reason, to be corrected and imported again.",
)
_territory = click.option(
    "--territory", metavar="CODE", help="Territory of what is new; default: the only one, else main."
)
_encoding = click.option(
    "--encoding", default=UTF_8, show_default=True, help="How the file is encoded, such as gb18030."
)


@click.group("import")
def import_() -> None:
    """Files of an operator: technicians and orders. Bad rows stay out, good rows go in, the same file twice is once.

    Exit code 1 if rows were rejected.
    """


@import_.command("technicians")
@_file
@_rejects
@_territory
@click.option(
    "--days",
    default=14,
    show_default=True,
    type=click.IntRange(1, 366),
    help="For how many days from today on shifts are made.",
)
@_encoding
@now_option
@refusing
def technicians(
    file: Path, rejects: Path | None, territory: str | None, days: int, encoding: str, now: str | None
) -> None:
    """Bring the technicians of FILE (CSV) up to date, with skills, home and shifts."""
    _check_rejects(file, rejects)
    database = open_database(load_settings())
    operator = founded(database)
    sheet = read_sheet(file.read_bytes(), TECHNICIAN_COLUMNS, encoding)
    given = TechnicianImport(operator, _now(database, operator, now), days, territory)
    with Working(say("importing_technicians"), total=len(sheet.rows)) as progress:
        report = import_technicians(database, sheet, given, progress=progress)
    _conclude(report, rejects)


@import_.command("orders")
@_file
@_rejects
@click.option(
    "--address-book",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of addresses with coordinates; default: the geocoder of the settings.",
)
@_territory
@_encoding
@now_option
@refusing
def orders(
    file: Path,
    rejects: Path | None,
    address_book: Path | None,
    territory: str | None,
    encoding: str,
    now: str | None,
) -> None:
    """Take the orders of FILE (CSV), open their promises and request their visits."""
    _check_rejects(file, rejects)
    settings = _with_address_book(load_settings(), address_book)
    database = open_database(settings)
    operator = founded(database)
    sheet = read_sheet(file.read_bytes(), ORDER_COLUMNS, encoding)
    geocoder = build_geocoder(settings, StoredGeocodes(database))
    given = OrderImport(
        operator=operator,
        read_language=spoken_language,
        locate=locate_addresses(geocoder, operator.country, MachineClock()),
        now=_now(database, operator, now),
        territory=territory,
    )
    with Working(say("importing_orders"), total=len(sheet.rows)) as progress:
        report = import_orders(database, sheet, given, progress=progress)
    _conclude(report, rejects)


def spoken_language(text: str) -> str | None:
    """The catalogue for a language as files write it (`zh-TW`); None if there is none in that language."""
    found = closest_language(text)
    return found if found.split("_")[0] == re.split("[-_]", text)[0].casefold() else None


def _check_rejects(file: Path, rejects: Path | None) -> None:
    """Before anything is done: the rejects must have a place, and not that of the file."""
    if rejects is None:
        return
    if rejects.exists() and rejects.samefile(file):
        raise click.BadParameter(say("rejects_over_file"), param_hint="--rejects")
    check_folder(rejects, "--rejects")


def _with_address_book(settings: Settings, address_book: Path | None) -> Settings:
    if address_book is None:
        return settings
    return settings.model_copy(update={"geocoder": ADDRESS_BOOK, "address_book": address_book})


def _now(database: Database, operator: OperatorProfile, text: str | None) -> datetime:
    given = read_instant(text, operator.zone)
    if given is not None:
        return given
    with database.read_session() as session:
        return business_clock(session, MachineClock()).now()


def _conclude(report: ImportReport, rejects: Path | None) -> None:
    """Say what became of the rows, and leave the rejected ones where they were wanted."""
    if rejects is not None:
        write_whole(rejects, rejects_csv(report.sheet, report.rejects, _sentence), private=True)
    out.print(_summary(report))
    if report.sheet.ignored:
        out.print(say("columns_ignored", columns=report.sheet.ignored), markup=False)
    if not report.rejects:
        return
    if rejects is not None:
        complain(say("rows_rejected", rows=len(report.rejects), file=rejects))
    else:
        for row, refusal in report.rejects[:_REJECTS_SHOWN]:
            complain(f"{row.line}: {refusal.field}: {_sentence(refusal)}")
        complain(say("rows_rejected_nowhere", rows=len(report.rejects)))
    sys.exit(1)


def _sentence(refusal: Refusal) -> str:
    return say(refusal)


def _summary(report: ImportReport) -> Table:
    table = Table(say("column_rows"), show_edge=False)
    table.add_column(say("column_count"), justify="right")
    table.add_column(say("column_lines"))
    outcomes = {
        Outcome.ACCEPTED: say("import_accepted"),
        Outcome.UPDATED: say("import_updated"),
        Outcome.UNCHANGED: say("import_unchanged"),
        Outcome.REJECTED: say("import_rejected"),
    }
    for outcome, label in outcomes.items():
        lines = report.outcomes[outcome]
        table.add_row(label, str(len(lines)), _lines(lines) if outcome is Outcome.REJECTED else "")
    table.add_section()
    for notice, label in _notice_labels().items():
        if lines := report.notices[notice]:
            table.add_row(label, str(len(lines)), _lines(lines))
    return table


def _notice_labels() -> dict[Notice, str]:
    return {
        Notice.LOCATED: say("import_located"),
        Notice.UNLOCATED: say("import_unlocated"),
        Notice.UNKNOWN_LANGUAGE: say("import_unknown_language"),
        Notice.NEW_COMMUNITY: say("import_new_community"),
        Notice.NOT_SERVICEABLE: say("import_not_serviceable"),
        Notice.WINDOW_OVER: say("import_window_over"),
        Notice.RECEIVED_LATER: say("import_received_later"),
        Notice.SHIFT_KEPT: say("import_shift_kept"),
    }


def _lines(lines: Sequence[int]) -> str:
    shown = " ".join(map(str, lines[:_LINES_SHOWN]))
    return f"{shown} …" if len(lines) > _LINES_SHOWN else shown
