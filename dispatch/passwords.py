"""Passwords: hashed with argon2id, compared in the same time whoever is asked for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatch.rules.sign_in_limits import MOST_PASSWORD_LENGTH, check_password

#: argon2id with the parameters that its authors recommend where memory is scarce (RFC 9106, second choice)
_HASHER = PasswordHasher()
_GENERATED_BYTES = 15


@dataclass(frozen=True)
class Verdict:
    """Whether a password was right, and, if it was and has an outdated hash, a new one to be kept."""

    is_right: bool
    better_hash: str | None = None


def hash_password(password: str, login: str) -> str:
    """What is kept of a new password; takes some 50 ms on purpose. Raises UnfitPassword."""
    check_password(password, login)
    return _HASHER.hash(password)


def verify_password(password: str, known_hash: str | None) -> Verdict:
    """Whether the password is that of the hash; without one (nobody has that login) it is as slow, and wrong."""
    given = password[:MOST_PASSWORD_LENGTH]
    try:
        _HASHER.verify(known_hash or _nobodys_hash(), given)
    except (VerificationError, InvalidHashError):
        return Verdict(is_right=False)
    if known_hash is None:
        return Verdict(is_right=False)
    return Verdict(is_right=True, better_hash=_HASHER.hash(given) if _HASHER.check_needs_rehash(known_hash) else None)


def generate_password() -> str:
    """A password for somebody to begin with: 20 characters that nobody guesses."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
