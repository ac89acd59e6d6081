"""Retrieving what a user said, with its sound."""

import base64

import numpy as np
import pytest
from emulator.support_server import client
from emulator.test_server_turns import PCM16, Fixed, encoded, speech

from voicelive._audio import input_format
from voicelive.emulator import serve
from voicelive.emulator._kept_audio import KeptAudio

pytestmark = pytest.mark.anyio


async def retrieve(one, item_id):
    await one.send("conversation.item.retrieve", item_id=item_id)
    return (await one.until("conversation.item.retrieved"))["item"]


@pytest.mark.parametrize(("name", "rate_hz"), [("pcm16", 24_000), ("pcm16", 8_000), ("g711_alaw", 8_000)])
async def test_a_turn_is_retrieved_with_its_audio(name, rate_hz):
    audio = encoded(input_format(name, rate_hz), speech())
    async with serve(recogniser=Fixed("two plus three"), pace=None) as server, client(server) as one:
        await one.update(
            turn_detection=None,
            input_audio_format=name,
            input_audio_sampling_rate=rate_hz,
            input_audio_transcription={"model": "azure-speech"},
        )
        await one.append(audio)
        await one.send("input_audio_buffer.commit")
        await one.until("conversation.item.input_audio_transcription.completed")
        created = one.all("conversation.item.created")[0]["item"]
        assert "audio" not in created["content"][0], "only who asks for it gets it"
        (part,) = (await retrieve(one, created["id"]))["content"]
        assert base64.b64decode(part["audio"]) == audio
        assert part["transcript"] == "two plus three"


async def test_of_a_detected_turn_its_own_part_of_the_audio():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("response.done")
        started, stopped = one.all("input_audio_buffer.speech_started")[0], one.all("input_audio_buffer.speech_stopped")[0]
        (part,) = (await retrieve(one, started["item_id"]))["content"]
        heard = PCM16.decode(base64.b64decode(part["audio"]))
        assert np.array_equal(heard, speech()[started["audio_start_ms"] * 24 : stopped["audio_end_ms"] * 24])


async def test_audio_of_a_message_and_what_has_none():
    audio = base64.b64encode(PCM16.encode(speech())).decode()
    content = [{"type": "input_text", "text": "Listen."}, {"type": "input_audio", "audio": audio}]
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.send("conversation.item.create", item={"type": "message", "role": "user", "id": "mine", "content": content})
        item = await retrieve(one, "mine")
        assert item["content"] == [content[0], content[1] | {"transcript": None}]
        await one.send("conversation.item.delete", item_id="mine")
        assert (await one.refused("conversation.item.retrieve", item_id="mine"))["code"] == "item_retrieve_invalid_item_id"
        response = await one.ask("hello")
        (part,) = (await retrieve(one, response["output"][0]["id"]))["content"]
        assert set(part) == {"type", "transcript"}


def test_the_oldest_audio_goes():
    kept = KeptAudio(max_bytes=10)
    kept.keep("a", b"12345")
    kept.keep("b", b"12345")
    assert kept.get("a") == b"12345"
    kept.keep("c", b"1")
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (None, b"12345", b"1")
    kept.drop("b")
    kept.drop("never there")
    kept.keep("d", b"123456789")
    assert (kept.get("c"), kept.get("d")) == (b"1", b"123456789")
    kept.keep("e", b"12345678901")
    assert kept.get("e") is None, "more than there is room for"
