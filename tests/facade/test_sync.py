"""The blocking facade, over real sockets, against services that run in a thread of their own."""

import asyncio
import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import numpy
import pytest
import trustme
from anyio.from_thread import start_blocking_portal
from azure.core.credentials import AzureKeyCredential
from websockets.exceptions import ConnectionClosed as LibraryClosed

import voicelive.sync
from voicelive import (
    ConcurrentReceive,
    ConnectFailed,
    ConnectionClosed,
    ConnectTimeout,
    EventsMissed,
    HandshakeRejected,
    InvalidEvent,
    MalformedEvent,
    Observer,
    ReceiveTimeout,
    RequestRefused,
    ResponseActive,
    SubscriptionClosed,
    models,
)
from voicelive._reading import MAX_EVENTS
from voicelive.emulator import serve_in_thread
from voicelive.sync import connect
from voicelive_proto import server_events
from voicelive_proto.responses import Response
from voicelive_proto.resume import resume_plan

from .local_service import CLEARED, CREATED, KEY, local_service
from .test_resources import LINES, METHODS, TURN_METHODS, arguments_of

PATIENCE_S = 30


@contextmanager
def service_in_thread(script=None, **options):
    """A local service on a loop in a thread of its own."""
    arguments = (script,) if script else ()
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(local_service(*arguments, **options)) as service:
        service.finish = lambda: portal.call(service.finished)
        yield service


def connect_to(url, **arguments):
    return connect(**{"credential": AzureKeyCredential(KEY), "endpoint": url, "model": "gpt-realtime"} | arguments)


@contextmanager
def joined(script=None, **arguments):
    with service_in_thread(script) as service, connect_to(service.url, **arguments) as connection:
        connection.service = service
        yield connection


def response(kind, identity="resp_1", status="in_progress", **keys):
    event = {"created": server_events.ResponseCreated, "done": server_events.ResponseDone}[kind]
    return event(event_id=f"event_{kind}_{identity}", response=Response(id=identity, status=status, **keys))


def text(delta, identity="resp_1"):
    place = {"response_id": identity, "item_id": "item_1", "output_index": 0, "content_index": 0}
    return json.dumps({"type": "response.text.delta", "event_id": "e", **place, "delta": delta})


async def answers(peer):
    """Answer each request for a response with two pieces of text, until the client closes."""
    await peer.send(CREATED)
    count = 0
    while True:
        try:
            event = await peer.receive()
        except LibraryClosed:
            return
        if event.type == "input_audio_buffer.clear":
            await peer.send(CLEARED)
        if event.type == "response.create":
            count += 1
            identity = f"resp_{count}"
            await peer.send(response("created", identity))
            await peer.send_frame(text("sixty", identity))
            await peer.send_frame(text("-three", identity))
            await peer.send(response("done", identity, "completed"))


async def refuses(peer):
    await peer.send(CREATED)
    asked = await peer.receive()
    await peer.send_frame(
        json.dumps(
            {"type": "error", "error": {"type": "invalid_request_error", "code": "bad", "message": "no", "event_id": asked.event_id}}
        )
    )
    await peer.receive_all()


def sends(*frames, close=None):
    async def script(peer):
        await peer.send(CREATED)
        for frame in frames:
            await (peer.send_frame(frame) if isinstance(frame, (str, bytes)) else peer.send(frame))
        if close is not None:
            await peer.websocket.close(*close)
        return await peer.receive_all()

    return script


def in_thread(call):
    """Call it in a thread; gives what it returns or raises."""
    outcome = SimpleNamespace(value=None, error=None)

    def run():
        try:
            outcome.value = call()
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            outcome.error = error

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    return result


def test_frames_equal_the_corpus():
    lines = [line for line in LINES if line["type"] not in TURN_METHODS]
    with service_in_thread() as service:
        with connect_to(service.url) as connection:
            for line in lines:
                METHODS[line["type"]](connection)(**arguments_of(line["message"]))
        peer, ended = service.finish()
    assert ended[0] == 1000
    sent = peer.messages()
    assert len(sent) == len(lines)
    for line, message in zip(lines, sent, strict=True):
        expected = dict(line["message"])
        if expected["type"] == "response.create":
            expected.setdefault("event_id", message["event_id"])
        assert message == expected


