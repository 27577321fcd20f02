"""Pictures from the door: kept once, small, and really pictures."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Photo, Technician
from dispatch.services.lock_own_visit import VisitNotInHand
from dispatch.services.store_photo import LARGEST, PhotoRefused, store_photo
from tests.ending import Ending
from tests.saying import DAY

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def ending(database: Database) -> Ending:
    return Ending.on_site(database)


def keep(
    ending: Ending, content: bytes = JPEG, media_type: str = "image/jpeg", purpose: str = "terminal", who: int = 0
) -> int:
    taken_at = ending.world.at(f"{DAY} 12:30")
    technician = who or ending.world.ids["technician"]
    return ending.world.do(
        lambda s: store_photo(s, ending.visit, technician, purpose, content, media_type, taken_at).id
    )


def test_the_same_picture_twice_is_one(ending: Ending) -> None:
    assert keep(ending) == keep(ending)
    other = keep(ending, b"\x89PNG\r\n\x1a\n other", "image/png", "door")
    with ending.world.database.read_session() as session:
        photos = session.scalars(select(Photo).order_by(Photo.id)).all()
        assert [(one.purpose, one.media_type) for one in photos] == [("terminal", "image/jpeg"), ("door", "image/png")]
        assert photos[0].content == JPEG
        assert photos[1].id == other


def test_what_is_no_picture_is_refused(ending: Ending) -> None:
    for content, media_type, purpose, reason in (
        (b"", "image/jpeg", "terminal", "empty"),
        (b"<svg/>", "image/jpeg", "terminal", "not_a_picture"),
        (b"RIFF0000WAVE", "image/webp", "terminal", "not_a_picture"),
        (JPEG, "image/png", "terminal", "not_a_picture"),
        (JPEG, "image/jpeg", "the Terminal!", "not_a_code"),
        (JPEG + bytes(LARGEST), "image/jpeg", "terminal", "too_large"),
    ):
        with pytest.raises(PhotoRefused) as refused:
            keep(ending, content, media_type, purpose)
        assert refused.value.values["reason"] == reason


def test_only_who_was_there_brings_pictures(ending: Ending) -> None:
    home = ending.look(Technician, ending.world.ids["technician"])
    stranger = Technician(badge="9", name="X", phone="+8613800000019", territory_id=home.territory_id)

    def hire(session: Session) -> int:
        session.add(stranger)
        session.flush()
        return stranger.id

    other = ending.world.do(hire)
    with pytest.raises(VisitNotInHand):
        keep(ending, who=other)
