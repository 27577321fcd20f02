"""An operator's signatures are decided at the start."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from dispatch.db import Database, run_use_case
from dispatch.queries.operator_profile import operator_profile
from dispatch.services.found_operator import Founding, InvalidSignature, found_operator
from dispatch.services.import_rules import load_preset
from web.cli import main

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def signatures(database: Database, **decided: object) -> dict[str, str]:
    founding = Founding("Asia/Shanghai", "CN", **decided)  # type: ignore[arg-type]
    run_use_case(database, lambda s: found_operator(s, founding, load_preset("jiangsu"), now=NOW))
    with database.read_session() as session:
        return dict(operator_profile(session).signatures)


def test_the_presets_hold_only_for_an_operator_without_a_name(database: Database) -> None:
    assert signatures(database, signatures={"en": "Own"}) == dict(load_preset("jiangsu").signatures) | {"en": "Own"}


def test_an_operator_with_a_name_signs_as_it_says(database: Database) -> None:
    assert signatures(database, name="Suzhou Fibre", signatures={"zh_Hans_CN": "苏州"}) == {"zh_Hans_CN": "苏州"}


def test_a_signature_that_does_not_suit_founds_nothing(database: Database) -> None:
    with pytest.raises(InvalidSignature):
        signatures(database, name="A", signatures={"en": "www.a.cn"})
    assert signatures(database, name="A") == {}


def test_init_takes_signatures(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH_DATABASE_URL", database.url.render_as_string(hide_password=False))
    where = ["init", "--timezone", "Asia/Shanghai", "--phone-region", "CN", "--name", "江苏联通"]
    refused = CliRunner().invoke(main, [*where, "--signature", "en=www.unicom.cn"])
    assert refused.exit_code == 1
    assert CliRunner().invoke(main, [*where, "--signature", "JS Unicom"]).exit_code == 2
    taken = CliRunner().invoke(main, [*where, "--signature", "en=JS Unicom", "--signature", "zh_Hans_CN=江苏联通"])
    assert taken.exit_code == 0, taken.output
    with database.read_session() as session:
        assert operator_profile(session).signatures == {"en": "JS Unicom", "zh_Hans_CN": "江苏联通"}