def test_named_turns():
    with service_in_thread() as service:
        with connect_to(service.url) as connection:
            connection.input_audio.turn.start(turn_id="turn_1")
            connection.input_audio.turn.append(turn_id="turn_1", audio=b"\1\0")
            connection.input_audio.turn.end(turn_id="turn_1")
            connection.input_audio.turn.start(turn_id="turn_2")
            connection.input_audio.turn.cancel(turn_id="turn_2")
            connection.mcp_approval_response.create(approval_request_id="mcpr_1", approve=True)
        peer, _ = service.finish()
    assert [message["type"].rpartition(".")[2] for message in peer.messages()] == ["start", "append", "end", "start", "cancel", "create"]


def test_a_response_by_its_handle():
    with joined(answers) as connection:
        assert connection.recv(timeout=PATIENCE_S).session.id == "sess_1"
        handle = connection.response.create()
        assert handle.created() == "resp_1"
        assert list(handle.text_deltas()) == ["sixty", "-three"]
        assert handle.done(timeout=PATIENCE_S).status == "completed"
        assert handle.text == "sixty-three"
        assert [event.type for event in handle][-1] == "response.done"
        assert [list(handle.audio_chunks()), list(handle.transcript_deltas())] == [[], []]
        handle.cancel()  # over already
        assert [connection.recv().type for _ in range(4)] == [
            "response.created",
            "response.text.delta",
            "response.text.delta",
            "response.done",
        ]
        assert connection.state.responses.active is None


def test_a_refused_request():
    with joined(refuses) as connection:
        handle = connection.response.create()
        for _ in range(10):
            with pytest.raises(RequestRefused, match="no") as caught:
                handle.done(timeout=PATIENCE_S)
        assert len(caught.traceback) < 10


def test_a_refusal_that_names_no_request():
    async def script(peer):
        await peer.send(CREATED)
        await peer.receive()
        await peer.send_frame(json.dumps({"type": "error", "error": {"type": "server_error", "message": "no"}}))
        await peer.receive()
        await peer.send(response("created"))
        await peer.send(response("done", status="completed"))
        await peer.receive_all()

    with joined(script, when_response_active="queue") as connection:
        with pytest.raises(RequestRefused, match="no"):
            connection.response.create().done(timeout=PATIENCE_S)
        assert connection.response.create().done(timeout=PATIENCE_S).id == "resp_1"


def test_a_response_outside_the_conversation_keeps_none_back():
    async def script(peer):
        await peer.send(CREATED)
        await peer.receive()
        await peer.send(response("created", "beside"))
        await peer.receive()
        await peer.send(response("created", "resp_1"))
        await peer.receive_all()

    with joined(script, when_response_active="error") as connection:
        beside = connection.response.create(response={"conversation": "none"})
        assert beside.created(timeout=PATIENCE_S) == "beside"
        assert connection.response.create().created(timeout=PATIENCE_S) == "resp_1"
        with pytest.raises(ResponseActive, match="resp_1"):
            connection.response.create()


def test_waiting_takes_no_event_from_others():
    with joined(answers) as connection:
        with connection.events("response.text.delta", max_events=5) as deltas:
            first = connection.response.create()
            assert connection.wait_for("response.done", timeout=PATIENCE_S).response.id == "resp_1"
            assert [deltas.next().delta, next(deltas).delta] == ["sixty", "-three"]
        assert first.ended
        assert connection.recv().type == "session.created"
        with pytest.raises(TimeoutError, match=r"no 'response.done' within 0.05 s; 0 other events"):
            connection.wait_for("response.done", timeout=0.05)
        with pytest.raises(TypeError, match="say what to wait for"):
            connection.wait_for()
        connection.input_audio_buffer.clear()
        with pytest.raises(KeyError):
            connection.wait_for(lambda event: {}[event.type], timeout=PATIENCE_S)


