"""A service by hand: behind the handshake every byte is the test's, so that it can be stuck, or end in ways that no library has."""

import base64
import contextlib
import hashlib
import json
import socket
import threading

from websockets.frames import Close, Frame, Opcode

CREATED = {"type": "session.created", "event_id": "event_1", "session": {"id": "sess_1", "model": "gpt-realtime"}}


class Wire:
    """The service's end of one connection."""

    def __init__(self, taken, nth):
        self._socket = taken
        self.nth = nth
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += taken.recv(1)
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False).digest()
        answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
        taken.sendall(answer % base64.b64encode(digest))

    def send(self, *events):
        for event in events:
            self._socket.sendall(Frame(Opcode.TEXT, json.dumps(event).encode()).serialize(mask=False))

    def hear(self):
        """Wait until something came."""
        assert self._socket.recv(65536)

    def listen(self):
        """Read until the client is gone."""
        while self._socket.recv(65536):
            pass

    def close(self, code, reason):
        """Say so, and hang up without waiting for an answer."""
        self._socket.sendall(Frame(Opcode.CLOSE, Close(code, reason).serialize()).serialize(mask=False))


@contextlib.contextmanager
def raw_service(talk):
    """Serve ``talk(wire)`` for each connection, in a thread, and hang up after it. Gives the URL.

    A talk may wait for ``wire.over``: it is set when the test has left.
    """
    over = threading.Event()
    taken = []

    def serve(nth):
        with taken[nth - 1], contextlib.suppress(OSError):
            wire = Wire(taken[nth - 1], nth)
            wire.over = over
            talk(wire)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                taken.append(listening.accept()[0])
                threading.Thread(target=serve, args=(len(taken),), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            for each in taken:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
