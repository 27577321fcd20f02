"""Which libraries would write an address into the log, and who stops them? (R84)

geopy logs every query and urllib3 every path it asks for; both hold addresses or
coordinates of customers. Whoever sends those through a library calls this first.
"""

from __future__ import annotations

import logging

#: loggers whose lines below ERROR repeat the request
TALKATIVE = ("geopy", "urllib3.connectionpool")


def hush_wire_logs() -> None:
    """Keep only the errors of libraries that log what they are asked for."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
