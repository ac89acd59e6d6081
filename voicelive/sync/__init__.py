"""The blocking facade: the same connection, resources and rules for scripts, notebooks and threads, without an event loop.

::

    with connect(credential=AzureKeyCredential(key), endpoint=endpoint, model="gpt-realtime") as connection:
        connection.session.update(session={"modalities": ["text"]})
        connection.conversation.item.create(item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]})
        for piece in connection.response.create().text_deltas():
            print(piece, end="", flush=True)

It stands on the same core and on websockets' threaded client; no event loop runs anywhere. One thread may receive while others send.
Most of its modules are made from those of the asynchronous facade by ``make sync``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ._connect import connect
    from ._connection import VoiceLiveConnection
    from ._response_handle import ResponseHandle
    from ._staying import stay_connected
    from ._subscription import Subscription

__all__ = ["ResponseHandle", "Subscription", "VoiceLiveConnection", "connect", "stay_connected"]

_MODULES: Final = {
    "ResponseHandle": "._response_handle",
    "Subscription": "._subscription",
    "VoiceLiveConnection": "._connection",
    "connect": "._connect",
    "stay_connected": "._staying",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, and keep it."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
