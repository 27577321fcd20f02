"""Killing processes at seeded moments: real processes, real SIGKILL, anywhere between two statements."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from dispatch.db import Database

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["web.worker", "psycopg", "tests.killing"])


def run_and_kill(work: Callable[..., Any], url: str, *args: object, after: int) -> bool:
    """Run `work(database, *args)` in a process of its own that dies after so many database steps.

    A step is a begin, a statement or a commit, so death may fall before, inside and right
    after any transaction. Returns whether the process was killed before its work was done;
    any other end of it than these two is an error.
    """
    process = _context.Process(target=_work_until_killed, args=(work, url, args, after))
    process.start()
    process.join(120)
    if process.is_alive():
        process.kill()
        raise TimeoutError(work)
    if process.exitcode == -signal.SIGKILL:
        return True
    assert process.exitcode == 0, f"ended with {process.exitcode}"
    return False


def _work_until_killed(work: Callable[..., Any], url: str, args: tuple[object, ...], after: int) -> None:
    database = Database(url)
    steps = 0

    def step(*_args: object) -> None:
        nonlocal steps
        steps += 1
        if steps > after:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("begin", "before_cursor_execute", "commit"):
        event.listen(database.engine, name, step)
    work(database, *args)
