"""What services and drives really take, as a factor of what the plan says: lognormal, so never negative, skewed late.

A service takes `planned x exp(N(m, s))`, where m and s depend on kind, premises and
technician. A drive takes `planned x day x leg`: everybody on the road the same day shares
one factor (rain, a closed bridge), and every leg has one of its own.

Service times of people at work are close to lognormal: Strum, May and Vargas (2000,
Anesthesiology 92) for operations, Brown et al. (2005, J. Am. Stat. Assoc. 100) for calls;
travel times too: Emam and Al-Deek (2006, Transp. Res. Rec. 1959). How wide they are here
before there is any history is our assumption, not theirs: the defaults below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

#: of a service: two of three take between 0.74 and 1.35 times as long as planned
SERVICE_SIGMA = 0.30
#: of a drive: what the day adds to all legs, and what each leg adds of its own
DAY_SIGMA, LEG_SIGMA = 0.10, 0.20


@dataclass(frozen=True, slots=True)
class Spread:
    """The factor exp(N(`log_median`, `sigma`)) on what was planned; both without unit."""

    log_median: float = 0.0
    sigma: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelSpread:
    """The factor on a drive: exp of a median, of a part that all legs of a day share, and of the leg's own."""

    log_median: float = 0.0
    day_sigma: float = DAY_SIGMA
    leg_sigma: float = LEG_SIGMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """How far groups (kinds, premises, technicians) are from the rest, on the log scale.

    `variances` is what is still not known of each group's shift; of a group never met, it is
    all of `unseen_variance`: how much groups differ.
    """

    shifts: Mapping[str, float] = field(default_factory=dict)
    variances: Mapping[str, float] = field(default_factory=dict)
    unseen_variance: float = 0.0

    def of(self, group: str) -> tuple[float, float]:
        """The shift of a group, and the variance of what is not known of it."""
        return self.shifts.get(group, 0.0), self.variances.get(group, self.unseen_variance)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a job has in common with others: the kind of work, and the kind of premises (or the estate)."""

    kind: str = ""
    premises: str = ""

    @property
    def place_of_kind(self) -> str:
        """This kind of work at these premises, as one group."""
        return f"{self.kind} at {self.premises}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """The distributions of services and drives; by default those of an operator without history.

    `traits` says of jobs what they have in common with others; a job without counts as one of
    a kind and at premises never met. `sigma_by_kind` is what differs between services of the
    same group.
    """

    service: Spread = Spread(0.0, SERVICE_SIGMA)
    sigma_by_kind: Mapping[str, float] = field(default_factory=dict)
    kinds: Effects = Effects()
    premises: Effects = Effects()
    technicians: Effects = Effects()
    travel: TravelSpread = TravelSpread()
    traits: Mapping[str, Traits] = field(default_factory=dict)

    def service_of(self, job: str, technician: str) -> Spread:
        """The factor on what the plan says this technician needs for this job."""
        traits = self.traits.get(job, Traits())
        own_sigma = self.sigma_by_kind.get(traits.kind, self.service.sigma)
        shifts, variances = zip(
            self.kinds.of(traits.kind),
            self.premises.of(traits.place_of_kind),
            self.technicians.of(technician),
            strict=True,
        )
        return Spread(self.service.log_median + sum(shifts), sqrt(own_sigma**2 + sum(variances)))


NO_HISTORY = Uncertainty()
CERTAINTY = Uncertainty(service=Spread(), travel=TravelSpread(day_sigma=0.0, leg_sigma=0.0))
