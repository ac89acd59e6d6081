"""WebSocket frames by hand: made beforehand by the server, and walked in place by it and by the limit."""

import base64
import hashlib
import socket
from typing import Final
from urllib.parse import parse_qs, urlsplit

TEXT: Final = 1
CLOSE: Final = 8
BUFFER_BYTES: Final = 1 << 18
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def ws_frame(payload: bytes) -> bytes:
    """An unmasked text frame, as servers send them."""
    size = len(payload)
    head = bytes([0x81, size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    return head + payload


def masked_frame(payload: bytes) -> bytes:
    """A text frame as clients send them; the mask is zero, so that the payload stands as it is."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return b"".join((head, b"\0\0\0\0", payload))


def accept_websocket(client: socket.socket) -> str:
    """Answer a client's handshake.

    Returns:
        The model that the client asked for, which names what is to be sent; empty for none.
    """
    request = b""
    while b"\r\n\r\n" not in request:
        received = client.recv(4096)
        if not received:
            raise ConnectionError("the client left during the handshake")
        request += received
    first, *lines = request.split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + _GUID).digest())  # noqa: S324 - as RFC 6455 says
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    query = parse_qs(urlsplit(first.split()[1].decode()).query)
    return query.get("model", [""])[0]


def ask_websocket(server: socket.socket, model: str) -> None:
    """The client's side of the handshake, answer unchecked."""
    request = (
        f"GET /voice-live/realtime?model={model} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    server.sendall(request.encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += server.recv(1)


class Walker:
    """Walks the frames that a blocking socket receives, in one buffer, nothing copied but a rest at its end."""

    def __init__(self, peer: socket.socket, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._receive_into = peer.recv_into
        self.buffer = bytearray(buffer_bytes)
        self.view = memoryview(self.buffer)
        self._at = 0
        self._filled = 0

    @property
    def has_more(self) -> bool:
        """Whether something was received beyond the last frame."""
        return self._filled > self._at

    def next_frame(self) -> tuple[int, int, int]:
        """Opcode, and where the payload begins and ends in the buffer; it stands there until the next call.

        Raises:
            ConnectionError: the peer left.
        """
        self._need(2)
        opcode, size = self.buffer[self._at] & 15, self.buffer[self._at + 1]
        masked, size, head = size & 0x80, size & 0x7F, 2
        if size > 125:
            width = 2 if size == 126 else 8
            self._need(2 + width)
            head += width
            size = int.from_bytes(self.view[self._at + 2 : self._at + head], "big")
        head += 4 if masked else 0
        self._need(head + size)
        start = self._at + head
        self._at = start + size
        return opcode, start, self._at

    def _need(self, size: int) -> None:
        """Receive until so many bytes are there from the present frame on."""
        while self._filled - self._at < size:
            if self._at + size > len(self.buffer) or self._at == self._filled:
                rest = self.view[self._at : self._filled]
                self.view[: len(rest)] = bytes(rest)
                self._at, self._filled = 0, len(rest)
            received = self._receive_into(self.view[self._filled :])
            if not received:
                raise ConnectionError("the peer left")
            self._filled += received