def however_often_it_times_out(receive):
    """What comes in the end: a short receive_timeout may pass before the service has had its turn."""
    for _ in range(PATIENCE_S * 20):
        with contextlib.suppress(ReceiveTimeout):
            return receive()
    raise AssertionError("it never came")


def test_time_limits():
    with joined(connection_options={"receive_timeout": 0.05}) as connection:
        assert however_often_it_times_out(lambda: connection.recv(timeout=PATIENCE_S)).type == "session.created"
        with pytest.raises(ReceiveTimeout):
            connection.recv()
        with pytest.raises(ReceiveTimeout):
            connection.recv(timeout=PATIENCE_S)
        with pytest.raises(TimeoutError, match=r"no event within 0\.01 s"):
            connection.recv(timeout=0.01)
        handle = connection.response.create()
        with pytest.raises(TimeoutError, match="not created yet"):
            handle.done(timeout=0.01)
        with pytest.raises(TimeoutError, match=r"not created within 0\.01 s"):
            handle.created(timeout=0.01)
        with connection.events() as events, pytest.raises(TimeoutError, match=r"no event came within 0\.01 s"):
            events.next(timeout=0.01)
        connection.input_audio_buffer.clear()


def test_without_time_to_wait_there_is_what_has_come():
    there = threading.Event()

    async def script(peer):
        await peer.send(CREATED)
        assert (await peer.receive()).type == "response.create"
        await peer.send(CLEARED)
        assert (await peer.receive()).type == "input_audio_buffer.clear"
        for event in (CLEARED, CLEARED, response("created"), response("done", status="completed")):
            await peer.send(event)
        # The client's thread reads on while up to four frames wait. What it has read at once it answers first, and then hands over: so only
        # the second pong says that all is there.
        for _ in range(2):
            await (await peer.websocket.ping())
        there.set()
        await peer.receive_all()

    with joined(script) as connection:

        def patiently(look):
            """Look again and again, without waiting in it."""
            for _ in range(PATIENCE_S * 100):
                with contextlib.suppress(TimeoutError):
                    return look(timeout=0)
                time.sleep(0.01)
            raise AssertionError("it never came")

        assert patiently(connection.recv).type == "session.created"
        with connection.events("input_audio_buffer.cleared") as cleared:
            handle = connection.response.create()
            assert patiently(cleared.next) == CLEARED
            connection.input_audio_buffer.clear()
            assert there.wait(PATIENCE_S)
            assert cleared.next(timeout=0) == CLEARED
            assert handle.created(timeout=0) == "resp_1"  # though another event comes before it
            assert handle.done(timeout=0).status == "completed"
        assert connection.recv(timeout=0) == CLEARED
        with pytest.raises(TimeoutError):
            connection.wait_for("session.updated", timeout=0)


def test_a_subscription_in_several_threads_gives_each_event_once():
    count = 3000

    async def script(peer):
        await peer.send(CREATED)
        await peer.receive()
        for number in range(count):
            await peer.send_frame(text(str(number)))
            if number % 10 == 0:
                await asyncio.sleep(0.001)
        await peer.send(CLEARED)
        await peer.receive_all()

    usual_s = sys.getswitchinterval()
    with joined(script) as connection, connection.events("response.text.delta", max_events=count) as pieces:
        got, failed = [], []

        def take():
            try:
                got.extend(int(piece.delta) for piece in pieces)
            except BaseException as failure:  # noqa: BLE001 - whatever it is, the test says so
                failed.append(failure)

        threads = [threading.Thread(target=take, daemon=True) for _ in range(4)]
        try:
            sys.setswitchinterval(1e-6)
            for thread in threads:
                thread.start()
            connection.input_audio_buffer.clear()
            connection.wait_for("input_audio_buffer.cleared", timeout=PATIENCE_S)
        finally:
            sys.setswitchinterval(usual_s)
        pieces.close()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert (sorted(got), failed) == (list(range(count)), [])


