"""TCP connections, from the moment they come: how many may wait to become a session, and what the WebSocket library leaves unbounded.

The library bounds the sizes of messages, headers and queues. It bounds neither how many connections wait, nor the pongs that a client asks
for and does not read, nor the empty fragments of a message.
"""

import asyncio
import logging
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode

from ._limits import ServerLimits

logger = logging.getLogger("voicelive.emulator")


class Arrivals:
    """The connections of one server.

    Args:
        limits: bounds of the server.
    """

    def __init__(self, limits: ServerLimits) -> None:
        self.limits = limits
        self._waiting: set[ServerConnection] = set()
        self._admitted: set[ServerConnection] = set()

    @property
    def are_full(self) -> bool:
        """Whether there are as many sessions, or handshakes on the way to one, as there may be."""
        return len(self._admitted) >= self.limits.max_sessions

    def come(self, connection: ServerConnection) -> None:
        """A TCP connection has come; it waits until it asks for something, if there is room to wait."""
        if len(self._waiting) < self.limits.max_waiting:
            self._waiting.add(connection)
            return
        logger.warning("a connection was cut off: %d others have not asked for a session yet", len(self._waiting))
        connection.transport.abort()

    def ask(self, connection: ServerConnection) -> None:
        """A connection has sent its HTTP request."""
        self._waiting.discard(connection)

    def admit(self, connection: ServerConnection) -> None:
        """A connection will be a session until it is lost."""
        self._admitted.add(connection)

    def lose(self, connection: ServerConnection) -> None:
        """A TCP connection is gone."""
        self._waiting.discard(connection)
        self._admitted.discard(connection)

    def cut_off_waiting(self) -> None:
        """End the connections that have not asked for anything."""
        for connection in tuple(self._waiting):
            connection.transport.abort()

    def cut_off(self) -> None:
        """End all connections without a word."""
        self.cut_off_waiting()
        for connection in tuple(self._admitted):
            connection.transport.abort()


class Arrival(ServerConnection):
    """One connection. Each server has a subclass with its own `arrivals`."""

    arrivals: Arrivals
    _fragments = 0
    _pongs = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        self.arrivals.come(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        super().connection_lost(exc)
        self.arrivals.lose(self)

    def process_event(self, event: Any) -> None:
        """Count what the library does not."""
        self.arrivals.ask(self)
        super().process_event(event)
        if isinstance(event, Frame):
            if event.opcode is Opcode.PING:
                self._count_pong()
            elif event.opcode in _DATA:
                self._count_fragment(event)

    def _count_pong(self) -> None:
        """The library has put a pong in line, whether the client reads or not."""
        self._pongs = self._pongs + 1 if self.transport.get_write_buffer_size() else 0
        if self._pongs > self.arrivals.limits.max_unread_pongs:
            logger.info("a client was cut off: it asks for pongs and does not read them")
            self.transport.abort()

    def _count_fragment(self, frame: Frame) -> None:
        self._fragments = 0 if frame.fin else self._fragments + 1
        if self._fragments > self.arrivals.limits.max_fragments:
            self.protocol.fail(CloseCode.MESSAGE_TOO_BIG, f"more than {self.arrivals.limits.max_fragments} fragments")
            self.send_data()


_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


def connection_type(arrivals: Arrivals) -> type[Arrival]:
    """What the WebSocket library is to make of each TCP connection."""
    return type("Arrival", (Arrival,), {"arrivals": arrivals})


class OneLine(logging.Filter):
    """Of what the WebSocket library logs only what went wrong is kept, such as a handshake that is no HTTP, in one line for the curious."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record, or have it dropped."""
        if not record.exc_info or record.exc_info[1] is None:
            return record.levelno > logging.INFO
        record.msg, record.args = "%s: %s", (record.getMessage(), record.exc_info[1])
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
        return True


library_logger = logging.getLogger("voicelive.emulator.websockets")
library_logger.addFilter(OneLine())
