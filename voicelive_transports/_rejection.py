"""Answers that are no opening of a WebSocket: refusals, read from however much of them came, and wrong headers."""

from __future__ import annotations

import io
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from ._target import Target
from .errors import MAX_BODY_BYTES, HandshakeRejected

if TYPE_CHECKING:
    import socket

NOT_ASKED_FOR: Final = "the server's answer names an extension that was not asked for"

_PATIENCE_S: Final = 2.0
_MAX_HEARD_BYTES: Final = 64 * 1024


class Rejection(NamedTuple):
    """An HTTP answer with a status other than 101."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """As much as came of what is kept of a body."""
    complete: bool
    """Whether nothing more of it is worth waiting for."""

    def error(self, target: Target) -> HandshakeRejected:
        """The error to raise for it."""
        return HandshakeRejected(target.public_url, self.status, self.reason, self.headers, self.body)


class _Heard:
    """What came, in the place of the socket that :mod:`http.client` reads from."""

    def __init__(self, heard: bytes) -> None:
        self._heard = heard

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._heard)


def read_rejection(heard: bytes) -> Rejection | None:
    """Read a refusal; None if its headers aren't complete, if it accepts, or if it is no HTTP."""
    if b"\r\n\r\n" not in heard:
        return None
    answer = HTTPResponse(cast("socket.socket", _Heard(heard)))
    try:
        answer.begin()
    except (HTTPException, ValueError):
        return None
    if answer.status == 101:
        return None
    body, complete = _start_of_body(answer)
    return Rejection(answer.status, answer.reason, tuple(answer.getheaders()), body, complete or len(heard) > _MAX_HEARD_BYTES)


def _start_of_body(answer: HTTPResponse) -> tuple[bytes, bool]:
    # Piece by piece: a longer read would drop what it has when the bytes end within it.
    kept_bytes = MAX_BODY_BYTES if answer.length is None else min(MAX_BODY_BYTES, answer.length)
    body = b""
    try:
        while len(body) < kept_bytes and (piece := answer.read1(kept_bytes - len(body))):
            body += piece
    except IncompleteRead:
        return body, False
    except HTTPException:
        return body, True
    return body, len(body) == kept_bytes or answer.chunked


def patience_s(left_s: float) -> float:
    """How long the body is waited for, when so much is left of ``handshake_timeout``: the status must not be lost over it."""
    return min(_PATIENCE_S, left_s / 2)


def wrong_header(name: str, connection: Iterable[str], library: str) -> str:
    """Say which header of an answer the library finds wrong, without its value; ``connection`` is the Connection header's values."""
    listed = {each.strip().lower() for value in connection for each in value.split(",")}
    if name.lower() == "connection" and "upgrade" in listed:
        # RFC 6455 section 4.1 asks for "upgrade" among others.
        return f"the {library} library takes no Connection header but Upgrade alone; transport 'websockets' or 'anyio' takes this server's"
    return f"the server's answer has a wrong or missing {name} header"


def names_another_extension(named: Iterable[str], asked_for: str | None) -> bool:
    """Tell whether an answer, by the values of its Sec-WebSocket-Extensions, names what was not asked for (RFC 6455 section 4.1)."""
    return any(each.partition(";")[0].strip() != asked_for for value in named for each in value.split(","))