def test_a_closed_subscription_ends_in_every_thread():
    with joined() as connection:
        connection.wait_for("session.created", timeout=PATIENCE_S)
        ended = []
        subscriptions = [connection.events(), connection.events("response.done")]

        def iterate(events):
            ended.append([event.type for event in events])

        threads = [threading.Thread(target=iterate, args=(events,), daemon=True) for events in subscriptions for _ in range(2)]
        for thread in threads:
            thread.start()
            time.sleep(0.05)  # the first one reads, the others wait for it
        for events in reversed(subscriptions):
            events.close()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert ended == [[]] * 4
        with pytest.raises(SubscriptionClosed, match="was closed"):
            subscriptions[0].next()


def test_a_subscription_hears_of_receive_timeout():
    with joined(connection_options={"receive_timeout": 0.3}) as connection:
        however_often_it_times_out(lambda: connection.wait_for("session.created", timeout=PATIENCE_S))
        with connection.events() as events, pytest.raises(ReceiveTimeout):
            events.next()


def test_iterating_ends_with_a_normal_close():
    with joined(sends(CLEARED, close=(1001, "going"))) as connection:
        assert [event.type for event in connection] == ["session.created", "input_audio_buffer.cleared"]
        assert (connection.close_code, connection.close_reason) == (1001, "going")
        with pytest.raises(ConnectionClosed):
            connection.recv()
        with pytest.raises(ConnectionClosed), connection.events() as events:
            events.next()
        with connection.events() as events:
            assert list(events) == []
        with pytest.raises(ConnectionClosed):
            connection.input_audio_buffer.clear()
        with pytest.raises(ConnectionClosed):
            connection.input_audio_buffer.append(audio=b"\0\0")
        assert "closed with code 1001" in repr(connection)


def test_a_connection_that_is_over_before_anyone_looks():
    """Its addresses can't be asked for any more; everything else is told as ever."""
    with service_in_thread(sends(close=(1011, "at once"))) as service:
        for _ in range(20):
            with connect_to(service.url) as connection, pytest.raises(ConnectionClosed):
                list(connection)


def test_iterating_raises_any_other_close():
    with joined(sends(close=(1011, "broken"))) as connection, pytest.raises(ConnectionClosed) as caught:
        list(connection)
    assert (caught.value.code, caught.value.reason) == (1011, "broken")


def test_a_frame_that_is_no_event():
    with joined(sends("{", "[]", CLEARED)) as connection:
        assert connection.recv().type == "session.created"
        with pytest.raises(MalformedEvent):
            connection.recv()
        assert next(iter(connection)).type == "input_audio_buffer.cleared"
        assert [record.excerpt for record in connection.malformed_frames] == [b"{", b"[]"]


def test_frames_as_they_came():
    with joined(sends("{")) as connection:
        assert json.loads(connection.recv_bytes())["type"] == "session.created"
        assert connection.recv_bytes(timeout=PATIENCE_S) == b"{"


def test_a_frame_that_is_not_utf8_ends_the_connection():
    async def script(peer):
        await peer.websocket.send(b"\xff", text=False)
        return await peer.receive_all()

    with joined(script) as connection:
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv()
        assert caught.value.code == 1007


def test_an_event_that_may_not_be_sent():
    with joined() as connection:
        with pytest.raises(InvalidEvent):
            connection.send({"event_id": "without a type"})
        with pytest.raises(InvalidEvent):
            connection.input_audio_buffer.append(audio=b"\0")
        with pytest.raises(ValueError, match="code"):
            connection.close(code=1006)
        connection.close()
        with pytest.raises(ConnectionClosed):
            connection.send({"type": "input_audio_buffer.clear"})
        connection.close()


def test_audio_of_numpy_goes_out_while_another_thread_receives():
    with service_in_thread(answers) as service:
        with connect_to(service.url) as connection:
            received = in_thread(lambda: connection.wait_for("input_audio_buffer.cleared", timeout=PATIENCE_S))
            senders = [
                in_thread(lambda: [connection.input_audio_buffer.append(audio=numpy.zeros(480, numpy.int16)) for _ in range(50)])
                for _ in range(3)
            ]
            for sender in senders:
                sender()
            connection.input_audio_buffer.clear()
            assert received().type == "input_audio_buffer.cleared"
            assert connection.state.input_audio.buffer_ms == 0
        peer, _ = service.finish()
    assert len(peer.frames) == 151


