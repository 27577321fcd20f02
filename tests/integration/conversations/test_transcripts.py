"""Every conversation in `tests/conversations` goes as it is written there, on both databases.

With PUNCTUAL_RECORD=1 the transcripts are written anew as they go, to be read and judged.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from dispatch.db import Database
from tests.conversing import play

TRANSCRIPTS = sorted((Path(__file__).resolve().parents[2] / "conversations").glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_the_conversation_goes_as_written(transcript: Path, database: Database) -> None:
    written = transcript.read_text("utf-8")
    went = play(written, database)
    if os.environ.get("PUNCTUAL_RECORD"):
        transcript.write_text(went, "utf-8")
        return
    difference = difflib.unified_diff(
        written.splitlines(), went.splitlines(), f"{transcript.name} as written", "as it went", lineterm="", n=4
    )
    assert went == written, "\n" + "\n".join(difference)


def test_there_are_conversations() -> None:
    assert len(TRANSCRIPTS) >= 40
