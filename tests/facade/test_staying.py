"""``stay_connected()``: conversations that outlive their connection, against the local server with faults."""

import logging
import time
from email.utils import formatdate

import anyio
import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

import voicelive.sync
from voicelive import (
    ConnectionClosed,
    ConnectTimeout,
    HandshakeRejected,
    Observer,
    _losses,
    _policy,
    _staying,
    connect,
    stay_connected,
)
from voicelive._losses import Answers, asked_wait_s
from voicelive.models import ClientEvent, ServerEvent
from voicelive_transports import TransportClosed, get_opener

from .local_service import run
from .raw_service import CREATED, raw_service

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])
TEXT_ONLY = {"modalities": ["text"], "instructions": "Be short."}
LIMIT_S = 30


class Delays:
    """No waiting, and what was asked for."""

    def __init__(self):
        self.attempts = []

    def __call__(self, attempt):
        self.attempts.append(attempt)
        return 0.0


@pytest.fixture
def delays():
    return Delays()


def to(server, **arguments):
    return connect(**{"endpoint": server.url, "credential": AzureKeyCredential("k"), "model": "gpt-realtime"} | arguments)


def question(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


async def ask(connection, text):
    """Ask, and give the answer."""
    await connection.conversation.item.create(item=question(text))
    handle = await connection.response.create()
    await handle.done(timeout=LIMIT_S)
    return handle.text


def said(connection):
    return [(item.role, item.text) for item in connection.state.conversation.items]


@BOTH
def test_a_conversation_goes_on_where_it_was_cut(voicelive_server, delays, backend, caplog):
    voicelive_server.reply("One.", "Two, which nobody hears.", "Two.")
    voicelive_server.faults.cut(after="response.created", nth=2)
    seen = []

    async def converse(connection):
        seen.append(connection)
        if connection.resumed is None:
            await connection.session.update(session=TEXT_ONLY)
            assert await ask(connection, "first") == "One."
        else:
            assert connection.state.session.config["instructions"] == "Be short."
            assert said(connection) == [("user", "first"), ("assistant", "One."), ("user", "second")]
            assert [(await connection.recv()).type for _ in range(2)] == ["session.created", "session.updated"]
        return await ask(connection, "second")

    async def main():
        assert await stay_connected(to(voicelive_server), converse, delay_s=delays) == "Two."

    run(main, backend=backend)
    first, second = seen
    assert second.resumed.reconnects == 1
    assert (second.resumed.cause.code, second.close_code) == (1006, 1000)
    (lost,) = second.resumed.lost
    assert lost.startswith(f"response '{first.state.responses.active.id}'")
    assert delays.attempts == [1]
    (line,) = [record for record in caplog.records if record.name == "voicelive"]
    assert line.levelno == logging.WARNING
    assert line.getMessage().endswith("; connecting again in 0.0 s, attempt 1 of 5")


@BOTH
def test_an_item_that_was_on_its_way_arrives_once(voicelive_server, delays, backend):
    voicelive_server.reply("One.")
    voicelive_server.faults.drop("conversation.item.created")
    voicelive_server.faults.cut(after="conversation.item.created")

    async def converse(connection):
        if connection.resumed is None:
            await connection.session.update(session=TEXT_ONLY)
            await connection.conversation.item.create(item=question("first"))
            async for _ in connection:
                pass
        assert said(connection) == [("user", "first")]
        assert connection.resumed.lost == ()
        handle = await connection.response.create()
        await handle.done(timeout=LIMIT_S)
        return handle.text, said(connection)

    async def main():
        heard, items = await stay_connected(to(voicelive_server), converse, delay_s=delays)
        assert (heard, items) == ("One.", [("user", "first"), ("assistant", "One.")])

    run(main, backend=backend)
    assert delays.attempts == [1]


@pytest.mark.parametrize("code", [1001, 1011, 1012, 4000])
def test_closes_after_which_it_goes_on(voicelive_server, delays, code):
    """Also those that end an iteration without an error where nobody stays."""
    voicelive_server.faults.close(code, "so it is", after="session.created")

    async def converse(connection):
        async for event in connection:
            if connection.resumed:
                return event.type, connection.resumed.cause.code
        raise AssertionError("the iteration ended")

    async def main():
        assert await stay_connected(to(voicelive_server), converse, delay_s=delays) == ("session.created", code)

    run(main)


@pytest.mark.parametrize("code", [1008, 1009])
def test_closes_that_mean_something_are_raised(voicelive_server, delays, code):
    voicelive_server.faults.close(code, "so it is", after="session.created")

    async def converse(connection):
        async for _ in connection:
            pass

    async def main():
        with pytest.raises(ConnectionClosed, match="so it is"):
            await stay_connected(to(voicelive_server), converse, delay_s=delays)

    run(main)
    assert delays.attempts == []


@pytest.mark.parametrize("expired", [True, False])
def test_a_session_that_lasted_too_long_goes_on_whatever_the_close_code(voicelive_server, delays, expired):
    """The service may close with 1000 then; without that error, 1000 is the end."""
    error = {"type": "invalid_request_error", "code": "session_expired" if expired else "other", "message": "60 minutes"}
    voicelive_server.faults.insert({"type": "error", "event_id": "e", "error": error}, after="session.created")
    voicelive_server.faults.close(1000, after="session.updated")
    calls = []

    async def converse(connection):
        calls.append(connection.resumed)
        if connection.resumed is None:
            await connection.session.update(session=TEXT_ONLY)
            async for _ in connection:
                pass

    async def main():
        await stay_connected(to(voicelive_server), converse, delay_s=delays)

    run(main)
    assert len(calls) == (2 if expired else 1)


def test_closing_it_oneself_is_the_end(voicelive_server, delays):
    async def converse(connection):
        await connection.close(code=1001)
        return [event async for event in connection]

    async def main():
        assert await stay_connected(to(voicelive_server), converse, delay_s=delays) == []

    run(main)
    assert delays.attempts == []


@BOTH
def test_tasks_of_a_group_are_lost_together(voicelive_server, delays, backend):
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        if connection.resumed:
            return "went on"
        async with anyio.create_task_group() as group:
            for pause_s in (0.01, 0.02):
                group.start_soon(speak, connection, pause_s)
            async for _ in connection:
                pass
        raise AssertionError("the group ended")

    async def speak(connection, pause_s):
        while True:
            await connection.input_audio_buffer.append(audio=bytes(960))
            await anyio.sleep(pause_s)

    async def main():
        assert await stay_connected(to(voicelive_server), converse, delay_s=delays) == "went on"

    run(main, backend=backend)


EVERY_ADAPTER = [("websockets", "asyncio"), ("aiohttp", "asyncio"), ("picows", "asyncio"), ("anyio", "asyncio"), ("anyio", "trio")]
EXPIRED = {"type": "error", "event_id": "e", "error": {"type": "server_error", "code": "session_expired", "message": "60 minutes"}}


def to_raw(url, **options):
    """Arguments for a service that answers no close frame."""
    return {"endpoint": url, "credential": AzureKeyCredential("k"), "model": "m", "connection_options": {"close_timeout": 0.1} | options}


def ends_while_nobody_reads(events, code, *, hangs_up):
    """A service that says why and ends the connection while the client but sends; from the second connection on it stays.

    It hangs up by itself on a client that answers nothing before it receives. From others, which find the end as it comes, a reset that a
    send meets first would take what it has said.
    """

    def talk(wire):
        wire.send(CREATED)
        if wire.nth == 1:
            wire.hear()
            wire.send(*events)
            wire.close(code, "bye")
            if hangs_up:
                time.sleep(0.2)
                return
        wire.listen()

    return talk


async def only_send(connection):
    """The reader is busy with something else, and the microphone finds the end."""
    if connection.resumed is not None:
        return connection.resumed.cause.code
    await connection.wait_for("session.created", timeout=LIMIT_S)
    while True:
        await connection.input_audio_buffer.append(audio=bytes(960))
        await anyio.sleep(0.01)


def only_send_blocking(connection):
    if connection.resumed is not None:
        return connection.resumed.cause.code
    connection.wait_for("session.created", timeout=LIMIT_S)
    while True:
        connection.input_audio_buffer.append(audio=bytes(960))
        time.sleep(0.01)


@pytest.mark.parametrize(("adapter", "backend"), EVERY_ADAPTER)
@pytest.mark.parametrize("ending", [((EXPIRED,), 1000, True), ((), 1000, False), ((), 1008, False), ((), 1011, True)])
def test_what_nobody_has_read_says_whether_it_is_lost(delays, adapter, backend, ending):
    events, code, goes_on = ending

    async def main():
        context = connect(**to_raw(url), transport=adapter)
        if goes_on:
            assert await stay_connected(context, only_send, delay_s=delays) == code
        else:
            with pytest.raises(ConnectionClosed):
                await stay_connected(context, only_send, delay_s=delays)

    with raw_service(ends_while_nobody_reads(events, code, hangs_up=adapter in ("anyio", "aiohttp"))) as url:
        run(main, backend=backend)
    assert delays.attempts == ([1] if goes_on else [])


@pytest.mark.parametrize(("events", "code", "goes_on"), [((EXPIRED,), 1000, True), ((), 1008, False)])
def test_blocking_what_nobody_has_read_says_whether_it_is_lost(delays, events, code, goes_on):
    with raw_service(ends_while_nobody_reads(events, code, hangs_up=False)) as url:
        context = voicelive.sync.connect(**to_raw(url))
        if goes_on:
            assert voicelive.sync.stay_connected(context, only_send_blocking, delay_s=delays) == code
        else:
            with pytest.raises(ConnectionClosed):
                voicelive.sync.stay_connected(context, only_send_blocking, delay_s=delays)
    assert delays.attempts == ([1] if goes_on else [])


@pytest.mark.parametrize(("adapter", "backend"), EVERY_ADAPTER)
def test_items_that_nobody_has_read_are_brought_over(voicelive_server, delays, adapter, backend):
    voicelive_server.faults.cut(after="conversation.item.created", nth=3)

    async def converse(connection):
        if connection.resumed is not None:
            return said(connection)
        for name in "abc":
            await connection.conversation.item.create(item=question(name))
        return await only_send(connection)

    async def main():
        conversation = await stay_connected(to(voicelive_server, transport=adapter), converse, delay_s=delays)
        assert conversation == [("user", name) for name in "abc"]

    run(main, backend=backend)


def test_blocking_items_that_nobody_has_read_are_brought_over(voicelive_server, delays):
    voicelive_server.faults.cut(after="conversation.item.created", nth=3)

    def converse(connection):
        if connection.resumed is not None:
            return said(connection)
        for name in "abc":
            connection.conversation.item.create(item=question(name))
        return only_send_blocking(connection)

    conversation = voicelive.sync.stay_connected(blocking(voicelive_server), converse, delay_s=delays)
    assert conversation == [("user", name) for name in "abc"]


@BOTH
def test_a_loss_elsewhere_is_an_error_of_ones_own(voicelive_server, delays, backend):
    """Nothing is read from this connection for it."""

    async def converse(_connection):
        raise ConnectionClosed(1006, "another one")

    async def main():
        with pytest.raises(ConnectionClosed, match="another one"), anyio.fail_after(_staying.LAST_WORDS_S):
            await stay_connected(to(voicelive_server), converse, delay_s=delays)

    run(main, backend=backend)
    assert delays.attempts == []


def begins_no_session(*silent):
    """A service that cuts the first connection, and says nothing on those that are named."""

    def talk(wire):
        if wire.nth in silent:
            wire.listen()
            return
        wire.send(CREATED)
        if wire.nth > 1:
            wire.listen()

    return talk


def last_cause(connection):
    return connection.resumed.cause.code if connection.resumed is not None else None


@BOTH
@pytest.mark.parametrize("limit", ["of its own", "receive_timeout"])
def test_a_connection_without_a_session_is_a_failed_attempt(delays, backend, monkeypatch, caplog, limit):
    monkeypatch.setattr(_staying, "BEGIN_S", 0.2 if limit == "of its own" else LIMIT_S)
    options = {"receive_timeout": 0.2} if limit == "receive_timeout" else {}

    async def converse(connection):
        async for _ in connection:
            if connection.resumed is not None:
                return last_cause(connection)
        raise AssertionError("the iteration ended")

    async def main():
        assert await stay_connected(connect(**to_raw(url, **options)), converse, delay_s=delays) == 1006

    with raw_service(begins_no_session(2, 3)) as url:
        run(main, backend=backend)
    assert delays.attempts == [1, 2, 3]
    assert caplog.text.count("connected, but no session began: no ") == 2


def test_a_conversations_own_timeout_is_raised(voicelive_server, delays):
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        if connection.resumed is not None:
            await connection.wait_for("response.done", timeout=0.05)
        await connection.wait_for("response.done", timeout=LIMIT_S)

    async def main():
        with pytest.raises(TimeoutError, match=r"no 'response.done' within 0.05 s"):
            await stay_connected(to(voicelive_server), converse, delay_s=delays)

    run(main)
    assert delays.attempts == [1]


def test_blocking_a_connection_without_a_session_is_a_failed_attempt(delays, monkeypatch):
    monkeypatch.setattr("voicelive.sync._staying.BEGIN_S", 0.2)

    def converse(connection):
        for _ in connection:
            if connection.resumed is not None:
                return last_cause(connection)
        raise AssertionError("the iteration ended")

    with raw_service(begins_no_session(2)) as url:
        context = voicelive.sync.connect(**to_raw(url))
        assert voicelive.sync.stay_connected(context, converse, delay_s=delays) == 1006
    assert delays.attempts == [1, 2]
    with raw_service(begins_no_session(2, 3)) as url:
        context = voicelive.sync.connect(**to_raw(url))
        with pytest.raises(ConnectTimeout, match=r"no session began: no 'session.created' within 0.2 s"):
            voicelive.sync.stay_connected(context, converse, max_attempts=2, delay_s=delays)


class SendLearnsFirst:
    """A transport whose send() finds the connection lost before it knows a close code, as a reset of TCP can come."""

    def __init__(self, transport):
        self._transport = transport

    def __getattr__(self, name):
        return getattr(self._transport, name)

    async def send(self, _frame):
        raise TransportClosed(1006, "reset", clean=False)


@BOTH
def test_a_loss_that_a_send_finds_first_is_no_close_of_ours(voicelive_server, delays, backend):
    opened = []

    async def opener(url, options):
        transport = await get_opener("anyio")(url, options)
        opened.append(transport)
        return transport if len(opened) > 1 else SendLearnsFirst(transport)

    async def converse(connection):
        await connection.input_audio_buffer.append(audio=bytes(960))
        return connection.resumed.cause.code

    async def main():
        assert await stay_connected(to(voicelive_server, transport=opener), converse, delay_s=delays) == 1006

    run(main, backend=backend)
    assert len(opened) == 2


@BOTH
def test_an_error_of_ones_own_is_raised_even_when_the_connection_is_lost(voicelive_server, delays, backend):
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        with pytest.raises(ConnectionClosed):
            await connection.wait_for("session.updated", timeout=LIMIT_S)
        raise ZeroDivisionError

    async def main():
        with pytest.raises(ZeroDivisionError):
            await stay_connected(to(voicelive_server), converse, delay_s=delays)

    run(main, backend=backend)
    assert delays.attempts == []


@BOTH
def test_a_cancellation_passes_through_and_the_service_hears_of_the_end(voicelive_server, delays, backend):
    seen = []

    async def converse(connection):
        seen.append(connection)
        scope.cancel()
        await anyio.sleep_forever()

    async def main():
        nonlocal scope
        with anyio.CancelScope() as scope:
            await stay_connected(to(voicelive_server), converse, delay_s=delays)
        assert scope.cancelled_caught

    scope = None
    run(main, backend=backend)
    assert seen[0].close_code == 1000


def test_the_first_connection_is_not_tried_again(voicelive_server, delays):
    voicelive_server.faults.refuse(503)

    async def main():
        with pytest.raises(HandshakeRejected):
            await stay_connected(to(voicelive_server), None, delay_s=delays)

    run(main)
    assert delays.attempts == []


@pytest.mark.parametrize(
    ("statuses", "attempts", "raised"),
    [
        pytest.param([503, 429], [1, 2, 3], None, id="busy for a while"),
        pytest.param([503] * 3, [1, 2, 3], 503, id="busy for too long"),
        pytest.param([401], [1], 401, id="not allowed in"),
    ],
)
def test_attempts(voicelive_server, delays, statuses, attempts, raised):
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        if connection.resumed is None:
            for status in statuses:
                voicelive_server.faults.refuse(status)
            while True:
                await connection.recv()
        return connection.resumed.reconnects

    async def main():
        if raised is None:
            assert await stay_connected(to(voicelive_server), converse, max_attempts=3, delay_s=delays) == 1
            return
        with pytest.raises(HandshakeRejected) as caught:
            await stay_connected(to(voicelive_server), converse, max_attempts=3, delay_s=delays)
        assert caught.value.status == raised

    run(main)
    assert delays.attempts == attempts


@pytest.mark.parametrize("steady_s", [0.0, 60.0])
def test_a_connection_that_lasted_starts_the_count_anew(voicelive_server, delays, monkeypatch, steady_s):
    monkeypatch.setattr(_staying, "STEADY_S", steady_s)
    voicelive_server.faults.cut(after="session.updated", nth=0)

    async def converse(connection):
        if connection.resumed and connection.resumed.reconnects == 2:
            return
        await connection.session.update(session={})
        while True:
            await connection.recv()

    async def main():
        await stay_connected(to(voicelive_server), converse, delay_s=delays)

    run(main)
    assert delays.attempts == ([1, 1] if steady_s == 0 else [1, 2])


def test_lost_before_it_had_taken_over(voicelive_server, delays):
    """The third connection takes over from the first."""
    voicelive_server.reply("One.")
    voicelive_server.faults.cut(after="response.done")
    voicelive_server.faults.cut(after="session.created", nth=2)

    async def converse(connection):
        if connection.resumed is None:
            await connection.session.update(session=TEXT_ONLY)
            await ask(connection, "first")
            while True:
                await connection.recv()
        return said(connection), connection.resumed.reconnects

    async def main():
        conversation, reconnects = await stay_connected(to(voicelive_server), converse, delay_s=delays)
        assert (conversation, reconnects) == ([("user", "first"), ("assistant", "One.")], 1)

    run(main)
    assert delays.attempts == [1, 2]


async def three_items(connection):
    """Settings and three items, then wait for the loss; on the next connection, what was lost."""
    if connection.resumed:
        return connection.resumed.lost
    await connection.session.update(session=TEXT_ONLY)
    for name in "abc":
        await connection.conversation.item.create(item=question(name) | {"id": name})
    while True:
        await connection.recv()


@BOTH
def test_what_the_service_refuses_is_said(voicelive_server, delays, backend):
    def refusal(event_id, message):
        body = {"type": "invalid_request_error", "code": "invalid_value", "message": message, "event_id": event_id}
        return {"type": "error", "event_id": "e", "error": body}

    # On the second connection the settings are answered by an error that names them, the first item by one that names nothing; a
    # third error is about something else.
    voicelive_server.faults.cut(after="conversation.item.created", nth=3)
    voicelive_server.faults.insert(refusal("resume_0", "no such setting"), after="session.created", nth=2)
    voicelive_server.faults.drop("session.updated", nth=2)
    voicelive_server.faults.insert(refusal(None, "no such item"), after="session.updated", nth=2)
    voicelive_server.faults.drop("conversation.item.created", nth=4)
    voicelive_server.faults.insert(refusal("somebody else's", "what?"), after="conversation.item.created", nth=4)

    async def main():
        assert await stay_connected(to(voicelive_server), three_items, delay_s=delays) == (
            "settings: the service refused it: no such setting",
            "item 'a': the service refused it: no such item",
        )

    run(main, backend=backend)


@BOTH
def test_what_the_service_does_not_answer_is_said(voicelive_server, delays, backend, monkeypatch):
    monkeypatch.setattr(_staying, "ANSWER_S", 0.2)
    voicelive_server.faults.cut(after="conversation.item.created", nth=3)
    voicelive_server.faults.drop("conversation.item.created", nth=6)

    async def main():
        lost = await stay_connected(to(voicelive_server), three_items, delay_s=delays)
        assert "item 'c': the service did not answer" in lost  # on a slow machine others are late, too

    run(main, backend=backend)


@BOTH
def test_a_service_that_answers_nothing_is_waited_for_twice_however_long_the_conversation(voicelive_server, delays, backend, monkeypatch):
    names = [f"item_{number:03}" for number in range(80)]
    monkeypatch.setattr(_staying, "ANSWER_S", 0.5)
    voicelive_server.faults.drop("conversation.item.created", nth=0)
    voicelive_server.faults.cut(after="session.updated")

    async def converse(connection):
        if connection.resumed:
            return connection.resumed.lost
        for name in names:
            await connection.conversation.item.create(item=question(name) | {"id": name})
        await connection.session.update(session=TEXT_ONLY)
        while True:
            await connection.recv()

    async def main():
        with anyio.fail_after(25):  # a wait for each item beyond the first sixteen would take longer
            lost = await stay_connected(to(voicelive_server), converse, delay_s=delays)
        assert [f"item '{name}': the service did not answer" for name in names] == [line for line in lost if line.startswith("item")]

    run(main, backend=backend)


def test_events_that_answer_nothing_settle_nothing():
    answers = Answers()
    update = answers.await_one("resume_0", ClientEvent.from_dict({"type": "session.update", "session": {}}))
    assert update.event_id == "resume_0"
    for frame in (
        {"type": "error", "error": None},
        {"type": "conversation.item.created", "item": None},
        {"type": "conversation.item.created", "item": {"type": "message", "role": "user", "id": "other", "content": []}},
        {"type": "response.done", "response": None},
    ):
        answers.take(ServerEvent.from_dict(frame))
    assert list(answers.awaited) == ["resume_0"]
    answers.take(ServerEvent.from_dict({"type": "session.updated", "session": {}}))
    answers.take(ServerEvent.from_dict({"type": "session.updated", "session": {}}))
    assert not answers.awaited
    assert not answers.refusals


def test_a_long_conversation_keeps_its_order(voicelive_server, delays):
    names = [f"item_{number:03}" for number in range(60)]
    voicelive_server.faults.cut(after="conversation.item.created", nth=len(names))

    async def converse(connection):
        if connection.resumed:
            return [item.id for item in connection.state.conversation.items], connection.resumed.lost
        for name in names:
            await connection.conversation.item.create(item=question(name) | {"id": name})
        while True:
            await connection.recv()

    async def main():
        assert await stay_connected(to(voicelive_server), converse, delay_s=delays) == (names, ())

    run(main)


def test_a_token_is_fetched_for_each_connection_and_may_fail_for_a_while(voicelive_server, delays, caplog):
    class Tokens:
        count = 0

        def get_token(self, *_scopes, **_options):
            self.count += 1
            if self.count == 2:
                raise ServiceRequestError("the network is down, says somebody who may tell a secret")
            return AccessToken(f"token-{self.count}", 0)

    tokens = Tokens()
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        while not connection.resumed:
            await connection.recv()

    async def main():
        await stay_connected(to(voicelive_server, credential=tokens), converse, delay_s=delays)

    run(main)
    assert tokens.count == 3
    assert "ServiceRequestError; connecting again" in caplog.text
    assert "secret" not in caplog.text


def test_a_credential_that_is_refused_is_raised(voicelive_server, delays):
    class Tokens:
        count = 0

        def get_token(self, *_scopes, **_options):
            self.count += 1
            if self.count == 2:
                raise ClientAuthenticationError("revoked")
            return AccessToken("token", 0)

    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        while True:
            await connection.recv()

    async def main():
        with pytest.raises(ClientAuthenticationError):
            await stay_connected(to(voicelive_server, credential=Tokens()), converse, delay_s=delays)

    run(main)


def test_observers_hear_of_it(voicelive_server, delays, caplog):
    caplog.set_level(logging.DEBUG, "voicelive")
    told = []

    class Notes(Observer):
        def connected(self, info):
            told.append(info.adapter)

        def resumed(self, resumed):
            told.append(resumed)

    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        while not connection.resumed:
            await connection.recv()
        return connection.resumed

    async def main():
        resumed = await stay_connected(to(voicelive_server, observers=[Notes()], transport="websockets"), converse, delay_s=delays)
        assert told == ["websockets", "websockets", resumed]

    run(main)
    assert "resumed, 1 so far; left behind: nothing" in caplog.text


async def answer(turn):
    return f"You said {turn.text}."


@pytest.mark.voicelive(responder=answer)
@pytest.mark.parametrize("nth", range(1, 28))
def test_wherever_it_is_cut_the_conversation_ends_the_same(voicelive_server, delays, nth):
    """Two questions and their answers take 28 frames; each but the last is the last that arrives, once."""
    voicelive_server.faults.cut(after=None, nth=nth)

    async def converse(connection):
        items = connection.state.conversation.items
        await connection.session.update(session=TEXT_ONLY)
        for text in ("one", "two"):
            known = [item.text for item in items if item.role == "user"]
            if text not in known:
                await connection.conversation.item.create(item=question(text))
            elif f"You said {text}." in [item.text for item in items]:
                continue
            handle = await connection.response.create()
            await handle.done(timeout=LIMIT_S)
        return connection

    async def main():
        connection = await stay_connected(to(voicelive_server), converse, delay_s=delays)
        conversation = said(connection)
        assert [text for role, text in conversation if role == "user"] == ["one", "two"]
        whole = [text for role, text in conversation if role == "assistant" and text in ("You said one.", "You said two.")]
        assert whole == ["You said one.", "You said two."]
        assert connection.state.session.config["instructions"] == "Be short."

    run(main)
    assert delays.attempts == [1]


def test_what_is_no_context_is_refused():
    async def main():
        with pytest.raises(TypeError, match=r"takes what connect\(\) gives, not entered, and not a function"):
            await stay_connected(connect, None)

    run(main)
    with pytest.raises(TypeError, match="not a function"):
        voicelive.sync.stay_connected(connect, None)


def test_nobody_may_be_tried_less_than_once(voicelive_server):
    async def main():
        with pytest.raises(ValueError, match="max_attempts must be 1 or more, not 0"):
            await stay_connected(to(voicelive_server), None, max_attempts=0)

    run(main)


def test_the_delays_grow_up_to_ten_seconds_and_differ():
    for attempt, longest_s in [(1, 0.5), (2, 1), (3, 2), (6, 10), (50, 10)]:
        waits_s = {_policy.default_delay_s(attempt) for _ in range(20)}
        assert len(waits_s) > 1
        assert all(longest_s / 2 <= wait_s <= longest_s for wait_s in waits_s)


def test_the_delay_is_waited_for(voicelive_server):
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        while not connection.resumed:
            await connection.recv()

    async def main():
        begun_s = time.monotonic()
        await stay_connected(to(voicelive_server), converse, delay_s=lambda _: 0.1)
        assert time.monotonic() - begun_s >= 0.1

    run(main)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ((("Retry-After", "7"),), 7.0),
        ((("X", "9"), ("retry-after", " 7 ")), 7.0),
        ((("Retry-After", "3600"),), 60.0),
        ((("Retry-After", formatdate(time.time() + 3600, usegmt=True)),), 60.0),
        ((("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),), 0.0),
        ((("Retry-After", "Mon, 01 Jan 0001 00:00:00 -0000"),), 0.0),
        ((("Retry-After", "soon"),), 0.0),
        ((("Retry-After", "-1"),), 0.0),
        ((), 0.0),
    ],
)
def test_what_the_service_asks_for_is_seconds_or_a_date_and_a_minute_at_most(headers, wait_s):
    assert asked_wait_s(HandshakeRejected("m", 429, headers)) == wait_s
    assert asked_wait_s(ConnectionClosed(1006, "lost")) == 0.0


def test_a_date_to_come_is_waited_for():
    soon = formatdate(time.time() + 30, usegmt=True)
    assert asked_wait_s(HandshakeRejected("m", 503, (("Retry-After", soon),))) == pytest.approx(29.5, abs=1.5)


def test_the_service_is_waited_for(voicelive_server, delays, monkeypatch):
    monkeypatch.setattr(_losses, "_LONGEST_ASKED_S", 0.2)
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        if connection.resumed is None:
            voicelive_server.faults.refuse(429, headers={"Retry-After": "3600"})
        while not connection.resumed:
            await connection.recv()

    async def main():
        begun_s = time.monotonic()
        await stay_connected(to(voicelive_server), converse, delay_s=delays)
        assert time.monotonic() - begun_s >= 0.2

    run(main)
    assert delays.attempts == [1, 2]


def test_blocking_the_service_is_waited_for(voicelive_server, delays, monkeypatch):
    monkeypatch.setattr(_losses, "_LONGEST_ASKED_S", 0.2)
    voicelive_server.faults.cut(after="session.created")

    def converse(connection):
        if connection.resumed is None:
            voicelive_server.faults.refuse(503, headers={"Retry-After": "3600"})
        while not connection.resumed:
            connection.recv(timeout=LIMIT_S)

    begun_s = time.monotonic()
    voicelive.sync.stay_connected(blocking(voicelive_server), converse, delay_s=delays)
    assert time.monotonic() - begun_s >= 0.2
    assert delays.attempts == [1, 2]


def test_a_delay_that_is_no_function_is_refused_at_the_start(voicelive_server):
    refused = pytest.raises(TypeError, match=r"delay_s must be a function of the attempt's number, such as lambda attempt: 0.5; not 0.05")

    async def main():
        with refused:
            await stay_connected(to(voicelive_server), None, delay_s=0.05)

    run(main)
    with pytest.raises(TypeError, match="delay_s must be a function"):
        voicelive.sync.stay_connected(blocking(voicelive_server), None, delay_s=0.05)


def blocking(server, **arguments):
    return voicelive.sync.connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime", **arguments)


def test_blocking(voicelive_server, delays):
    voicelive_server.reply("One.", "Two.")
    voicelive_server.faults.cut(after="response.done")

    def converse(connection):
        if connection.resumed is None:
            connection.session.update(session=TEXT_ONLY)
        connection.conversation.item.create(item=question("again" if connection.resumed else "first"))
        handle = connection.response.create()
        handle.done(timeout=LIMIT_S)
        while connection.resumed is None:
            connection.recv(timeout=LIMIT_S)
        return handle.text, said(connection)

    text, conversation = voicelive.sync.stay_connected(blocking(voicelive_server), converse, delay_s=delays)
    assert text == "Two."
    assert conversation == [("user", "first"), ("assistant", "One."), ("user", "again"), ("assistant", "Two.")]
    assert delays.attempts == [1]


def test_blocking_attempts_end(voicelive_server, delays):
    voicelive_server.faults.cut(after="session.created")

    def converse(connection):
        for _ in connection:
            voicelive_server.faults.refuse(503, times=2)

    with pytest.raises(HandshakeRejected):
        voicelive.sync.stay_connected(blocking(voicelive_server), converse, max_attempts=2, delay_s=delays)
    assert delays.attempts == [1, 2]
    with pytest.raises(ValueError, match="max_attempts"):
        voicelive.sync.stay_connected(blocking(voicelive_server), converse, max_attempts=0)


def test_blocking_observers_hear_of_it(voicelive_server):
    voicelive_server.faults.cut(after="session.created")
    told = []

    class Notes(Observer):
        def resumed(self, resumed):
            told.append(resumed)

    def converse(connection):
        while not connection.resumed:
            connection.recv(timeout=LIMIT_S)
        return connection.resumed

    context = blocking(voicelive_server, observers=[Notes()])
    assert voicelive.sync.stay_connected(context, converse, delay_s=lambda attempt: 0.01 * attempt) is told[0]
