"""The documented connection options, and how they become the transport's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from voicelive_transports import ConnectOptions

if TYPE_CHECKING:
    import ssl


class WebsocketConnectionOptions(TypedDict, total=False):
    """Options of the WebSocket connection; a plain mapping with these keys serves as well.

    Names and defaults are those of the documentation, section "WebsocketConnectionOptions"; ``ssl_context`` and
    ``proxy`` go beyond it. Every option is honoured by the transport or refused by name.
    """

    compression: bool | int | None
    """None or False (default): off. True: permessage-deflate. 9 to 15: with a window of that many bits."""
    max_msg_size: int
    """Largest incoming message in bytes, after decompression; default 4 MiB. A longer one ends the connection."""
    heartbeat: float | None
    """Seconds between pings; default 30. A peer silent for half of it is gone. None: no pings."""
    autoclose: bool
    """Answer the service's close frame; default True."""
    autoping: bool
    """Answer the service's pings; default True."""
    receive_timeout: float | None
    """Seconds that one receive may wait. None (default): no limit."""
    close_timeout: float | None
    """Seconds to wait for the service's close frame; default 10. None: no limit."""
    handshake_timeout: float | None
    """Seconds until the connection is open: names, TCP, TLS, proxy, upgrade; default 30. None: no limit."""
    vendor_options: Mapping[str, Any] | None
    """Further options of the library below, by its own names; one that an option above governs is refused."""
    ssl_context: ssl.SSLContext | None
    """TLS settings. None (default): the system's trusted authorities."""
    proxy: str | bool | None
    """URL of a proxy. None (default): as the environment says (``HTTPS_PROXY``, ``NO_PROXY``...). False: none."""


def transport_options(
    connection_options: WebsocketConnectionOptions | Mapping[str, Any] | None, headers: tuple[tuple[str, str], ...]
) -> ConnectOptions:
    """Check the options and the headers of the handshake, and make the transport's options of them.

    Raises:
        TypeError: an option is unknown, the message names the nearest one; or an option has a wrong type.
        ValueError: an option is out of range, or a header holds what would break the request.
    """
    given: object = {} if connection_options is None else connection_options
    if not isinstance(given, Mapping):
        raise TypeError(f"connection_options must be a mapping such as {{'heartbeat': 20}}, not {type(given).__name__}")
    return ConnectOptions.from_mapping(_documented(given), headers=headers)


def _documented(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options by their documented names: programs for the official SDK give two of them otherwise.

    ``timeout`` was the close timeout's name in its first releases, and stands in its quick start and what was made of that. TLS settings
    could only be given as the ``ssl`` of its WebSocket library.
    """
    options = dict(given)
    if "timeout" in options:
        timeout = options.pop("timeout")
        options.setdefault("close_timeout", timeout)
    vendor = options.get("vendor_options")
    if isinstance(vendor, Mapping) and "ssl_context" not in options and vendor.get("ssl", False) is not False:
        options["ssl_context"] = None if vendor["ssl"] is True else vendor["ssl"]
        options["vendor_options"] = {name: value for name, value in vendor.items() if name != "ssl"}
    return options
