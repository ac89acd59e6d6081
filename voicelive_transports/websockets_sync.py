"""Blocking adapter on the websockets library's threaded client, version 15 or later, for programs without an event loop.

The library reads from the socket in a thread of its own, and stops while more than 4 frames wait for ``receive()``. It gives a refusal
of the handshake with its whole body alone: one whose body doesn't come, or has over 1 MiB, is a ConnectTimeout. Options are honoured and
refused as by the asyncio adapter of the same library, with one difference:

* ``heartbeat``: a ping at that interval, from another thread. If nothing comes within half of it although a ``receive()`` waits all
  the while, the connection is dropped, with code 1006, also when the ping itself waits behind a ``send()`` that the peer doesn't take.
  While nobody receives that isn't judged, as the pong may be behind what is unread.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from websockets.exceptions import ConcurrencyError, ConnectionClosed, InvalidProxy, InvalidStatus, WebSocketException
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

from ._closing import INVALID_TEXT, NOT_UTF8, check_close
from ._frames import encode_frame, is_utf8
from ._rejection import Rejection
from ._target import parse_target
from ._websockets_arguments import connect_arguments
from ._websockets_facts import Rejected, connection_info, detail, ending
from .base import TransportInfo
from .errors import ConcurrentReceive, ConnectFailed, ConnectTimeout, ReceiveTimeout, TransportClosed
from .options import ConnectOptions

LOOKS_S: Final = 0.1
"""A ``receive()`` that may be stopped looks so often whether it is."""

_LAST_LOOK_S: Final = 0.5
"""So long a peer that is about to be given up has still: what it said may have come while this process was stopped, and the thread that
reads it needs its turn."""


class BlockingTransport(Protocol):
    """A :class:`~voicelive_transports.Transport` whose calls block the thread; one thread may receive while any number send."""

    @property
    def info(self) -> TransportInfo:
        """Facts about the connection."""
        ...

    @property
    def close_code(self) -> int | None:
        """The close code; None while the connection is open or closing."""
        ...

    @property
    def close_reason(self) -> str | None:
        """The close reason; None while the connection is open or closing."""
        ...

    def send(self, frame: str | bytes) -> None:
        """Send one text message; raises as ``Transport.send``."""
        ...

    def receive(self, timeout_s: float | None = None, stop: Callable[[], bool] | None = None) -> bytes | None:
        """Wait for one message, so many seconds at most, or until ``stop()``; None when none came. Raises as ``Transport.receive``."""
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close and wait for the peer's close frame, at most ``close_timeout``; raises as ``Transport.aclose``."""
        ...

    def abort(self) -> None:
        """Drop the connection at once; whoever waits hears of it."""
        ...


class BlockingOpener(Protocol):
    """Opens a connection, blocking."""

    def __call__(self, url: str, options: ConnectOptions) -> BlockingTransport:
        """Connect; raises as :class:`~voicelive_transports.Opener` does."""
        ...


class _Connection(ClientConnection):
    """A connection that follows no redirects, as headers must not reach another host.

    Its thread begins to read when the request is sent. Over TLS 1.3 the server speaks before that, of sessions to resume; and where one
    thread reads this while another one writes, OpenSSL takes the connection for ended now and then.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._may_read = threading.Event()
        super().__init__(*args, **kwargs)

    def recv_events(self) -> None:
        """Read, in a thread of its own, until the end."""
        self._may_read.wait()
        super().recv_events()

    def send_data(self) -> None:
        """Send what is to be sent: the request first."""
        try:
            super().send_data()
        finally:
            self._may_read.set()

    def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Perform the handshake; a refusal is raised as Rejected."""
        try:
            super().handshake(*args, **kwargs)
        except InvalidStatus as exc:
            answer = exc.response
            headers = tuple(answer.headers.raw_items())
            body = bytes(answer.body or b"")
            raise Rejected(Rejection(answer.status_code, answer.reason_phrase, headers, body, complete=True)) from exc
        finally:
            self._may_read.set()  # it may have failed before there was a request


