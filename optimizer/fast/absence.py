"""What serving a job is worth to a step: more, the longer the job has been left out.

Counts of absence are how J. Christiaens and G. Vanden Berghe save vehicles (see ruin.py). Here
they let a step that serves what was long left out cost more than others may, as far as the
search is warm: which jobs are left out is tried in many ways before it has cooled.
"""

from __future__ import annotations

from optimizer.compiled import inlined, lean
from optimizer.fast.chain import ABSENCE_MS, ALL, BANK, COUNTS, LATEST, WAITING, Chain, Longs
from optimizer.fast.layout import LEFT_OUT_MS

#: by how much a step counts for more than one as many steps ago as there are jobs
FADE = 0.01
#: where counts are divided by, before they leave the numbers
LARGEST = 1e30


@inlined
def insist(chain: Chain, by_ms: float) -> None:
    """From now on a job that was left out at every step is worth `by_ms` more than its price, others in proportion."""
    chain.worth[ABSENCE_MS] = by_ms / chain.absence[ALL]


@inlined
def insisted_ms(chain: Chain, job: int) -> float:
    """What serving the job is worth beyond its price."""
    return float(chain.worth[ABSENCE_MS] * chain.absence[job])


@inlined
def worth_ms(rows: Longs, chain: Chain, job: int) -> float:
    """What serving the job is worth to this step: its price, as far as that counts, and what is insisted on."""
    return float(chain.worth[COUNTS] * rows[job, LEFT_OUT_MS]) + insisted_ms(chain, job)


@lean
def count_absence(chain: Chain) -> None:
    """One more step has left out what is in no route."""
    absence, jobs = chain.absence, chain.jobs
    latest = absence[LATEST]
    for i in range(chain.numbers[WAITING]):
        absence[jobs[i, BANK]] += latest
    absence[ALL] += latest
    absence[LATEST] *= 1.0 + FADE / (len(absence) - 2)
    if absence[LATEST] > LARGEST:
        for i in range(len(absence)):
            absence[i] /= LARGEST
