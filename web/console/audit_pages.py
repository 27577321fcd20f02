"""The audit in the console: who did what by hand, and who was refused."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from dispatch.queries.audit_log import AuditQuestion, audit_log, audited_actions
from dispatch.queries.operator_profile import operator_profile
from dispatch.rules.access import Permission
from notifications.wording import ENGLISH, catalogue
from web.at_hand import database, machine_now
from web.auth import needs, signed_in_staff
from web.reader_language import vary_by_language

audit_pages = Blueprint("audit_pages", __name__)


@audit_pages.get("/console/audit")
@needs(Permission.SEE_AUDIT)
def audit_page() -> Response:
    """One page of the audit; `before` leads to older entries."""
    scope = signed_in_staff().scope(Permission.SEE_AUDIT)
    asked = AuditQuestion(
        who=request.args.get("who", "").strip()[:64],
        action=request.args.get("action", "")[:80],
        refused_only=request.args.get("refused") == "yes",
        before_id=request.args.get("before", type=int),
    )
    with database().read_session() as session:
        found = audit_log(session, scope, asked, machine_now=machine_now())
        actions = audited_actions(session)
        zone = operator_profile(session).zone
    page = render_template(
        "console/audit.html", asked=asked, found=found, actions=actions, zone=zone, has_words=_has_words
    )
    return vary_by_language(make_response(page))


def _has_words(action: str) -> bool:
    """Whether an action has words of its own; others are shown as their code."""
    return f"audit_action_{action}" in catalogue(ENGLISH)
