"""Instances as plain data: VRPTW in the format of Solomon, technician days in JSON, each with its travel matrix."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.int32]
Span = tuple[int, int]
Point = tuple[float, float]

CENTRE_KM: Point = (20.0, 20.0)
CENTRE_RADIUS_KM = 10
CENTRE_KM_PER_H, OUTSIDE_KM_PER_H = 25.0, 30.0


class UnreadableInstance(ValueError):
    """A file that is not an instance of the kind asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer of a VRPTW: service starts from `ready` to `due`; all times in tenths."""

    demand: int
    ready: int
    due: int
    service: int


@dataclass(frozen=True, eq=False, kw_only=True)
class VrptwInstance:
    """Every customer is served by one of `vehicles` equal vehicles that start and end at customer 0, the depot.

    `travel` is int32 of shape (customers, customers), in tenths of the file's unit, rounded down.
    """

    name: str
    vehicles: int
    capacity: int
    at: tuple[Point, ...]
    customers: tuple[Customer, ...]
    travel: Matrix

    @property
    def size(self) -> int:
        """How many customers are to be served."""
        return len(self.customers) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DayJob:
    """A job of a technician day, in seconds from midnight; service starts inside one of the windows."""

    duration_s: int
    skill: int
    weight: int
    windows: tuple[Span, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class DayInstance:
    """A day of technicians with homes, skills and a lunch, and more work than may fit.

    `lunch` is the earliest start, the latest start and the length, in seconds. `travel` is
    int32 seconds between the jobs, then the homes; `at` are their places in the same order.
    """

    name: str
    shift: Span
    lunch: tuple[int, int, int]
    jobs: tuple[DayJob, ...]
    skills: tuple[frozenset[int], ...]
    at: tuple[Point, ...]
    travel: Matrix

    @property
    def size(self) -> int:
        """How many jobs are asked for."""
        return len(self.jobs)

    @property
    def weight(self) -> int:
        """The weight of all jobs together."""
        return sum(job.weight for job in self.jobs)


Instance = VrptwInstance | DayInstance


def read_vrptw(path: Path) -> VrptwInstance:
    """Read a file of Solomon's or Homberger's format; raises UnreadableInstance."""
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        head = next(index for index, line in enumerate(lines) if line[:1] == ["NUMBER"])
        vehicles, capacity = (int(word) for word in lines[head + 1])
        rows = [[int(float(word)) for word in line] for line in lines[head + 2 :] if _is_row(line)]
    except (OSError, StopIteration, LookupError, ValueError) as error:
        raise UnreadableInstance(f"{path}: not a VRPTW file of Solomon's format ({error})") from error
    if len(rows) < 2 or [row[0] for row in rows] != list(range(len(rows))):
        raise UnreadableInstance(f"{path}: customers must be numbered 0, 1, 2 ...")
    return vrptw_of(path.stem, vehicles, capacity, rows)


def _is_row(line: list[str]) -> bool:
    return len(line) == 7 and line[0].isdigit()


def vrptw_of(name: str, vehicles: int, capacity: int, rows: list[list[int]]) -> VrptwInstance:
    """An instance from rows of number, x, y, demand, ready, due, service, the depot first."""
    places = np.array([row[1:3] for row in rows], dtype=np.int64)
    squares = ((places[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    return VrptwInstance(
        name=name,
        vehicles=vehicles,
        capacity=capacity,
        at=tuple((float(row[1]), float(row[2])) for row in rows),
        customers=tuple(
            Customer(demand=row[3], ready=10 * row[4], due=10 * row[5], service=10 * row[6]) for row in rows
        ),
        travel=np.floor(np.sqrt(100 * squares)).astype(np.int32),
    )


def read_day(path: Path) -> DayInstance:
    """Read a technician day; raises UnreadableInstance."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return _day_of(path.stem, document)
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise UnreadableInstance(f"{path}: not a technician day ({error!r})") from error


def _day_of(name: str, document: dict[str, Any]) -> DayInstance:
    at = tuple((float(x), float(y)) for one in (*document["jobs"], *document["techs"]) for x, y in [one["xy"]])
    start, end = document["shift"]
    earliest, latest, length = document["lunch"]
    return DayInstance(
        name=name,
        shift=(start, end),
        lunch=(earliest, latest, length),
        jobs=tuple(
            DayJob(
                duration_s=job["dur"],
                skill=job["skill"],
                weight=job["prio"],
                windows=tuple((first, last) for first, last in job["win"]),
            )
            for job in document["jobs"]
        ),
        skills=tuple(frozenset(one["skills"]) for one in document["techs"]),
        at=at,
        travel=city_travel_s(at),
    )


def city_travel_s(at: tuple[Point, ...]) -> Matrix:
    """Seconds between places in km: slower within 10 km of the centre, at the mean speed of both ends, rounded up."""
    places = np.array(at)
    from_centre = np.hypot(*(places - CENTRE_KM).T)
    speed = np.where(from_centre < CENTRE_RADIUS_KM, CENTRE_KM_PER_H, OUTSIDE_KM_PER_H)
    distance = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    seconds = np.ceil(3600 * distance / ((speed[:, None] + speed[None, :]) / 2) - 1e-9)
    np.fill_diagonal(seconds, 0)
    return np.array(seconds, dtype=np.int32)
