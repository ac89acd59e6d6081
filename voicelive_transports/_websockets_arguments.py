"""The options in the terms of the websockets library: each one translated, or refused by name."""

from __future__ import annotations

import logging
from typing import Any, Final, Literal

from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from .options import ConnectOptions

_MAX_WAITING_FRAMES: Final = 4

_GOVERNED: Final = {
    "additional_headers": "headers sets it",
    "close_timeout": "the option of that name sets it",
    "compression": "the option of that name sets it",
    "create_connection": "the adapter needs it to refuse redirects",
    "extensions": "compression sets it",
    "logger": "the library's own log shows credentials",
    "max_size": "max_msg_size sets it",
    "open_timeout": "handshake_timeout sets it",
    "ping_interval": "heartbeat sets it",
    "ping_timeout": "heartbeat sets it",
    "proxy": "the option of that name sets it",
    "ssl": "ssl_context sets it",
    "uri": "the url sets it",
    "user_agent_header": "a User-Agent among headers sets it",
}

_logger: Final = logging.getLogger("voicelive_transports.websockets")
# At DEBUG the library writes each header, with the credentials, and each message.
_logger.addFilter(lambda record: record.levelno > logging.DEBUG)


def connect_arguments(options: ConnectOptions) -> dict[str, Any]:
    """Translate options into keyword arguments of ``websockets.asyncio.client.connect``.

    Raises:
        ValueError: an option that the library can't do, or a vendor option that another option governs.
    """
    for name in ("autoclose", "autoping"):
        if not getattr(options, name):
            raise ValueError(f"{name}=False can't be had with the websockets adapter: the library always answers")
    arguments: dict[str, Any] = {
        "additional_headers": options.headers,
        "open_timeout": options.handshake_timeout,
        "close_timeout": options.close_timeout,
        "ping_interval": options.heartbeat,
        "max_size": options.max_msg_size,
        "max_queue": _MAX_WAITING_FRAMES,
        "logger": _logger,
        **_compression(options.compression),
        **_proxy(options.proxy),
        **options.vendor_options_beside(_GOVERNED),
    }
    if any(name.lower() == "user-agent" for name, _ in options.headers):
        # The library's own would come second.
        arguments["user_agent_header"] = None
    if options.ssl_context is not None:
        arguments["ssl"] = options.ssl_context
    return arguments


def _compression(compression: bool | int | None) -> dict[str, Any]:
    if compression is None or compression is False:
        return {"compression": None}
    if compression is True:
        return {"compression": "deflate"}
    return {"compression": None, "extensions": [deflate_offer(compression)]}


def deflate_offer(window_bits: int) -> ClientPerMessageDeflateFactory:
    """What the handshake offers for windows of that many bits."""
    # 15 is what a server uses unless told, and not every server can be told.
    server_bits = window_bits if window_bits < 15 else None
    return ClientPerMessageDeflateFactory(server_max_window_bits=server_bits, client_max_window_bits=window_bits)


def _proxy(proxy: str | Literal[False] | None) -> dict[str, Any]:
    # In the library's words True is the environment, and None no proxy.
    return {"proxy": True if proxy is None else proxy or None}
