"""Addresses of sockets, as :class:`~voicelive_transports.TransportInfo` shows them."""

from __future__ import annotations


def host_and_port(address: object) -> tuple[str, int] | None:
    """Cut an address of a socket, which for IPv6 has four parts, and for a Unix socket is a path."""
    return (address[0], address[1]) if isinstance(address, tuple) else None
