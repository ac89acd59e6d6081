"""Adapter on anyio and the protocol core of the websockets library, for asyncio and trio.

It starts no task: whatever the peer sends, pings and close frames too, is taken while somebody receives or closes.
What it makes of the options, beyond the obvious:

* ``heartbeat``: a ping after that time without anything from the peer; without a sign of life for half of it more the
  connection is dropped with code 1006. Only time that somebody spends in receive() counts.
* ``autoclose=False`` and ``autoping=False`` are refused: the core always answers, as RFC 6455 section 5.5 asks.
* ``proxy``: HTTP and HTTPS proxies; SOCKS is refused, as anyio doesn't know it.
* ``vendor_options``: there are none.

What has come and isn't yet asked for is one read from the socket: 64 KiB, with compression 4 KiB before it is
unpacked, and a message in parts, up to ``max_msg_size``. The rest waits with the peer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import anyio
from anyio.lowlevel import cancel_shielded_checkpoint, checkpoint_if_cancelled
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from ._anyio_handshake import Opened, shake_hands
from ._closing import INVALID_TEXT, NOT_UTF8, check_close
from ._frames import encode_frame, is_utf8
from ._proxy import find_proxy
from ._target import Target, parse_target
from ._websockets_facts import ending
from .errors import ConcurrentReceive, ReceiveTimeout, TransportClosed
from .options import ConnectOptions

_READ_BYTES: Final = 64 * 1024
_COMPRESSED_READ_BYTES: Final = 4 * 1024
_MAX_UNSENT_PONGS_BYTES: Final = 64 * 1024

_LAST_LOOK_S: Final = 0.05
"""Before a peer is given up, what its socket holds is looked at once more: the pong may have come just now."""


def refusal(target: Target, options: ConnectOptions) -> str | None:
    """Say why the adapter can't honour the options; None if it can."""
    for name in ("autoclose", "autoping"):
        if not getattr(options, name):
            return f"{name}=False can't be had with the anyio adapter: the protocol core always answers"
    proxy = find_proxy(target, options)
    if proxy is not None and proxy.scheme not in ("http", "https"):
        return f"proxy with {proxy.scheme} can't be had with the anyio adapter: it knows http and https alone"
    return None


