from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.address_book import AddressBook, AddressBookUnreadable, UnusableRow
from dispatch.geocode_provider import GeopyProvider
from dispatch.rules.datum import Coordinate, Datum


def _book(tmp_path: Path, text: str) -> AddressBook:
    path = tmp_path / "addresses.csv"
    path.write_text(text, encoding="utf-8-sig")
    return AddressBook.read(path)


def _find(book: AddressBook, address: str) -> Coordinate | None:
    return GeopyProvider("address_book", book, Datum.WGS84, interval_s=0.0).find(address, "LI")


PARTS = "street,house_number,postcode,city,lat,lon,datum\n"


def test_an_address_is_found_with_and_without_its_postcode(tmp_path: Path) -> None:
    book = _book(tmp_path, PARTS + "Im Pardiel,30,9494,Schaan,47.166594,9.503532,\n")
    place = Coordinate(47.166594, 9.503532, Datum.WGS84)
    assert _find(book, "im pardiel 30, 9494 SCHAAN") == place
    assert _find(book, "Im Pardiel 30, Schaan") == place
    assert _find(book, "Im Pardiel 31, Schaan") is None


def test_a_place_keeps_the_datum_that_the_book_states(tmp_path: Path) -> None:
    book = _book(tmp_path, "address,lat,lon,datum\n\u5e78\u798f\u91cc3\u680b,32.04,118.77,gcj-02\n")
    assert _find(book, "\u5e78\u798f\u91cc \uff13\u680b") == Coordinate(32.04, 118.77, Datum.GCJ02)


def test_an_address_with_two_places_is_not_found(tmp_path: Path) -> None:
    rows = "Dorf,1,9490,Vaduz,47.1,9.5,\nDorf,1,9490,Vaduz,47.2,9.5,\nDorf,1,9490,Vaduz,47.2,9.5,\n"
    assert _find(_book(tmp_path, PARTS + rows), "Dorf 1, 9490 Vaduz") is None


def test_an_address_repeated_at_one_place_is_found(tmp_path: Path) -> None:
    rows = "Dorf,1,9490,Vaduz,47.1,9.5,\nDorf,1,9490,Vaduz,47.1,9.5,\n"
    assert _find(_book(tmp_path, PARTS + rows), "Dorf 1, 9490 Vaduz") is not None


def test_unusable_rows_are_left_out_and_listed_by_line_and_code(tmp_path: Path) -> None:
    book = _book(
        tmp_path,
        PARTS + "Dorf,1,,Vaduz,91.5,9.5,\nDorf,2,,Vaduz,abc,9.5,\n,,,,47.1,9.5,\nDorf,3,,Vaduz,47.1,9.5,ED50\n"
        "Dorf,4,,Vaduz\nDorf,5,,Vaduz,47.1,9.5,\n",
    )
    assert book.unusable == (
        UnusableRow(2, "invalid_coordinate"),
        UnusableRow(3, "invalid_coordinate"),
        UnusableRow(4, "no_address"),
        UnusableRow(5, "unknown_datum"),
        UnusableRow(6, "invalid_coordinate"),
    )
    assert _find(book, "Dorf 5, Vaduz") is not None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"street,house_number\n", "columns"),
        (b"", "columns"),
        (b"address,lat,lon\n\xff\xfe,1,1\n", "UnicodeDecodeError"),
    ],
)
def test_a_file_that_is_no_address_book_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "addresses.csv"
    path.write_bytes(content)
    with pytest.raises(AddressBookUnreadable) as refused:
        AddressBook.read(path)
    assert refused.value.values == {"reason": reason}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AddressBookUnreadable) as refused:
        AddressBook.read(tmp_path / "nowhere.csv")
    assert refused.value.values == {"reason": "FileNotFoundError"}


@pytest.mark.shared
def test_a_real_address_list_finds_its_own_addresses(shared_dir: Path) -> None:
    book = AddressBook.read(shared_dir / "data" / "liechtenstein" / "orders.csv")
    assert [row.line for row in book.unusable if row.line in {105, 128}] == [105, 128]
    place = _find(book, "Im Pardiel 30, 9494 Schaan")
    assert place == Coordinate(47.166594, 9.503532, Datum.WGS84)
    assert sum(place is not None for place in book.places.values()) > 300
