"""The one-time code by which a technician signs in: made, sent and forgotten, but for a hash.

It goes to the gateway directly: it is no message to a customer, and stands in no table and
no log (in the sandbox, on the handset that it is for, as everything does).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from dispatch.clocks import Clock
from dispatch.db import Database, run_use_case
from dispatch.links import Secret
from dispatch.models import Operator, SignInCode, Technician
from dispatch.rules.sign_in_limits import CODE_DIGITS, CODE_LIVES
from dispatch.services.audit import audit
from dispatch.services.sign_in_technician import hash_code
from notifications.gateway import Gateway, NoAnswer, Outgoing, SendRefused
from notifications.rendering import render
from notifications.signature import signature_for
from notifications.template_registry import approved_language
from notifications.templates import SIGN_IN_CODE

_LARGEST_ID = 2**31 - 1
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CodeSending:
    """What sending a code needs."""

    database: Database
    gateway: Gateway
    secret: Secret
    machine: Clock

    def send(self, key: str, *, now: datetime) -> bool:
        """Make a code for `key` (`<technician>:<language>`), send it, and say whether it went.

        One that was asked for too long ago is not sent any more. Raises SendPassed if it may
        be tried again; what a provider refuses, or may or may not have sent, is logged and
        audited, and the technician asks for another.
        """
        number, _, language = key.partition(":")
        outgoing = run_use_case(self.database, lambda session: self._make(session, int(number), language, now))
        if outgoing is None:
            return False
        try:
            self.gateway.send(outgoing)
        except (SendRefused, NoAnswer) as failure:
            why = str(failure.values.get("reason", failure.code))
            _log.warning("sign_in_code_not_sent", technician_id=int(number), code=failure.code, reason=why)
            self._audit(int(number), was_sent=False)
            return False
        self._audit(int(number), was_sent=True)
        return True

    def _make(self, session: Session, technician_id: int, language: str, now: datetime) -> Outgoing | None:
        machine_now = self.machine.now()
        row = session.get(SignInCode, technician_id, with_for_update=True)
        technician = session.get_one(Technician, technician_id)
        if row is None or row.expires_at <= machine_now or not technician.is_active:
            return None
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        row.code_hash = hash_code(self.secret, technician_id, code)
        row.sent_at, row.expires_at = machine_now, machine_now + CODE_LIVES
        operator = session.get_one(Operator, 1)
        language = approved_language(session, self.gateway.name, SIGN_IN_CODE.code, language) or language
        signature = signature_for(operator, language)
        rendered = render(
            SIGN_IN_CODE.code,
            {"sign_in_code": code},
            language=language,
            signature=signature,
            zone=ZoneInfo(operator.time_zone),
            now=now,
        )
        return Outgoing(
            # messages have positive ids: no receipt for a code can be taken for one of theirs
            our_id=-1 - secrets.randbelow(_LARGEST_ID),
            attempt=1,
            handset=technician.phone,
            language=rendered.language,
            signature=signature,
            template=SIGN_IN_CODE.code,
            variables=rendered.variables,
            text=rendered.text,
            valid_for=CODE_LIVES,
        )

    def _audit(self, technician_id: int, *, was_sent: bool) -> None:
        machine_now = self.machine.now()
        actor = f"technician:{technician_id}"
        run_use_case(
            self.database,
            lambda session: audit(session, actor, "send_sign_in_code", machine_now=machine_now, was_allowed=was_sent),
        )
