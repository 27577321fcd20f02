from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from dispatch import geocode_cache
from dispatch.db import Database
from dispatch.geocode_cache import StoredGeocodes
from dispatch.geocode_provider import (
    GeocoderDown,
    GeocoderMisconfigured,
    GeocoderRefused,
    GeocodingFailed,
    build_provider,
)
from dispatch.geocoding import Geocoder, RememberedPlace, build_geocoder
from dispatch.rules.address_text import address_hash
from dispatch.rules.datum import Coordinate, Datum
from dispatch.settings import Settings
from tests.loopback_server import Answer, ScriptedServer, scripted_server, silent_server
from tests.served_program import free_port

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ADDRESS = "Im Pardiel 30, 9494 Schaan"
PLACE = Coordinate(47.166594, 9.503532, Datum.WGS84)
#: https://nominatim.org/release-docs/latest/api/Search/, format=json
FOUND = Answer(document=[{"lat": "47.166594", "lon": "9.503532", "display_name": "30, Im Pardiel, Schaan"}])
UNKNOWN = Answer(document=[])


def _settings(port: int, timeout_s: float = 5.0, interval_s: float = 0.0) -> Settings:
    return Settings(
        geocoder="nominatim",
        geocoder_domain=f"127.0.0.1:{port}",
        geocoder_timeout_s=timeout_s,
        geocoder_interval_s=interval_s,
        geocoder_options={"scheme": SecretStr("http")},
    )


def _geocoder(server: ScriptedServer, database: Database) -> Geocoder:
    return build_geocoder(_settings(server.port), StoredGeocodes(database))


def _ask(server: ScriptedServer) -> Coordinate | None:
    return build_provider(_settings(server.port)).find(ADDRESS, "LI")


# The provider, over HTTP


def test_nominatim_is_asked_in_its_own_words_and_biased_to_the_region() -> None:
    with scripted_server(FOUND) as server:
        assert _ask(server) == PLACE
        words = parse_qs(urlsplit(server.asked[0]).query)
    assert urlsplit(server.asked[0]).path == "/search"
    assert words["q"] == [ADDRESS]
    assert words["countrycodes"] == ["li"]
    assert words["format"] == ["json"]


def test_an_address_the_provider_does_not_know_is_none_and_no_failure() -> None:
    with scripted_server(UNKNOWN) as server:
        assert _ask(server) is None
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_error_that_may_pass_is_tried_again(status: int) -> None:
    with scripted_server(Answer(status), FOUND) as server:
        assert _ask(server) == PLACE
        assert len(server.asked) == 2


def test_an_error_that_does_not_pass_is_a_failure_that_may_be_tried_later() -> None:
    with scripted_server(Answer(503)) as server:
        with pytest.raises(GeocoderDown) as failed:
            _ask(server)
        assert len(server.asked) == 3
    assert failed.value.again
    assert failed.value.values == {"provider": "nominatim", "detail": "GeocoderTimedOut"}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 402])
def test_a_refusal_is_not_repeated(status: int) -> None:
    with scripted_server(Answer(status)) as server:
        with pytest.raises(GeocoderRefused) as failed:
            _ask(server)
        assert len(server.asked) == 1
    assert not failed.value.again


def test_a_provider_that_asks_for_more_patience_than_ours_is_not_waited_for() -> None:
    with scripted_server(Answer(429, headers={"Retry-After": "6"})) as server:
        with pytest.raises(GeocoderDown):
            _ask(server)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "document", [{"error": "x"}, [{"lat": "here", "lon": "there"}], [{"lat": "91", "lon": "200"}], [{}], "text"]
)
def test_an_answer_that_cannot_be_read_is_a_failure_not_a_place(document: object) -> None:
    with scripted_server(Answer(document=document)) as server, pytest.raises(GeocodingFailed):
        _ask(server)


def test_a_provider_that_never_answers_costs_its_time_limit_and_no_more() -> None:
    with silent_server() as port:
        began = time.monotonic()
        with pytest.raises(GeocoderDown):
            build_provider(_settings(port, timeout_s=0.2)).find(ADDRESS, "LI")
        assert 0.6 <= time.monotonic() - began < 4.0


def test_a_provider_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(GeocoderDown):
        build_provider(_settings(free_port())).find(ADDRESS, "LI")


def test_a_redirect_is_not_followed_to_another_host() -> None:
    with scripted_server(FOUND) as other:
        away = Answer(302, headers={"Location": f"{other.url}/search"})
        with scripted_server(away) as server, pytest.raises(GeocoderRefused):
            _ask(server)
        assert other.asked == []


def test_questions_keep_the_distance_that_the_settings_ask_for() -> None:
    with scripted_server(FOUND) as server:
        provider = build_provider(_settings(server.port, interval_s=0.15))
        began = time.monotonic()
        for _ in range(3):
            provider.find(ADDRESS, "LI")
        assert time.monotonic() - began >= 0.3


def test_no_address_reaches_a_log_or_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted_server(Answer(500), Answer(503), FOUND) as server:
        _ask(server)
    told_back = Answer(400, document={"error": ADDRESS})
    with scripted_server(told_back) as server, pytest.raises(GeocoderRefused) as refused:
        _ask(server)
    with pytest.raises(GeocoderDown) as down:
        build_provider(_settings(free_port())).find(ADDRESS, "LI")
    told = caplog.text + repr(refused.value) + repr(down.value)
    assert "Pardiel" not in told
    assert refused.value.__suppress_context__


# The settings


def test_a_geocoder_that_geopy_does_not_know_is_refused() -> None:
    with pytest.raises(GeocoderMisconfigured) as refused:
        build_provider(Settings(geocoder="nowhere"))
    assert refused.value.field == "geocoder"


