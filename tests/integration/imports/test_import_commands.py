"""`dispatch import` as people use it: what it prints, what it refuses, how it exits."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.db import Database
from tests.importing import ORDER, TECHNICIAN, Run, command_line, csv_of

AT = ("--now", "2026-11-23T07:00")


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    return command_line(database, monkeypatch)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """One good row and one bad one."""
    path = tmp_path / "orders.csv"
    path.write_text(csv_of(ORDER, ORDER | {"external_id": "A-2", "phone": "n/a"}), "utf-8-sig")
    return path


def test_rejects_are_written_and_said(run: Run, orders: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    result = run("import", "orders", str(orders), "--rejects", str(rejects), *AT)
    assert result.exit_code == 1
    assert "went in" in result.stdout
    assert "rejects.csv" in result.stderr
    header, row = rejects.read_text("utf-8").splitlines()
    assert header.startswith("line,field,code,message,external_id,kind")
    assert row.startswith("3,phone,invalid_phone,The telephone number")


def test_without_a_place_for_rejects_they_are_said_by_line(run: Run, orders: Path) -> None:
    result = run("import", "orders", str(orders), *AT)
    assert result.exit_code == 1
    assert "3: phone: The telephone number" in result.stderr
    assert "--rejects" in result.stderr


def test_good_rows_only_is_success_and_empties_the_rejects(run: Run, orders: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    orders.write_text(csv_of(ORDER), "utf-8")
    rejects.write_text("left from last time", "utf-8")
    assert run("import", "orders", str(orders), "--rejects", str(rejects), *AT).exit_code == 0
    assert rejects.read_text("utf-8").splitlines() == ["line,field,code,message," + ",".join(ORDER)]


def test_an_address_book_gives_places(run: Run, orders: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    book.write_text("street,house_number,postcode,city,lat,lon\nWangerbergstrasse,68,9497,Triesenberg,47.1,9.5\n")
    orders.write_text(csv_of(ORDER | {"lat": ""}), "utf-8")
    assert "not planned until located" in run("import", "orders", str(orders), *AT).stdout
    located = run("import", "orders", str(orders), "--address-book", str(book), *AT)
    assert "found by address" in located.stdout


def test_a_missing_column_concerns_the_whole_file(run: Run, orders: Path) -> None:
    orders.write_text(csv_of({name: cell for name, cell in ORDER.items() if name not in ("phone", "kind")}))
    result = run("import", "orders", str(orders), *AT)
    assert result.exit_code == 1
    assert "kind, phone" in result.stderr


def test_another_encoding(run: Run, orders: Path) -> None:
    orders.write_bytes(csv_of(ORDER | {"customer": "张三"}).encode("gb18030"))
    refused = run("import", "orders", str(orders), *AT)
    assert refused.exit_code == 1
    assert "--encoding" in refused.stderr
    assert run("import", "orders", str(orders), "--encoding", "gb18030", *AT).exit_code == 0


def test_columns_that_mean_nothing_are_named(run: Run, orders: Path) -> None:
    orders.write_text(csv_of(ORDER | {"colour": "red"}), "utf-8")
    assert "colour" in run("import", "orders", str(orders), *AT).stdout


@pytest.mark.parametrize("rejects", ["orders.csv", "no/such/folder/rejects.csv", "."])
def test_wrong_places_for_rejects_are_wrong_usage(run: Run, orders: Path, rejects: str, database: Database) -> None:
    assert run("import", "orders", str(orders), "--rejects", str(orders.parent / rejects), *AT).exit_code == 2


def test_no_such_file_is_wrong_usage(run: Run) -> None:
    assert run("import", "orders", "no-such-file.csv").exit_code == 2


def test_technicians(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "technicians.csv"
    file.write_text(csv_of(TECHNICIAN, TECHNICIAN | {"badge": "T002", "days": "never"}), "utf-8")
    result = run("import", "technicians", str(file), "--days", "3", "--rejects", str(tmp_path / "r.csv"), *AT)
    assert result.exit_code == 1
    assert (tmp_path / "r.csv").read_text("utf-8").splitlines()[1].startswith("3,days,invalid_days,")
