"""Saying an answer: text in, however it comes; words and audio out, at the pace of speech."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from voicelive._audio import AudioFormat, Samples, output_format

from ._manner import gain_of, manner_of
from ._pacing import Pacer
from ._speech_cache import Speech, SpeechCache
from ._stream import ResponseStream
from ._text import cut_sentences, words
from ._wire import Wire
from ._workers import Workers
from .engines.voice import Voice, speak

AUDIO_DELTA_MS = 100
"""Length of the audio in one ``response.audio.delta``."""


class Speaker:
    """Says text into the messages of one response.

    Args:
        stream: the response.
        voice: makes the audio.
        workers: run the voice.
        cache: keeps what it said.
        pacer: times it.
        wire: holds the speaker back while the client reads slowly.
    """

    def __init__(self, stream: ResponseStream, voice: Voice, workers: Workers, cache: SpeechCache, *, pacer: Pacer, wire: Wire) -> None:
        self._stream = stream
        self._voice = voice
        self._workers = workers
        self._cache = cache
        self._pacer = pacer
        self._wire = wire
        self._format: AudioFormat = output_format(stream.plan.output_audio_format)
        self._utter = self._speak if stream.plan.speaks else self._write
        self._rest: str | None = None
        self._citations: list[Mapping[str, Any]] = []

    async def say(self, text: str) -> None:
        """Make one message of a text.

        Raises:
            OutOfTokens: the response's ceiling was reached.
        """
        await self.add(text)
        await self.finish()

    async def add(self, text: str) -> None:
        """Add a piece to the message's text, and say the sentences that are whole with it; the first piece opens the message.

        Raises:
            OutOfTokens: the response's ceiling was reached.
        """
        if self._rest is None:
            self._stream.open_message()
        sentences, self._rest = cut_sentences((self._rest or "") + text)
        for sentence in sentences:
            await self._utter(sentence)

    def cite(self, annotations: Sequence[Mapping[str, Any]]) -> None:
        """Tell of these citations when the open message has been said."""
        self._citations += annotations

    async def finish(self) -> None:
        """Say what is left, and close the message; nothing, when none is open.

        Raises:
            OutOfTokens: the response's ceiling was reached.
        """
        if self._rest is not None:
            await self.flush()
            self._rest = None
            citations, self._citations = self._citations, []
            self._stream.annotate(citations)
            self._stream.close_message()

    async def flush(self) -> None:
        """Say what is left, and leave the message open: the answer ends here, and is not whole.

        Raises:
            OutOfTokens: the response's ceiling was reached.
        """
        if self._rest:
            rest, self._rest = self._rest, ""
            await self._utter(rest)

    async def _write(self, text: str) -> None:
        for word in words(text):
            await self._pacer.wait_for_text()
            await self._wire.has_room()
            self._stream.write(word)

    async def _speak(self, sentence: str) -> None:
        """Send a sentence: its words run ahead of the audio that says them."""
        speech = await self._spoken(sentence)
        audio = speech.audio
        self._stream.expect(speech.times)
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

    async def _spoken(self, sentence: str) -> Speech:
        if not sentence.strip():
            return Speech(b"", ())
        plan = self._stream.plan
        name, manner, gain = plan.voice.get("name"), manner_of(plan.voice), gain_of(plan.voice)

        def render() -> Speech:
            spoken = list(speak(self._voice, sentence, voice_name=name, rate_hz=self._format.sample_rate_hz, manner=manner))
            samples = np.frombuffer(b"".join(each.pcm16 for each in spoken), "<i2").astype(np.int16)
            times = tuple(dataclasses.replace(each, pcm16=b"") for each in spoken)
            return Speech(self._format.encode(louder(samples, gain)), times)

        return await self._cache.get((sentence, name, manner, gain, plan.output_audio_format), lambda: self._workers.run(render))


def louder(samples: Samples, gain: float) -> Samples:
    """The same sound at another volume; what gets too loud is clipped."""
    return samples if gain == 1 else np.clip(np.rint(samples * gain), -32768, 32767).astype(np.int16)
