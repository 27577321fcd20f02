"""Keeping the pictures that a technician takes at a visit."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import FieldReport, Photo, Route, Stop
from dispatch.services.lock_own_visit import VisitNotInHand
from dispatch.upsert import insert_or_update

#: bytes of one picture
LARGEST = 5 * 1024 * 1024
_PURPOSE = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: how the content of each kind of picture begins
_BEGINS = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


class PhotoRefused(InvalidInput):
    """A picture that is not kept; `reason`: `empty`, `too_large`, `not_a_picture`, `not_a_code`."""


def store_photo(
    session: Session,
    visit_id: int,
    technician_id: int,
    purpose: str,
    content: bytes,
    media_type: str,
    taken_at: datetime,
) -> Photo:
    """Keep a JPEG, PNG or WebP picture of at most 5 MB; the same one twice is one.

    `purpose` is a code such as `terminal`. What kind of picture it is, its content says.
    Raises PhotoRefused, and VisitNotInHand unless the technician goes, or has been, there.
    """
    if not _PURPOSE.fullmatch(purpose):
        raise PhotoRefused("purpose", reason="not_a_code")
    found = _media_type(content)
    if found != media_type and media_type not in ("", "application/octet-stream", "image/jpg"):
        raise PhotoRefused("content", reason="not_a_picture")
    if not _was_there(session, visit_id, technician_id):
        raise VisitNotInHand("visit_id", reason="reassigned")
    digest = hashlib.sha256(content).hexdigest()
    values = {
        "visit_id": visit_id,
        "technician_id": technician_id,
        "purpose": purpose,
        "taken_at": taken_at,
        "media_type": found,
        "digest": digest,
        "content": content,
    }
    insert_or_update(session, Photo, values, unique=("visit_id", "digest"))
    return session.scalars(select(Photo).where(Photo.visit_id == visit_id, Photo.digest == digest)).one()


def _media_type(content: bytes) -> str:
    if not content:
        raise PhotoRefused("content", reason="empty")
    if len(content) > LARGEST:
        raise PhotoRefused("content", reason="too_large")
    found = next((name for name, begins in _BEGINS.items() if begins.match(content)), None)
    if found is None:
        raise PhotoRefused("content", reason="not_a_picture")
    return found


def _was_there(session: Session, visit_id: int, technician_id: int) -> bool:
    """Whether the visit is on a route of the technician's, or the technician has reported on it."""
    owners = select(Route.technician_id).join(Stop, Stop.route_id == Route.id).where(Stop.visit_id == visit_id)
    reporters = select(FieldReport.technician_id).where(FieldReport.visit_id == visit_id)
    return technician_id in (*session.scalars(owners.where(~Stop.is_tentative)), *session.scalars(reporters))
