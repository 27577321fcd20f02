"""What a customer is told at the head of the page after something was done, or could not be."""

from __future__ import annotations

from enum import StrEnum


class Said(StrEnum):
    """One sentence each: `customer_said.<code>`; those in `REFUSED` say why nothing was changed."""

    BOOKED = "booked"
    BOTH_BOOKED = "both_booked"
    TIME_AGREED = "time_agreed"
    CONFIRMED = "confirmed"
    SUBSTITUTE_NAMED = "substitute_named"
    DISPUTED = "disputed"
    RATED = "rated"
    NOT_FIXED = "not_fixed"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    FAULT_TAKEN = "fault_taken"
    PERSON_CALLS = "person_calls"
    ON_THE_WAY = "on_the_way"
    ON_SITE = "on_site"
    OVER = "over"
    NOT_NOW = "not_now"
    PHONE_WRONG = "phone_wrong"
    NOT_SUBSCRIBER = "not_subscriber"
    TRIED_TOO_OFTEN = "tried_too_often"
    SLOT_GONE = "slot_gone"
    PAIR_GONE = "pair_gone"
    TIME_GONE = "time_gone"

    @classmethod
    def read(cls, code: str | None) -> Said | None:
        """The sentence of an address, if it names one."""
        return cls(code) if code in set(cls) else None

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was changed."""
        return self in REFUSED


REFUSED = frozenset(
    {
        Said.ON_THE_WAY,
        Said.ON_SITE,
        Said.OVER,
        Said.NOT_NOW,
        Said.PHONE_WRONG,
        Said.NOT_SUBSCRIBER,
        Said.TRIED_TOO_OFTEN,
        Said.SLOT_GONE,
        Said.PAIR_GONE,
        Said.TIME_GONE,
    }
)
