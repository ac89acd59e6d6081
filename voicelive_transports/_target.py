"""Where to connect to: a checked URL, and the part of it that may be shown."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

from .options import ConnectOptions

_NOT_IN_A_URL: Final = re.compile(r"[\x00-\x20\x7f]")


class Target(NamedTuple):
    """A checked WebSocket URL."""

    url: str
    """The whole URL, for the handshake alone."""
    public_url: str
    """The URL without its query, for messages, logs and :class:`~voicelive_transports.TransportInfo`."""
    tls: bool
    """True for ``wss://``."""


def parse_target(url: str, options: ConnectOptions) -> Target:
    """Check a URL before anything reaches the network.

    Raises:
        TypeError: ``url`` isn't a str.
        ValueError: it isn't a whole ``ws://`` or ``wss://`` URL, it has white space, control characters, user info or
            a fragment, or ``ssl_context`` is given for ``ws://``. The message never holds the query or user info.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, not {type(url).__name__}")
    if _NOT_IN_A_URL.search(url):
        # Line breaks would add headers to the request; urlsplit drops them silently.
        raise ValueError("url holds white space or a control character; percent-encode it")
    parts = _split(url)
    public_url = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    if parts.scheme not in ("ws", "wss"):
        raise ValueError(f"url {public_url!r} must start with ws:// or wss://")
    if not parts.hostname:
        raise ValueError(f"url {public_url!r} names no host")
    if parts.fragment:
        raise ValueError(f"url {public_url!r} has a fragment; a WebSocket URL has none (RFC 6455 section 3)")
    tls = parts.scheme == "wss"
    if options.ssl_context is not None and not tls:
        raise ValueError(f"ssl_context needs a wss:// url; {public_url!r} is not encrypted")
    return Target(url, public_url, tls)


def _split(url: str) -> SplitResult:
    """Split a URL, with messages that don't repeat the part that may hold a password."""
    try:
        parts = urlsplit(url)
        readable = (parts.port, (parts.hostname or "").encode("idna"))
    except ValueError:
        readable = None
    # Raised here, outside the handler: the library's message quotes the host part whole.
    if readable is None:
        raise ValueError("url has no valid host and port; it should look like wss://host:443/path")
    if "@" in parts.netloc:
        raise ValueError("url holds user info (user:password@); pass credentials as headers")
    return parts