def test_of_threads_that_ask_at_once_one_passes():
    """Each looks whether a response is active and then asks; no other may come between."""
    threads, passed = 8, []
    before = sys.getswitchinterval()

    def ask(connection, together):
        together.wait()
        with contextlib.suppress(ResponseActive):
            passed.append(connection.response.create())

    async def silent(peer):
        await peer.receive_all()

    sys.setswitchinterval(1e-6)
    try:
        for attempt in range(1, 6):
            with joined(silent, when_response_active="error") as connection:
                together = threading.Barrier(threads)
                asking = [threading.Thread(target=ask, args=(connection, together)) for _ in range(threads)]
                for each in asking:
                    each.start()
                for each in asking:
                    each.join()
                assert len(passed) == attempt
    finally:
        sys.setswitchinterval(before)


def test_two_threads_ask_and_each_has_its_answer():
    with joined(answers) as connection:
        asked = [in_thread(lambda: connection.response.create().done(timeout=PATIENCE_S).id) for _ in range(4)]
        assert sorted(each() for each in asked) == ["resp_1", "resp_2", "resp_3", "resp_4"]


def test_one_thread_receives():
    with joined(sends()) as connection:
        connection.recv()
        waiting = in_thread(connection.recv)
        while not connection._receiving:
            threading.Event().wait(0.005)
        with pytest.raises(ConcurrentReceive):
            connection.recv()
        connection.close()
        with pytest.raises(ConnectionClosed):
            waiting()


def test_closing_while_much_is_unread():
    flood = [CLEARED] * 500
    with joined(sends(*flood)) as connection:
        connection.recv()
    assert connection.close_code == 1000
    assert list(connection) == []


def test_what_nobody_receives_is_bounded():
    flood = [CLEARED] * (MAX_EVENTS + 9)
    with joined(sends(*flood, response("created"))) as connection:
        connection.wait_for("response.created", timeout=PATIENCE_S)
        with pytest.raises(EventsMissed):
            connection.recv()
        assert connection.recv().type == "input_audio_buffer.cleared"


def test_the_core_is_what_a_resume_plan_takes():
    with joined() as connection:
        connection.session.update(session={"voice": "alloy"})
        assert [event.type for event in resume_plan(connection.core).events] == ["session.update"]


def test_a_pump_keeps_the_state_up_to_date():
    with joined(sends(response("created"))) as connection:
        with connection.pump():
            while connection.state.responses.active is None:
                threading.Event().wait(0.005)
        assert connection.recv().type == "session.created"
        with pytest.raises(KeyError), connection.pump():
            raise KeyError
    with connection.pump():
        pass


async def holds_one_active(peer):
    """A response is active; a cancel ends it; then a request is answered."""
    await peer.send(CREATED)
    await peer.send(response("created", "resp_0"))
    while True:
        event = await peer.receive()
        if event.type == "response.cancel":
            await peer.send(response("done", "resp_0", "cancelled"))
        elif event.type == "input_audio_buffer.clear":
            await peer.send(response("done", "resp_0", "completed"))
        elif event.type == "response.create":
            await peer.send(response("created", "resp_1"))
            await peer.send(response("done", "resp_1", "completed"))
            return await peer.receive_all()


@pytest.mark.parametrize("policy", ["replace", "queue", "error"])
def test_the_gate(policy):
    with joined(holds_one_active, when_response_active=policy) as connection:
        connection.wait_for("response.created", timeout=PATIENCE_S)
        if policy == "error":
            with pytest.raises(ResponseActive):
                connection.response.create()
            return
        asked = in_thread(lambda: connection.response.create().done(timeout=PATIENCE_S))
        if policy == "queue":
            connection.input_audio_buffer.clear()  # ends the active one
        assert asked().id == "resp_1"


