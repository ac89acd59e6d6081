"""When a pause ends a turn, and when it does not because more is to be expected."""

import threading

import numpy as np
import pytest
from emulator.support_server import client
from emulator.test_server_turns import PCM16, speech

from voicelive.emulator import serve
from voicelive.emulator._end_of_turn import HOLD_MS, JUDGED_MS, hold_ms, is_complete
from voicelive.emulator._hearing import CONCURRENT_TURNS, Ear

pytestmark = pytest.mark.anyio

CASCADED = "/voice-live/realtime?api-version=2025-10-01&model=gpt-4.1"
SEMANTIC = {"type": "azure_semantic_vad", "silence_duration_ms": 300, "create_response": False}
SILENCE = np.zeros(24_000, np.int16)


def said(*pieces, pause_ms):
    """What is said in pieces, with pauses between them and a long one at the end."""
    parts = []
    for piece in pieces:
        sound = np.trim_zeros(speech(piece))
        parts += [sound, SILENCE[: pause_ms * 24]]
    return np.concatenate([SILENCE, *parts, SILENCE, SILENCE, SILENCE])


class InTurn:
    """A recogniser that hears one text after the other, and counts."""

    def __init__(self, *texts):
        self.texts = list(texts)
        self.asked = 0
        self.lengths_ms = []

    def transcribe(self, samples, rate_hz):
        self.asked += 1
        self.lengths_ms.append(len(samples) * 1000 // rate_hz)
        return self.texts.pop(0) if self.texts else ""


async def turns_of(one, audio, **detection):
    """How long each turn in some audio is."""
    await one.update(turn_detection=detection)
    await one.append(PCM16.encode(audio))
    await one.settle()
    starts, ends = one.all("input_audio_buffer.speech_started"), one.all("input_audio_buffer.speech_stopped")
    return [end["audio_end_ms"] - start["audio_start_ms"] for start, end in zip(starts, ends, strict=True)]


async def test_an_unfinished_sentence_is_waited_for():
    audio = said("Please add seven and.", "Eleven.", pause_ms=700)
    async with serve(pace=None) as server, client(server) as one:
        (whole,) = await turns_of(one, audio, **SEMANTIC)
    async with serve(pace=None) as server, client(server) as one:
        first, second = await turns_of(one, audio, **SEMANTIC | {"type": "server_vad"})
        assert whole > first + second


async def test_a_whole_sentence_is_not_waited_for():
    audio = said("What time is it?", "What day is it?", pause_ms=700)
    async with serve(pace=None) as server, client(server) as one:
        assert len(await turns_of(one, audio, **SEMANTIC)) == 2


async def test_the_wait_has_an_end():
    async with serve(recogniser=InTurn("i want to"), pace=None) as server, client(server) as one:
        (held,) = await turns_of(one, said("I want to.", pause_ms=0), **SEMANTIC)
    async with serve(recogniser=InTurn("i want to go"), pace=None) as server, client(server) as one:
        (whole,) = await turns_of(one, said("I want to.", pause_ms=0), **SEMANTIC)
    assert held - whole == pytest.approx(HOLD_MS, abs=64)


async def test_each_pause_is_judged_once_and_anew():
    heard = InTurn("i want", "i want to", "i want to go")
    async with serve(recogniser=heard, pace=None) as server, client(server) as one:
        assert len(await turns_of(one, said("I want.", "To.", "Go.", pause_ms=700), **SEMANTIC)) == 2
        assert heard.asked >= 3


async def test_of_a_long_turn_the_end_is_judged():
    heard = InTurn("to its end", "the whole")
    audio = said(
        "This is a rather long sentence which goes on and on and on for more than five seconds until it comes to its end.", pause_ms=0
    )
    async with serve(recogniser=heard, pace=None) as server, client(server) as one:
        (length_ms,) = await turns_of(one, audio, **SEMANTIC)
        await one.ask("hello")  # which waits for what was heard
    judged_ms, whole_ms = heard.lengths_ms
    assert judged_ms == JUDGED_MS < whole_ms == pytest.approx(length_ms, abs=1)


@pytest.mark.parametrize("detection", [{"type": "server_vad"}, SEMANTIC])
async def test_without_a_recogniser_silence_decides(detection):
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        assert len(await turns_of(one, said("I want to.", "Go.", pause_ms=900), **SEMANTIC | detection)) == 2


async def test_the_end_of_the_utterance_with_loudness():
    async with serve(recogniser=InTurn("i want to"), pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(input_audio_transcription=None)
        detection = SEMANTIC | {"type": "server_vad", "end_of_utterance_detection": {"model": "semantic_detection_v1", "timeout_ms": 1500}}
        assert len(await turns_of(one, said("I want to.", "Go.", pause_ms=1_200), **detection)) == 1


async def test_it_can_be_changed_on_the_way():
    async with serve(recogniser=InTurn(*["i want to"] * 9), pace=None) as server, client(server) as one:
        audio = said("I want to.", "Go.", pause_ms=700)
        assert len(await turns_of(one, audio, **SEMANTIC | {"type": "server_vad"})) == 2
        assert len(await turns_of(one, audio, **SEMANTIC)) == 3


async def test_a_realtime_model_has_no_end_of_utterance_detection():
    detection = {"type": "server_vad", "end_of_utterance_detection": {"model": "semantic_detection_v1"}}
    async with serve(recogniser=None) as server, client(server) as one:
        error = await one.refused("session.update", session={"turn_detection": detection})
        assert error["param"] == "session.turn_detection.end_of_utterance_detection"


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ({"type": "server_vad"}, 0),
        ({"type": "server_vad", "end_of_utterance_detection": {"model": "semantic_detection_v1"}}, HOLD_MS),
        ({"type": "azure_semantic_vad", "end_of_utterance_detection": {"timeout_ms": 0}}, 0),
        ({"type": "azure_semantic_vad_en"}, HOLD_MS),
        ({"type": "semantic_vad"}, 4_000),
        ({"type": "semantic_vad", "eagerness": "high"}, 2_000),
        ({"type": "semantic_vad", "eagerness": "low"}, 8_000),
    ],
)
def test_how_long_a_turn_is_held(detection, expected):
    assert hold_ms(detection) == expected


@pytest.mark.parametrize(
    ("text", "complete"),
    [("", True), ("what time is it", True), ("i want to", False), ("and um", False), ("Well, I...", False), ("ich möchte", True)],
)
def test_texts_that_may_be_complete(text, complete):
    assert is_complete(text) is complete


def test_who_would_have_to_wait_does_without():
    """While as many turns as may be are judged, the next is not; a recogniser that fails understands nothing."""
    begun, may_end = threading.Barrier(CONCURRENT_TURNS + 1), threading.Event()

    class Slow:
        def transcribe(self, _samples, _rate_hz):
            begun.wait(30)
            may_end.wait(30)
            raise OSError("broken")

    ear = Ear(Slow())
    heard = []
    threads = [threading.Thread(target=lambda: heard.append(ear.hear_now(SILENCE, 24_000))) for _ in range(CONCURRENT_TURNS)]
    for thread in threads:
        thread.start()
    begun.wait(30)
    assert ear.hear_now(SILENCE, 24_000) == ""
    may_end.set()
    for thread in threads:
        thread.join()
    assert heard == [""] * CONCURRENT_TURNS
    ear.close()
