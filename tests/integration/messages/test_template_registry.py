"""Templates at a gateway: from the texts of the program to what the gateway has approved (R37)."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dispatch.db import Database
from dispatch.models import MessageTemplate, Operator
from notifications import wording
from notifications.template_codes import approved_code
from notifications.template_export import BYTE_ORDER_MARK, export_templates
from notifications.template_registry import (
    Approval,
    ApprovalRefused,
    RegisteredTemplate,
    Registration,
    UnknownTemplate,
    approve_templates,
    approved_language,
    register_templates,
    registered_templates,
    reject_templates,
    submit_templates,
)
from notifications.templates import REGISTERED
from notifications.wording import languages
from tests.world import World
from web.template_commands import read_signatures, templates

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ALL = len(REGISTERED) * len(languages())


@pytest.fixture
def world(database: Database) -> World:
    world = World(database)
    world.do(lambda s: register_templates(s, "template", NOW))
    return world


def row(world: World, code: str, language: str = "en") -> RegisteredTemplate:
    found = world.do(lambda s: registered_templates(s, "template"))
    return next(one for one in found if (one.code, one.language) == (code, language))


def submit_all(world: World) -> int:
    return world.do(lambda s: submit_templates(s, "template", now=NOW))


def approve(world: World, *codes: str, language: str | None = None, theirs: str | None = None) -> int:
    wanted = dict.fromkeys(codes, theirs)
    return world.do(lambda s: approve_templates(s, "template", wanted, language=language, now=NOW))


def test_every_text_is_registered_once_for_each_gateway(world: World) -> None:
    assert world.do(lambda s: register_templates(s, "template", NOW)) == Registration(0, 0, 0, ALL)
    assert world.do(lambda s: register_templates(s, "other", NOW)) == Registration(ALL, 0, 0, 0)
    rows = world.do(lambda s: registered_templates(s, "template"))
    assert [one.code for one in rows] == [code for code in REGISTERED for _ in languages()]
    assert {one.approval for one in rows} == {Approval.DRAFT}


def test_a_changed_text_is_a_draft_again_and_loses_its_code(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    submit_all(world)
    assert approve(world, "order_fulfilled", "opted_in", theirs="SMS_1") == 2 * len(languages())
    sentences = dict(wording.catalogue("en"))
    changed = sentences | {"sms.opted_in": sentences["sms.opted_in"] + " Thank you."}
    real = wording.catalogue
    for module in ("rendering", "wording"):
        monkeypatch.setattr(f"notifications.{module}.catalogue", lambda name: changed if name == "en" else real(name))
    assert world.do(lambda s: register_templates(s, "template", NOW)) == Registration(0, 1, 0, ALL - 1)
    assert row(world, "opted_in").approval is Approval.DRAFT
    assert row(world, "opted_in").gateway_code is None
    assert row(world, "opted_in", "zh_Hans_CN").approval is Approval.APPROVED
    assert row(world, "order_fulfilled").gateway_code == "SMS_1"


def test_a_new_signature_changes_the_texts_of_its_language(world: World) -> None:
    def sign(session: object) -> None:
        session.get_one(Operator, 1).signatures = {"en": "JS Unicom"}  # type: ignore[attr-defined]

    world.do(sign)
    done = world.do(lambda s: register_templates(s, "template", NOW))
    assert done == Registration(0, len(REGISTERED), 0, ALL - len(REGISTERED))


def test_a_template_that_is_gone_is_registered_no_more(world: World) -> None:
    world.do(
        lambda s: s.add(
            MessageTemplate(code="gone", language="en", gateway="template", content_hash="x", changed_at=NOW)
        )
    )
    assert world.do(lambda s: register_templates(s, "template", NOW)).removed == 1


def test_from_draft_to_submitted_to_approved_or_rejected(world: World) -> None:
    with pytest.raises(ApprovalRefused) as refused:
        approve(world, "opted_in")
    assert refused.value.values["template_approval"] == "draft"
    assert submit_all(world) == ALL
    assert submit_all(world) == 0
    assert approve(world, "opted_in", language="en") == 1
    assert row(world, "opted_in").gateway_code == "opted_in"
    assert row(world, "opted_in", "zh_Hans_CN").approval is Approval.SUBMITTED
    world.do(lambda s: reject_templates(s, "template", ["opted_in"], reason="too_vague", language="en", now=NOW))
    assert row(world, "opted_in").approval is Approval.REJECTED
    assert (row(world, "opted_in").reason, row(world, "opted_in").gateway_code) == ("too_vague", None)
    assert submit_all(world) == 1
    assert row(world, "opted_in").reason is None


def test_unknown_codes_are_named_and_nothing_is_changed(world: World) -> None:
    submit_all(world)
    with pytest.raises(UnknownTemplate) as refused:
        approve(world, "opted_in", "no_such")
    assert refused.value.values == {"template": "no_such"}
    assert row(world, "opted_in").approval is Approval.SUBMITTED


def test_every_step_is_in_the_log_by_id(world: World) -> None:
    submit_all(world)
    approve(world, "opted_in")
    assert len(world.log("template_approval_changed")) == ALL + len(languages())


def test_the_reader_gets_the_nearest_approved_language_or_nothing(world: World) -> None:
    def sent_in(language: str) -> str | None:
        return world.do(lambda s: approved_language(s, "template", "opted_in", language))

    submit_all(world)
    assert sent_in("en") is None
    approve(world, "opted_in", language="zh_Hans_CN", theirs="SMS_7")
    assert [sent_in(name) for name in languages()] == ["zh_Hans_CN"] * 3
    approve(world, "opted_in", language="en")
    assert [sent_in(name) for name in languages()] == ["en", "zh_Hans_CN", "zh_Hans_CN"]
    assert [sent_in(name) for name in ("fr_FR", "zh_HK", "zh_SG")] == ["en", "zh_Hans_CN", "zh_Hans_CN"]
    assert world.do(lambda s: approved_code(s, "opted_in", "zh_Hans_CN", "template")) == "SMS_7"
    assert world.do(lambda s: approved_language(s, "other", "opted_in", "en")) is None


def test_the_application_holds_every_text_with_its_variables(world: World) -> None:
    applied = world.do(lambda s: export_templates(s, "template", as_json=False))
    assert applied.startswith(BYTE_ORDER_MARK)
    rows = list(csv.DictReader(io.StringIO(applied.removeprefix(BYTE_ORDER_MARK))))
    assert len(rows) == ALL
    for one in rows:
        variables = REGISTERED[one["code"]].variables
        assert set(re.findall(r"\$\{(\w+)\}", one["text"])) == set(variables)
        assert one["signature"] == "Operator"
        assert one["example"].startswith(("[Operator] ", "【Operator】"))
        assert not re.search(r"[${}]", one["example"])
        assert int(one["max_parts"]) <= REGISTERED[one["code"]].parts
        assert int(one["max_length"]) >= len(one["example"]) - 20
    as_json = json.loads(world.do(lambda s: export_templates(s, "template", as_json=True)))
    assert [(one["code"], one["language"], one["text"]) for one in as_json] == [
        (one["code"], one["language"], one["text"]) for one in rows
    ]
    assert as_json[0]["variables"] == {name: var.value for name, var in REGISTERED["order_received"].variables.items()}


def test_the_commands(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DISPATCH_DATABASE_URL", world.database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(templates, list(arguments), catch_exceptions=False)

    file = tmp_path / "application.csv"
    assert run("export", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfcode,language,signature,text,variables,example")
    assert run("export", str(tmp_path / "application.txt")).exit_code == 2
    assert str(ALL) in run("submit").stdout
    assert run("approve", "opted_in=SMS_99", "--language", "en").exit_code == 0
    assert run("reject", "opted_in", "--reason", "Variable at the start!", "--language", "zh_Hans_CN").exit_code == 0
    lines = [line for line in run("list").stdout.splitlines() if "opted_in" in line]
    assert [("SMS_99" in line, "variable_at_the_start" in line) for line in lines] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert run("approve", "opted_in", "--language", "en").exit_code == 1
    assert "no_such" in run("approve", "no_such").stderr


def test_signatures_are_read_by_language() -> None:
    assert read_signatures(["en=JS Unicom", "zh_Hans_CN=江苏联通"]) == {"en": "JS Unicom", "zh_Hans_CN": "江苏联通"}
    with pytest.raises(Exception, match="zh_Hans_CN"):
        read_signatures(["fr=Unicom"])
