"""Scripts, looks and faults of the testing kit, against this client and the official one."""

import asyncio
import json
import re
import threading
import time
from contextlib import nullcontext

import pytest
import websockets.sync.client
from azure.ai.voicelive.aio import connect as official_connect
from azure.core.credentials import AzureKeyCredential

import voicelive.sync
from voicelive import ConnectionClosed, HandshakeRejected, MalformedEvent, connect
from voicelive.emulator import ToolCall
from voicelive.emulator.engines import Reply
from voicelive.testing import ScriptedServer, answer_text, raw, scripted_server

CREATED, DELTA, DONE = "session.created", "response.text.delta", "response.done"


def ask(connection):
    return connection.response.create(response={"modalities": ["text"]})


def kinds_until_done(connection):
    kinds = []
    for event in connection:
        kinds.append(event.type)
        if event.type == DONE:
            return kinds
    return kinds


def test_a_script(voicelive_server, voicelive_session):
    voicelive_server.reply("One.", "Two.")
    voicelive_server.call("get_balance", account="savings")
    with voicelive_session.blocking() as connection:
        assert ask(connection).done(timeout=30).output[0].content[0].text == "One."
        with pytest.raises(AssertionError, match=r"answer 'Two\.' was never asked for\n.*get_balance"):
            voicelive_server.assert_complete(timeout_s=0)
        second = ask(connection)
        second.done(timeout=30)
        called = ask(connection).done(timeout=30).output[0]
        assert (called.name, json.loads(called.arguments)) == ("get_balance", {"account": "savings"})
    voicelive_server.assert_complete()
    assert [turn.tool_outputs for turn in voicelive_server.turns] == [(), (), ()]
    with voicelive_session.blocking() as connection:  # beyond the script: the built-in responder
        assert ask(connection).done(timeout=30).status == "completed"


def test_what_came(voicelive_server, voicelive_session):
    with voicelive_session.blocking() as connection:
        connection.session.update(session={"voice": {"type": "openai", "name": "alloy"}, "modalities": ["text"]})
        connection.send({"type": "input_audio_buffer.clear", "event_id": "e1"})
        connection.wait_for("input_audio_buffer.cleared", timeout=30)
    assert voicelive_server.assert_received("session.update", session={"voice": {"name": "alloy"}})["type"] == "session.update"
    assert voicelive_server.events("input_audio_buffer.clear")[0]["event_id"] == "e1"
    with pytest.raises(AssertionError, match=r"no response\.create came; what came: session\.update, input_audio_buffer\.clear"):
        voicelive_server.assert_received("response.create", timeout_s=0)
    with pytest.raises(
        AssertionError, match=r"1 session\.update came.*\n  session\.voice\.name: expected 'echo', came 'alloy'\n  session\.tools: expected"
    ):
        voicelive_server.assert_received("session.update", timeout_s=0, session={"voice": {"name": "echo"}, "tools": []})


class Clock:
    """Time that passes when somebody sleeps."""

    now_s = 0.0

    def monotonic(self):
        return self.now_s

    def sleep(self, duration_s):
        self.now_s += duration_s


def test_what_is_on_its_way_is_waited_for(voicelive_server, voicelive_session, monkeypatch):
    with voicelive_session.blocking() as connection:
        later = threading.Timer(0.2, connection.session.update, kwargs={"session": {"modalities": ["text"]}})
        connection.session.update(session={"modalities": ["audio"]})
        later.start()
        voicelive_server.assert_received("session.update", session={"modalities": ["text"]}, timeout_s=30)
        later.join()
        clock = Clock()
        with monkeypatch.context() as patch:
            patch.setattr("voicelive.testing._server.time", clock)
            with pytest.raises(AssertionError, match=r"no response\.cancel came"):
                voicelive_server.assert_received("response.cancel", timeout_s=0.1)
        assert 0.1 <= clock.now_s < 0.2


