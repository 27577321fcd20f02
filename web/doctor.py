"""`dispatch doctor`: is everything that this installation leans on well?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import requests

from dispatch.clocks import FixedClock, business_clock
from dispatch.cluster_solving import SolverCluster
from dispatch.db import Database
from dispatch.errors import Refusal
from dispatch.geocode_provider import ADDRESS_BOOK, build_provider
from dispatch.queries.system_health import Finding, SystemHealth, system_health
from dispatch.settings import Settings
from notifications.build_gateway import build_gateway
from notifications.sandbox_gateway import SandboxGateway
from notifications.wording import say


@dataclass(frozen=True)
class Check:
    """One thing examined: well, not well, or (None) not set up or not needed, which is no fault."""

    what: str
    is_well: bool | None
    detail: str


def examine(settings: Settings, machine_now: datetime) -> list[Check]:
    """Examine the database and all that is in it, then every integration."""
    database = Database(settings.database_url, lock_timeout_s=settings.lock_timeout_s)
    try:
        checks = _guarded("database", lambda: _installation(database, machine_now))
    finally:
        database.dispose()
    for what, look in (("roads", _roads), ("geocoder", _geocoder), ("gateway", _gateway), ("cluster", _cluster)):
        checks += _guarded(what, lambda look=look: [look(settings)])  # type: ignore[misc]
    return checks


def _installation(database: Database, machine_now: datetime) -> list[Check]:
    database.require_head()
    with database.read_session() as session:
        business_now = business_clock(session, FixedClock(machine_now)).now()
        health = system_health(session, business_now)
    found = health.findings(business_now=business_now, machine_now=machine_now)
    name = database.url.render_as_string(hide_password=True)
    operator = f"{health.operator_name}, {health.operator_time_zone}" if health.operator_name else ""
    return [
        Check("database", is_well=True, detail=f"{name} ({health.schema_revision})"),
        Check("operator", is_well=Finding.NOT_SET_UP not in found, detail=operator or "dispatch init"),
        Check("rules", is_well=health.rules > 0, detail=str(health.rules)),
        _readers(health, found),
        _due_work(health, found),
        _messages(health, found),
        Check("plans", is_well=Finding.PLANS_UNFORESEEN not in found, detail=str(health.plans_unforeseen)),
        Check("workers", is_well=None if Finding.NO_WORKER in found else True, detail=str(health.worker_seen_at or "")),
    ]


def _readers(health: SystemHealth, found: tuple[Finding, ...]) -> Check:
    details = [f"{health.events} ({health.events_unsequenced})"]
    details += [f"{reader.name} -{reader.behind} {reader.failed_code or ''}".strip() for reader in health.readers]
    is_well = not {Finding.READER_FAILED, Finding.READER_BEHIND}.intersection(found)
    return Check("log", is_well=is_well, detail=", ".join(details))


def _due_work(health: SystemHealth, found: tuple[Finding, ...]) -> Check:
    is_well = not {Finding.WORK_OVERDUE, Finding.WORK_PARKED}.intersection(found)
    return Check("due_work", is_well=is_well, detail=f"{health.due_now}, {health.parked} parked")


def _messages(health: SystemHealth, found: tuple[Finding, ...]) -> Check:
    counts = health.messages
    detail = say(
        "messages_counted",
        told=counts.told,
        waiting=counts.waiting,
        held_up=counts.held_up,
        in_doubt=counts.in_doubt,
        lost=counts.lost,
    )
    return Check("messages", is_well=Finding.GATEWAY_FAILS not in found, detail=detail)


def _roads(settings: Settings) -> Check:
    if settings.osrm_url is None:
        return Check("roads", is_well=None, detail="OSRM_URL")
    url = f"{settings.osrm_url.rstrip('/')}/nearest/v1/driving/0,0"
    response = requests.get(url, timeout=settings.osrm_timeout_s)
    is_osrm = "json" in response.headers.get("content-type", "")
    return Check("roads", is_well=is_osrm, detail=settings.osrm_url)


def _geocoder(settings: Settings) -> Check:
    """An address book must be readable; any other provider must answer a question."""
    if settings.geocoder == ADDRESS_BOOK and settings.address_book is None:
        return Check("geocoder", is_well=None, detail="DISPATCH_ADDRESS_BOOK")
    provider = build_provider(settings)
    if settings.geocoder != ADDRESS_BOOK:
        provider.find("1", "")
    return Check("geocoder", is_well=True, detail=settings.geocoder)


def _gateway(settings: Settings) -> Check:
    """Everything but sending: address, credentials, account."""
    if settings.gateway == SandboxGateway.name:
        return Check("gateway", is_well=None, detail="DISPATCH_GATEWAY")
    database = Database(settings.database_url, lock_timeout_s=settings.lock_timeout_s)
    try:
        build_gateway(settings, database).examine()
    finally:
        database.dispose()
    return Check("gateway", is_well=True, detail=settings.gateway)


def _cluster(settings: Settings) -> Check:
    """The scheduler must answer and have workers."""
    if settings.cluster is None:
        return Check("cluster", is_well=None, detail="DISPATCH_CLUSTER")
    cluster = SolverCluster(settings.cluster, settings.cluster_timeout_s)
    try:
        workers = cluster.workers()
    finally:
        cluster.close()
    return Check("cluster", is_well=workers > 0, detail=f"{settings.cluster} ({workers})")


def _guarded(what: str, look: Callable[[], list[Check]]) -> list[Check]:
    """The checks, or the reason why there are none."""
    try:
        return look()
    except Refusal as refusal:
        return [Check(what, is_well=False, detail=say(refusal))]
    except Exception as error:  # noqa: BLE001 - a doctor reports every illness instead of catching it
        first_line = str(error).strip().partition("\n")[0]
        return [Check(what, is_well=False, detail=f"{type(error).__name__}: {first_line}")]
