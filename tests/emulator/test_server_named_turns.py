"""Turns that the client names and bounds itself."""

import base64
import json
import time

import numpy as np
import pytest
from emulator.support_server import client
from emulator.test_server_turns import PCM16, Fixed, encoded, speech

from voicelive._audio import input_format
from voicelive.emulator import serve
from voicelive.emulator._named_turns import MAX_OPEN_TURNS, NamedTurns

pytestmark = pytest.mark.anyio

MANUAL = {"turn_detection": None, "input_audio_transcription": {"model": "azure-speech"}}


async def append(one, turn_id, audio):
    await one.send("input_audio.turn.append", turn_id=turn_id, audio=base64.b64encode(audio).decode())


async def speak_turn(one, turn_id, audio):
    await one.send("input_audio.turn.start", turn_id=turn_id)
    half = len(audio) // 4 * 2
    await append(one, turn_id, audio[:half])
    await append(one, turn_id, audio[half:])


async def refusal(one, kind, **keys):
    """Send past the client's own rules what the server must refuse."""
    await one.send_raw(json.dumps({"type": kind, "event_id": "the-one", **keys}))
    error = (await one.until("error"))["error"]
    assert error["event_id"] == "the-one"
    return error


async def test_a_named_turn_becomes_a_message():
    """Two turns are open at once; the one that ends becomes an item, the cancelled one nothing."""
    async with serve(recogniser=Fixed("two plus three"), pace=None) as server, client(server) as one:
        await one.update(**MANUAL)
        await one.send("input_audio.turn.start", turn_id="turn-2")
        await speak_turn(one, "turn-1", PCM16.encode(speech()))
        await append(one, "turn-2", PCM16.encode(speech()))
        await one.settle()
        assert not one.all("input_audio_buffer.committed", "conversation.item.created")
        await one.send("input_audio.turn.end", turn_id="turn-1")
        await one.send("input_audio.turn.cancel", turn_id="turn-2")
        created = await one.until("conversation.item.created")
        assert created["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        completed = await one.until("conversation.item.input_audio_transcription.completed")
        assert (completed["transcript"], completed["item_id"]) == ("two plus three", created["item"]["id"])
        await one.settle()
        assert not one.all("response.created"), "a response is the client's to ask for"
        assert len(one.all("conversation.item.created")) == 1
        await one.send("response.create")
        response = (await one.until("response.done"))["response"]
        assert response["usage"]["input_token_details"]["audio_tokens"] == pytest.approx(len(speech()) / 2_400, abs=2)


async def test_held_audio_is_known_without_a_look_at_all_of_it():
    """A limit is checked with each append, and a turn may have a great many."""
    committed = []
    turns = NamedTurns(lambda audio: np.frombuffer(audio, np.int16), committed.append)
    turns.start("long")
    turns.start("short")
    began_s = time.thread_time()
    for number in range(1, 20_001):
        turns.append("long", b"\1\0")
        turns.append("long", b"")
        assert turns.held_bytes == 2 * number
    assert time.thread_time() - began_s < 5, "to add up all pieces each time would take longer by far"
    turns.append("short", b"\1\0")
    turns.end("long")
    assert turns.held_bytes == 2
    turns.cancel("short")
    assert turns.held_bytes == 0
    assert [samples.tolist() for samples in committed] == [[1] * 20_000]


async def test_named_turns_have_the_sessions_format_and_fix_it():
    name, rate_hz = "g711_ulaw", 8_000
    async with serve(recogniser=Fixed("yes"), pace=None) as server, client(server) as one:
        await one.update(**MANUAL, input_audio_format=name, input_audio_sampling_rate=rate_hz)
        await speak_turn(one, "t", encoded(input_format(name, rate_hz), speech()))
        error = await refusal(one, "session.update", session={"input_audio_format": "pcm16"})
        assert error["param"] == "session.input_audio_format"
        await one.send("input_audio.turn.end", turn_id="t")
        await one.until("conversation.item.input_audio_transcription.completed")


async def test_turn_detection_does_not_listen_to_named_turns():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await speak_turn(one, "t", PCM16.encode(speech()))
        await one.settle()
        assert not one.all("input_audio_buffer.speech_started")


async def test_clear_throws_the_buffer_and_all_turns_away():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.update(turn_detection=None)
        await one.append(PCM16.encode(speech()))
        await speak_turn(one, "t", PCM16.encode(speech()))
        await one.send("input_audio.clear")
        await one.until("input_audio_buffer.cleared")
        assert (await refusal(one, "input_audio_buffer.commit"))["code"] == "input_audio_buffer_commit_empty"
        assert (await refusal(one, "input_audio.turn.end", turn_id="t"))["param"] == "turn_id"


async def test_named_turns_that_are_refused():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        for kind in ("append", "end", "cancel"):
            error = await refusal(one, f"input_audio.turn.{kind}", turn_id="none", audio="")
            assert (error["code"], error["param"]) == ("invalid_value", "turn_id")
        await one.send("input_audio.turn.start", turn_id="t")
        assert "started before" in (await refusal(one, "input_audio.turn.start", turn_id="t"))["message"]
        assert (await refusal(one, "input_audio.turn.append", turn_id="t", audio="AA=="))["param"] == "audio"
        assert (await refusal(one, "input_audio.turn.end", turn_id="t"))["code"] == "input_audio_buffer_commit_empty"
        await append(one, "t", bytes(PCM16.ms_to_bytes(200)))  # it is still open
        await one.send("input_audio.turn.end", turn_id="t")
        await one.until("conversation.item.created")
        assert "started before" in (await refusal(one, "input_audio.turn.start", turn_id="t"))["message"]
        for number in range(MAX_OPEN_TURNS):
            await one.send("input_audio.turn.start", turn_id=str(number))
        assert f"{MAX_OPEN_TURNS} turns are open" in (await refusal(one, "input_audio.turn.start", turn_id="more"))["message"]