def test_observers_hear_of_it():
    class Ears(Observer):
        def __init__(self):
            self.heard = []

        def connected(self, info):
            self.heard.append(info.adapter)

        def sent(self, event, _frame_bytes):
            self.heard.append(event["type"] if isinstance(event, dict) else event.type)

        def sent_audio(self, audio_bytes, _frame_bytes):
            self.heard.append(audio_bytes)

        def received(self, event, _frame_bytes):
            self.heard.append(event.type)

        def send_failed(self, _event_type, error):
            self.heard.append(type(error).__name__)

        def malformed(self, _problem, frame_bytes):
            self.heard.append(frame_bytes)

        def connect_failed(self, error):
            self.heard.append(type(error).__name__)

        def closed(self, code, _reason):
            self.heard.append(code)

    ears = Ears()
    with joined(sends("{"), observers=[ears]) as connection:
        connection.recv()
        with pytest.raises(MalformedEvent):
            connection.recv()
        connection.input_audio_buffer.append(audio=b"\0\0")
        connection.input_audio_buffer.clear()
        with pytest.raises(InvalidEvent):
            connection.send({"event_id": "without a type"})
    heard = ["websockets_sync", "session.created", 1, 2, "input_audio_buffer.clear", "InvalidEvent", 1000]
    assert ears.heard == heard
    with pytest.raises(ConnectFailed), connect_to("http://127.0.0.1:9", observers=[ears]):
        raise AssertionError
    assert ears.heard == [*heard, "ConnectFailed"]


def test_a_token_is_fetched_in_this_thread():
    class Tokens:
        def get_token(self, *scopes):
            self.asked = (scopes, threading.current_thread())
            return SimpleNamespace(token="token-of-ours", expires_on=0)

    tokens = Tokens()
    with service_in_thread() as service:
        with connect_to(service.url, credential=tokens):
            pass
        peer, _ = service.finish()
    assert peer.request.headers["Authorization"] == "Bearer token-of-ours"
    assert tokens.asked == (("https://ai.azure.com/.default",), threading.current_thread())


def test_the_key_of_the_environment(monkeypatch):
    monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", KEY)
    with service_in_thread() as service:
        with connect_to(service.url, credential=None):
            pass
        peer, _ = service.finish()
    assert peer.request.headers["api-key"] == KEY


def test_what_is_for_an_event_loop_is_refused_by_name():
    class Tokens:
        async def get_token(self, *_scopes):
            raise AssertionError

    with pytest.raises(TypeError, match=r"Tokens is for an event loop.*azure\.identity\.aio.*voicelive\.connect"):
        connect_to("http://127.0.0.1:9", credential=Tokens())
    with pytest.raises(ValueError, match="no transport 'trio'"):
        connect_to("http://127.0.0.1:9", transport="trio")
    with pytest.raises(TypeError, match="did you mean 'credential'"):
        connect_to("http://127.0.0.1:9", credental=1)


def test_a_context_for_an_event_loop_is_named():
    async def entered():
        async with connect_to("https://h"):
            pass

    with pytest.raises(TypeError, match=r"use: with connect\(.*voicelive\.connect\(\)"):
        asyncio.run(entered())


def test_a_context_opens_once():
    with service_in_thread() as service:
        context = connect_to(service.url, transport="websockets")
        with context as connection:
            assert connection.transport_info.adapter == "websockets_sync"
            assert connection.transport_info.peer_address == ("127.0.0.1", service.port)
        with pytest.raises(RuntimeError, match="entered before"), context:
            raise AssertionError


@pytest.mark.parametrize(("status", "hint"), [(401, "key"), (302, "302")])
def test_a_refused_handshake(status, hint):
    def refuse(_connection, _request):
        from websockets.datastructures import Headers
        from websockets.http11 import Response as Answer

        return Answer(status, "No", Headers({"Location": "ws://127.0.0.1:9/", "Content-Length": "2"}), b"no")

    with service_in_thread(process_request=refuse) as service, pytest.raises(HandshakeRejected, match=hint) as caught:
        connect_to(service.url).__enter__()
    assert caught.value.status == status if hasattr(caught.value, "status") else caught.value.status_code == status


def test_nobody_answers_the_handshake():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        context = connect_to(f"http://127.0.0.1:{listening.getsockname()[1]}", connection_options={"handshake_timeout": 0.1})
        with pytest.raises(ConnectTimeout):
            context.__enter__()


