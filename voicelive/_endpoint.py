"""From an endpoint to the URL and headers of the handshake: pure functions.

Path, order and precedence of the query are those of the service facts, section 1. On purpose otherwise than the official SDK:

* an endpoint that ends in ``/voice-live/realtime`` already doesn't get it twice;
* an endpoint without a scheme or host, or with another scheme than https, wss, http and ws, is refused;
* user info (``user:password@``) is refused, as a URL holds no credential; a fragment, which never travels, is dropped;
* a ``query`` value must be text, a number or a bool (``true``/``false``).
"""

from __future__ import annotations

import functools
import ipaddress
import platform
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import ParseResult, parse_qsl, quote, urlencode, urlparse, urlunparse

from ._version import __version__

if TYPE_CHECKING:
    import socket

PATH: Final = "/voice-live/realtime"

_SCHEMES: Final = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
_MODEL_OR_AGENT: Final = frozenset({"model", "agent-id", "agent_id", "agent-name", "profile"})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SPACE: Final = re.compile(r"[\x00-\x20\x7f]")
_NOT_PRINTABLE: Final = re.compile(r"[^\x20-\x7e]")
_PATH_CHARACTERS: Final = "/%:@!$&'()*+,;=~"
_EXAMPLE: Final = "https://<resource>.services.ai.azure.com"


class Address(NamedTuple):
    """A checked endpoint, in parts."""

    scheme: str
    """``wss`` or ``ws``."""
    netloc: str
    """Host and port as given."""
    host: str
    """Host alone, in lower case."""
    path: str
    """Path of the service, percent-encoded."""
    params: str
    """Parameters of the path's last segment, without ``;``."""
    query: dict[str, str]
    """The endpoint's own query: the first value of each name, empty ones left out."""


def parse_endpoint(endpoint: str) -> Address:
    """Check an endpoint and take it apart.

    Raises:
        TypeError: ``endpoint`` isn't a str.
        ValueError: it is no endpoint; the message names the fix, and shows neither query nor user info.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"endpoint must be a str like {_EXAMPLE!r}, not {type(endpoint).__name__}")
    if _SPACE.search(endpoint):
        raise ValueError(f"endpoint {_shown(endpoint)} holds white space or a control character; remove it")
    if "://" not in endpoint:
        raise ValueError(f"endpoint {_shown(endpoint)} has no scheme; it should look like {_EXAMPLE!r}")
    parts = _split(endpoint)
    if parts is None:
        raise ValueError(f"endpoint has no valid host and port; it should look like {_EXAMPLE!r}")
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None:
        raise ValueError(f"endpoint scheme {parts.scheme!r} is unknown; use https:// or wss:// (http:// or ws:// to this machine)")
    if "@" in parts.netloc:
        raise ValueError("endpoint holds user info (user:password@); remove it and pass credential=")
    if "<" in parts.netloc or "{" in parts.netloc:
        raise ValueError(f"endpoint {_shown(endpoint)} holds a placeholder; put the name of your resource there")
    if not parts.hostname:
        raise ValueError(f"endpoint {_shown(endpoint)} names no host; it should look like {_EXAMPLE!r}")
    return Address(scheme, parts.netloc, parts.hostname, _service_path(parts.path), parts.params, _first_values(parts.query))


def check_encrypted(address: Address, *, allow_insecure: bool) -> None:
    """Refuse to send a credential in the clear, except to this machine.

    Raises:
        ValueError: ``ws://`` or ``http://`` to another host, and ``allow_insecure`` is False.
    """
    if address.scheme == "ws" and not allow_insecure and not is_loopback(address.host):
        raise ValueError(
            f"the credential would travel to {address.host} unencrypted; use https:// or wss://, "
            "or pass allow_insecure=True if the network is trusted"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: ``localhost``, a name below it (RFC 6761), 127.0.0.0/8 or ``::1``."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_endpoint(scheme: str, host: str, port: int) -> str:
    """Give the endpoint, for clients on this machine, of a server that listens on a host; all addresses are reached at the loopback one."""
    near = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"{scheme}://{f'[{near}]' if ':' in near else near}:{port}"


def listening_port(sockets: Iterable[socket.socket]) -> int:
    """Give the port of a server; where each kind of address has its own, that of IPv4, whose names are the shorter ones."""
    return int(min((each.getsockname() for each in sockets), key=len)[1])


def merge_query(own: Mapping[str, str], query: Mapping[str, Any] | None, address: Address) -> dict[str, str]:
    """Merge the parameters, strongest first: the ``query`` argument, our own, those of the endpoint.

    The order is ours, then new ones of the argument, then new ones of the endpoint.

    Raises:
        TypeError: ``query`` isn't a mapping, or a name or value has no plain text form.
        ValueError: a name or value holds a control character.
    """
    merged = dict(own)
    for name, value in _items("query", query):
        merged[plain_text("query name", name)] = plain_text(f"query value of {name!r}", value)
    for name, value in address.query.items():
        merged.setdefault(name, value)
    return merged


def check_model_or_agent(parameters: Mapping[str, str]) -> None:
    """Refuse a query that says neither which model answers nor which agent.

    Raises:
        ValueError: neither is named; the message names both ways.
    """
    if not any(parameters.get(name) for name in _MODEL_OR_AGENT):
        raise ValueError("connect() needs a model or an agent: pass model='gpt-realtime', or agent_name= and project_name=")


def agent_parameters(
    *,
    agent_name: str | None,
    project_name: str | None,
    agent_version: str | None,
    conversation_id: str | None,
    authentication_identity_client_id: str | None,
    foundry_resource_override: str | None,
) -> dict[str, str]:
    """Give the parameters of an agent connection; none when no argument is given. An empty text counts as not given.

    Raises:
        TypeError: an argument isn't a str.
        ValueError: one is given, but not both ``agent_name`` and ``project_name``; or one holds a control character.
    """
    arguments = {
        "agent-name": ("agent_name", agent_name),
        "agent-project-name": ("project_name", project_name),
        "agent-version": ("agent_version", agent_version),
        "conversation-id": ("conversation_id", conversation_id),
        "agent-authentication-identity-client-id": (
            "authentication_identity_client_id",
            authentication_identity_client_id,
        ),
        "foundry-resource-override": ("foundry_resource_override", foundry_resource_override),
    }
    given = {key: text for key, (name, value) in arguments.items() if (text := optional_text(name, value))}
    for key in ("agent-name", "agent-project-name"):
        if given and key not in given:
            raise ValueError(f"an agent connection needs both agent_name= and project_name=; {arguments[key][0]} is missing")
    return given


def build_url(address: Address, parameters: Mapping[str, str]) -> str:
    """Put the URL of the handshake together; the query as form data (space as ``+``, UTF-8 percent escapes)."""
    return urlunparse((address.scheme, address.netloc, address.path, address.params, urlencode(parameters), ""))


def build_headers(headers: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Give the headers of the handshake that need no credential: the caller's, and ``User-Agent`` if he gives none.

    Raises:
        TypeError: ``headers`` isn't a mapping, or a name or value has no plain text form.
        ValueError: a name or value holds a control character.
    """
    given = tuple(
        (plain_text("header name", name), plain_text(f"value of header {name!r}", value)) for name, value in _items("headers", headers)
    )
    return add_header(given, "User-Agent", user_agent())