class WebsocketsSyncTransport:
    """A threaded connection of the websockets library as :class:`BlockingTransport`."""

    def __init__(self, connection: ClientConnection, info: TransportInfo, options: ConnectOptions) -> None:
        self.info = info
        self._connection = connection
        self._receive_timeout_s = options.receive_timeout
        self._close_timeout_s = options.close_timeout
        self._closing = False
        self._reader_left = threading.Event()
        self._peer_is_silent = False
        self._calls = 0
        self._waits = False
        self._over = threading.Event()
        if options.heartbeat is not None:
            threading.Thread(target=self._beat, args=(options.heartbeat,), name="voicelive-heartbeat", daemon=True).start()

    @property
    def close_code(self) -> int | None:
        """See :class:`BlockingTransport`."""
        return self._ending().code if self._connection.state is State.CLOSED else None

    @property
    def close_reason(self) -> str | None:
        """See :class:`BlockingTransport`."""
        return self._ending().reason if self._connection.state is State.CLOSED else None

    def send(self, frame: str | bytes) -> None:
        """See :class:`BlockingTransport`."""
        data = encode_frame(frame)
        try:
            self._connection.send(data, text=True)
        except ConnectionClosed as exc:
            raise self._ended() from exc

    def receive(self, timeout_s: float | None = None, stop: Callable[[], bool] | None = None) -> bytes | None:
        """See :class:`BlockingTransport`."""
        own_s = self._receive_timeout_s
        by_option = own_s is not None and (timeout_s is None or own_s < timeout_s)
        try:
            frame = self._receive(own_s if by_option else timeout_s, stop)
        except TimeoutError:
            if by_option and own_s is not None and not (stop is not None and stop()):
                raise ReceiveTimeout(own_s) from None
            return None
        except ConnectionClosed as exc:
            raise self._ended() from exc
        except ConcurrencyError as exc:
            raise ConcurrentReceive from exc
        if not is_utf8(frame):
            self.close(INVALID_TEXT, NOT_UTF8)
            raise TransportClosed(INVALID_TEXT, NOT_UTF8, clean=False)
        return frame

    def _receive(self, timeout_s: float | None, stop: Callable[[], bool] | None) -> bytes:
        deadline = None if timeout_s is None or timeout_s > threading.TIMEOUT_MAX else time.monotonic() + timeout_s
        self._calls += 1
        self._waits = True
        try:
            frame = self._next(deadline, stop)
            while self._closing:
                frame = self._next(deadline, stop)
        except ConcurrencyError:
            if not self._closing:
                raise
            # It is close() that reads.
            if not self._over.wait(_left_s(deadline)):
                raise TimeoutError from None
            raise self._connection.protocol.close_exc from None
        finally:
            self._waits = False
            if self._closing:
                self._reader_left.set()
        return frame

    def _next(self, deadline: float | None, stop: Callable[[], bool] | None) -> bytes:
        while True:
            left_s = _left_s(deadline)
            if stop is None or (left_s is not None and left_s <= LOOKS_S):
                return self._connection.recv(left_s, decode=False)
            try:
                return self._connection.recv(LOOKS_S, decode=False)
            except TimeoutError:
                if stop():
                    raise

    def close(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`BlockingTransport`."""
        check_close(code, reason)
        self._closing = True
        # The peer's close frame comes after all that nobody has read, so somebody must.
        threading.Thread(target=self._discard, name="voicelive-closing", daemon=True).start()
        # The library waits without a limit behind a send() that the peer doesn't take.
        cutting = None if self._close_timeout_s is None else _later(self._close_timeout_s, self.abort)
        try:
            self._connection.close(code, reason)
        finally:
            if cutting is not None:
                cutting.cancel()
            self._over.set()

    def abort(self) -> None:
        """See :class:`BlockingTransport`."""
        with contextlib.suppress(OSError):
            # Not that of an SSLSocket, which also lets the other threads go on without TLS on what is left.
            socket.socket.shutdown(self._connection.socket, socket.SHUT_RDWR)

    def _discard(self) -> None:
        """Read to the end, or see that another one does: a receive() that waits goes on to, until its time is up."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._reader_left.clear()
                with contextlib.suppress(ConcurrencyError):
                    while True:
                        self._connection.recv(decode=False)
                self._reader_left.wait()
        self._reader_left.set()  # another close() may wait for it, too

    def _beat(self, interval_s: float) -> None:
        while not self._over.wait(min(interval_s, threading.TIMEOUT_MAX)):
            calls = self._calls if self._waits else None
            sent = threading.Event()
            # Behind a send() that the peer doesn't take the ping waits as well.
            judging = _later(interval_s / 2, functools.partial(self._judge, calls, sent))
            try:
                pong = self._connection.ping()
            except ConnectionClosed:
                return
            finally:
                judging.cancel()
                sent.set()
            if not pong.wait(interval_s / 2):
                self._judge(calls, pong)

    def _judge(self, calls: int | None, sign: threading.Event) -> None:
        """Drop the connection, unless the sign of life that is missing comes now, or something came or nobody received since."""
        if not sign.wait(_LAST_LOOK_S) and self._waits and calls == self._calls and self._connection.state is State.OPEN:
            self._peer_is_silent = True
            self.abort()

    def _ended(self) -> TransportClosed:
        self._over.set()
        return self._ending()

    def _ending(self) -> TransportClosed:
        return ending(self._connection.protocol, peer_is_silent=self._peer_is_silent)


def _left_s(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _later(delay_s: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(min(delay_s, threading.TIMEOUT_MAX), act)
    timer.daemon = True
    timer.start()
    return timer


def open_blocking_transport(url: str, options: ConnectOptions) -> WebsocketsSyncTransport:
    """Connect; see :class:`BlockingOpener`.

    Raises:
        TypeError: a vendor option is unknown to the library.
        ValueError: the URL or an option can't be used with this adapter; nothing was sent.
        ConnectFailed: no connection was made; HandshakeRejected and ConnectTimeout say more.
    """
    target = parse_target(url, options)
    arguments = {**connect_arguments(options), "ping_interval": None}
    try:
        # Entered, as newer versions ask for; what is entered is the connection.
        connection = cast("ClientConnection", connect(url, create_connection=_Connection, **arguments).__enter__())
    except Rejected as exc:
        raise exc.rejection.error(target) from exc
    except TimeoutError as exc:
        raise ConnectTimeout(target.public_url, options.handshake_timeout) from exc
    except InvalidProxy:
        raise ConnectFailed(target.public_url, "the proxy named by the environment has no valid URL") from None
    except (OSError, WebSocketException) as exc:
        raise ConnectFailed(target.public_url, detail(exc)) from exc
    return WebsocketsSyncTransport(connection, connection_info(connection, target, "websockets_sync"), options)
