"""Random numbers in compiled code: the same for the same seed on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined

State = NDArray[np.uint64]
_TURN_A, _TURN_B, _TURN_C = np.uint64(12), np.uint64(25), np.uint64(27)
_MIX, _TOP = np.uint64(0x2545F4914F6CDD1D), np.uint64(11)
_UNIT = 1.0 / (1 << 53)


@inlined
def draw(state: State) -> float:
    """Uniform from 0 to before 1 (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> _TURN_A
    x ^= x << _TURN_B
    x ^= x >> _TURN_C
    state[0] = x
    return float((x * _MIX) >> _TOP) * _UNIT


@inlined
def below(state: State, n: int) -> int:
    """A whole number from 0 to before n."""
    return int(draw(state) * n)
