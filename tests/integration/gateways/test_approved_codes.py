from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from dispatch.db import Database
from dispatch.models import MessageTemplate
from dispatch.settings import Settings
from notifications.build_gateway import build_gateway
from notifications.gateway import Accepted, SendRefused
from tests.outgoing_message import OUTGOING, outgoing
from tests.template_provider import TemplateProvider, serve_templates

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def _register(database: Database, **row: str) -> None:
    plain = {"code": "order_received", "language": "zh_Hans_CN", "gateway": "template", "content_hash": "x"}
    with database.write_session() as session:
        session.add(MessageTemplate(**{**plain, "gateway_code": "T1001", **row}, changed_at=NOW))


def test_only_what_this_gateway_has_approved_in_this_language_is_sent(database: Database) -> None:
    _register(database, language="en", approval="submitted")
    _register(database, language="en", gateway="another", approval="approved")
    _register(database, approval="approved")
    with serve_templates(TemplateProvider()) as provider:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            gateway="template",
            template_url=provider.url,
            template_account=provider.account,
            template_secret=SecretStr(provider.secret.decode()),
            template_query=True,
        )
        gateway = build_gateway(settings, database)
        gateway.examine()
        assert gateway.send(OUTGOING) == Accepted("M-1")
        with pytest.raises(SendRefused) as refused:
            gateway.send(outgoing(language="en"))
    assert refused.value.values["reason"] == "template"
    assert [taken["template"] for taken in provider.taken] == ["T1001"]
