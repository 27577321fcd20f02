"""All templates as one application to a gateway (R37)."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from dispatch.queries.operator_profile import OperatorProfile, operator_profile
from notifications.rendering import sentence_of
from notifications.signature import signature_for
from notifications.sms_length import measure
from notifications.template_examples import Size, example
from notifications.template_registry import RegisteredTemplate, registered_templates
from notifications.templates import REGISTERED

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Application:
    """One text as a gateway is asked for it: `text` without signature, variables as `${name}`.

    `variables` are their types by name; `example` is a whole message; `max_length` counts
    the characters of the longest one with its signature (an escaped one as two).
    """

    code: str
    language: str
    signature: str
    text: str
    variables: dict[str, str]
    example: str
    max_length: int
    max_parts: int
    approval: str
    gateway_code: str | None


def export_templates(session: Session, gateway: str, *, as_json: bool) -> str:
    """The application for `gateway`: JSON, or CSV that begins with a byte order mark; raises NotFounded."""
    operator = operator_profile(session)
    applications = [_application(operator, row) for row in registered_templates(session, gateway)]
    if as_json:
        return json.dumps([asdict(one) for one in applications], ensure_ascii=False, indent=1) + "\n"
    return BYTE_ORDER_MARK + _as_csv(applications)


def _application(operator: OperatorProfile, row: RegisteredTemplate) -> Application:
    template = REGISTERED[row.code]
    signature = signature_for(operator, row.language)
    sentence = sentence_of(row.code, row.language)[1]
    longest = measure(example(row.code, row.language, size=Size.LONGEST, signature=signature).text)
    return Application(
        code=row.code,
        language=row.language,
        signature=signature,
        text=sentence.format_map({name: f"${{{name}}}" for name in template.variables}),
        variables={name: var.value for name, var in template.variables.items()},
        example=example(row.code, row.language, signature=signature).text,
        max_length=longest.units,
        max_parts=longest.parts,
        approval=row.approval.value,
        gateway_code=row.gateway_code,
    )


def _as_csv(applications: list[Application]) -> str:
    file = io.StringIO()
    names = list(Application.__dataclass_fields__)
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    for one in applications:
        variables = "; ".join(f"{name}: {kind}" for name, kind in one.variables.items())
        writer.writerow(asdict(one) | {"variables": variables})
    return file.getvalue()
