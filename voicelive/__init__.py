"""Client for the Azure AI Voice Live API: spoken conversations over one WebSocket.

::

    async with connect(credential=AzureKeyCredential(key), endpoint=endpoint, model="gpt-realtime") as connection:
        await connection.session.update(session={"voice": "en-US-AvaNeural"})
        await connection.response.create()
        async for event in connection:
            print(event.type)

``voicelive.models`` holds events and settings, ``voicelive.exceptions`` the errors; ``voicelive.aio`` has the official SDK's names.
Importing this package imports none of them: each name below is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from ._version import __version__

if TYPE_CHECKING:
    from azure.core.credentials import AzureKeyCredential

    from ._connect import connect
    from ._connection import VoiceLiveConnection
    from ._hooks import Observer
    from ._live_state import ConnectionState, MalformedFrameRecord, Resumed
    from ._options import WebsocketConnectionOptions
    from ._response_handle import ResponseHandle
    from ._staying import stay_connected
    from ._subscription import Subscription
    from .exceptions import (
        ConcurrentReceive,
        ConnectFailed,
        ConnectionClosed,
        ConnectionError,  # noqa: A004 - the documented name
        ConnectTimeout,
        EventsMissed,
        HandshakeRejected,
        InvalidEvent,
        MalformedEvent,
        ReceiveTimeout,
        RequestRefused,
        ResponseActive,
        ResponseFailed,
        ServiceError,
        SubscriptionClosed,
        VoiceLiveError,
    )

__all__ = [
    "AzureKeyCredential",
    "ConcurrentReceive",
    "ConnectFailed",
    "ConnectTimeout",
    "ConnectionClosed",
    "ConnectionError",
    "ConnectionState",
    "EventsMissed",
    "HandshakeRejected",
    "InvalidEvent",
    "MalformedEvent",
    "MalformedFrameRecord",
    "Observer",
    "ReceiveTimeout",
    "RequestRefused",
    "ResponseActive",
    "ResponseFailed",
    "ResponseHandle",
    "Resumed",
    "ServiceError",
    "Subscription",
    "SubscriptionClosed",
    "VoiceLiveConnection",
    "VoiceLiveError",
    "WebsocketConnectionOptions",
    "__version__",
    "connect",
    "stay_connected",
]

_MODULES: Final = {
    "AzureKeyCredential": "azure.core.credentials",
    "ConnectionState": "._live_state",
    "Observer": "._hooks",
    "MalformedFrameRecord": "._live_state",
    "ResponseHandle": "._response_handle",
    "Resumed": "._live_state",
    "Subscription": "._subscription",
    "VoiceLiveConnection": "._connection",
    "WebsocketConnectionOptions": "._options",
    "connect": "._connect",
    "stay_connected": "._staying",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, and keep it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULES.get(name, ".exceptions"), __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
