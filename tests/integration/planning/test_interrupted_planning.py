"""`dispatch plan` is stopped by Ctrl-C: no solver is left, and what it says is true."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import DueWork, Plan
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.request_plan import PLAN_TERRITORY
from tests.solver_processes import busy_day, solving, tomorrow, wait_until_gone


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
@pytest.mark.parametrize("early", [False, True], ids=["while it solves", "while the solver starts"])
def test_ctrl_c_gives_the_plan_up_and_leaves_no_solver(database: Database, early: bool) -> None:
    day = busy_day(database)
    url = database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DISPATCH_DATABASE_URL": url, "LANG": "C.UTF-8"}
    arguments = ["plan", "--from", tomorrow(day), "--seconds", "120"]
    with subprocess.Popen(
        [sys.executable, "-m", "web.cli", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        family = solving(process.pid, cpu_s=0.0 if early else 3.0)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the solver, too
        said, complained = process.communicate(timeout=20)
        wait_until_gone(family)
    assert (process.returncode, said) == (130, "")
    assert complained.splitlines() == [
        "Stopped by Ctrl-C: no further plan was made, and no route was changed. Drafts made before are kept."
    ]
    with database.read_session() as session:
        assert session.scalars(select(Plan.status)).all() == [PlanStatus.DISCARDED]
        assert session.scalars(select(DueWork).where(DueWork.kind == PLAN_TERRITORY)).all() == []
    assert day.places() == []
    assert day.world.log("plan_drafted", "plan_discarded") == ["plan_discarded"]
