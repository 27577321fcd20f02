"""Photos that a technician takes at a visit, from the page's script or from a plain form."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.db import run_use_case
from dispatch.errors import InvalidInput, Required
from dispatch.queries.technician_day import visits_in_hand
from dispatch.services.store_photo import store_photo
from web.at_hand import database, look_at_business_clock
from web.auth import for_technician, signed_in_technician, wants_document
from web.technician.phone_sight import phone_sight, remember_device
from web.technician.technician_pages import visit_page

technician_photos = Blueprint("technician_photos", __name__)
technician_photos.after_request(remember_device)

PHOTOS_PATH = "/t/photos"
#: the photo and what a form says of it, in bytes
LARGEST_UPLOAD = 5_500_000


@technician_photos.post(PHOTOS_PATH)
@for_technician
def photos() -> ResponseReturnValue:
    """Keep one photo of a visit of this technician's; the same photo sent again is kept once."""
    technician_id, now = signed_in_technician().technician_id, look_at_business_clock()
    try:
        visit_id = _visit_id(technician_id, now)
        photo_id = _store(visit_id, technician_id, now)
    except InvalidInput as refused:
        visit_id = request.form.get("visit_id", 0, int)
        sight = phone_sight()
        shown = sight.day.visit(visit_id)
        if shown is None or not wants_document():
            raise
        return visit_page(sight, shown, refused=refused, status=400)
    if wants_document():
        return redirect(url_for("technician_pages.visit", visit_id=visit_id, _anchor="photos"), 303)
    return jsonify(photo_id=photo_id)


def _visit_id(technician_id: int, now: datetime) -> int:
    """The visit that the photo is of; another technician's is not there (404)."""
    visit_id = request.form.get("visit_id", 0, int)
    with database().read_session() as session:
        if visit_id not in visits_in_hand(session, technician_id, now=now):
            abort(404)
    return visit_id


def _store(visit_id: int, technician_id: int, now: datetime) -> int:
    file = request.files.get("photo")
    content = file.read() if file else b""
    if file is None or not content:
        raise Required("photo")
    media_type, purpose = file.mimetype, request.form.get("purpose", "") or "work"
    taken_at = min(_taken_at() or now, now)
    return run_use_case(
        database(),
        lambda session: store_photo(session, visit_id, technician_id, purpose, content, media_type, taken_at).id,
    )


def _taken_at() -> datetime | None:
    """When it was taken, if the page says so."""
    try:
        at = datetime.fromisoformat(request.form.get("taken_at", ""))
    except ValueError:
        return None
    return at if at.utcoffset() is not None else None
