"""The transports of the blocking facade, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicelive_transports.websockets_sync import BlockingOpener

_NAMES = ("auto", "websockets")


def get_opener(name: str) -> BlockingOpener:
    """Give the opener of that name; there is one blocking transport, on websockets' threaded client.

    Raises:
        ValueError: the name is unknown here.
    """
    if name not in _NAMES:
        raise ValueError(f"the blocking facade has no transport {name!r}; leave it out, or pass 'websockets' or a function that opens one")
    from voicelive_transports.websockets_sync import open_blocking_transport  # noqa: PLC0415 - loads a library

    return open_blocking_transport
