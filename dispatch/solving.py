"""Solving in processes of their own, which die with the process that started them."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

from dispatch.errors import ServiceUnavailable
from optimizer.budget import Budget
from optimizer.problem import Problem
from optimizer.risk.keep import Confidence, solve_as_asked
from optimizer.solution import Solution

_PR_SET_PDEATHSIG = 1
#: how often somebody who waits says so
LOOK_EVERY_S = 0.25

Alive = Callable[[float], None]


def silent(_elapsed_s: float) -> None:
    """Nobody wants to know how long it has taken so far."""


class SolverLost(ServiceUnavailable):
    """The solving process died; the pool was rebuilt and the solve may be asked again."""


class Solver(Protocol):
    """Something that solves while its caller waits."""

    def solve(
        self,
        problem: Problem,
        budget: Budget,
        seed: int,
        *,
        confidence: Confidence | None = None,
        alive: Alive = silent,
    ) -> Solution:
        """The best plan within the budget, one that keeps windows with the `confidence` asked for if there is one.

        `alive` is called with the seconds passed now and then. What `alive` raises stops the solver and comes through.
        """
        ...

    def close(self) -> None:
        """Let go of whatever it solves with; it can be used again."""
        ...


class SolverPool:
    """A pool of solving processes, started when first needed and rebuilt when broken; safe between threads.

    The processes are the children of one thread of the pool's own: Linux sends the signal
    of a parent's death when the thread dies that started the child.
    """

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or max(1, (os.cpu_count() or 2) - 1)
        self._lock = threading.Lock()
        self._starter: Executor | None = None
        self._executor: ProcessPoolExecutor | None = None

    def solve(
        self,
        problem: Problem,
        budget: Budget,
        seed: int,
        *,
        confidence: Confidence | None = None,
        alive: Alive = silent,
    ) -> Solution:
        """Solve in another process; `alive` is called with the seconds passed while we wait.

        Raises SolverLost if the process dies or the pool is closed meanwhile; what the solver
        itself raises comes through. What `alive` raises, and Ctrl-C, ends the processes of the pool.
        """
        executor, future = self._submit(problem, budget, seed, confidence)
        try:
            return _await(future, alive)
        except (BrokenProcessPool, CancelledError) as broken:
            self._end(executor)
            raise SolverLost("solver") from broken
        finally:
            if not future.done():
                self._end(executor)

    def at_once(self) -> int:
        """How many solves have a process each."""
        return self._processes

    def close(self) -> None:
        """End the processes, whatever they are doing, and wait until they are gone."""
        with self._lock:
            executor = self._executor
        if executor is not None:
            self._end(executor)
        with self._lock:
            starter, self._starter = self._starter, None
        if starter is not None:
            starter.shutdown()

    def _submit(
        self, problem: Problem, budget: Budget, seed: int, confidence: Confidence | None
    ) -> tuple[ProcessPoolExecutor, Future[Solution]]:
        with self._lock:
            if self._starter is None:
                self._starter = ThreadPoolExecutor(1, thread_name_prefix="solver-starter", initializer=_block_ctrl_c)
            if self._executor is None:
                self._executor = ProcessPoolExecutor(
                    self._processes,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_die_with_parent,
                    initargs=(os.getpid(),),
                )
            executor = self._executor
            starting = self._starter.submit(executor.submit, solve_as_asked, problem, budget, seed, confidence)
        try:
            return executor, starting.result()
        except RuntimeError as broken:  # broken while nobody was waiting, or closed just now
            self._end(executor)
            raise SolverLost("solver") from broken

    def _end(self, executor: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._executor is not executor:
                return  # another thread is at it
            self._executor, starter = None, self._starter
        if starter is not None:
            with contextlib.suppress(RuntimeError):  # closed just now: it starts nothing any more
                starter.submit(_nothing).result()  # a child that is being started is not among them before it is
        children = list((getattr(executor, "_processes", None) or {}).values())
        for child in children:
            with contextlib.suppress(ValueError):  # reaped already
                child.kill()
        executor.shutdown(wait=True, cancel_futures=True)


def _await(future: Future[Solution], alive: Alive) -> Solution:
    began = time.monotonic()
    while not wait([future], timeout=LOOK_EVERY_S).done:
        alive(time.monotonic() - began)
    return future.result()


def _nothing() -> None:
    """What is asked of a thread to know that it has done everything else."""


def _block_ctrl_c() -> None:
    """Processes started by this thread never get SIGINT: a terminal sends it to all, and the parent ends its children.

    They could ignore it only once they are running, and would complain when stopped before.
    """
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


def _die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent dies, and see that it has not died already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
