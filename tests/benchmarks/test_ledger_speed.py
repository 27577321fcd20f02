"""How fast orders are taken, promises judged and the log followed; figures only, no verdict."""

from __future__ import annotations

import time
from datetime import timedelta

from dispatch.db import Database
from dispatch.rules.vocabulary import OrderKind
from tests.world import World

ORDERS = 500


def test_orders_promises_and_the_log(database: Database) -> None:
    world = World(database)
    began = time.perf_counter()
    for number in range(ORDERS):
        world.order(OrderKind.REPAIR, f"2026-11-23 {number % 24:02}:{number % 60:02}")
    taken = time.perf_counter() - began
    began = time.perf_counter()
    steps = world.worker("2026-11-26 12:00").until_idle()
    judged = time.perf_counter() - began
    print(
        f"\n{database.engine.dialect.name:>10}: {ORDERS / taken:6.0f} orders taken a second;"
        f" {ORDERS / judged:6.0f} promises judged and compensated a second"
        f" ({steps} steps, {timedelta(seconds=round(judged, 1))})"
    )
