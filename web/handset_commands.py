"""`dispatch handset`: the simulated handsets of the sandbox, to read and to answer."""

from __future__ import annotations

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.panel import Panel

from dispatch.clocks import MachineClock, business_clock
from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.phones import read_phone
from dispatch.queries.handset_thread import Line, handset_thread, sandbox_handsets
from dispatch.settings import load_settings
from notifications.inbound import take_inbound
from notifications.sandbox_gateway import SandboxGateway
from notifications.wording import say
from web.terminal import founded, now_option, open_database, out, read_instant, refusing


class NotTheSandbox(Refusal):
    """Real handsets are not read or written here."""


@click.command()
@click.argument("number", required=False)
@click.option("--write", "text", metavar="TEXT", help="Write this from the handset, as its owner would.")
@now_option
@refusing
def handset(number: str | None, text: str | None, now: str | None) -> None:
    """Read the conversation of a simulated handset (without NUMBER: list them), or write from it."""
    settings = load_settings()
    database = open_database(settings)
    operator = founded(database)
    if settings.gateway != SandboxGateway.name:
        raise NotTheSandbox("gateway", gateway=settings.gateway)
    if number is None:
        if text is not None:
            raise click.UsageError(say("whose_handset"))
        _list(database)
        return
    phone = read_phone(number, operator.phone_region, field="number")
    if text is not None:
        at = read_instant(now, operator.zone) or _business_now(database)
        _write(database, phone, text, at)
    with database.read_session() as session:
        lines = handset_thread(session, phone)
    _show(lines, operator.zone)


def _list(database: Database) -> None:
    with database.read_session() as session:
        handsets = sandbox_handsets(session)
    if not handsets:
        out.print(say("no_handsets"))
    for number, count in handsets:
        out.print(say("handset_listed", number=number, count=count), markup=False)


def _write(database: Database, phone: str, text: str, at: datetime) -> None:
    provider_id = f"handset-{secrets.token_hex(8)}"
    run_use_case(
        database,
        lambda session: take_inbound(
            session, gateway=SandboxGateway.name, provider_id=provider_id, handset=phone, text=text, now=at
        ),
    )


def _show(lines: list[Line], zone: ZoneInfo) -> None:
    if not lines:
        out.print(say("handset_empty"))
    for line in lines:
        when = line.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        title = f"{when} \N{BLACK LEFT-POINTING TRIANGLE}" if line.is_theirs else when
        style = "green" if line.is_theirs else "none"
        width = min(out.width, 72)
        out.print(
            Panel(line.text.replace("[", "\\["), title=title, title_align="left", border_style=style, width=width)
        )


def _business_now(database: Database) -> datetime:
    with database.read_session() as session:
        return business_clock(session, MachineClock()).now()
