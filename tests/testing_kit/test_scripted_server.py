"""Scripts, looks and faults of the testing kit, against this client and the official one."""

import asyncio
import json
import time

import pytest
import websockets.sync.client
from azure.ai.voicelive.aio import connect as official_connect
from azure.core.credentials import AzureKeyCredential

from voicelive import ConnectionClosed, HandshakeRejected, MalformedEvent
from voicelive.emulator import ToolCall
from voicelive.testing import raw, scripted_server

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
        voicelive_server.assert_received("response.create")
    with pytest.raises(
        AssertionError, match=r"1 session\.update came.*\n  session\.voice\.name: expected 'echo', came 'alloy'\n  session\.tools: expected"
    ):
        voicelive_server.assert_received("session.update", session={"voice": {"name": "echo"}, "tools": []})


def test_a_name_that_is_nearly_known_is_a_slip(voicelive_server, voicelive_session):
    for look in (voicelive_server.events, voicelive_server.assert_received):
        with pytest.raises(ValueError, match=r"no client event is called 'respnse\.create'; did you mean 'response\.create'\?"):
            look("respnse.create")
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
        voicelive_server.assert_received("session.update")


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