def test_options_are_honoured_or_refused():
    with pytest.raises(ValueError, match="autoping"), connect_to("http://127.0.0.1:9", connection_options={"autoping": False}):
        raise AssertionError
    big = json.dumps({"type": "input_audio_buffer.cleared", "event_id": "x" * 3000})
    with joined(sends(big), connection_options={"max_msg_size": 2000, "compression": True}) as connection:
        assert "permessage-deflate" in connection.transport_info.compression
        with pytest.raises(ConnectionClosed) as caught:
            list(connection)
        assert caught.value.code == 1009


def test_tls_with_an_own_authority():
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    with service_in_thread(ssl=server) as service:
        secure = service.url.replace("http:", "https:")
        with connect_to(secure, connection_options={"ssl_context": client} if "ssl_context" in _option_names() else {}) as connection:
            assert connection.recv().type == "session.created"
            assert connection.transport_info.tls
        with pytest.raises(ConnectFailed, match="certificate"):
            connect_to(secure).__enter__()


def _option_names():
    from voicelive import WebsocketConnectionOptions

    return WebsocketConnectionOptions.__annotations__


def _pumped(connection):
    with connection.pump():
        connection.wait_for("session.created")


WAITS = [lambda connection: connection.recv(timeout=PATIENCE_S), lambda connection: connection.events().next(), _pumped]


@pytest.mark.parametrize("wait", WAITS, ids=["recv", "subscription", "pump"])
def test_a_peer_that_answers_no_ping_is_gone(wait):
    with start_blocking_portal() as portal:
        quiet = portal.call(_deaf_server)
        port = quiet.sockets[0].getsockname()[1]
        with connect_to(f"http://127.0.0.1:{port}", connection_options={"heartbeat": 0.2, "close_timeout": 0.2}) as connection:
            with pytest.raises(ConnectionClosed, match="stopped answering") as caught:
                wait(connection)
            assert caught.value.code == 1006
        portal.call(quiet.close)


async def _deaf_server():
    """It answers the handshake and nothing else."""
    from websockets.server import ServerProtocol

    async def handle(reader, writer):
        protocol = ServerProtocol()
        protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
        protocol.send_response(protocol.accept(protocol.events_received()[0]))
        writer.writelines(protocol.data_to_send())
        try:
            await reader.read()
        finally:
            writer.transport.abort()

    return await asyncio.start_server(handle, "127.0.0.1", 0)


def test_a_peer_that_answers_pings_stays():
    # Half of it is the time for a pong, which takes several threads' turns.
    with joined(sends(), connection_options={"heartbeat": 1}) as connection:
        connection.recv()
        with pytest.raises(TimeoutError):
            connection.recv(timeout=3.3)
        assert connection.close_code is None


def test_a_failing_block_leaves_soon_though_the_service_does_not_answer(monkeypatch):
    monkeypatch.setattr("voicelive.sync._scheduling.FAREWELL_S", 0.05)
    with start_blocking_portal() as portal:
        quiet = portal.call(_deaf_server)
        port = quiet.sockets[0].getsockname()[1]
        with pytest.raises(KeyError), connect_to(f"http://127.0.0.1:{port}", connection_options={"close_timeout": 60.0}) as connection:
            raise KeyError
        assert connection.close_code is not None
        portal.call(quiet.close)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send to one process")
def test_ctrl_c_leaves_a_waiting_recv():
    program = """
        import signal, sys
        from voicelive import AzureKeyCredential
        from voicelive.sync import connect
        from voicelive.sync import _scheduling
        _scheduling.FAREWELL_S = 30.0  # what is tested is that the service hears of the end, not how soon
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with connect(credential=AzureKeyCredential("key"), endpoint=sys.argv[1], model="gpt-realtime") as connection:
            connection.recv()
            try:
                print("waiting", flush=True)
                connection.recv()
            except KeyboardInterrupt:
                print("left", flush=True)
                raise
    """
    with service_in_thread() as service:
        command = [sys.executable, "-c", textwrap.dedent(program), service.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "waiting\n"
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=PATIENCE_S)
        assert output == "left\n"
        assert errors.rstrip().endswith("KeyboardInterrupt")
        assert service.finish()[1][0] == 1000


