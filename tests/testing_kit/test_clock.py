"""Time in the server moves by the test alone."""

import pytest

from voicelive import ConnectionClosed
from voicelive.testing import FakeClock, answer_text, expect, pause, reply, scripted_server

LONG = "This answer is long enough to be spoken for several seconds, so that its audio can't all go out at the beginning."


def test_a_pause_ends_when_the_clock_says_so(voicelive_server, voicelive_session, voicelive_clock):
    voicelive_server.script(expect("response.create"), reply("response.created"), pause(5_000), reply("response.done"))
    with voicelive_session.blocking() as connection:
        handle = connection.response.create()
        connection.wait_for("response.created", timeout=30)
        voicelive_clock.advance(4_999)
        with pytest.raises(TimeoutError):
            handle.done(timeout=0.1)
        voicelive_clock.advance(1)
        assert handle.done(timeout=30).status == "completed"
    assert voicelive_clock.now_ms == 5_000


def test_what_was_sent_before_is_taken_before_time_moves(voicelive_server, voicelive_session, voicelive_clock):
    voicelive_server.script(*[step for _ in range(20) for step in (expect("input_audio_buffer.clear"), pause(10))], answer_text("Now."))
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
        for _ in range(20):
            connection.input_audio_buffer.clear()
        voicelive_clock.advance(199.9)
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.05)
        voicelive_clock.advance(0.1)
        assert connection.recv(timeout=30).type == "response.created"


@pytest.mark.voicelive(session_limit_s=3600)
def test_a_session_of_an_hour_ends(voicelive_session, voicelive_clock):
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
        voicelive_clock.advance(3_599_000)
        connection.input_audio_buffer.clear()
        assert connection.recv(timeout=30).type == "input_audio_buffer.cleared"
        voicelive_clock.advance(1_000)
        assert connection.recv(timeout=30).error.code == "session_expired"
        connection.close()


@pytest.mark.voicelive(pace="lead")
def test_speech_goes_out_at_its_pace(voicelive_server, voicelive_session, voicelive_clock):
    def heard_ms():
        """What has gone out and wasn't heard yet: whatever comes before the answer to a question of ours."""
        connection.input_audio_buffer.clear()
        sent_ms = 0
        while (event := connection.recv(timeout=30)).type != "input_audio_buffer.cleared":
            sent_ms += len(event.delta) // 48 if event.type == "response.audio.delta" else 0
        return sent_ms

    voicelive_server.reply(LONG)
    with voicelive_session.blocking() as connection:
        connection.response.create()
        voicelive_clock.advance(0)
        at_once_ms = heard_ms()
        assert 0 < at_once_ms < 1_000
        assert heard_ms() == 0
        for _ in range(3):  # ahead of its playback, yet not all at once
            voicelive_clock.advance(100)
            assert 100 <= heard_ms() <= 500


def test_delays_are_on_the_clock(voicelive_server, voicelive_session, voicelive_clock):
    voicelive_server.faults.delay("session.created", 10_000)
    with voicelive_session.blocking() as connection:
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.05)
        voicelive_clock.advance(10_000)
        assert connection.recv(timeout=30).type == "session.created"


def test_a_client_that_never_answers_the_close_does_not_hold_the_server_up():
    import socket

    with scripted_server(clock=FakeClock()) as server, socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as client:
        query = "api-version=2025-10-01&model=gpt-realtime"
        key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        client.sendall(
            f"GET /voice-live/realtime?{query} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n".encode()
        )
        assert client.recv(10_000).startswith(b"HTTP/1.1 101")
        client.shutdown(socket.SHUT_WR)


def test_a_clock_without_a_server_and_time_that_goes_back():
    clock = FakeClock()
    with pytest.raises(RuntimeError, match="no server runs on this clock"):
        clock.advance(1)
    with scripted_server(clock=clock):
        clock.advance(0)
        with pytest.raises(ValueError, match="time goes forward"):
            clock.advance(-1)
    with pytest.raises(RuntimeError, match="no server runs on this clock"):
        clock.advance(1)


def test_the_session_is_over_after_it_expired(voicelive_clock):
    from voicelive import AzureKeyCredential
    from voicelive.sync import connect

    with scripted_server(clock=voicelive_clock, session_limit_s=60) as server:
        server.script(expect("response.create"), pause(1_000))
        with connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            connection.recv(timeout=30)
            connection.send({"type": "response.cancel"})
            with pytest.raises(ConnectionClosed):
                connection.recv(timeout=30)


def test_a_server_that_is_never_at_rest_is_told_of(voicelive_clock, monkeypatch):
    import asyncio
    import threading

    monkeypatch.setattr("voicelive.testing._clock._REAL_LIMIT_S", 0.1)
    answered = threading.Event()

    async def responder(_turn):
        await asyncio.to_thread(answered.wait)
        return "Now."

    from voicelive import AzureKeyCredential
    from voicelive.sync import connect

    with (
        scripted_server(clock=voicelive_clock, responder=responder) as server,
        connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection,
    ):
        handle = connection.response.create()
        connection.wait_for("response.created", timeout=30)
        with pytest.raises(RuntimeError, match=r"not at rest within 0\.1 s"):
            voicelive_clock.advance(10)
        answered.set()
        assert handle.done(timeout=30).status == "completed"