def test_what_is_on_its_way_from_the_loop_of_the_test_is_waited_for():
    async def main(server):
        async with connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            await connection.session.update(session={"modalities": ["text"]})
            server.assert_received("session.update")

    with scripted_server() as server:
        asyncio.run(main(server))


def test_a_responder_looks_at_what_came_and_holds_nobody_up():
    with scripted_server() as server:
        told = []

        async def look(_turn):
            begun = time.monotonic()
            told.append(server.assert_received("response.create")["type"])
            with pytest.raises(AssertionError, match=r"no input_audio_buffer\.clear came"):
                server.assert_received("input_audio_buffer.clear", timeout_s=30)
            told.append(time.monotonic() - begun < 10)
            yield "I have looked."

        server.reply(look(None))
        with voicelive.sync.connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            ask(connection).done(timeout=30)
    assert told == ["response.create", True]


def test_a_name_that_is_nearly_known_is_a_slip(voicelive_server, voicelive_session):
    with pytest.raises(ValueError, match=r"no client event is called 'respnse\.create'; did you mean 'response\.create'\?"):
        voicelive_server.events("respnse.create")
    assert voicelive_server.events("hologram.begin") == []
    with voicelive_session.blocking() as connection:
        connection.send({"type": "response.create2"})
        connection.wait_for("error", timeout=30)
    assert voicelive_server.events("response.create2")[0]["type"] == "response.create2"


def test_what_came_that_is_no_event(voicelive_server):
    url = voicelive_server.url.replace("http", "ws") + "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime"
    with websockets.sync.client.connect(url, additional_headers={"api-key": "k"}, proxy=None) as client:
        client.recv()
        for frame in ("{", "[]"):
            client.send(frame)
            assert json.loads(client.recv())["type"] == "error"
    assert [event["type"] for event in voicelive_server.received] == [None, None]
    with pytest.raises(AssertionError, match="what came: None"):
        voicelive_server.assert_received("session.update", timeout_s=0)


def test_what_is_not_for_a_test_is_not_shown_beside_it():
    shown = {name for name in dir(ScriptedServer) if not name.startswith("_")}
    assert shown == {
        "assert_complete", "assert_received", "call", "events", "replay", "reply", "script", "url", "was_left",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        (lambda faults: faults.drop(DELTA), -1),
        (lambda faults: faults.drop(DELTA, nth=0), -2),
        (lambda faults: faults.duplicate(DELTA), 1),
        (lambda faults: faults.split(DELTA, nth=2), 0),
        (lambda faults: faults.insert({"type": "response.text.delta", "delta": "x", "event_id": "mine"}, after=DELTA), 1),
    ],
)
def test_faults_of_single_frames(voicelive_server, voicelive_session, fault, change):
    async def pieces():
        yield "One sentence. "
        yield "And another."

    voicelive_server.reply(pieces(), pieces())
    with voicelive_session.blocking() as connection:
        ask(connection)
        usual = kinds_until_done(connection).count(DELTA)
        assert usual >= 2
        fault(voicelive_server.faults)
        ask(connection)
        count = kinds_until_done(connection).count(DELTA)
    assert count == (0 if change == -2 else usual + change)
    assert voicelive_server.faults.pending == ()


def test_an_unknown_event_is_delivered(voicelive_server, voicelive_session):
    voicelive_server.faults.unknown_event(after=CREATED)
    with voicelive_session.blocking() as connection:
        assert [connection.recv().type, connection.recv()["novelty"]] == [CREATED, {"level": 3}]


def test_a_corrupt_frame(voicelive_server, voicelive_session):
    voicelive_server.faults.corrupt(CREATED)
    with voicelive_session.blocking() as connection, pytest.raises(MalformedEvent):
        connection.recv(timeout=30)


