import pickle

import pytest

from voicelive_transports import (
    ConcurrentReceive,
    ConnectFailed,
    ConnectTimeout,
    HandshakeRejected,
    ReceiveTimeout,
    TransportClosed,
    TransportError,
)

URL = "wss://h/voice-live/realtime"

MESSAGES = [
    (ConnectFailed(URL, "no route"), f"can't connect to {URL}: no route"),
    (ConnectTimeout(URL, 30.0), f"can't connect to {URL}: no WebSocket connection within 30 s (handshake_timeout)"),
    (ConnectTimeout(URL, None), f"can't connect to {URL}: no WebSocket connection within the system's own limit"),
    (
        HandshakeRejected(URL, 429, "Too Many Requests", (("Set-Cookie", "S3CR3T"),), b"S3CR3T"),
        f"can't connect to {URL}: the server answered HTTP 429 Too Many Requests; too many connections or requests; wait, then try again",
    ),
    (HandshakeRejected(URL, 500), f"can't connect to {URL}: the server answered HTTP 500"),
    (TransportClosed(1000, "", True), "connection closed with code 1000 (normal closure)"),
    (TransportClosed(1011, "oops", True), "connection closed with code 1011 (server error): oops"),
    (TransportClosed(4000, "", True), "connection closed with code 4000 (application code)"),
    (ReceiveTimeout(1.5), "no message within 1.5 s (receive_timeout)"),
    (ConcurrentReceive(), "another task is waiting in receive(); let one task receive and hand messages on"),
]


@pytest.mark.parametrize(("error", "message"), MESSAGES, ids=lambda value: type(value).__name__)
def test_messages_are_made_from_attributes(error, message):
    assert isinstance(error, TransportError)
    assert str(error) == message
    assert repr(error) == f"{type(error).__name__}({message!r})"


@pytest.mark.parametrize("error", [error for error, _ in MESSAGES], ids=lambda value: type(value).__name__)
def test_errors_cross_between_processes(error):
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


def test_the_tree():
    assert issubclass(HandshakeRejected, ConnectFailed)
    assert issubclass(ConnectTimeout, ConnectFailed)
    assert issubclass(ReceiveTimeout, TimeoutError)
