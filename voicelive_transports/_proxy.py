"""Which proxy to go through, for the libraries that don't find out by themselves."""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ._target import Target
from .errors import ConnectFailed
from .options import ConnectOptions, _is_proxy_url


class Proxy(NamedTuple):
    """The address of a proxy; never to be shown, as it may hold a password."""

    url: str
    """The address as it was given."""
    scheme: str
    host: str
    port: int
    user: tuple[str, str] | None
    """Name and password, decoded."""

    @property
    def bare_url(self) -> str:
        """The address without name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def authorization(self) -> str | None:
        """The value of ``Proxy-Authorization`` (RFC 7617); None if the address has no name."""
        return None if self.user is None else f"Basic {b64encode(':'.join(self.user).encode()).decode()}"


def find_proxy(target: Target, options: ConnectOptions) -> Proxy | None:
    """Give the proxy that the options name, or else the environment; None if there is none.

    Raises:
        ConnectFailed: the environment names one that is no address of a proxy.
    """
    if options.proxy is False:
        return None
    url = options.proxy or _from_environment(target)
    if url is None:
        return None
    if not _is_proxy_url(url):
        raise ConnectFailed(target.public_url, "the proxy named by the environment has no valid URL")
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    user = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return Proxy(url, parts.scheme, parts.hostname or "", port, user)


def _from_environment(target: Target) -> str | None:
    """Look for a proxy of WebSockets first, then SOCKS, then HTTPS (RFC 6455 section 4.1, point 3)."""
    parts = urlsplit(target.url)
    port = parts.port or (443 if target.tls else 80)
    if proxy_bypass(f"{parts.hostname}:{port}"):
        return None
    proxies = getproxies()
    for scheme in ("wss", "socks", "https") if target.tls else ("ws", "socks", "https", "http"):
        if url := proxies.get(scheme):
            # Systems list a SOCKS proxy under that name, but as an http address.
            return url.replace("http://", "socks5h://", 1) if scheme == "socks" else url
    return None
