"""Engines of one's own, as a type checker sees them; never run."""

from collections.abc import AsyncIterator, Iterator

import numpy as np
from typing_extensions import assert_type

from voicelive._audio import Samples
from voicelive.emulator import ServerSettings, serve
from voicelive.emulator.engines import (
    USUAL_MANNER,
    JudgeFrame,
    Manner,
    Piece,
    Recogniser,
    Responder,
    ToolCall,
    ToolCallDelta,
    Turn,
    Vad,
    Voice,
)


class Beep:
    def synthesize(self, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[bytes]:
        yield bytes(len(text + (voice_name or "")) * int(rate_hz / manner.speed))


class Deaf:
    def transcribe(self, samples: Samples, rate_hz: int) -> str:
        return f"{len(samples) / rate_hz} seconds"


class Always:
    frame_samples = 320

    def open_stream(self) -> JudgeFrame:
        return lambda frame: float(np.abs(frame).max())


async def parrot(turn: Turn) -> str:
    return turn.text or ""


async def writer(turn: Turn) -> AsyncIterator[Piece]:
    yield f"Dear {turn.text},"
    yield ToolCallDelta("{}", "send")


async def caller(_turn: Turn) -> list[ToolCall]:
    return [ToolCall("one", {}), ToolCall("two", {"a": 1})]


def plain(turn: Turn) -> str:
    return turn.text or ""


def plain_writer(turn: Turn) -> Iterator[Piece]:
    yield turn.text or ""


class Model:
    async def __call__(self, turn: Turn) -> AsyncIterator[Piece]:
        yield turn.instructions


voice: Voice = Beep()
recogniser: Recogniser = Deaf()
vad: Vad = Always()
responders: list[Responder] = [parrot, writer, caller, plain, plain_writer, Model()]


async def use() -> None:
    async with serve(voice=voice, recogniser=recogniser, vad=vad, responder=writer) as server:
        assert_type(server.url, str)
    async with serve(voice="espeak", recogniser="none", vad={"engine": "webrtc"}, responder={"engine": "scripted", "answers": []}):
        pass
    async with serve(**ServerSettings(port=0).options()):
        pass
