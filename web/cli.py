"""The command line: `dispatch`.

Exit codes: 0 done, 1 refused or something is wrong (said on stderr), 2 wrong usage.
"""

from __future__ import annotations

import signal
import sys
from datetime import UTC
from pathlib import Path

import click
from rich.table import Table

from dispatch.build_solver import build_solver
from dispatch.clocks import MachineClock
from dispatch.db import run_use_case
from dispatch.queries.people import somebody_can_sign_in
from dispatch.queries.rules_in_force import list_rules
from dispatch.services.found_operator import AlreadyFounded, Founding, found_operator
from dispatch.services.import_rules import BEGINNING, import_rules, load_preset
from dispatch.settings import load_settings
from notifications.wording import say
from web.demo import run_demo
from web.doctor import examine
from web.export_commands import export
from web.handset_commands import handset
from web.import_commands import import_
from web.log_output import log_to_stderr
from web.planning_commands import plan, publish
from web.serve import serve_pages
from web.simulate_commands import city_command, simulate_city
from web.template_commands import read_signatures, templates
from web.terminal import Working, complain, err, founded, now_option, open_database, out, read_instant, refusing
from web.user_commands import users
from web.worker import Worker

#: what a shell expects of a program ended by SIGTERM: 128 + SIGTERM
TOLD_TO_STOP = 143


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="punctual", prog_name="dispatch")
def main() -> None:
    """Punctual: field-service dispatch that keeps its promises."""
    log_to_stderr()


@main.command()
@click.option("--preset", default="jiangsu", show_default=True, help="Promise rules: a bundled preset or a .toml file.")
@click.option("--timezone", "time_zone", required=True, help="IANA time zone, such as Europe/Vaduz.")
@click.option("--phone-region", required=True, help="Region of numbers written without a country code, such as GB.")
@click.option("--country", help="Country whose public holidays count; default: the preset's.")
@click.option("--language", help="Language of customers who have not said theirs; default: the preset's.")
@click.option("--name", help="The operator's name as customers read it; default: the preset's name.")
@click.option(
    "--signature",
    "signatures",
    multiple=True,
    metavar="LANGUAGE=NAME",
    help="The name at the head of an SMS in one language, such as en=JS Unicom; may be repeated.",
)
@click.option("--if-needed", is_flag=True, help="Succeed without doing anything if there is an operator already.")
@now_option
@refusing
def init(
    preset: str,
    time_zone: str,
    phone_region: str,
    country: str | None,
    language: str | None,
    name: str | None,
    signatures: tuple[str, ...],
    if_needed: bool,
    now: str | None,
) -> None:
    """Make or upgrade the database, set up the operator and import the promise rules."""
    database = open_database(load_settings())
    rules_read = load_preset(preset)
    founding = Founding(time_zone, phone_region, name, country, language, read_signatures(signatures))
    with Working(say("preparing_database")):
        database.upgrade()
    at = read_instant(now, UTC) or MachineClock().now()
    try:
        imported = run_use_case(database, lambda session: found_operator(session, founding, rules_read, now=at))
    except AlreadyFounded:
        if not if_needed:
            raise
        out.print(say("already_founded_fine"))
        return
    out.print(say("founded", preset=rules_read.name, rules=len(imported.added)))


main.add_command(import_)
main.add_command(export)
main.add_command(templates)
main.add_command(handset)
main.add_command(users)


@main.group()
def rules() -> None:
    """Promise rules: immutable versions, in force from a time on."""


@rules.command("import")
@click.argument("preset")
@click.option("--effective-from", metavar="TIME", help="From when changed rules are in force; default: now.")
@now_option
@refusing
def rules_import(preset: str, effective_from: str | None, now: str | None) -> None:
    """Add a new version of every rule of PRESET (a name or a .toml file) whose text has changed."""
    database = open_database(load_settings())
    zone = founded(database).zone
    at = read_instant(now, zone) or MachineClock().now()
    begins = read_instant(effective_from, zone)
    read = load_preset(preset)
    imported = run_use_case(database, lambda session: import_rules(session, read, now=at, effective_from=begins))
    out.print(say("rules_imported", added=len(imported.added), unchanged=len(imported.unchanged)))
    for code in imported.added:
        out.print(f"  + {code}")