def test_names():
    assert dir(voicelive.sync) == ["ResponseHandle", "Subscription", "VoiceLiveConnection", "connect", "stay_connected"]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = voicelive.sync.nothing


def test_the_same_names_as_the_asynchronous_facade():
    """Nothing is missing here that the asynchronous connection has."""
    import voicelive

    ours, theirs = voicelive.sync.VoiceLiveConnection, voicelive.VoiceLiveConnection
    assert {name for name in vars(theirs) if not name.startswith("_")} == {name for name in vars(ours) if not name.startswith("_")}
    handles = voicelive.sync.ResponseHandle, voicelive.ResponseHandle
    assert {name for name in vars(handles[0]) if not name.startswith("_")} == {
        name for name in vars(handles[1]) if not name.startswith("_")
    }
    assert models.RequestSession  # shared, not made twice


def test_a_spoken_answer_of_the_local_server():
    with serve_in_thread(pace=None, recogniser=None) as server, connect_to(server.url) as connection:
        said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is two plus three?"}]}
        connection.conversation.item.create(item=said)
        handle = connection.response.create()
        assert "".join(handle.transcript_deltas()) == "2 plus 3 is 5."
        assert sum(len(chunk) for chunk in handle.audio_chunks()) == len(handle.audio) > 10_000
        assert handle.usage.output_tokens > 0
        assert "completed" in repr(handle)


def test_a_subscription_is_bounded_and_says_so():
    with joined(sends(*[CLEARED] * 5, response("created"))) as connection:
        with pytest.raises(ValueError, match="max_events must be 1"):
            connection.events(max_events=0)
        with pytest.raises(ValueError, match="overflow must be"):
            connection.events(overflow="wait")
        told, counted = connection.events(max_events=2), connection.events(max_events=2, overflow="drop")
        failing = connection.events(lambda event: event.no_such_field)
        connection.wait_for("response.created", timeout=PATIENCE_S)
        with pytest.raises(EventsMissed):
            told.next()
        assert [told.next().type, told.missed] == ["input_audio_buffer.cleared", 5]
        assert [counted.next().type, counted.next().type, counted.missed] == ["input_audio_buffer.cleared", "response.created", 5]
        with pytest.raises(AttributeError):
            failing.next()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda to: to.session.update(session=1), TypeError),
        (lambda to: to.session.avatar.connect(client_sdp=""), ValueError),
        (lambda to: to.response.cancel(response_id=1), TypeError),
        (lambda to: to.conversation.item.delete(item_id=""), ValueError),
        (lambda to: to.conversation.item.truncate(item_id="i", content_index=-1, audio_end_ms=0), ValueError),
        (lambda to: to.mcp_approval_response.create(approval_request_id="m", approve="yes"), TypeError),
    ],
)
def test_arguments_are_judged_as_in_the_asynchronous_facade(call, error):
    with joined() as connection, pytest.raises(error):
        call(connection)


def test_a_response_without_handle_metadata_or_conversation():
    with joined(answers, when_response_active="error") as connection:
        aside = connection.response.create(response={"conversation": "none", "metadata": {"client_event_id": "q"}}, event_id="q")
        assert aside.done(timeout=PATIENCE_S).status == "completed"
        connection.close()
        with pytest.raises(ConnectionClosed):
            connection.response.create()


def test_cancelling_by_the_handle():
    with joined(holds_one_active_then_another) as connection:
        handle = connection.response.create()
        handle.cancel()
        assert handle.done(timeout=PATIENCE_S).status == "cancelled"
        assert [handle.text, handle.transcript, handle.audio, handle.status] == ["", "", b"", "cancelled"]


async def holds_one_active_then_another(peer):
    await peer.send(CREATED)
    await peer.receive()
    await peer.send(response("created"))
    await peer.receive()
    await peer.send(response("done", "resp_1", "cancelled"))
    await peer.receive_all()
