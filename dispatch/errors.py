"""Errors carry codes; edges carry words.

A `Refusal` names what went wrong (`code`), the field it concerns and the values a
sentence needs. `notifications/wording.py` turns the code into the reader's language and
`web/error_pages.py` into a status; nothing here is prose for a customer.
"""

from __future__ import annotations

import re
from typing import ClassVar


class Refusal(Exception):
    """Something that was asked for and cannot be done, said so that the asker can mend it.

    `field` is the name of the input at fault (None when the request as a whole is), and
    `values` the parameters of the sentence; both hold codes, numbers and times, never
    personal data, since refusals are logged.
    """

    code: ClassVar[str] = "refusal"
    #: whether the same request may succeed later, unchanged
    again: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, field: str | None = None, **values: object) -> None:
        super().__init__(field, values)
        self.field = field
        self.values = values

    def __str__(self) -> str:
        about = f" {self.field}" if self.field else ""
        values = " ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code}{about}{': ' + values if values else ''}"


class InvalidInput(Refusal):
    """A value that cannot be used; `code` of the subclass says why, `field` where."""


class Required(InvalidInput):
    """Nothing was given where something must be."""


class NotFound(Refusal):
    """The thing named does not exist, or the asker may not see it."""


class ServiceUnavailable(Refusal):
    """An outside service did not answer in time or refused; the same request may work later."""

    again = True


def error_code(error: BaseException) -> str:
    """The code of a refusal; for any other error the name of its class. Never its text (R84)."""
    return error.code if isinstance(error, Refusal) else type(error).__name__
