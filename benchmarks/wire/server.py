"""A cheap server in a process of its own. The model in a client's URL says what it does, such as ``receive-20-5000``."""

import contextlib
import itertools
import multiprocessing
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import payloads

from .frames import CLOSE, Walker, accept_websocket, ws_frame

SEPARATOR = b"\n\n\n"
"""Is in no frame."""

BLOCK = 50
"""So many deltas are sent by one call."""


@dataclass(frozen=True)
class Address:
    """Where the server listens, and how its certificate is trusted."""

    port: int
    tls: ssl.SSLContext | None = None
    """The client's settings; None for no TLS."""

    @property
    def endpoint(self) -> str:
        """As the SDKs take it."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def websocket(self, model: str) -> str:
        """URL for a WebSocket library."""
        return f"{'wss' if self.tls else 'ws'}://127.0.0.1:{self.port}/voice-live/realtime?model={model}"


@contextlib.contextmanager
def running(*, tls: bool = False) -> Iterator[Address]:
    """The server in a process of its own, for clients that come one after the other."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server_tls, client_tls = _certificate() if tls else (None, None)
    process = multiprocessing.get_context("fork").Process(target=serve, args=(listener, server_tls), daemon=True)
    process.start()
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield Address(port, client_tls)
    finally:
        process.terminate()
        process.join()


def _certificate() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS settings of the server, and of clients that trust it."""
    import trustme

    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


def serve(listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    """Serve one client after the other, for ever."""
    while True:
        client, _ = listener.accept()
        with contextlib.suppress(OSError), client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with tls.wrap_socket(client, server_side=True) if tls else client as peer:
                _play(peer, accept_websocket(peer))


def _play(client: socket.socket, model: str) -> None:
    """Do what the model says; answer the client's close frame, so that nobody waits for it."""
    kind, *numbers = model.split("-")
    walker = Walker(client)
    match kind, [int(number) for number in numbers]:
        case "receive", [delta_ms, events]:
            _send_all(client, deltas(delta_ms), events)
        case "turns", [events]:
            _send_all(client, turns(), events)
        case "send", [events]:
            for _ in range(events):
                walker.next_frame()
            client.sendall(ws_frame(payloads.transcript_delta()))
        case "echo" | "idle", []:
            pass
        case _:
            raise ValueError(f"unknown script {model!r}")
    answer = ws_frame(payloads.audio_delta(20)) if kind == "echo" else b""
    while walker.next_frame()[0] != CLOSE:
        client.sendall(answer)
    client.sendall(b"\x88\x00")


def _send_all(client: socket.socket, frames: Iterator[bytes], events: int) -> None:
    for begin in range(0, events, BLOCK):
        client.sendall(b"".join(itertools.islice(frames, min(BLOCK, events - begin))))


def deltas(delta_ms: int) -> Iterator[bytes]:
    """The start of a session and of a turn, then deltas without end."""
    return itertools.chain(map(ws_frame, payloads.start()), itertools.repeat(ws_frame(payloads.audio_delta(delta_ms))))


def turns() -> Iterator[bytes]:
    """A session's start, then animated turns without end, 100 ms a delta, each with ids of its own."""
    yield ws_frame(payloads.session_created())
    frames = [ws_frame(frame) for frame in payloads.turn(100, animated=True)]
    heads = SEPARATOR.join(frame[: payloads.IDS_WITHIN] for frame in frames)
    tails = [frame[payloads.IDS_WITHIN :] for frame in frames]
    for number in itertools.count():
        yield from map(bytes.__add__, payloads.renumbered(heads, number).split(SEPARATOR), tails)