@pytest.mark.parametrize("corrupted_first", [True, False])
def test_several_faults_of_one_frame(voicelive_server, corrupted_first):
    faults = voicelive_server.faults
    ways = [faults.corrupt, faults.duplicate]
    for add in ways if corrupted_first else reversed(ways):
        add(CREATED)
    faults.close(1000, after=CREATED)
    faults.insert({"type": "warning"}, after=CREATED)
    faults.split(CREATED)
    url = f"{voicelive_server.url.replace('http', 'ws')}/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime"
    with websockets.sync.client.connect(url, proxy=None) as websocket:
        first, second, third = websocket
    assert first == second
    assert first.startswith('{"type":"session.created"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(first)
    assert third == '{"type": "warning"}'


@pytest.mark.voicelive(check=False)
def test_a_fault_that_another_left_nothing_to_do_is_told(voicelive_server, voicelive_session):
    voicelive_server.faults.corrupt(CREATED)
    voicelive_server.faults.cut(after=CREATED)
    voicelive_server.faults.drop(CREATED)
    voicelive_server.faults.close(after=CREATED)
    with pytest.raises(ConnectionClosed, match="1011"), voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
    assert voicelive_server.faults.pending == ("corrupt at session.created number 1 (1 seen)", "cut at session.created number 1 (1 seen)")


@pytest.mark.parametrize(("how", "code"), [("close", 1011), ("cut", 1006)])
def test_the_end_in_the_middle(voicelive_server, voicelive_session, how, code):
    getattr(voicelive_server.faults, how)(after="response.created")
    with voicelive_session.blocking() as connection:
        handle = ask(connection)
        with pytest.raises(ConnectionClosed) as caught:
            handle.done(timeout=30)
        assert caught.value.code == code
        assert handle.id


def test_stall_and_delays(voicelive_server, voicelive_session):
    voicelive_server.faults.delay(CREATED, 60)
    voicelive_server.faults.slow(bytes_per_s=1_000_000)
    voicelive_server.faults.stall(after="session.updated")
    begun = time.monotonic()
    with voicelive_session.blocking(connection_options={"close_timeout": 0.2}) as connection:
        connection.recv(timeout=30)
        assert time.monotonic() - begun >= 0.06
        connection.session.update(session={"modalities": ["text"]})
        assert connection.recv(timeout=30).type == "session.updated"
        with pytest.raises(TimeoutError):
            ask(connection).done(timeout=0.3)
    voicelive_server.assert_complete()


def test_a_slow_line(voicelive_server, voicelive_session, voicelive_clock):
    voicelive_server.faults.slow(bytes_per_s=1_000)
    voicelive_server.script(raw({"type": "warning", "event_id": "e", "warning": {"message": "x" * 2_000}}), greet=False)
    with voicelive_session.blocking() as connection:
        voicelive_clock.advance(2_000)
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.05)
        voicelive_clock.advance(100)
        assert connection.recv(timeout=30).type == "warning"


def test_a_close_after_so_many_events(voicelive_server, voicelive_session):
    voicelive_server.reply("One two three.")
    voicelive_server.faults.close(1001, "moved", after=None, nth=4)
    with voicelive_session.blocking() as connection:
        ask(connection)
        kinds = [event.type for event in connection]  # 1001 is a clean end
        assert len(kinds) == 4
        assert connection.close_code == 1001


def test_refused_handshakes(voicelive_server, voicelive_session):
    voicelive_server.faults.refuse(503, times=2)
    voicelive_server.faults.refuse(429, headers={"Retry-After": "2"}, message="too many connections")
    for status in (503, 503):
        with pytest.raises(HandshakeRejected, match=str(status)):
            voicelive_session.blocking().__enter__()
    with pytest.raises(HandshakeRejected) as caught:
        voicelive_session.blocking().__enter__()
    assert (caught.value.status, dict(caught.value.headers)["Retry-After"]) == (429, "2")
    with voicelive_session.blocking() as connection:
        assert connection.recv().type == CREATED


