"""When do two written addresses say the same place?"""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: between Chinese characters a space means nothing
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_BESIDE_CJK = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])")
_SEPARATORS = re.compile(r"[\s,;\u3001\u3002]+")


def address_line(street: str, house_number: str, postcode: str, city: str) -> str:
    """An address on one line, as geocoders read it; empty parts leave no trace."""
    parts = (f"{street} {house_number}", f"{postcode} {city}")
    return ", ".join(filter(None, (" ".join(part.split()) for part in parts)))


def normalise_address(text: str) -> str:
    """The address without case, width (Unicode NFKC), punctuation between parts and spare spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BESIDE_CJK.sub("", _SEPARATORS.sub(" ", folded).strip())


def address_hash(text: str, region: str) -> str:
    """SHA-256, in hex, of the normalised address and region: a cache key without an address (R84).

    It keeps addresses out of plain sight, not from someone who can list all addresses.
    """
    return hashlib.sha256(f"{normalise_address(text)}\n{region.upper()}".encode()).hexdigest()
