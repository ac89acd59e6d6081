"""How to connect: the documented options, checked where they are made."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_SET_BY_HANDSHAKE: Final = frozenset({"connection", "content-length", "host", "transfer-encoding", "upgrade"})
_PROXY_SCHEMES: Final = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclass(frozen=True, kw_only=True)
class ConnectOptions:
    """Options of a connection. Every adapter honours each of them, or refuses it by name.

    Names and defaults are those of ``WebsocketConnectionOptions`` in the documentation, section "Transport
    configuration"; ``headers``, ``ssl_context`` and ``proxy`` go beyond it. Neither ``repr`` nor a message shows a
    header's value, the proxy or a vendor option.

    Raises:
        TypeError: an option has a wrong type.
        ValueError: an option is out of range, or a header holds what would break the request.
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """More headers for the handshake, as (name, value) pairs."""
    compression: bool | int | None = None
    """None or False: off. True: permessage-deflate. 9 to 15: with a window of that many bits."""
    max_msg_size: int = 4 * 1024 * 1024
    """Largest incoming message in bytes, after decompression."""
    heartbeat: float | None = 30.0
    """Seconds between pings; a peer that hasn't answered after half of it is gone. None: no pings."""
    autoclose: bool = True
    """Answer the peer's close frame."""
    autoping: bool = True
    """Answer the peer's pings."""
    receive_timeout: float | None = None
    """Seconds that one receive may wait. None: no limit."""
    close_timeout: float | None = 10.0
    """Seconds to wait for the peer's close frame. None: no limit."""
    handshake_timeout: float | None = 30.0
    """Seconds for everything until the connection is open: names, TCP, TLS, proxy, handshake. None: no limit."""
    vendor_options: Mapping[str, Any] | None = field(default=None, repr=False)
    """Options of the library below, by its own names; one that an option here governs is refused."""
    ssl_context: ssl.SSLContext | None = None
    """TLS settings for ``wss://``. None: the system's trusted authorities."""
    proxy: str | Literal[False] | None = field(default=None, repr=False)
    """URL of a proxy. None: as the environment says (``HTTPS_PROXY``, ``NO_PROXY``...). False: none."""

    def __post_init__(self) -> None:
        _check_headers(self.headers)
        _check_compression(self.compression)
        _check_max_msg_size(self.max_msg_size)
        for name in ("heartbeat", "receive_timeout", "close_timeout", "handshake_timeout"):
            _check_seconds(name, getattr(self, name))
        for name in ("autoclose", "autoping"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, not {type(getattr(self, name)).__name__}")
        if self.vendor_options is not None and not isinstance(self.vendor_options, Mapping):
            raise TypeError(f"vendor_options must be a mapping, not {type(self.vendor_options).__name__}")
        # Every SSLContext has wrap_bio; asking for it spares everyone else the import of ssl.
        if self.ssl_context is not None and not hasattr(self.ssl_context, "wrap_bio"):
            raise TypeError(f"ssl_context must be an ssl.SSLContext, not {type(self.ssl_context).__name__}")
        _check_proxy(self.proxy)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], **own: Any) -> ConnectOptions:
        """Make options from a mapping by name, with further options that the mapping may not set as well.

        Raises:
            TypeError: a key is unknown, or given both ways; or as the class says.
            ValueError: as the class says.
        """
        known = [each.name for each in fields(cls)]
        for key in (*mapping, *own):
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                raise TypeError(f"unknown option {key!r}; {advice}")
        twice = sorted(own.keys() & mapping.keys())
        if twice:
            raise TypeError(f"option {twice[0]!r} is given twice; leave it out of the mapping")
        return cls(**mapping, **own)

    def vendor_options_beside(self, governed: Mapping[str, str]) -> Mapping[str, Any]:
        """The vendor options, for an adapter that governs some of the library's own: name -> what sets it.

        Raises:
            ValueError: one of those is given.
        """
        given = self.vendor_options or {}
        for name in given:
            if name in governed:
                raise ValueError(f"vendor option {name!r} can't be given: {governed[name]}")
        return given


def _check_headers(headers: object) -> None:
    if not isinstance(headers, tuple):
        raise TypeError(f"headers must be a tuple of (name, value) pairs, not {type(headers).__name__}")
    for pair in headers:
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise TypeError("headers must be a tuple of (name, value) pairs of str; convert numbers with str()")
        _check_header(*pair)


def _check_header(name: str, value: str) -> None:
    """Refuse a header that would break the request or the handshake; the value is never shown."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"header name {name!r} must consist of letters, digits and !#$%&'*+-.^_`|~")
    if not _VALUE.fullmatch(value):
        # CR and LF would start another header, and NUL ends the line for some servers.
        raise ValueError(f"the value of header {name!r} must be printable ASCII, without CR, LF or NUL")
    if name.lower() in _SET_BY_HANDSHAKE or name.lower().startswith("sec-websocket-"):
        raise ValueError(f"header {name!r} is set by the WebSocket handshake itself; leave it out")


def _check_compression(compression: object) -> None:
    if compression is None or isinstance(compression, bool):
        return
    if not isinstance(compression, int):
        raise TypeError(f"compression must be True, False, None or an int, not {type(compression).__name__}")
    if not 9 <= compression <= 15:
        raise ValueError(f"compression must be True, False, None or window bits from 9 to 15, not {compression}")


def _check_max_msg_size(max_msg_size: object) -> None:
    if isinstance(max_msg_size, bool) or not isinstance(max_msg_size, int):
        raise TypeError(f"max_msg_size must be an int, in bytes, not {type(max_msg_size).__name__}")
    if max_msg_size < 1:
        raise ValueError(f"max_msg_size must be at least 1 byte, not {max_msg_size}; there is no value for 'no limit'")


def _check_seconds(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a number of seconds above 0, or None for none; not {value}")


def _check_proxy(proxy: object) -> None:
    """Refuse what isn't a proxy's address, without showing it: it may hold a password."""
    if proxy is None or proxy is False:
        return
    if not isinstance(proxy, str):
        raise TypeError("proxy must be a URL, False (none) or None (as the environment says)")
    if not _is_proxy_url(proxy):
        raise ValueError(f"proxy must be a URL like http://host:8080, with one of {', '.join(_PROXY_SCHEMES)}")


def _is_proxy_url(proxy: str) -> bool:
    if not proxy.isprintable() or " " in proxy:
        return False
    try:
        parts = urlsplit(proxy)
        readable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    # Basic authentication, the only kind known here, takes both.
    whole_user = (parts.username is None) == (parts.password is None)
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    return readable and whole_user and bare and parts.scheme in _PROXY_SCHEMES
