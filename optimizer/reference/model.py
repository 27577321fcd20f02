"""The problem as an OR-Tools routing model: one method per constraint and per price.

One solver vehicle is one duty (a technician on one shift); a duty with stops begun starts
where and when the last of them is done. Costs are in ms of travel. Two things are planned on
the safe side and re-timed exactly afterwards: travel takes the slowest factor of the day, and
a service the longest duration of a group of technicians when there are too many groups.
"""

from __future__ import annotations

from optimizer.evaluation import Order
from optimizer.reference.prices import Prices
from optimizer.reference.rules import Rules
from optimizer.reference.vehicles import Layout
from optimizer.tables import Tables


class ReferenceModel:
    """A routing model with all rules and prices, and the way in and out of it."""

    def __init__(self, tables: Tables) -> None:
        self.on = Layout(tables)
        self.routing, self.solver, self.jobs = self.on.routing, self.on.solver, self.on.jobs
        Rules(self.on)
        Prices(self.on)

    def to_solver(self, orders: dict[int, Order]) -> list[list[int]]:
        """Orders as lists of solver nodes, one list a duty."""
        return [
            [self.on.index(job) for job in orders.get(duty.index, ()) if job not in self.on.begun]
            for duty in self.on.tables.duties
        ]

    def read(self) -> dict[int, Order]:
        """The orders of the solver's current plan: the only place where its values are read."""
        orders = {}
        for duty in self.on.tables.duties:
            jobs = list(duty.frozen[: len(duty.begun_s)])
            index = self.routing.NextVar(self.routing.Start(duty.index)).Value()
            while not self.routing.IsEnd(index):
                jobs.append(self.jobs[self.on.manager.IndexToNode(index)])
                index = self.routing.NextVar(index).Value()
            orders[duty.index] = tuple(jobs)
        return orders
