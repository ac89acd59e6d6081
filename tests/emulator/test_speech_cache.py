"""Speech is made once for all sessions, and what is kept of it is bounded."""

import asyncio
import threading

import numpy as np
import pytest
from emulator.support_server import client

from voicelive.emulator import serve
from voicelive.emulator._speech_cache import Speech, SpeechCache

pytestmark = pytest.mark.anyio


class Voice:
    """A tone, and a list of what was asked for."""

    def __init__(self):
        self.asked = []

    def synthesize(self, text, *, voice_name, rate_hz, **_manner):
        self.asked.append((text, voice_name, rate_hz))
        yield np.full(rate_hz // 10, 1000, "<i2").tobytes()


async def repeat(turn):
    return turn.text


async def test_sessions_that_say_the_same_share_its_speech():
    voice = Voice()
    async with serve(responder=repeat, voice=voice, recogniser=None, pace=None) as server, client(server) as one, client(server) as two:
        await asyncio.gather(*(each.ask("Hello there.") for each in (one, two)))
        await one.ask("Hello there.")
        assert voice.asked == [("Hello there.", "alloy", 24_000)]
        assert two.audio() * 2 == one.audio()
        await one.ask("Hello there.", voice={"type": "openai", "name": "echo"})
        await one.ask("Hello there.", output_audio_format="g711_ulaw")
        await one.ask("Hello there.", voice={"type": "azure-standard", "name": "alloy", "volume": "50"})
        assert len(voice.asked) == 4


def make(audio, made=None):
    async def make_it():
        if made is not None:
            made.append(audio)
        await asyncio.sleep(0)
        return Speech(audio, ())

    return make_it


async def test_what_was_not_used_longest_goes_first():
    made = []
    cache = SpeechCache(2_500)
    for key in ("a", "b", "a", "c", "a", "b"):
        speech = await cache.get(key, make(key.encode() * 1_000, made))
        assert speech.audio == key.encode() * 1_000
        assert cache.held_bytes <= 2_500
    assert b"".join(each[:1] for each in made) == b"abcb"


async def test_speech_larger_than_the_bound_is_given_and_not_kept():
    cache = SpeechCache(100)
    assert (await cache.get("a", make(b"x" * 1_000))).audio == b"x" * 1_000
    assert cache.held_bytes == 0


async def test_who_waits_makes_it_when_the_first_fails_or_is_cancelled():
    gate = asyncio.Event()

    async def fails():
        await gate.wait()
        raise RuntimeError("broken")

    cache = SpeechCache(10_000)
    first = asyncio.create_task(cache.get("a", fails))
    await asyncio.sleep(0)
    second = asyncio.create_task(cache.get("a", fails))
    third = asyncio.create_task(cache.get("a", make(b"there")))
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    assert (await third).audio == b"there"
    with pytest.raises(RuntimeError, match="broken"):
        await second
    assert first.cancelled()
    assert (await cache.get("a", fails)).audio == b"there"


async def test_a_voice_that_fails_is_asked_again():
    class Broken(Voice):
        def synthesize(self, text, **how):
            if not self.asked:
                self.asked.append(threading.get_ident())
                raise RuntimeError("broken")
            return super().synthesize(text, **how)

    async with serve(responder=repeat, voice=Broken(), recogniser=None, pace=None) as server, client(server) as one:
        assert (await one.ask("Hello."))["status"] == "failed"
        assert (await one.ask("Hello."))["status"] == "completed"