def test_a_token_that_expires(voicelive_server, voicelive_session):
    class Credential:
        """Gives a token until it is told that it has expired."""

        number = 1

        def get_token(self, *_scopes, **_options):
            from azure.core.credentials import AccessToken

            return AccessToken(f"token-{self.number}", int(time.time()) + 3600)

    credential = Credential()
    with voicelive_session.blocking(credential=credential) as connection:
        connection.recv(timeout=30)
        voicelive_server.faults.expire_token()
        ask(connection).done(timeout=30)  # open sessions go on
        assert voicelive_server.faults.pending == ("no client came with an expired token",)
        with pytest.raises(HandshakeRejected, match="401"):
            voicelive_session.blocking(credential=credential).__enter__()
        credential.number = 2
        with voicelive_session.blocking(credential=credential) as second:
            assert second.recv(timeout=30).type == CREATED


def test_the_official_client_meets_faults():
    async def events(url):
        async with official_connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            await connection.response.create(response={"modalities": ["text"]})
            return [event.type async for event in connection]

    with scripted_server() as server:
        server.faults.refuse(429)
        with pytest.raises(Exception, match="429"):
            asyncio.run(events(server.url))
        server.faults.unknown_event(after=CREATED)
        server.faults.split(DELTA)
        server.faults.close(1011, after=DONE)
        kinds = asyncio.run(events(server.url))
        server.assert_complete()
    assert kinds[0] == CREATED
    assert kinds[-1] == DONE


@pytest.mark.voicelive(check=False)
def test_a_fault_that_did_not_happen_is_told(voicelive_server):
    voicelive_server.faults.drop(DELTA, nth=3)
    voicelive_server.faults.refuse(401)
    with pytest.raises(AssertionError, match=r"drop at response\.text\.delta number 3 \(0 seen\)\n.*refuse with 401"):
        voicelive_server.assert_complete(timeout_s=0)
    with pytest.raises(ValueError, match="nth counts from 1"):
        voicelive_server.faults.drop(None, nth=-1)
    with pytest.raises(ValueError, match="bytes_per_s must be above 0"):
        voicelive_server.faults.slow(bytes_per_s=0)
    with pytest.raises(ValueError, match="999"):
        voicelive_server.faults.refuse(999)


def answers_in_pieces():
    yield "One."


@pytest.mark.parametrize(
    ("write", "error", "told"),
    [
        (
            lambda server: server.faults.cut(after="response.craeted"),
            ValueError,
            "'response.craeted'; did you mean 'response.created'?",
        ),
        (lambda server: server.faults.drop("nope"), ValueError, "no service event is called 'nope'; for another, give a pattern"),
        (lambda server: server.faults.drop("session.update"), ValueError, "did you mean 'session.updated'?"),
        (lambda server: server.faults.stall(after=5), TypeError, "the event must be str or re.Pattern, not int 5"),
        (lambda server: server.faults.drop(DELTA, nth="2"), TypeError, "nth must be int, not str '2'"),
        (lambda server: server.faults.close(99, after=DELTA), ValueError, "close code 99 can't be sent"),
        (lambda server: server.faults.close(1005, after=DELTA), ValueError, "close code 1005 can't be sent"),
        (lambda server: server.faults.close(1015, after=DELTA), ValueError, "close code 1015 can't be sent"),
        (lambda server: server.faults.close(1006, after=DELTA), ValueError, "use faults.cut()"),
        (lambda server: server.faults.close(1000, "x" * 124, after=DELTA), ValueError, "124 bytes"),
        (lambda server: server.faults.delay(DONE, -5), ValueError, "delay_ms must be 0 or more, not -5"),
        (lambda server: server.faults.delay(DONE, "5"), TypeError, "delay_ms must be int or float, not str '5'"),
        (lambda server: server.faults.slow(bytes_per_s="5"), TypeError, "bytes_per_s must be int or float"),
        (lambda server: server.faults.insert("error", after=DONE), TypeError, "the event must be Mapping, not str 'error'"),
        (lambda server: server.faults.refuse(200), ValueError, "200 refuses nothing; take one from 300 to 599"),
        (lambda server: server.faults.refuse(101), ValueError, "101 refuses nothing"),
        (lambda server: server.faults.refuse("x"), ValueError, "there is no HTTP status 'x'"),
        (lambda server: server.faults.refuse(503, nth=0), ValueError, "nth counts handshakes from 1; not 0"),
        (lambda server: server.faults.refuse(503, times=0), ValueError, "times counts handshakes from 1; not 0"),
        (lambda server: server.faults.refuse(503, headers={"Retry-After": 2}), TypeError, "must be str, not int 2"),
        (lambda server: server.script("x"), TypeError, "'x' is no step; a script is made of expect(...)"),
        (lambda server: server.script([raw({})]), TypeError, "is no step"),
        (lambda server: server.script(type(raw({}))), TypeError, "is no step"),
        (lambda server: server.script(raw({}), ignore="response.cancel"), TypeError, "ignore=['response.cancel']"),
        (lambda server: server.reply(5), TypeError, "an answer must be str or Reply or ToolCall"),
        (lambda server: server.reply(["One.", 5]), TypeError, "not int 5"),
        (lambda server: server.reply(answers_in_pieces), TypeError, "not function"),
        (lambda server: server.reply(answer_text("One.")), TypeError, "the step \"answer in text 'One.'\" belongs into script(...)"),
    ],
)
def test_nonsense_is_refused_where_it_is_written(voicelive_server, write, error, told):
    with pytest.raises(error, match=re.escape(told)):
        write(voicelive_server)
    voicelive_server.assert_complete()


