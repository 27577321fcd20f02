"""Which jobs are near a job, and how long the way back is."""

from __future__ import annotations

import numpy as np

from optimizer.fast.nearness import NEIGHBOURS, back, neighbours


def test_neighbours_are_the_nearest_there_and_back() -> None:
    """One way alone does not count: to 1 it is the shortest way, and from it the longest."""
    travel_s = np.array([[0, 1, 4, 6], [9, 0, 2, 2], [4, 2, 0, 3], [3, 1, 3, 0]], dtype=np.int32)
    assert neighbours(travel_s, 4).tolist() == [[2, 3, 1], [3, 2, 0], [1, 3, 0], [1, 2, 0]]


def test_only_the_nearest_of_many_are_kept_and_no_start_of_a_route() -> None:
    """Rows and columns beyond the jobs are places where technicians start."""
    at = np.arange(NEIGHBOURS + 50)
    travel_s = np.abs(at[:, None] - at[None, :]).astype(np.int32)
    around = neighbours(travel_s, len(at) - 1)
    assert around.shape == (len(at) - 1, NEIGHBOURS)
    assert around[0].tolist() == list(range(1, NEIGHBOURS + 1))
    assert around[-1].tolist() == list(range(len(at) - 3, len(at) - 3 - NEIGHBOURS, -1))


def test_a_job_alone_has_no_neighbours() -> None:
    """And where there is no job there is no row."""
    nothing = np.zeros((2, 2), dtype=np.int32)
    assert neighbours(nothing, 1).shape == (1, 0)
    assert neighbours(nothing, 0).shape == (0, 0)


def test_the_way_back_is_kept_apart_only_where_it_is_another() -> None:
    """One array is read from both ends of a journey where it may be."""
    there = np.array([[[0, 4], [5, 0]]], dtype=np.int32)
    assert back(there).tolist() == [[[0, 5], [4, 0]]]
    alike = np.array([[[0, 4], [4, 0]]], dtype=np.int32)
    assert back(alike) is alike
