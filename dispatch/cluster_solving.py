"""Solving on a Dask cluster: a scheduler and workers on other machines, behind the same protocol as the pool."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, wait
from typing import Any

from dispatch.errors import InvalidInput
from dispatch.solving import LOOK_EVERY_S, Alive, SolverLost, silent
from optimizer.budget import Budget, SoFar
from optimizer.problem import Problem
from optimizer.risk.keep import Confidence, solve_as_asked
from optimizer.solution import Solution

SETTING = "DISPATCH_CLUSTER"
#: how often the scheduler is asked whether it still has workers, while we wait for an answer
_ASK_EVERY_S = 2.0
#: a territory's matrix is meant to be sent: Dask warns of 10 MB
_LARGE_PROBLEM = {"distributed.admin.large-graph-warning-threshold": "1 GiB"}


class ClusterMisconfigured(InvalidInput):
    """`DISPATCH_CLUSTER` is not the address of a scheduler, or Dask is not installed here."""


class ClusterUnreachable(SolverLost):
    """No scheduler answered in time; the same solve may work later."""


class ClusterWithoutWorkers(SolverLost):
    """The scheduler has had no worker for as long as we wait for one; the same solve may work later."""


class SolverCluster:
    """Solves on the workers of a Dask scheduler, connected when first needed; safe between threads.

    A worker that dies loses nothing: the scheduler gives its task, which is the same whenever
    and wherever it runs, to another. A solve that nobody waits for any more, because it was
    given up or its asker died, ends at the worker's next look.
    """

    def __init__(self, address: str, timeout_s: float = 10.0) -> None:
        """Raises ClusterMisconfigured unless the address reads like `tcp://host:8786` and Dask is installed."""
        if not re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+/?", address):
            raise ClusterMisconfigured(SETTING)
        try:
            _dask()
        except ImportError as missing:
            raise ClusterMisconfigured(SETTING, reason="not_installed") from missing
        self.address, self.timeout_s = address, timeout_s
        self._lock = threading.Lock()
        self._client: Any = None

    def solve(
        self,
        problem: Problem,
        budget: Budget,
        seed: int,
        *,
        confidence: Confidence | None = None,
        alive: Alive = silent,
    ) -> Solution:
        """Solve on a worker; `alive` is called with the seconds passed while we wait, in the queue too.

        Raises ClusterUnreachable, ClusterWithoutWorkers, or SolverLost if every worker that
        tried has died (the scheduler tries four) or the cluster is closed meanwhile; what the
        solver itself raises comes through. What `alive` raises, and Ctrl-C, ends the search.
        """
        client = self._connected()
        future = self._submit(client, problem, budget, seed, confidence)
        try:
            return self._await(client, future, alive)
        except CancelledError as lost:  # the connection is gone, ours or by `close`
            self._forget(client)
            raise SolverLost("solver") from lost
        except _dask().distributed.KilledWorker as lost:
            raise SolverLost("solver") from lost
        finally:
            future.cancel()

    def workers(self) -> int:
        """How many workers the scheduler has now; raises ClusterUnreachable."""
        return self._workers(self._connected())

    def at_once(self) -> int:
        """How many solves have a worker each, one at least; raises ClusterUnreachable."""
        return max(1, self.workers())

    def close(self) -> None:
        """Let go of the cluster, which goes on without us; who waits for an answer gets SolverLost."""
        with self._lock:
            client = self._client
        if client is not None:
            self._forget(client)

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Any:
        """A client, in a thread that is left behind after the time limit: Dask waits longer for one who is silent."""
        connecting: Future[Any] = Future()

        def connect() -> None:
            try:
                new_client = _dask().distributed.Client
                client = new_client(self.address, timeout=self.timeout_s, set_as_default=False, name="punctual")
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                connecting.set_exception(error)
                return
            connecting.set_result(client)

        threading.Thread(target=connect, daemon=True, name="cluster-connecting").start()
        try:
            return connecting.result(self.timeout_s)
        except (OSError, ValueError) as error:
            connecting.add_done_callback(_close_if_late)
            raise ClusterUnreachable("cluster") from error

    def _forget(self, client: Any) -> None:
        with self._lock:
            if self._client is not client:
                return  # another thread is at it
            self._client = None
        client.close(timeout=self.timeout_s)

    def _submit(
        self, client: Any, problem: Problem, budget: Budget, seed: int, confidence: Confidence | None
    ) -> Future[Solution]:
        executor: Executor = client.get_executor(pure=False)
        try:
            with _dask().config.set(_LARGE_PROBLEM):
                return executor.submit(solve_while_wanted, problem, budget, seed, confidence)
        except RuntimeError as closed:
            raise SolverLost("solver") from closed

    def _await(self, client: Any, future: Future[Solution], alive: Alive) -> Solution:
        began = asked = manned = time.monotonic()
        while not wait([future], timeout=LOOK_EVERY_S).done:
            now = time.monotonic()
            alive(now - began)
            if now - asked < _ASK_EVERY_S:
                continue
            asked = now
            if self._workers(client):
                manned = now
            elif now - manned > self.timeout_s:
                raise ClusterWithoutWorkers("cluster")
        return future.result()

    def _workers(self, client: Any) -> int:
        try:
            found = client.sync(client.scheduler.identity, n_workers=0, callback_timeout=self.timeout_s)
        except (OSError, RuntimeError, AttributeError) as error:  # no answer in time, or the client is closed
            self._forget(client)
            raise ClusterUnreachable("cluster") from error
        return int(found["n_workers"])


def solve_while_wanted(problem: Problem, budget: Budget, seed: int, confidence: Confidence | None = None) -> Solution:
    """What a Dask worker runs, ended early once the scheduler has let it know that nobody waits for it."""
    return solve_as_asked(problem, budget, seed, confidence, _is_wanted())


def _is_wanted() -> Callable[[SoFar], bool]:
    worker = _dask().distributed.get_worker()
    key = worker.get_current_task()

    def is_wanted(_so_far: SoFar) -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state != "cancelled"

    return is_wanted


def _close_if_late(connecting: Future[Any]) -> None:
    if connecting.exception() is None:
        connecting.result().close()


def _dask() -> Any:
    """Dask, an extra that only installations with a cluster need."""
    import dask.distributed  # noqa: PLC0415 - see above

    return dask