class AnyioTransport:
    """A WebSocket over anyio streams as :class:`~voicelive_transports.Transport`."""

    def __init__(self, opened: Opened, options: ConnectOptions) -> None:
        self.info = opened.info
        self._socket = opened.socket
        self._stream = opened.stream
        self._protocol = opened.protocol
        self._options = options
        self._receive_timeout_s = options.receive_timeout
        self._read_bytes = _COMPRESSED_READ_BYTES if opened.info.compression else _READ_BYTES
        self._frames: deque[bytes] = deque()
        self._partial = bytearray()
        # Where nobody else waits, a lock that gives way all the same would cost each message a turn of the event loop.
        self._sending = anyio.Lock(fast_acquire=True)
        self._reading = anyio.Lock(fast_acquire=True)
        self._receiving = False
        self._patience_s = options.heartbeat or 0.0
        self._pinged = False
        self._silent = False
        self._closing = False
        self._over = anyio.Event()
        self._ending: TransportClosed | None = None
        self._take(opened.frames)

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending.code if self._ending and self._over.is_set() else None

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending.reason if self._ending and self._over.is_set() else None

    async def send(self, frame: str | bytes) -> None:
        """See :class:`~voicelive_transports.Transport`.

        Over a lost connection the code is 1006, even if the peer's close frame still waits to be received.
        """
        data = encode_frame(frame)
        # Others get their turn afterwards: before, trio would let them overtake, and messages go out in the order of the calls.
        await checkpoint_if_cancelled()
        async with self._sending:
            try:
                # First what others left; then nothing but this message is held, and a cancellation leaves it whole.
                await self._socket.drain()
                if self._protocol.state is not State.OPEN:
                    raise await self._ended()
                self._protocol.send_text(data)
                await self._transmit()
                await self._socket.drain()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError) as exc:
                raise await self._ended() from exc
        await cancel_shielded_checkpoint()

    async def receive(self) -> bytes:
        """See :class:`~voicelive_transports.Transport`."""
        if self._receiving and not self._closing:
            raise ConcurrentReceive
        self._receiving = True
        try:
            if self._receive_timeout_s is None or self._frames:
                return await self._receive()
            with anyio.move_on_after(self._receive_timeout_s):
                return await self._receive()
            raise ReceiveTimeout(self._receive_timeout_s)
        finally:
            self._receiving = False

    async def _receive(self) -> bytes:
        while not self._frames and not self._closing and self._protocol.state is State.OPEN:
            async with self._reading:
                await self._read()
        if self._closing or self._ending:
            raise await self._ended()
        if not self._frames:
            await self._finish()
            raise await self._ended()
        frame = self._frames.popleft()
        if not is_utf8(frame):
            # Said here: the peer may have closed before, and the message would vanish unseen.
            self._ending = TransportClosed(INVALID_TEXT, NOT_UTF8, clean=False)
            if self._protocol.state is State.OPEN:
                self._protocol.fail(INVALID_TEXT, NOT_UTF8)
            await self._finish()
            raise await self._ended()
        return frame

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.Transport`."""
        check_close(code, reason)
        if self._closing or self._ending:
            await self._over.wait()
            return
        self._closing = True
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
        await self._finish()

    async def _finish(self) -> None:
        """Send what is to be sent, read until the peer's close frame or end, and let everything go."""
        try:
            with anyio.move_on_after(self._options.close_timeout):
                with suppress(anyio.BrokenResourceError):
                    await self._transmit()
                async with anyio.create_task_group() as tasks:
                    # At once with reading: the peer may take nothing before it has said all it wants to say.
                    tasks.start_soon(self._drain)
                    await self._read_to_the_end()
                    if self._protocol.close_rcvd is None:
                        # Nobody is there to send to.
                        tasks.cancel_scope.cancel()
        finally:
            self._end()

    async def _read_to_the_end(self) -> None:
        while not self._heard_all():
            async with self._reading:
                # Who read meanwhile may have read the end.
                if not self._heard_all():
                    await self._read()

    def _heard_all(self) -> bool:
        return self._protocol.close_rcvd is not None or self._protocol.state is State.CLOSED

    async def _drain(self) -> None:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await self._socket.drain()

    def _end(self) -> None:
        if not self._ending:
            self._ending = ending(self._protocol, peer_is_silent=self._silent)
        self._socket.close()
        self._frames.clear()
        self._over.set()

    async def _ended(self) -> TransportClosed:
        """Wait for the end if there is one."""
        if self._closing or self._ending:
            await self._over.wait()
        return self._ending.anew() if self._ending else ending(self._protocol, peer_is_silent=self._silent)

    async def _read(self) -> None:
        """Read once from the network, sort what came, and answer it where it asks for that."""
        data = await self._read_bytes_or_end()
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        self._take(frame for frame in self._protocol.events_received() if isinstance(frame, Frame))
        # If the network is broken, the next read says so.
        with suppress(anyio.BrokenResourceError):
            await self._transmit()
            if self._socket.unsent_bytes > _MAX_UNSENT_PONGS_BYTES and self._protocol.state is State.OPEN:
                await self._socket.drain()

    def _take(self, frames: Iterable[Frame]) -> None:
        if self._closing:
            return
        for frame in frames:
            if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                continue
            if frame.fin and not self._partial:
                self._frames.append(bytes(frame.data))
                continue
            self._partial += frame.data
            if frame.fin:
                self._frames.append(bytes(self._partial))
                self._partial.clear()

    async def _transmit(self) -> None:
        """Hand over what the protocol wants to send; this waits for nothing, so it can't be cut in two."""
        # Empty parts stand for the end of the stream, which closing the socket brings.
        if data := b"".join(self._protocol.data_to_send()):
            await self._stream.send(data)

    async def _read_bytes_or_end(self) -> bytes:
        try:
            return await (self._watched_read() if self._options.heartbeat else self._stream.receive(self._read_bytes))
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            # OSError: what came is no TLS.
            return b""

    async def _watched_read(self) -> bytes:
        """Read; ping a silent peer, and take one that stays silent as gone."""
        assert self._options.heartbeat is not None, "called with a heartbeat alone"
        data = await self._read_within(self._patience_s)
        while data is None and not self._pinged:
            self._protocol.send_ping(b"beat")
            await self._transmit()
            self._pinged, self._patience_s = True, self._options.heartbeat / 2
            data = await self._read_within(self._patience_s)
        if data is None:
            with anyio.CancelScope(shield=True):
                data = await self._read_within(_LAST_LOOK_S)
        if data is None:
            self._silent = True
            return b""
        self._pinged, self._patience_s = False, self._options.heartbeat
        return data

    async def _read_within(self, timeout_s: float) -> bytes | None:
        begun = anyio.current_time()
        try:
            with anyio.move_on_after(timeout_s):
                return await self._stream.receive(self._read_bytes)
            return None
        finally:
            # Also when cancelled, so that many short receives find a dead peer as well.
            self._patience_s -= anyio.current_time() - begun


async def open_transport(url: str, options: ConnectOptions) -> AnyioTransport:
    """Connect; see :class:`~voicelive_transports.Opener`.

    Raises:
        TypeError: a vendor option is given; there are none.
        ValueError: the URL or an option can't be used with this adapter; nothing was sent.
        ConnectFailed: no connection was made; HandshakeRejected and ConnectTimeout say more.
    """
    target = parse_target(url, options)
    if reason := refusal(target, options):
        raise ValueError(reason)
    for name in options.vendor_options or ():
        raise TypeError(f"unknown vendor option {name!r}: the anyio adapter has none")
    return AnyioTransport(await shake_hands(target, options), options)
