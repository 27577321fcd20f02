"""Where a request comes from, in a form that may be kept and counted."""

from __future__ import annotations

import ipaddress

from flask import request

from web.at_hand import secret

#: who has an IPv6 address has a whole network of this size
_NETWORK_BITS = 64


def place_of_caller() -> str:
    """A keyed hash of the caller's address (of its network, in IPv6); the address itself is kept nowhere."""
    return secret().derive("caller", _network(request.remote_addr or "")).hex()[:32]


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, _NETWORK_BITS), strict=False))
    return address
