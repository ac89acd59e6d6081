"""A server for many sessions at once, in a process of its own, which does what it is told over a pipe.

It greets each with ``session.created``. Paced, it sends each a 20 ms audio delta every 20 ms, and writes into it when it was due; both
processes read the same clock.
"""

import contextlib
import heapq
import multiprocessing
import resource
import select
import socket
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from benchmarks import payloads

from .frames import accept_websocket, ws_frame
from .server import Address

DELTA_MS = 20
STEP_NS = DELTA_MS * 1_000_000
_DUE = b"0" * 20
"""Stands in the prepared frame where the time goes at which it was due."""
LEAD_NS = 200_000_000
"""So long before the first delta everybody is told."""


class Pacer:
    """What the client tells the server."""

    def __init__(self, address: Address, pipe: Connection) -> None:
        self.address = address
        self._pipe = pipe

    def start(self, sessions: int) -> None:
        """Send the start of a turn to each of the first so many sessions: ``payloads.TURN_START`` events."""
        self._pipe.send(("start", sessions, 0))

    def pace(self, sessions: int, count: int) -> None:
        """Send that many deltas in time to each of the first so many sessions."""
        self._pipe.send(("pace", sessions, count))

    def flood(self, sessions: int, count: int) -> None:
        """Send that many deltas to each of the first so many sessions, as fast as they are taken."""
        self._pipe.send(("flood", sessions, count))

    def farewell(self) -> None:
        """Answer close frames from now on."""
        self._pipe.send(("farewell", 0, 0))


@contextlib.contextmanager
def pacing(sessions: int) -> Iterator[Pacer]:
    """The server, for that many sessions."""
    allow_files(2 * sessions + 100)
    ours, theirs = multiprocessing.Pipe()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = multiprocessing.get_context("fork").Process(target=_serve, args=(listener, theirs, sessions), daemon=True)
    server.start()
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield Pacer(Address(port), ours)
    finally:
        server.terminate()
        server.join()


def allow_files(count: int) -> None:
    """Raise this process's limit of open files, where it is lower.

    Raises:
        OSError: the system allows fewer.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            raise OSError(f"{count} open files are needed, the system allows {hard}; see ulimit -Hn")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def _serve(listener: socket.socket, pipe: Connection, sessions: int) -> None:
    clients = []
    hello = ws_frame(payloads.session_created())
    start = b"".join(map(ws_frame, payloads.turn(DELTA_MS)[: payloads.TURN_START]))
    for _ in range(sessions):
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        accept_websocket(client)
        client.sendall(hello)
        clients.append(client)
    while True:
        match pipe.recv():
            case "start", count, _:
                for client in clients[:count]:
                    client.sendall(start)
            case "pace", count, deltas:
                _pace(clients[:count], deltas)
            case "flood", count, deltas:
                _flood(clients[:count], deltas)
            case _:
                _farewell(clients)
                return


def _pace(clients: list[socket.socket], count: int) -> None:
    """Each client has its own place within the 20 ms."""
    frame = ws_frame(payloads.audio_delta(DELTA_MS).replace(payloads.EVENT_ID.encode(), _DUE, 1))
    head, tail = frame.split(_DUE)
    begin_ns = time.monotonic_ns() + LEAD_NS
    due = [(begin_ns + STEP_NS * index // len(clients), index) for index in range(len(clients))]
    end_ns = begin_ns + count * STEP_NS
    while due:
        due_ns, index = due[0]
        wait_ns = due_ns - time.monotonic_ns()
        if wait_ns > 50_000:
            time.sleep(wait_ns / 1e9)
        clients[index].sendall(head + b"%020d" % due_ns + tail)
        if due_ns + STEP_NS < end_ns:
            heapq.heapreplace(due, (due_ns + STEP_NS, index))
        else:
            heapq.heappop(due)


def _flood(clients: list[socket.socket], count: int) -> None:
    block = memoryview(ws_frame(payloads.audio_delta(DELTA_MS)) * count)
    left = dict.fromkeys(clients, block)
    for client in clients:
        client.setblocking(False)
    while left:
        for client in select.select([], list(left), [])[1]:
            sent = client.send(left[client][: 1 << 16])
            left[client] = left[client][sent:]
            if not left[client]:
                client.setblocking(True)
                del left[client]


def _farewell(clients: list[socket.socket]) -> None:
    """Whatever a client still sends is its close frame; it is answered, and TCP closed, for which some clients wait."""
    waiting = select.poll()
    for client in clients:
        waiting.register(client, select.POLLIN)
    by_number = {client.fileno(): client for client in clients}
    while by_number:
        for number, _ in waiting.poll():
            waiting.unregister(number)
            with by_number.pop(number) as client, contextlib.suppress(OSError):
                if client.recv(65536):
                    client.sendall(b"\x88\x00")
