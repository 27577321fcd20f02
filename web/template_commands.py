"""`dispatch templates`: the texts of messages, and which of them a gateway has approved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table
from sqlalchemy.orm import Session

from dispatch.clocks import MachineClock
from dispatch.db import Database, run_use_case
from dispatch.settings import load_settings
from notifications.template_export import export_templates
from notifications.template_registry import (
    Approval,
    approve_templates,
    register_templates,
    registered_templates,
    reject_templates,
    submit_templates,
)
from notifications.wording import languages, say
from web.terminal import check_folder, founded, now_option, open_database, out, read_instant, refusing, write_whole

gateway_option = click.option("--gateway", default="template", show_default=True, help="The gateway concerned.")
language_option = click.option("--language", type=click.Choice(languages()), help="One language; default: all.")


@click.group()
def templates() -> None:
    """Texts of messages: list them, apply for them, note what the gateway says."""


@templates.command("list")
@gateway_option
@language_option
@now_option
@refusing
def list_(gateway: str, language: str | None, now: str | None) -> None:
    """Show every template with what the gateway says to it; texts that have changed are drafts again."""
    database, at = _ready(now)
    _register(database, gateway, at)
    with database.read_session() as session:
        rows = registered_templates(session, gateway)
    table = Table(*(say(f"column_{name}") for name in ("template", "language", "approval", "gateway_code", "reason")))
    words = dict(
        zip(Approval, (say(f"approval_{name}") for name in ("draft", "submitted", "approved", "rejected")), strict=True)
    )
    for row in rows:
        if language in (None, row.language):
            table.add_row(row.code, row.language, words[row.approval], row.gateway_code or "", row.reason or "")
    out.print(table)


@templates.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@gateway_option
@now_option
@refusing
def export_(file: Path, gateway: str, now: str | None) -> None:
    """Write all templates to FILE (.csv or .json) as one application to the gateway."""
    check_folder(file, "FILE")
    if file.suffix.lower() not in {".csv", ".json"}:
        raise click.BadParameter(say("templates_csv_or_json"), param_hint="FILE")
    database, at = _ready(now)
    _register(database, gateway, at)
    with database.read_session() as session:
        text = export_templates(session, gateway, as_json=file.suffix.lower() == ".json")
        count = len(registered_templates(session, gateway))
    write_whole(file, text)
    out.print(say("templates_exported", count=count, file=file), markup=False)


@templates.command("submit")
@gateway_option
@now_option
@refusing
def submit(gateway: str, now: str | None) -> None:
    """Note that all drafts, and what was rejected, have been handed to the gateway."""
    database, at = _ready(now)
    _register(database, gateway, at)
    _say_moved(database, lambda session: submit_templates(session, gateway, now=at))


@templates.command("approve")
@click.argument("codes", nargs=-1, metavar="CODE[=GATEWAY_CODE]...", required=True)
@gateway_option
@language_option
@now_option
@refusing
def approve(codes: tuple[str, ...], gateway: str, language: str | None, now: str | None) -> None:
    """Note that the gateway has approved templates, under GATEWAY_CODE if it has codes of its own."""
    database, at = _ready(now)
    split = {code: theirs or None for code, _, theirs in (given.partition("=") for given in codes)}
    _register(database, gateway, at)
    _say_moved(database, lambda session: approve_templates(session, gateway, split, language=language, now=at))


@templates.command("reject")
@click.argument("codes", nargs=-1, metavar="CODE...", required=True)
@click.option("--reason", required=True, help="What the gateway said, in a few words.")
@gateway_option
@language_option
@now_option
@refusing
def reject(codes: tuple[str, ...], reason: str, gateway: str, language: str | None, now: str | None) -> None:
    """Note that the gateway has rejected templates, and why."""
    code = re.sub(r"[^a-z0-9]+", "_", reason.lower()).strip("_0123456789")[:80]
    if not code:
        raise click.BadParameter(say("templates_reason_in_latin"), param_hint="--reason")
    database, at = _ready(now)
    _say_moved(
        database, lambda session: reject_templates(session, gateway, codes, reason=code, language=language, now=at)
    )


def read_signatures(given: Iterable[str]) -> dict[str, str]:
    """The names at the head of an SMS by language, each written as `en=JS Unicom`."""
    signatures = {language: name for language, _, name in (text.partition("=") for text in given)}
    if not set(signatures) <= set(languages()):
        raise click.BadParameter(say("signature_unreadable", languages=languages()), param_hint="--signature")
    return signatures


def _ready(now: str | None) -> tuple[Database, datetime]:
    database = open_database(load_settings())
    return database, read_instant(now, founded(database).zone) or MachineClock().now()


def _register(database: Database, gateway: str, at: datetime) -> None:
    """Texts as this program has them; says what is new."""
    done = run_use_case(database, lambda session: register_templates(session, gateway, at))
    if done.added or done.changed or done.removed:
        out.print(say("templates_registered", added=done.added, changed=done.changed, removed=done.removed))


def _say_moved(database: Database, move: Callable[[Session], int]) -> None:
    out.print(say("templates_moved", count=run_use_case(database, move)))
