"""`dispatch plan` and `dispatch publish`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta

import click
import structlog

from dispatch.build_solver import build_solver
from dispatch.clocks import MachineClock
from dispatch.db import Database
from dispatch.errors import Refusal, error_code
from dispatch.queries.plan_difference import PlanDifference, plan_difference
from dispatch.queries.plan_drafts import drafts, has_shift_of
from dispatch.queries.plan_remedies import remedies_of_plan
from dispatch.queries.plan_scope import PlanScope, plan_scopes
from dispatch.queries.technician_badges import technician_ids
from dispatch.rules.confidence import InvalidConfidence, read_confidence
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.publish_plan import publish_plan
from dispatch.services.request_plan import MOST_DAYS
from dispatch.services.solve_claimed_plan import Tenure
from dispatch.settings import load_settings
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from notifications.wording import say
from optimizer.faults import InvalidProblem
from web.plan_words import changes, doubts, failures, figures, left_out, left_out_in_groups, surety
from web.remedy_words import what_helps
from web.side_by_side import Asked, Made, SideBySide
from web.solving_bar import SolvingBars
from web.terminal import complain, founded, now_option, open_database, out, read_instant, refusing, within_reach

BY = "command_line"
_log = structlog.get_logger(__name__)
#: what a shell expects of a program ended by Ctrl-C: 128 + SIGINT
STOPPED = 130
#: the greatest number that both databases hold in a column of whole numbers
MOST = 2**31 - 1
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Show every change and every order left out.")


def _percentage(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """Per mille of a percentage."""
    try:
        return None if text is None else read_confidence(text)
    except InvalidConfidence as refusal:
        raise click.BadParameter(say(refusal)) from refusal


@click.command()
@click.option(
    "--from",
    "from_on",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=within_reach,
    required=True,
    help="The first day to plan.",
)
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, MOST_DAYS), help="How many days.")
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(1, 3600), help="Time for each territory.")
@click.option(
    "--confidence",
    "confidence_permille",
    metavar="PERCENT",
    callback=_percentage,
    help="Keep windows at least this surely (50 to 99.9), and name the visits that are not.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, MOST), help="Seed of the search.")
@verbose_option
@now_option
@refusing
def plan(
    *,
    from_on: datetime,
    days: int,
    seconds: int,
    confidence_permille: int | None,
    seed: int,
    verbose: bool,
    now: str | None,
) -> None:
    """Make a plan for every territory and show how it differs from the routes as they are.

    Nothing is changed until the plan is published: see `dispatch publish`.
    """
    settings = load_settings()
    database = open_database(settings)
    at = read_instant(now, founded(database).zone) or MachineClock().now()
    tenure = Tenure(MachineClock(), timedelta(seconds=settings.lease_s), settings.attempts_before_parking)
    asked = Asked([from_on.date() + timedelta(days=day) for day in range(days)], seconds, seed, confidence_permille)
    pool = build_solver(settings)
    planning = SideBySide(database, settings, at, BY, tenure, pool, asked)
    try:
        scopes = _plannable(database, asked.days, at)
        missing = _make_and_show(planning, scopes, pool.at_once(), verbose=verbose) if scopes else []
    except KeyboardInterrupt:
        complain(say("plan_stopped"))
        sys.exit(STOPPED)
    finally:
        pool.close()
    if missing and len(scopes) > 1:
        complain(say("plans_missing", territories=missing))
    sys.exit(1 if missing or not scopes else 0)


def _plannable(database: Database, days: Sequence[date], at: datetime) -> list[PlanScope]:
    """The territories with somebody to plan for and something to plan; says which have not."""
    with database.read_session() as session:
        scopes = plan_scopes(session, days, now=at)
    if not scopes:
        complain(say("plan_no_territory"))
    for scope in scopes:
        if scope.is_over:
            complain(say("plan_days_over", territory=scope.territory, until_on=days[-1]))
        elif not scope.technicians:
            complain(say("plan_nobody_works", territory=scope.territory, from_on=days[0], until_on=days[-1]))
        elif not scope.visits:
            complain(say("plan_nothing_waits", territory=scope.territory, from_on=days[0], until_on=days[-1]))
    return [scope for scope in scopes if scope.technicians and scope.visits]


def _make_and_show(planning: SideBySide, scopes: Sequence[PlanScope], at_once: int, *, verbose: bool) -> list[str]:
    """Make a plan for each territory and show it; those that have got none."""
    missing = []
    with SolvingBars(planning.asked.seconds) as bars, closing(planning.plans(scopes, at_once, bars)) as plans:
        for made in plans:
            with bars.away():
                if not _is_shown(planning.database, made, verbose=verbose):
                    missing.append(made.scope.territory)
    return missing


def _is_shown(database: Database, made: Made, *, verbose: bool) -> bool:
    """Show what has become of a plan; whether there is a draft."""
    if made.why_not is not None:
        reason = _reason(made.plan_id, made.why_not)
        complain(say("plan_not_made", territory=made.scope.territory, reason=reason))
        return False
    with database.read_session() as session:
        difference = plan_difference(session, made.plan_id)
        remedies = remedies_of_plan(session, made.plan_id) if verbose else {}
    if difference.status is not PlanStatus.DRAFT:
        complain(say("not_a_draft", plan=made.plan_id, plan_status=difference.status))
        return False
    help_for = {visit_id: what_helps(found, difference.zone) for visit_id, found in remedies.items()}
    _show(made.plan_id, difference, help_for, verbose=verbose)
    return True


def _reason(plan_id: int, error: Exception) -> str:
    """Why there is no plan, in words; of what should not have happened the log has the place, and people the code."""
    if isinstance(error, Refusal):
        return say(error)
    if isinstance(error, InvalidProblem):
        return say("invalid_problem", fault=error.faults[0])
    _log.error("plan_failed", plan_id=plan_id, code=error_code(error), exc_info=error)
    return say("plan_went_wrong", code=error_code(error))


def _show(plan_id: int, difference: PlanDifference, help_for: Mapping[int, Sequence[str]], *, verbose: bool) -> None:
    made = say("plan_made", plan=plan_id, plan_status=difference.status, territory=difference.territory)
    out.print(made, markup=False)
    out.print(figures(difference))
    asked = surety(difference)
    if asked is not None:
        out.print(asked, markup=False)
    if difference.doubtful and (verbose or asked is not None):
        out.print(doubts(difference))
    if verbose and difference.changes:
        out.print(changes(difference))
    if difference.unassigned:
        out.print(left_out(difference, help_for) if verbose else left_out_in_groups(difference))
    for failure in failures(difference):
        complain(failure)


@click.command()
@click.option(
    "--plan", "plan_id", type=click.IntRange(1, MOST), help="Which draft; default: the newest of every territory."
)
@click.option(
    "--technician", "badges", multiple=True, metavar="BADGE", help="Only this technician's routes; repeat it."
)
@now_option
@refusing
def publish(plan_id: int | None, badges: tuple[str, ...], now: str | None) -> None:
    """Publish drafts: their routes become the truth, brought up to date with what has happened since.

    Exits with 1 if there is no draft, or if publishing one would lose a booking, a told
    window or a promise; that one is out of date then, and nothing of it was published.
    """
    settings = load_settings()
    database = open_database(settings)
    at = read_instant(now, founded(database).zone) or MachineClock().now()
    technicians = _technicians(database, badges) if badges else None
    found = _found(database, plan_id, technicians, badges)
    travel = RememberedTravel(build_travel_model(settings))
    published = [_publish(database, one, at, travel, technicians) for one in found]
    sys.exit(0 if published and all(published) else 1)


def _found(
    database: Database, plan_id: int | None, technicians: Sequence[int] | None, badges: Sequence[str]
) -> list[int]:
    """The plans to publish; says why there is none. One that has no shift of these technicians is left a draft."""
    with database.read_session() as session:
        if plan_id is None:
            found = drafts(session, technicians)
        elif technicians is None or has_shift_of(session, plan_id, technicians):
            return [plan_id]
        else:
            complain(say("plan_has_no_shift", plan=plan_id, badges=badges))
            return []
    if not found:
        complain(say("no_draft"))
    return found


def _technicians(database: Database, badges: Sequence[str]) -> list[int]:
    with database.read_session() as session:
        known = technician_ids(session, badges)
    unknown = [badge for badge in badges if badge not in known]
    if unknown:
        raise click.BadParameter(say("unknown_badge", badge=unknown[0]), param_hint="--technician")
    return list(known.values())


def _publish(
    database: Database, plan_id: int, at: datetime, travel: RememberedTravel, technicians: Sequence[int] | None
) -> bool:
    try:
        written = publish_plan(database, plan_id, now=at, by=BY, travel=travel, technicians=technicians)
    except Refusal as refusal:
        complain(say(refusal))
        return False
    out.print(say("plan_published", plan=plan_id, added=written.added, moved=written.moved, removed=written.removed))
    return True
