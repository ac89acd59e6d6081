"""Saying an answer: text in, however it comes; words and audio out, at the pace of speech."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from voicelive._audio import AudioFormat, output_format

from ._pacing import Pacer
from ._stream import ResponseStream
from ._text import cut_sentences, words
from ._wire import Wire
from .engines.timing import SpokenSentence
from .engines.voice import Voice, speak

AUDIO_DELTA_MS = 100
"""Length of the audio in one ``response.audio.delta``."""


class Speaker:
    """Says text into the messages of one response.

    Args:
        stream: the response.
        voice: makes the audio.
        pacer: times it.
        wire: holds the speaker back while the client reads slowly.
    """

    def __init__(self, stream: ResponseStream, voice: Voice, pacer: Pacer, wire: Wire) -> None:
        self._stream = stream
        self._voice = voice
        self._pacer = pacer
        self._wire = wire
        self._format: AudioFormat = output_format(stream.plan.output_audio_format)

    async def say(self, text: str | AsyncIterator[str]) -> None:
        """Make one message of a text, or of the pieces of one as they come.

        Raises:
            OutOfTokens: the response's ceiling was reached.
        """
        self._stream.open_message()
        utter = self._speak if self._stream.plan.speaks else self._write
        rest = ""
        async for piece in _pieces(text):
            sentences, rest = cut_sentences(rest + piece)
            for sentence in sentences:
                await utter(sentence)
        await utter(rest)
        self._stream.close_message()

    async def _write(self, text: str) -> None:
        for word in words(text):
            await self._pacer.wait_for_text()
            await self._wire.has_room()
            self._stream.write(word)

    async def _speak(self, sentence: str) -> None:
        """Send a sentence: its words run ahead of the audio that says them."""
        spoken = await asyncio.to_thread(self._render, sentence)
        audio = self._encode(spoken)
        self._stream.expect(spoken)
        waiting = words(sentence)
        delta_bytes = self._format.ms_to_bytes(AUDIO_DELTA_MS)
        deltas = -(-len(audio) // delta_bytes)
        words_per_delta = -(-len(waiting) // max(1, deltas))
        for start in range(0, len(audio), delta_bytes):
            delta = audio[start : start + delta_bytes]
            await self._pacer.wait(self._stream.audio_ms)
            await self._wire.has_room()
            for word in waiting[:words_per_delta]:
                self._stream.write(word)
            del waiting[:words_per_delta]
            self._stream.play(delta, self._format.bytes_to_ms(len(delta)))
        for word in waiting:  # what makes no sound is still part of the text
            self._stream.write(word)

    def _render(self, sentence: str) -> list[SpokenSentence]:
        """Synthesise a sentence at the rate of the output format; runs in a worker thread."""
        if not sentence.strip():
            return []
        rate_hz = self._format.sample_rate_hz
        return list(speak(self._voice, sentence, voice_name=self._stream.plan.voice.get("name"), rate_hz=rate_hz))

    def _encode(self, spoken: list[SpokenSentence]) -> bytes:
        pcm16 = b"".join(each.pcm16 for each in spoken)
        return self._format.encode(np.frombuffer(pcm16, "<i2").astype(np.int16))


async def _pieces(text: str | AsyncIterator[str]) -> AsyncIterator[str]:
    if isinstance(text, str):
        yield text
        return
    async for piece in text:
        yield piece
