"""`dispatch plan` and `dispatch publish`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from uuid import uuid4

import click
from sqlalchemy.orm import Session

from dispatch.build_solver import build_solver
from dispatch.clocks import MachineClock
from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.queries.plan_difference import PlanDifference, plan_difference
from dispatch.queries.plan_drafts import drafts, has_shift_of
from dispatch.queries.plan_remedies import remedies_of_plan
from dispatch.queries.plan_scope import PlanScope, plan_scopes
from dispatch.queries.technician_badges import technician_ids
from dispatch.rules.confidence import InvalidConfidence, read_confidence
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.claim_due_work import Claim, claim_due_work
from dispatch.services.discard_plan import discard_plan
from dispatch.services.publish_plan import publish_plan
from dispatch.services.request_plan import MOST_DAYS, PLAN_TERRITORY, request_plan
from dispatch.services.solve_claimed_plan import Tenure, solve_claimed_plan
from dispatch.settings import load_settings
from dispatch.solving import Solver
from dispatch.travel import TravelModel, build_travel_model
from dispatch.travel_memory import RememberedTravel
from notifications.wording import say
from optimizer.faults import InvalidProblem
from web.plan_words import changes, doubts, failures, figures, left_out, left_out_in_groups, surety
from web.remedy_words import what_helps
from web.solving_bar import SolvingBar
from web.terminal import complain, founded, now_option, open_database, out, read_instant, refusing

BY = "command_line"
#: what a shell expects of a program ended by Ctrl-C: 128 + SIGINT
STOPPED = 130
#: the greatest number that both databases hold in a column of whole numbers
MOST = 2**31 - 1
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Show every change and every order left out.")


def _within_reach(_context: click.Context, _option: click.Parameter, from_on: datetime) -> datetime:
    """A day that has instants in every time zone, and so have the days after it."""
    if not MINYEAR < from_on.year < MAXYEAR:
        raise click.BadParameter(say("day_out_of_reach", day=from_on.date()))
    return from_on


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
    callback=_within_reach,
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
    asked = [from_on.date() + timedelta(days=day) for day in range(days)]
    pool = build_solver(settings)
    planning = _Planning(database, at, tenure, build_travel_model(settings), pool, seconds, seed, confidence_permille)
    try:
        made = [_make_and_show(planning, scope, asked, verbose=verbose) for scope in _plannable(database, asked, at)]
    except KeyboardInterrupt:
        complain(say("plan_stopped"))
        sys.exit(STOPPED)
    finally:
        pool.close()
    sys.exit(0 if made and all(made) else 1)


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


@dataclass(frozen=True)
class _Planning:
    """Makes one plan after the other, as a worker would."""

    database: Database
    at: datetime
    tenure: Tenure
    travel: TravelModel
    pool: Solver
    seconds: int
    seed: int
    confidence_permille: int | None

    def make(self, scope: PlanScope, days: Sequence[date]) -> int:
        """Ask for a plan and make it here; who stops it does not want it."""
        claim = run_use_case(self.database, lambda session: self._request(session, scope.territory_id, days))
        try:
            with SolvingBar(scope.territory, self.seconds) as alive:
                solve_claimed_plan(
                    self.database, claim, self.tenure, now=self.at, travel=self.travel, pool=self.pool, alive=alive
                )
        except KeyboardInterrupt:
            run_use_case(self.database, lambda s: discard_plan(s, int(claim.key), now=self.at, by=BY))
            raise
        return int(claim.key)

    def _request(self, session: Session, territory_id: int, days: Sequence[date]) -> Claim:
        """Ask for the plan and claim it at once, so that no worker begins it too."""
        made = request_plan(
            session,
            territory_id,
            days[0],
            days[-1],
            budget_s=self.seconds,
            seed=self.seed,
            confidence_permille=self.confidence_permille,
            request_key=f"{BY}:{uuid4()}",
            now=self.at,
            by=BY,
        )
        (claim,) = claim_due_work(
            session,
            business_now=self.at,
            machine_now=self.tenure.machine.now(),
            lease=self.tenure.lease,
            kinds=[PLAN_TERRITORY],
            keys=[str(made.id)],
        )
        return claim


def _make_and_show(planning: _Planning, scope: PlanScope, days: Sequence[date], *, verbose: bool) -> bool:
    """Make a plan for one territory; whether there is a draft. Why not is no reason to leave the others out."""
    try:
        plan_id = planning.make(scope, days)
    except (Refusal, InvalidProblem) as error:
        why = say(error) if isinstance(error, Refusal) else say("invalid_problem", fault=error.faults[0])
        complain(say("plan_not_made", territory=scope.territory, reason=why))
        return False
    with planning.database.read_session() as session:
        difference = plan_difference(session, plan_id)
        remedies = remedies_of_plan(session, plan_id) if verbose else {}
    if difference.status is not PlanStatus.DRAFT:
        complain(say("not_a_draft", plan=plan_id, plan_status=difference.status))
        return False
    help_for = {visit_id: what_helps(found, difference.zone) for visit_id, found in remedies.items()}
    _show(plan_id, difference, help_for, verbose=verbose)
    return True


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