def add_header(headers: tuple[tuple[str, str], ...], name: str, value: str) -> tuple[tuple[str, str], ...]:
    """Put a header first, unless one of that name, in any letter case, is there already."""
    if any(name.lower() == taken.lower() for taken, _ in headers):
        return headers
    return ((name, value), *headers)


@functools.cache
def user_agent() -> str:
    """Who we are, in the form of Azure's SDKs: ``voicelive-python/<version> Python/<version> (<platform>)``."""
    text = f"voicelive-python/{__version__} Python/{platform.python_version()} ({platform.platform()})"
    return _NOT_PRINTABLE.sub("?", text)


def optional_text(name: str, value: str | None) -> str | None:
    """Check an argument that is a text or not given; an empty text counts as not given.

    Raises:
        TypeError: it is something else.
        ValueError: it holds a control character.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    return plain_text(name, value) or None


def plain_text(name: str, value: object) -> str:
    """Give a text, number or bool as it stands in a query or header; the value is never shown.

    Raises:
        TypeError: it is something else.
        ValueError: it holds a control character, such as CR, LF or NUL.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str or a number, not {type(value).__name__}")
    # An Enum of strings shows its name to str(), its value to str.__str__().
    text = str.__str__(value)
    if _CONTROL.search(text):
        raise ValueError(f"{name} holds a control character (CR, LF, NUL...); remove it")
    return text


def _items(name: str, mapping: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    if mapping is None:
        return []
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{name} must be a mapping of names to values, not {type(mapping).__name__}")
    return list(mapping.items())


def _split(endpoint: str) -> ParseResult | None:
    """Split the endpoint; None if its host or port can't be read, as the library's message quotes too much of it."""
    try:
        parts = urlparse(endpoint)
        readable = parts.port != 0
    except ValueError:
        return None
    return parts if readable else None


def _service_path(path: str) -> str:
    base = quote(path.rstrip("/"), safe=_PATH_CHARACTERS)
    return base if base.endswith(PATH) else base + PATH


def _first_values(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in parse_qsl(query):
        values.setdefault(name, value)
    return values


def _shown(endpoint: str) -> str:
    """The endpoint for a message, without what may be secret: query, fragment, user info."""
    bare = re.split(r"[?#]", endpoint, maxsplit=1)[0]
    return repr(re.sub(r"(://|^)[^/]*@", r"\1...@", bare))