def test_what_is_sensible_is_taken(voicelive_server, voicelive_session):
    voicelive_server.reply(answers_in_pieces(), [Reply("Two."), ToolCall("find", {})])
    voicelive_server.faults.drop(re.compile(r"^response\.text\."), nth=2)
    voicelive_server.faults.delay(re.compile("annotation"), 0, nth=3)
    assert voicelive_server.faults.pending == (
        "drop at /^response\\.text\\./ number 2 (0 seen)",
        "delay at /annotation/ number 3 (0 seen)",
    )
    with voicelive_session.blocking() as connection:
        ask(connection)
        assert "response.text.done" not in kinds_until_done(connection)
        ask(connection)
        kinds_until_done(connection)
    assert voicelive_server.faults.pending == ("delay at /annotation/ number 3 (0 seen)",)
    voicelive_server.faults._faults.clear()


def test_the_handshakes_that_are_refused_have_numbers(voicelive_server, voicelive_session):
    voicelive_server.faults.refuse(503, nth=2, times=2)
    voicelive_server.faults.refuse(429, nth=3)
    assert voicelive_server.faults.pending[0] == "refuse with 503 at handshake number 2 (2 more, 0 handshakes seen)"
    for status in (None, 503, 503, 429, None):
        with pytest.raises(HandshakeRejected, match=str(status)) if status else nullcontext(), voicelive_session.blocking() as connection:
            assert connection.recv(timeout=30).type == CREATED
    assert voicelive_server.faults.pending == ()


def test_a_key_that_was_shown_in_vain_expires_with_the_others(voicelive_server, voicelive_session):
    voicelive_server.faults.refuse(503)
    with pytest.raises(HandshakeRejected, match="503"):
        voicelive_session.blocking().__enter__()
    voicelive_server.faults.expire_token()
    with pytest.raises(HandshakeRejected, match="401"):
        voicelive_session.blocking().__enter__()


def test_the_official_client_too():
    async def main(url):
        async with official_connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            await connection.response.create(response={"modalities": ["text"]})
            kinds = []
            async for event in connection:
                kinds.append(event.type)
                if event.type == DONE:
                    break
        return kinds, event.response.output[0]["name"]

    with scripted_server() as server:
        server.reply(ToolCall("find", {}))
        server.faults.duplicate("response.output_item.added")
        kinds, called = asyncio.run(main(server.url))
        server.assert_complete()
    assert kinds.count("response.output_item.added") == 2
    assert called == "find"
