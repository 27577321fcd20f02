"""`dispatch simulate`: live through some days of a made-up city, and compare two such lives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from dispatch.settings import load_settings
from notifications.wording import say
from optimizer.solve import ENGINES
from web.city.city_size import CitySize
from web.city.live_city import live_city
from web.city.simulation import FIRST_DAY, Scenario, end_of, simulate
from web.city.simulation_report import ROWS, figure, in_words
from web.demo import SEED
from web.terminal import Working, check_folder, complain, open_database, out, refusing, write_whole


@click.group(invoke_without_command=True)
@click.option("--days", default=5, show_default=True, type=click.IntRange(1, 60), help="How many days.")
@click.option("--seed", default=1, show_default=True, help="The same seed lives the same days.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures to this file (JSON)."
)
@click.option("--technicians", default=CitySize().technicians, show_default=True, type=click.IntRange(1, 2000))
@click.option(
    "--orders", default=CitySize().orders_a_day, show_default=True, type=click.IntRange(1, 20000), help="A day."
)
@click.option("--territories", default=CitySize().territories, show_default=True, type=click.IntRange(1, 3))
@click.option("--preset", default="jiangsu", show_default=True, help="Promise rules: a bundled preset or a .toml file.")
@click.option("--engine", type=click.Choice(sorted(ENGINES)), help="Default: the fast one, where numba is installed.")
@click.pass_context
@refusing
def simulate_city(
    context: click.Context,
    days: int,
    seed: int,
    report: Path | None,
    technicians: int,
    orders: int,
    territories: int,
    preset: str,
    engine: str | None,
) -> None:
    """Live through some days of a made-up city: customers, technicians, messages, plans, mishaps.

    One process, no real time: everything goes through the services that pages and phones use, and
    invariants are checked after every step. The first that is violated ends it with exit code 1.
    """
    if context.invoked_subcommand is not None:
        return
    check_folder(report, "--report")
    size = CitySize(technicians=technicians, orders_a_day=orders, territories=min(territories, technicians))
    scenario = Scenario(seed=seed, days=days, size=size, preset=preset, engine=engine)
    with Working(say("simulating"), total=_hours(end_of(scenario))) as progress:
        result = simulate(scenario, lambda at: progress(_hours(at)))
    if report is not None:
        write_whole(report, json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    out.print(_table([result], [say("simulated_seed", seed=seed)]))
    wrong = result["violation"]
    if wrong is not None:
        complain(
            say("invariant_violated", what=wrong["what"], at=wrong["at"], seed=wrong["seed"], ids=str(wrong["ids"]))
        )
        context.exit(1)


@simulate_city.command()
@click.argument("first", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("second", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@refusing
def compare(first: Path, second: Path) -> None:
    """Print the figures of two reports side by side."""
    reports = [json.loads(file.read_text("utf-8")) for file in (first, second)]
    out.print(_table(reports, [first.stem, second.stem]))


@click.command("city", hidden=True)
@refusing
def city_command() -> None:
    """The people of the demonstration: they act until told to stop."""
    settings = load_settings()
    live_city(open_database(settings), settings, size=CitySize(), seed=SEED).run()


def _hours(at: datetime) -> int:
    return int((at - FIRST_DAY).total_seconds() // 3600)


def _table(reports: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    """The figures that people compare; beside two of them, the difference."""
    table = Table(say("column_figure"), *names, *([say("column_difference")] if len(reports) == 2 else []))
    for column in table.columns[1:]:
        column.justify = "right"
    titles = _titles()
    for path, is_share in ROWS:
        values = [figure(report["figures"], path) for report in reports]
        if all(value is None for value in values):
            continue
        cells = [in_words(value, is_share=is_share) for value in values]
        if len(values) == 2:
            known = None not in values
            cells.append(in_words(round(values[1] - values[0], 4) if known else None, is_share=is_share))
        table.add_row(titles[path], *cells)
    return table


def _titles() -> dict[str, str]:
    """What each figure is called."""
    return {
        "promises.install.kept_net": say("figure_promises_install_kept_net"),
        "promises.install.kept_gross": say("figure_promises_install_kept_gross"),
        "promises.repair.kept_net": say("figure_promises_repair_kept_net"),
        "promises.repair.kept_gross": say("figure_promises_repair_kept_gross"),
        "promises.move.kept_net": say("figure_promises_move_kept_net"),
        "promises.arrival.kept_net": say("figure_promises_arrival_kept_net"),
        "promises.contact.kept_net": say("figure_promises_contact_kept_net"),
        "promises.acceptance.kept_net": say("figure_promises_acceptance_kept_net"),
        "windows.told": say("figure_windows_told"),
        "windows.kept": say("figure_windows_kept"),
        "windows.changed_with_consent": say("figure_windows_changed_with_consent"),
        "windows.broken": say("figure_windows_broken"),
        "windows.broken_and_credited": say("figure_windows_broken_and_credited"),
        "windows.arrivals_accurate": say("figure_windows_arrivals_accurate"),
        "windows.off_by_minutes": say("figure_windows_off_by_minutes"),
        "visits.first_time_fix": say("figure_visits_first_time_fix"),
        "visits.travel_minutes": say("figure_visits_travel_minutes"),
        "visits.travel_share": say("figure_visits_travel_share"),
        "visits.on_site_share": say("figure_visits_on_site_share"),
        "messages.sent": say("figure_messages_sent"),
        "messages.per_visit_told": say("figure_messages_per_visit_told"),
        "messages.changes_told_per_visit": say("figure_messages_changes_told_per_visit"),
        "orders.self_service": say("figure_orders_self_service"),
        "compensation.amount_minor": say("figure_compensation_amount_minor"),
        "satisfaction.mean": say("figure_satisfaction_mean"),
    }
