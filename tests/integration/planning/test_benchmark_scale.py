"""The benchmark of many territories: every job is planned once, wherever it is solved, and every plan is checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimizer.benchmarks.__main__ import main
from optimizer.benchmarks.territories import Planned, Task, plan_all
from tests.dask_cluster import dask_cluster

TASK = Task(jobs=50, territories=3, seconds_per_job=0.02)


def is_whole(planned: Planned) -> bool:
    return (planned.jobs, planned.territories, planned.violations) == (50, 3, 0) and 0 < planned.unserved < 50


def test_territories_are_planned_by_processes_of_this_machine() -> None:
    planned = plan_all(TASK)
    assert is_whole(planned)
    assert planned.together_mb > planned.largest_mb > 0
    assert 2 <= len(planned.peaks_mb) <= 1 + TASK.processes
    assert planned.sent_bytes < 200 * planned.jobs  # coordinates, not matrices


def test_territories_are_planned_by_a_cluster(tmp_path: Path) -> None:
    with dask_cluster(tmp_path, workers=1) as cluster:
        planned = plan_all(replace(TASK, cluster=cluster.address))
    assert is_whole(planned)
    assert len(planned.peaks_mb) == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--jobs", "20", "40", "--territories", "2", "--minutes", "0.005"], ["20", "40", "15.0 ms of search a job"]),
        (["--one-territory", "30", "--minutes", "0.005", "--longer", "2"], ["% more than the second"]),
    ],
)
def test_the_command_shows_what_it_measured(asked: list[str], said: list[str]) -> None:
    shown = CliRunner().invoke(main, ["scale", *asked], catch_exceptions=False)
    assert shown.exit_code == 0
    for words in said:
        assert words in shown.stdout
