"""A TCP connection on any event loop, which takes what is written at once and never half of it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import anyio
from anyio.abc import ByteStream
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled

from ._addresses import host_and_port

_IN_PROGRESS: Final = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN)


class Socket(ByteStream):
    """A connected socket as a stream of anyio.

    anyio's own stream forgets how much it had sent when it is cancelled, and what is then sent next tears a message
    apart. Here :meth:`send` takes all bytes before it can be cancelled, and :meth:`drain` waits until they are gone.

    Attributes:
        local_address: our host and port.
        peer_address: the peer's host and port. Asked for at once: the system forgets it when the peer resets the connection, though what
            came before that can still be read.
    """

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._unsent = bytearray()
        self._draining = anyio.Lock(fast_acquire=True)
        self._owes_turn = False
        self.local_address = _address(raw.getsockname)
        self.peer_address = _address(raw.getpeername)

    @property
    def unsent_bytes(self) -> int:
        """How much the system hasn't taken yet."""
        return len(self._unsent)

    async def send(self, item: bytes) -> None:
        """Take ``item``, and send what the system takes at once; waits for nothing.

        Raises:
            BrokenResourceError: the connection is lost.
        """
        self._unsent += item
        self._push()

    async def drain(self) -> None:
        """Wait until all is sent; whoever is cancelled leaves the rest to the next.

        Raises:
            BrokenResourceError: the connection is lost.
            ClosedResourceError: it was closed here.
        """
        if not self._unsent:
            return
        async with self._draining:
            self._push()
            while self._unsent:
                await anyio.wait_writable(self._raw)
                self._push()

    def _push(self) -> None:
        if not self._unsent:
            return
        try:
            sent_bytes = self._raw.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as exc:
            raise anyio.BrokenResourceError from exc
        del self._unsent[:sent_bytes]

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Wait for bytes; a cancelled one loses none, as nothing is waited for once they are read.

        Raises:
            EndOfStream: the peer sends no more.
            BrokenResourceError: the connection is lost.
            ClosedResourceError: it was closed here.
        """
        if self._owes_turn:
            self._owes_turn = False
            await checkpoint()
        else:
            await checkpoint_if_cancelled()
        data = self._pull(max_bytes)
        # Others get their turn before the next read: after this one a task that is cancelled, which no shield holds off, would lose it.
        self._owes_turn = data is not None
        while data is None:
            await anyio.wait_readable(self._raw)
            data = self._pull(max_bytes)
        if not data:
            raise anyio.EndOfStream
        return data

    def _pull(self, max_bytes: int) -> bytes | None:
        try:
            return self._raw.recv(max_bytes)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as exc:
            raise anyio.BrokenResourceError from exc

    async def send_eof(self) -> None:
        """Tell the peer that no more will come."""
        self._raw.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        """Close at once."""
        self.close()

    def close(self) -> None:
        """Close at once, and wake whoever waits."""
        if self._raw.fileno() != -1:
            anyio.notify_closing(self._raw)
            self._raw.close()


def _address(ask: Callable[[], Any]) -> tuple[str, int] | None:
    try:
        return host_and_port(ask())
    except OSError:
        return None


async def connect_tcp(host: str, port: int) -> socket.socket:
    """Connect to the first of the host's addresses that answers; the socket doesn't block.

    Raises:
        OSError: none does, or the name can't be resolved; it is the error of the last address.
    """
    *others, last = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in others:
        with suppress(OSError):
            return await _connect(socket.socket(family, kind, protocol), address)
    family, kind, protocol, _, address = last
    return await _connect(socket.socket(family, kind, protocol), address)


async def _connect(raw: socket.socket, address: tuple[Any, ...]) -> socket.socket:
    try:
        raw.setblocking(False)
        # Frames are whole when they are sent; to hold back a short one only delays it.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = raw.connect_ex(address)
        if code in _IN_PROGRESS:
            await anyio.wait_writable(raw)
            code = raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            # The system's errors have their own classes, such as ConnectionRefusedError.
            raise OSError(code, f"{os.strerror(code)} ({address[0]}, port {address[1]})")
    except BaseException:
        raw.close()
        raise
    return raw
