"""What taking breaks in a row means to one duty, as the compiled search reads it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.fast.layout import NEVER
from optimizer.tables import Duty


def pauses_of(duty: Duty) -> NDArray[np.int32]:
    """By breaks taken, then: PAUSE_S, LATEST_S, END_S of fast/layout.py; shape (K, K, 3)."""
    states = len(duty.breaks) + 1
    pauses = no_pauses(states, states)
    for taken, row in enumerate(duty.gaps):
        for then, gap in enumerate(row):
            if gap is not None:
                pauses[taken, then] = gap.pause_s, min(gap.latest_s, NEVER), max(gap.not_before_s, -NEVER)
    return pauses


def no_pauses(*shape: int) -> NDArray[np.int32]:
    """What cannot be, of a shape to which the three columns are added."""
    pauses = np.zeros((*shape, 3), dtype=np.int32)
    pauses[..., 1:] = -NEVER, NEVER
    return pauses
