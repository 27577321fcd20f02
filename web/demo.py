"""`dispatch demo`: what there is, running by itself, on SQLite.

A day's orders of a made-up district, planned and published, then a worker and the pages on
a clock sixty times as fast as a wall clock. Everything goes through the real services.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.clocks import MachineClock
from dispatch.db import Database, run_use_case
from dispatch.models import BusinessClock
from dispatch.services.found_operator import Founding, found_operator
from dispatch.services.import_rules import load_preset
from dispatch.services.plan_territory import plan_territory
from dispatch.services.publish_plan import publish_plan
from dispatch.services.request_plan import request_plan
from dispatch.services.write_routes import Written
from dispatch.settings import Settings
from dispatch.solving import SolverPool
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from notifications.wording import say
from web.demo_district import build_district
from web.terminal import Working, out

TIME_ZONE = "Asia/Shanghai"
RATE = 60
PLAN_S = 5


@dataclass(frozen=True)
class Demonstration:
    """What was prepared: the morning of the day, and what its published plan holds."""

    morning: datetime
    written: Written


def run_demo(folder: Path, *, port: int) -> int:
    """Prepare the demonstration in `folder` if it is not there, run worker and pages, and wait."""
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{(folder / 'demo.sqlite3').resolve()}"
    with Working(say("demo_prepares")) as progress:
        prepared = prepare_demo(Database(url), progress=progress)
    if prepared is not None:
        visits, routes = prepared.written.added, prepared.written.routes
        out.print(say("demo_planned", visits=visits, routes=routes), markup=False)
    secret = str((folder / "demo.secret").resolve())
    ours = {"DISPATCH_DATABASE_URL": url, "DISPATCH_GATEWAY": "sandbox", "DISPATCH_SECRET_FILE": secret}
    environment = {**os.environ, **ours}
    commands = (["worker"], ["serve", "--port", str(port)])
    program = [sys.executable, "-m", "web.cli"]
    processes = [subprocess.Popen([*program, *command], env=environment) for command in commands]  # noqa: S603 - our own
    out.print(say("demo_runs", url=f"http://127.0.0.1:{port}/status", rate=RATE, folder=str(folder)), markup=False)
    program_file = Path(sys.executable).with_name("dispatch")
    handsets = f"DISPATCH_DATABASE_URL={url} {program_file} handset"
    out.print(say("demo_handsets", command=handsets), markup=False, soft_wrap=True)
    try:
        return _wait(processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)


def _wait(processes: list[subprocess.Popen[bytes]]) -> int:
    """Until somebody stops us (0) or one of the processes ends by itself (1)."""
    stopped = False

    def stop(*_signal: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopped:
        if any(process.poll() is not None for process in processes):
            return 1
        time.sleep(0.2)
    return 0


def prepare_demo(
    database: Database, *, progress: Callable[[int], None] = lambda _count: None, seed: int = 1
) -> Demonstration | None:
    """Found the operator, take the orders, plan and publish the day; None if that was done before."""
    database.upgrade()
    machine_now = MachineClock().now()
    morning = machine_now.astimezone(ZoneInfo(TIME_ZONE)).replace(hour=8, minute=0, second=0, microsecond=0)

    def found(session: Session) -> int | None:
        if session.get(BusinessClock, 1) is not None:
            return None
        founding = Founding(TIME_ZONE, "CN", name="Punctual Demo")
        found_operator(session, founding, load_preset("jiangsu"), now=morning - timedelta(days=3))
        return build_district(session, morning, TIME_ZONE, seed=seed, progress=progress)

    territory_id = run_use_case(database, found)
    if territory_id is None:
        return None
    written = _plan_the_day(database, territory_id, morning, seed)
    run_use_case(database, lambda session: session.add(_clock(morning)))
    return Demonstration(morning, written)


def _plan_the_day(database: Database, territory_id: int, morning: datetime, seed: int) -> Written:
    travel = RememberedTravel(build_travel_model(Settings(database_url=str(database.url))))
    plan_id = run_use_case(
        database,
        lambda session: (
            request_plan(
                session,
                territory_id,
                morning.date(),
                morning.date(),
                budget_s=PLAN_S,
                seed=seed,
                request_key="demo",
                now=morning,
                by="demo",
            ).id
        ),
    )
    pool = SolverPool()
    try:
        plan_territory(database, plan_id, now=morning, travel=travel, pool=pool)
    finally:
        pool.close()
    return publish_plan(database, plan_id, now=morning, by="demo", travel=travel)


def _clock(morning: datetime) -> BusinessClock:
    """From now on it is the morning, and time runs fast."""
    return BusinessClock(
        id=1, epoch_machine_at=MachineClock().now(), epoch_business_at=morning, rate_permille=RATE * 1000
    )
