"""Killing processes at seeded moments: real processes, real SIGKILL, anywhere between two statements."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from itertools import count
from typing import Any

import psutil
from sqlalchemy import event

from dispatch.db import Database

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["web.worker", "psycopg", "tests.killing"])
_numbers = count(1)
_MARK = "PUNCTUAL_KILLED"


def run_and_kill(work: Callable[..., Any], url: str, *args: object, after: int | None) -> bool:
    """Run `work(database, *args)` in a process of its own that dies after so many database steps.

    A step is a begin, a statement or a commit, so death may fall before, inside and right
    after any transaction; None lets the work live, or kill its process itself. Returns whether
    the process was killed before its work was done; any other end of it than these two is an
    error, and so is a process that it leaves behind.
    """
    mark = f"{os.getpid()}-{next(_numbers)}"
    process = _context.Process(target=_work_until_killed, args=(work, url, args, after, mark))
    process.start()
    process.join(120)
    if process.is_alive():
        process.kill()
        raise TimeoutError(work)
    assert _left_behind(mark) == []
    if process.exitcode == -signal.SIGKILL:
        return True
    assert process.exitcode == 0, f"ended with {process.exitcode}"
    return False


def _work_until_killed(
    work: Callable[..., Any], url: str, args: tuple[object, ...], after: int | None, mark: str
) -> None:
    os.environ[_MARK] = mark  # in the environment of whatever this process starts
    database = Database(url)
    steps = 0

    def step(*_args: object) -> None:
        nonlocal steps
        steps += 1
        if after is not None and steps > after:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("begin", "before_cursor_execute", "commit"):
        event.listen(database.engine, name, step)
    work(database, *args)


def _left_behind(mark: str) -> list[psutil.Process]:
    """The processes that the killed one had started and that have not died within ten seconds."""
    started = [process for process in psutil.process_iter() if _is_marked(process, mark)]
    return psutil.wait_procs(started, timeout=10)[1]


def _is_marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(_MARK) == mark
    except psutil.Error:  # it has ended, or is another user's
        return False
