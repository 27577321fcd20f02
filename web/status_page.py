"""What runs, for a person (`/status`), for the page's script and for whoever watches over us.

`/healthz` answers 200 as soon as this process can serve: the database answers and has our
schema. What is wrong besides takes no process out of service; it is for staff to see, and
`dispatch doctor` says it on the command line.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request
from sqlalchemy.exc import DBAPIError

from dispatch.clocks import Clock, business_clock
from dispatch.db import Database, SchemaNotAtHead
from dispatch.queries.system_health import Finding, SystemHealth, system_health
from dispatch.rules.access import Permission
from web.auth import needs, public, staff_if_any
from web.reader_language import vary_by_language

status_pages = Blueprint("status_pages", __name__)

#: with one of these, this process cannot serve
OUT_OF_SERVICE = frozenset({Finding.DATABASE_UNREACHABLE, Finding.SCHEMA_NOT_AT_HEAD})
#: with one of these, nobody could sign in to see it
TOLD_TO_ANYBODY = OUT_OF_SERVICE | {Finding.NOT_SET_UP}


@dataclass(frozen=True)
class Report:
    """What was found; `health` is None when this process cannot serve."""

    health: SystemHealth | None
    findings: tuple[Finding, ...]

    @property
    def level(self) -> str:
        """How serious it is: good, warning or bad."""
        if OUT_OF_SERVICE.intersection(self.findings):
            return "bad"
        return "warning" if self.findings else "good"

    @property
    def http_status(self) -> int:
        """200 if this process can serve, else 503."""
        return 503 if self.level == "bad" else 200

    @property
    def shape(self) -> str:
        """What the page is built of; a page with the same shape differs in figures only."""
        readers = self.health.readers if self.health else ()
        clock = self.health.clock if self.health else None
        parts = [*self.findings, *(f"{reader.name}:{reader.failed_code}" for reader in readers), str(clock)]
        return " ".join(parts)


@status_pages.get("/healthz")
@public
def healthz() -> Response:
    """Whether this process can serve, and nothing else: anybody may ask."""
    report = _report()
    word = "ok" if report.http_status == 200 else "out of service"
    response = make_response(f"{word}\n", report.http_status)
    response.mimetype = "text/plain"
    return response


@status_pages.get("/healthz.json")
@needs(Permission.SEE_DAY)
def healthz_json() -> Response:
    """Every figure of the status page, with an ETag that changes only with them."""
    report = _report()
    response = jsonify(_document(report))
    response.status_code = report.http_status
    response.add_etag()
    if report.http_status == 200:
        response.make_conditional(request)
    return response


@status_pages.get("/status")
@public
def status() -> Response:
    """The status page; figures and findings only for staff, but for what keeps them from signing in."""
    report = _report()
    may_see = report.level != "bad" and _is_for_staff()
    findings = [finding for finding in report.findings if may_see or finding in TOLD_TO_ANYBODY]
    health = report.health if may_see else None
    page = render_template("status/installation.html", report=report, health=health, findings=findings, may_see=may_see)
    return vary_by_language(make_response(page, report.http_status))


def _is_for_staff() -> bool:
    staff = staff_if_any()
    return staff is not None and staff.may(Permission.SEE_DAY)


def _report() -> Report:
    database: Database = current_app.extensions["database"]
    machine: Clock = current_app.extensions["machine_clock"]
    try:
        with database.read_session() as session:
            now = business_clock(session, machine).now()
            health = system_health(session, now)
    except SchemaNotAtHead:
        return Report(None, (Finding.SCHEMA_NOT_AT_HEAD,))
    except DBAPIError:
        current_app.logger.exception("the database did not answer")
        return Report(None, (Finding.DATABASE_UNREACHABLE,))
    return Report(health, health.findings(business_now=now, machine_now=machine.now()))


def _document(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = {"level": report.level, "findings": report.findings, "shape": report.shape}
    health = report.health
    if health is None:
        return document
    return document | {
        "schema": {"revision": health.schema_revision, "head": health.schema_head},
        "operator": {"name": health.operator_name, "time_zone": health.operator_time_zone},
        "log": {
            "events": health.events,
            "unsequenced": health.events_unsequenced,
            "readers": {
                reader.name: {"position": reader.position, "behind": reader.behind} for reader in health.readers
            },
        },
        "due": {
            "now": health.due_now,
            "oldest_at": _text(health.due_oldest_at),
            "next_at": _text(health.due_next_at),
            "parked": health.parked,
        },
        "messages": asdict(health.messages),
        "worker_seen_at": _text(health.worker_seen_at),
        "promises": health.promises_by_status,
        "kept_share": health.kept_share,
        "rules": health.rules,
        "orders": health.orders,
    }


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
