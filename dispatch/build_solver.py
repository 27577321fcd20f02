"""Where does this installation solve?"""

from __future__ import annotations

from dispatch.cluster_solving import SolverCluster
from dispatch.settings import Settings
from dispatch.solving import SolverPool


def build_solver(settings: Settings) -> SolverCluster | SolverPool:
    """The cluster that `DISPATCH_CLUSTER` names, else processes of this machine.

    Connects to nothing yet. Raises ClusterMisconfigured.
    """
    if settings.cluster:
        return SolverCluster(settings.cluster, settings.cluster_timeout_s)
    return SolverPool(settings.solver_processes)
