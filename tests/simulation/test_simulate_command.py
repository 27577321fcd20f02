"""`dispatch simulate` writes a report, and `compare` sets two beside each other."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from web.cli import main


def test_a_report_and_two_compared(tmp_path: Path) -> None:
    one = tmp_path / "one.json"
    size = ["--days", "1", "--technicians", "2", "--orders", "4", "--territories", "1"]
    done = CliRunner().invoke(main, ["simulate", *size, "--report", str(one)])
    assert done.exit_code == 0, done.output
    report = json.loads(one.read_text("utf-8"))
    assert report["violation"] is None
    assert report["scenario"]["size"]["technicians"] == 2
    changed = {**report, "figures": {**report["figures"], "messages": {**report["figures"]["messages"], "sent": 0}}}
    two = tmp_path / "two.json"
    two.write_text(json.dumps(changed), "utf-8")
    compared = CliRunner().invoke(main, ["simulate", "compare", str(one), str(two)])
    assert compared.exit_code == 0, compared.output
    assert str(-report["figures"]["messages"]["sent"]) in compared.output


def test_an_unknown_engine_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["simulate", "--engine", "magic"]).exit_code == 2
