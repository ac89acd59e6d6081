"""The tree of errors, their texts, and what becomes of a transport's errors."""

import copy
import pickle

import pytest
from azure.core.exceptions import AzureError

import voicelive
import voicelive_transports as transports
from voicelive import exceptions
from voicelive.exceptions import ConnectionClosed, VoiceLiveError, from_transport
from voicelive_proto.responses import Response

URL = "wss://h/voice-live/realtime"

EVERY_ERROR = [
    exceptions.VoiceLiveError("m"),
    exceptions.ConnectionError("m"),
    exceptions.ConnectFailed("m"),
    exceptions.HandshakeRejected("m", 429, (("Retry-After", "3"),)),
    exceptions.ConnectTimeout("m"),
    exceptions.ConnectionClosed(1006, "lost"),
    exceptions.ReceiveTimeout("m"),
    exceptions.ConcurrentReceive("m"),
    exceptions.EventsMissed(3),
    exceptions.SubscriptionClosed(),
    exceptions.MalformedEvent("m", event_type="error", path="$.error", excerpt=b"{"),
    exceptions.InvalidEvent("m", event_type="error", state="IDLE"),
    exceptions.ResponseActive("resp_1"),
    exceptions.ServiceError("m", type="t", code="c", param="p", event_id="e"),
    exceptions.RequestRefused("m", type="t", code="c"),
    exceptions.ResponseFailed("m", kind="t", code="c", response=Response.from_dict({"id": "resp_1", "status": "failed"})),
]


def test_the_tree():
    drawn = {
        "VoiceLiveError": {AzureError},
        "ConnectionError": {VoiceLiveError},
        "ConnectFailed": {exceptions.ConnectionError},
        "HandshakeRejected": {exceptions.ConnectFailed},
        "ConnectTimeout": {exceptions.ConnectFailed, TimeoutError},
        "ConnectionClosed": {exceptions.ConnectionError},
        "ReceiveTimeout": {exceptions.ConnectionError, TimeoutError},
        "ConcurrentReceive": {exceptions.ConnectionError},
        "MalformedEvent": {exceptions.ConnectionError},
        "EventsMissed": {exceptions.ConnectionError},
        "SubscriptionClosed": {exceptions.ConnectionError},
        "InvalidEvent": {VoiceLiveError, ValueError},
        "ResponseActive": {exceptions.InvalidEvent},
        "ServiceError": {VoiceLiveError},
        "RequestRefused": {exceptions.ServiceError},
        "ResponseFailed": {exceptions.ServiceError},
    }
    assert {name: set(getattr(exceptions, name).__bases__) for name in exceptions.__all__} == drawn
    assert all(name in exceptions.__doc__ for name in drawn)


@pytest.mark.parametrize("name", exceptions.__all__)
def test_each_is_public(name):
    assert getattr(voicelive, name) is getattr(exceptions, name)


@pytest.mark.parametrize(
    ("code", "reason", "text", "hint"),
    [
        (1000, "bye", "WebSocket connection closed with code 1000: bye", None),
        (4000, "", "WebSocket connection closed with code 4000: no reason given", None),
        (1006, "the connection was lost", "WebSocket connection closed with code 1006: the connection was lost", "connect again"),
        (1008, "quota", "WebSocket connection closed with code 1008: quota", "policy violation"),
        (1009, "", "WebSocket connection closed with code 1009: no reason given", "raise max_msg_size in connection_options"),
        (1011, "oops", "WebSocket connection closed with code 1011: oops", "the service failed"),
    ],
)
def test_closed_says_code_reason_and_a_hint(code, reason, text, hint):
    closed = ConnectionClosed(code, reason)
    assert (closed.code, closed.reason) == (code, reason)
    assert str(closed).startswith(text)
    assert str(closed) == closed.message
    if hint is None:
        assert str(closed) == text
    else:
        assert hint in str(closed).removeprefix(text)


class OwnFailure(transports.ConnectFailed):
    """An error of an adapter that is not ours."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (transports.HandshakeRejected(URL, 401, "Unauthorized", (("X", "sesame"),), b"sesame"), exceptions.HandshakeRejected),
        (transports.ConnectTimeout(URL, 3.0), exceptions.ConnectTimeout),
        (transports.ConnectFailed(URL, "refused"), exceptions.ConnectFailed),
        (OwnFailure(URL, "refused"), exceptions.ConnectFailed),
        (transports.TransportClosed(1011, "oops", True), exceptions.ConnectionClosed),
        (transports.ReceiveTimeout(2.0), exceptions.ReceiveTimeout),
        (transports.ConcurrentReceive(), exceptions.ConcurrentReceive),
        (transports.TransportError("other"), exceptions.ConnectionError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_every_error_of_a_transport_has_its_own(error, kind):
    mapped = from_transport(error)
    assert type(mapped) is kind
    if kind is not ConnectionClosed:
        assert str(mapped) == str(error)
    assert "sesame" not in f"{mapped!r} {mapped} {mapped.args}"


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "key or token"), (403, "role"), (404, "host and path"), (429, "wait"), (302, "redirects are refused")]
)
def test_a_refused_handshake_says_its_status_and_what_to_do(status, hint):
    mapped = from_transport(transports.HandshakeRejected(URL, status, headers=(("Retry-After", "3"),)))
    assert isinstance(mapped, exceptions.HandshakeRejected)
    assert mapped.status == status
    assert mapped.headers == (("Retry-After", "3"),)
    assert f"HTTP {status}" in str(mapped)
    assert hint in str(mapped)


def test_every_public_error_of_the_transports_is_in_the_table():
    errors = {each for each in vars(transports).values() if isinstance(each, type) and issubclass(each, Exception)}
    assert errors == set(exceptions._FROM_TRANSPORT)


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: type(error).__name__)
def test_errors_cross_between_processes(error):
    there = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]  # noqa: S301 - our own
    for twin in (*there, copy.copy(error)):
        assert type(twin) is type(error)
        assert vars(twin) == vars(error)
        assert (twin.args, str(twin), repr(twin)) == (error.args, str(error), repr(error))


def test_every_error_crosses():
    assert [type(error).__name__ for error in EVERY_ERROR] == sorted(exceptions.__all__, key=list(vars(exceptions)).index)


def test_an_error_that_came_from_another_crosses_without_it():
    """azure-core keeps an error that was handled at that time, with its traceback, which no pickle takes."""
    try:
        raise transports.TransportClosed(1011, "oops", True)
    except transports.TransportClosed as closed:
        error = from_transport(closed)
    assert error.exc_traceback is not None
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (twin.code, twin.reason, str(twin)) == (1011, "oops", str(ConnectionClosed(1011, "oops")))
    assert twin.exc_value is None
