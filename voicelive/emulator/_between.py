"""Who stands between a local server and its clients: the testing kit, which records what comes, spoils what goes, and plays scripts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, TypeAlias

from websockets.asyncio.server import ServerConnection

from ._handshake import Admission

Outgoing: TypeAlias = bytes | list[bytes]
"""A frame to be written, or the fragments that it is written in."""

Player: TypeAlias = Callable[[ServerConnection, Admission], Awaitable[None]]
"""Holds one session in place of the server, until its WebSocket is closed."""


@dataclass(frozen=True)
class Refusal:
    """An HTTP answer in place of the WebSocket."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Between(Protocol):
    """Sees every handshake and every frame; a server has one, for all its sessions."""

    def refusal(self, headers: Mapping[str, str]) -> Refusal | None:
        """How to refuse the handshake that has come with these headers; None lets it pass."""
        ...

    def player(self) -> Player | None:
        """Who holds the session that has come in place of the server; None for nobody."""
        ...

    def incoming(self, frame: str | bytes) -> None:
        """A client's frame has come."""
        ...

    async def outgoing(self, frame: bytes, websocket: ServerConnection) -> list[Outgoing]:
        """What to write in place of the server's frame; may wait, or close the WebSocket."""
        ...