@rules.command("list")
@click.option("--all", "everything", is_flag=True, help="Earlier and later versions too.")
@now_option
@refusing
def rules_list(everything: bool, now: str | None) -> None:
    """Show the rules in force."""
    database = open_database(load_settings())
    zone = founded(database).zone
    at = read_instant(now, zone) or MachineClock().now()
    with database.read_session() as session:
        rows = list_rules(session, None if everything else at)
    names = [say(f"column_{name}") for name in ("rule", "for_whom", "due", "compensation", "from", "sources")]
    table = Table(*names)
    table.columns[0].no_wrap = True
    for row in rows:
        begins = (
            row.effective_from.astimezone(zone).strftime("%Y-%m-%d %H:%M") if row.effective_from > BEGINNING else ""
        )
        table.add_row(row.code, row.for_whom, row.due, row.compensation, begins, " ".join(row.sources))
    out.print(table)


@main.command()
@click.option("--until-idle", is_flag=True, help="Do what is due, then stop.")
@now_option
@refusing
def worker(until_idle: bool, now: str | None) -> None:
    """Do what is due: judge promises, compensate, follow the log. Any number may run."""
    settings = load_settings()
    database = open_database(settings)
    at = read_instant(now, founded(database).zone)
    if at is not None and not until_idle:
        raise click.UsageError(say("now_needs_until_idle"))
    running = Worker(database, settings, now=at, pool=build_solver(settings))
    if not until_idle:
        err.print(say("worker_runs", name=running.name))
        running.run()
        return
    before = signal.signal(signal.SIGTERM, running.stop)
    try:
        with Working(say("worker_works")) as step:
            steps = running.until_idle(step)
    finally:
        running.pool.close()
        signal.signal(signal.SIGTERM, before)
    if running.is_stopping:
        sys.exit(TOLD_TO_STOP)
    out.print(say("worker_idle", steps=steps))
    failed = running.failures()
    for failure in failed:
        complain(failure)
    sys.exit(1 if failed else 0)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 256), help="Requests at a time.")
@refusing
def serve(host: str, port: int, threads: int) -> None:
    """Serve every page: the console at /console/, technicians' phones at /t/, an order's page at /o.

    Kept promises are public at /promises, the installation's state is at /status. `dispatch worker`
    does the work behind them. Staff sign in with an account made by `dispatch users add`.
    """
    settings = load_settings()
    database = open_database(settings)
    founded(database)
    address = f"http://{host}:{port}"
    err.print(
        say("serving", console=f"{address}/console/", phone=f"{address}/t/", customer=f"{address}/o"), soft_wrap=True
    )
    with database.read_session() as session:
        if not somebody_can_sign_in(session):
            complain(say("nobody_can_sign_in"))
    serve_pages(settings, host=host, port=port, threads=threads)


@main.command()
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--folder",
    default=Path(".demo"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the demonstration keeps its database.",
)
@refusing
def demo(port: int, folder: Path) -> None:
    """Start a demonstration on SQLite: a living city of customers and technicians, a worker and every page."""
    sys.exit(run_demo(folder, port=port))


@main.command()
@now_option
@refusing
def doctor(now: str | None) -> None:
    """Examine database, rules, log, workers and every integration; exit 1 if something is wrong."""
    checks = examine(load_settings(), read_instant(now, UTC) or MachineClock().now())
    marks = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: "[yellow]-[/yellow]"}
    table = Table.grid(padding=(0, 2))
    for check in checks:
        table.add_row(marks[check.is_well], say(f"doctor_{check.what}"), check.detail)
    out.print(table)
    sys.exit(1 if any(check.is_well is False for check in checks) else 0)


main.add_command(plan)
main.add_command(publish)
main.add_command(simulate_city, "simulate")
main.add_command(city_command)


if __name__ == "__main__":
    main()
