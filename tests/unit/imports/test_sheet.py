"""A file's rows, line by line, whatever wrote it."""

from __future__ import annotations

import codecs

import pytest

from dispatch.errors import Refusal
from dispatch.rules.sheet import (
    Columns,
    DoubledColumn,
    EmptyFile,
    MissingColumn,
    Sheet,
    WrongEncoding,
    read_sheet,
)

COLUMNS = Columns(required=("id", "name"), optional=("note",))


def sheet(text: str) -> Sheet:
    return read_sheet(text.encode(), COLUMNS)


def cells(text: str) -> list[tuple[int, str, str, str]]:
    return [(row.line, row.cells["id"], row.cells["name"], row.cells["note"]) for row in sheet(text).rows]


def faults(text: str) -> list[tuple[int, str, str | None] | None]:
    return [(row.line, row.fault.code, row.fault.field) if row.fault else None for row in sheet(text).rows]


def test_lines_are_counted_from_the_header() -> None:
    assert cells("id,name,note\n1,Ada,x\n2,Bo,y\n") == [(2, "1", "Ada", "x"), (3, "2", "Bo", "y")]


def test_a_quoted_line_break_counts_as_a_line_and_a_row_is_named_by_its_first() -> None:
    assert cells('id,name,note\n1,Ada,"a\nb\nc"\n2,Bo,y\n') == [(2, "1", "Ada", "a\nb\nc"), (5, "2", "Bo", "y")]


def test_blank_rows_are_left_out_and_counted() -> None:
    assert cells("\nid,name,note\n\n,,\n1,Ada,x\n\n") == [(5, "1", "Ada", "x")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_of_every_system(ending: str) -> None:
    assert cells(ending.join(["id,name,note", "1,Ada,x", "2,Bo,y"])) == [(2, "1", "Ada", "x"), (3, "2", "Bo", "y")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_from_the_header(delimiter: str) -> None:
    text = "id|name|note\n1|Ada|x\n".replace("|", delimiter)
    assert cells(text) == [(2, "1", "Ada", "x")]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_byte_order_marks(mark: bytes, encoding: str) -> None:
    read = read_sheet(mark + "id,name\n1,张三\n".encode(encoding), COLUMNS)
    assert [row.cells["name"] for row in read.rows] == ["张三"]


def test_another_encoding_can_be_named() -> None:
    assert read_sheet("id,name\n1,张三\n".encode("gb18030"), COLUMNS, "gb18030").rows[0].cells["name"] == "张三"


def test_bytes_that_are_not_text_are_refused_with_their_line() -> None:
    with pytest.raises(WrongEncoding) as refused:
        read_sheet("id,name\n1,Ada\n2,张三\n".encode("gb18030"), COLUMNS)
    assert refused.value.values == {"encoding": "utf-8", "line": 3}


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(WrongEncoding):
        read_sheet(b"id,name\n", COLUMNS, "klingon")


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", " , ,\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    with pytest.raises(EmptyFile):
        sheet(text)


def test_missing_columns_are_named_together() -> None:
    with pytest.raises(MissingColumn) as refused:
        sheet("note,other\n")
    assert refused.value.values == {"columns": ["id", "name"]}


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(DoubledColumn) as refused:
        sheet("id,name,Name\n1,Ada,Bo\n")
    assert refused.value.values == {"columns": ["name"]}


def test_other_columns_in_any_order_are_passed_over() -> None:
    read = sheet("colour, NAME ,id\nred, Ada ,1\n")
    assert read.ignored == ("colour",)
    assert dict(read.rows[0].cells) == {"id": "1", "name": "Ada", "note": ""}
    assert read.rows[0].raw == ("red", " Ada ", "1")


def test_a_header_without_rows_is_an_empty_sheet() -> None:
    assert sheet("id,name\n").rows == ()


def test_the_columns_of_a_rejects_file_are_passed_over() -> None:
    read = sheet("line,field,code,message,id,name\n7,name,required,Please,1,Ada\n")
    assert (read.header, read.ignored, read.rows[0].raw) == (("id", "name"), (), ("1", "Ada"))


def test_a_column_called_line_elsewhere_is_not_that_of_a_rejects_file() -> None:
    assert sheet("line,id,name,field\n7,1,Ada,x\n").rows[0].raw == ("7", "1", "Ada", "x")


def test_a_row_that_ends_early_names_the_first_column_it_lacks() -> None:
    assert faults("id,name,note\n1,Ada\n2,Bo,y\n") == [(2, "cells_missing", "note"), None]


def test_a_row_that_goes_on_names_the_last_column() -> None:
    assert faults("id,name,note\n1,Ada,x,y\n2,Bo,y,,\n") == [(2, "cells_left_over", "note"), None]


def test_a_quotation_mark_that_is_not_closed_spoils_one_row_only() -> None:
    text = 'id,name,note\n1,"Ada,x\n2,Bo,y\n3,"Cy ""the"" third",z\n'
    assert faults(text) == [(2, "unreadable_row", "name"), None, None]
    assert cells(text)[2] == (4, "3", 'Cy "the" third', "z")


def test_a_quotation_mark_that_is_not_doubled_spoils_one_row_only() -> None:
    assert faults('id,name,note\n1,"Ada" L,x\n2,Bo,y\n') == [(2, "unreadable_row", "note"), None]


def test_control_characters_are_not_text() -> None:
    assert faults("id,name,note\n1,A\0a,x\n2,Bo,y\n") == [(2, "invalid_text", "name"), None]


def test_a_cell_beyond_all_measure_spoils_one_row_only() -> None:
    read = sheet(f"id,name,note\n1,{'x' * 200_000},x\n2,Bo,y\n")
    assert [isinstance(row.fault, Refusal) for row in read.rows] == [True, False]