def test_no_host_is_contacted_that_no_setting_names() -> None:
    with pytest.raises(GeocoderMisconfigured) as refused:
        build_provider(Settings(geocoder="nominatim"))
    assert refused.value.field == "geocoder_domain"


def test_an_option_that_the_geocoder_does_not_take_is_refused_without_its_value() -> None:
    settings = _settings(1).model_copy(update={"geocoder_options": {"api_key": SecretStr("very secret")}})
    with pytest.raises(GeocoderMisconfigured) as refused:
        build_provider(settings)
    assert "very secret" not in repr(refused.value) + repr(settings)


def test_the_datum_of_answers_is_known_of_the_provider_or_said_by_the_settings() -> None:
    with scripted_server(FOUND) as server:
        settings = _settings(server.port).model_copy(update={"geocoder_datum": Datum.GCJ02})
        place = build_provider(settings).find(ADDRESS, "CN")
    assert place is not None
    assert place.datum is Datum.GCJ02


def test_the_address_book_of_the_settings_is_used_offline(tmp_path: Path, database: Database) -> None:
    book = tmp_path / "book.csv"
    book.write_text(f'address,lat,lon\n"{ADDRESS}",47.166594,9.503532\n')
    geocoder = build_geocoder(Settings(address_book=book), StoredGeocodes(database))
    assert geocoder.geocode(ADDRESS.upper(), "LI", NOW) == PLACE
    assert geocoder.geocode("elsewhere", "LI", NOW) is None
    assert StoredGeocodes(database).get("address_book", address_hash("elsewhere", "LI")) is None


def test_without_an_address_book_no_address_is_known(database: Database) -> None:
    geocoder = build_geocoder(Settings(address_book=None), StoredGeocodes(database))
    assert geocoder.geocode(ADDRESS, "LI", NOW) is None


# The memory, in both databases


def test_an_address_is_asked_once_and_found_again_in_any_writing(database: Database) -> None:
    with scripted_server(FOUND) as server:
        assert _geocoder(server, database).geocode(ADDRESS, "LI", NOW) == PLACE
        later = NOW + timedelta(days=364)
        assert _geocoder(server, database).geocode("  im pardiel 30  9494 SCHAAN", "LI", later) == PLACE
        assert len(server.asked) == 1


def test_an_old_place_is_asked_for_again(database: Database) -> None:
    moved = Answer(document=[{"lat": "47.2", "lon": "9.5", "display_name": "x"}])
    with scripted_server(FOUND, moved) as server:
        geocoder = _geocoder(server, database)
        geocoder.geocode(ADDRESS, "LI", NOW)
        again_at = NOW + timedelta(days=365)
        assert geocoder.geocode(ADDRESS, "LI", again_at) == Coordinate(47.2, 9.5, Datum.WGS84)
    stored = StoredGeocodes(database).get("nominatim", address_hash(ADDRESS, "LI"))
    assert stored == RememberedPlace(Coordinate(47.2, 9.5, Datum.WGS84), again_at)


def test_not_found_is_remembered_for_a_week(database: Database) -> None:
    with scripted_server(UNKNOWN, FOUND) as server:
        geocoder = _geocoder(server, database)
        assert geocoder.geocode(ADDRESS, "LI", NOW) is None
        assert geocoder.geocode(ADDRESS, "LI", NOW + timedelta(days=6)) is None
        assert len(server.asked) == 1
        assert geocoder.geocode(ADDRESS, "LI", NOW + timedelta(days=7)) == PLACE


def test_a_failure_is_not_remembered(database: Database) -> None:
    with scripted_server(Answer(403), FOUND) as server:
        geocoder = _geocoder(server, database)
        with pytest.raises(GeocodingFailed):
            geocoder.geocode(ADDRESS, "LI", NOW)
        assert geocoder.geocode(ADDRESS, "LI", NOW) == PLACE


def test_an_old_place_is_better_than_a_failure(database: Database) -> None:
    with scripted_server(FOUND, Answer(403)) as server:
        geocoder = _geocoder(server, database)
        geocoder.geocode(ADDRESS, "LI", NOW)
        assert geocoder.geocode(ADDRESS, "LI", NOW + timedelta(days=400)) == PLACE


def test_an_old_not_found_does_not_hide_a_failure(database: Database) -> None:
    with scripted_server(UNKNOWN, Answer(403)) as server:
        geocoder = _geocoder(server, database)
        geocoder.geocode(ADDRESS, "LI", NOW)
        with pytest.raises(GeocodingFailed):
            geocoder.geocode(ADDRESS, "LI", NOW + timedelta(days=8))


def test_an_empty_address_asks_nobody(database: Database) -> None:
    with scripted_server(FOUND) as server:
        assert _geocoder(server, database).geocode("  ", "LI", NOW) is None
        assert server.asked == []


def test_the_datum_survives_the_memory(database: Database) -> None:
    place = Coordinate(32.04, 118.77, Datum.BD09)
    StoredGeocodes(database).put("baidu", "0" * 64, RememberedPlace(place, NOW))
    assert StoredGeocodes(database).get("baidu", "0" * 64) == RememberedPlace(place, NOW)


def test_of_two_that_remember_at_once_one_stays_and_none_fails(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second looked before the first had written."""
    memory, key, look = StoredGeocodes(database), "1" * 64, geocode_cache._asked
    memory.put("nominatim", key, RememberedPlace(PLACE, NOW))
    monkeypatch.setattr(geocode_cache, "_asked", lambda provider, _key: look(provider, "nothing yet"))
    memory.put("nominatim", key, RememberedPlace(None, NOW))
    monkeypatch.undo()
    assert memory.get("nominatim", key) == RememberedPlace(PLACE, NOW)
