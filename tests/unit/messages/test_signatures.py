"""Whose name stands at the head of an SMS, in which letters."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from dispatch.services.found_operator import InvalidSignature, check_signature
from dispatch.services.import_rules import load_preset
from notifications.signature import signature_for
from notifications.sms_length import writable_in_gsm7


@dataclass(frozen=True)
class Operator:
    name: str
    signatures: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("name", "signatures", "language", "signed"),
    [
        ("江苏联通", {"en": "JS Unicom"}, "en", "JS Unicom"),
        ("江苏联通", {"en": "JS Unicom"}, "zh_Hans_CN", "江苏联通"),
        ("JS Unicom", {}, "zh_Hant_TW", "JS Unicom"),
        ("JS Unicom", {"zh_Hans_CN": "江苏联通"}, "zh_Hans_SG", "江苏联通"),
        ("江苏联通", {"de": "JS Netz", "zh_Hans_CN": "江苏联通"}, "en", "JS Netz"),
        ("江苏联通", {"zh_Hans_CN": "江苏"}, "en", "江苏联通"),
        ("Suzhou Fibre Broadband Company", {}, "en", "Suzhou Fibre"),
        ("苏州工业园区宽带公司", {}, "zh_Hans_CN", "苏州工业园区宽带"),
    ],
)
def test_what_is_set_then_the_name_then_the_nearest(
    name: str, signatures: dict[str, str], language: str, signed: str
) -> None:
    assert signature_for(Operator(name, signatures), language) == signed


@pytest.mark.parametrize("signature", ["江苏联通", "JS Unicom", "江苏联通南京公司", "Jiangsu Fibre NJ"])
def test_signatures_that_suit(signature: str) -> None:
    check_signature(signature)


@pytest.mark.parametrize(
    "signature",
    ["", " JS", "江苏联通南京分公司", "Jiangsu Unicom NJ2", "【联通】", "[A]", "A\nB", "www.a.cn", "4008201234", "$x"],
)
def test_signatures_that_do_not(signature: str) -> None:
    with pytest.raises(InvalidSignature):
        check_signature(signature)


@pytest.mark.parametrize("preset", ["jiangsu", "ofcom"])
def test_presets_sign(preset: str) -> None:
    signatures = load_preset(preset).signatures
    assert writable_in_gsm7(signatures["en"])
    for signature in signatures.values():
        check_signature(signature)
