"""One duty with its route as it stands, and all that is worked out of it to be asked about one more job."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order
from optimizer.problem import Job
from optimizer.quoting.day_gaps import DayGaps, day_gaps, first_gap
from optimizer.quoting.reach import Ints
from optimizer.quoting.roster import Member
from optimizer.quoting.time_costs import TimeCosts, has_prices, time_costs
from optimizer.tables import Duty


@dataclass(frozen=True)
class StandingDuty:
    """A duty of a problem and the order of its jobs; nothing in it ever changes.

    `numbers` names the problem's places as everybody does who is asked together.
    """

    evaluator: Evaluator
    index: int
    order: Order
    numbers: Ints

    @property
    def duty(self) -> Duty:
        """The duty that it is."""
        return self.evaluator.tables.duties[self.index]

    @property
    def member(self) -> Member:
        """Who works, and on which of their shifts."""
        return self.duty.technician, self.duty.shift_index

    @property
    def jobs(self) -> list[Job]:
        """The jobs of its order."""
        return [self.evaluator.tables.problem.jobs[job] for job in self.order]

    @property
    def timing(self) -> Timing | None:
        """Its route in its cheapest times; None if nothing is to be done, or it cannot be."""
        return self.evaluator.timing(self.index, self.order) if self.order else None

    @cached_property
    def cost_ms(self) -> int:
        """What its order costs now."""
        return self.evaluator.cost_ms(self.index, self.order) or 0

    @cached_property
    def gaps(self) -> DayGaps:
        """The gaps of its order."""
        costs = self.time_costs if len(self.evaluator.tables.periods) > 1 else None
        return day_gaps(self.evaluator, self.index, self.order, costs).renamed(self.numbers)

    @cached_property
    def has_prices(self) -> bool:
        """Whether any time of it has a price."""
        return has_prices(self.evaluator, self.index, self.order)

    @cached_property
    def time_costs(self) -> TimeCosts | None:
        """What time costs around its gaps; None if it must be timed."""
        return time_costs(self.evaluator, self.index, self.order, first_gap(self.evaluator, self.index, self.order))
