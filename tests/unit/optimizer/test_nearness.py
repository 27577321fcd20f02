"""Which jobs are beside a job, and how long the way back is."""

from __future__ import annotations

import numpy as np

from optimizer.fast.nearness import BESIDE, back, beside


def test_neighbours_of_both_ways_are_listed_in_turn_and_once() -> None:
    """Where two ways agree a row is shorter; it is filled with what it has already."""
    close = np.array([[1, 2, 3], [0, 2, 3]], dtype=np.int32)
    akin = np.array([[3, 2, 1], [5, 6, 0]], dtype=np.int32)
    assert beside(close, akin).tolist() == [[1, 3, 2, 1, 1], [0, 5, 2, 6, 3]]


def test_only_the_nearest_of_many_are_beside() -> None:
    """So many of each way, whatever more are known."""
    close = np.arange(100, dtype=np.int32)[None]
    assert beside(close, close + 1000).shape == (1, 2 * BESIDE)
    assert beside(close[:, :0], close[:, :0]).shape == (1, 0)
    assert beside(close[:0], close[:0]).shape[0] == 0


def test_the_way_back_is_kept_apart_only_where_it_is_another() -> None:
    """One array is read from both ends of a journey where it may be."""
    there = np.array([[[0, 4], [5, 0]]], dtype=np.int32)
    assert back(there).tolist() == [[[0, 5], [4, 0]]]
    alike = np.array([[[0, 4], [4, 0]]], dtype=np.int32)
    assert back(alike) is alike
