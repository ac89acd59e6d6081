"""Who stands between a local server and its clients: the testing kit, which records what comes and spoils what goes."""

from typing import Protocol, TypeAlias

from websockets.asyncio.server import ServerConnection

Outgoing: TypeAlias = bytes | list[bytes]
"""A frame to be written, or the fragments that it is written in."""


class Between(Protocol):
    """Sees every handshake and every frame; a server has one, for all its sessions."""

    def status(self) -> int | None:
        """The HTTP status with which to refuse the handshake that has come; None lets it pass."""
        ...

    def incoming(self, frame: str | bytes) -> None:
        """A client's frame has come."""
        ...

    async def outgoing(self, frame: bytes, websocket: ServerConnection) -> list[Outgoing]:
        """What to write in place of the server's frame; may wait, or close the WebSocket."""
        ...
