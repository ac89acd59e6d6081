"""Text to speech, one sentence after the other, so that the first is heard while the last is still made."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from voicelive._audio import resample

from ._espeak import Mark, Sound, library
from ._timbres import candidates, in_manner
from ._visemes import viseme_of
from .manner import USUAL_MANNER, Manner
from .timing import SpokenSentence, TimedVoice, VisemeTiming, WordTiming, spread_evenly


class Voice(Protocol):
    """Speaks text. Called from worker threads, several at once.

    One that knows when each word is heard is a `TimedVoice` too; of others the times are guessed.
    """

    def synthesize(self, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[bytes]:
        """Speak a text as pcm16 (16-bit signed little endian, one channel) of this rate, a piece at a time.

        A voice that does not know the name takes its usual one. Text with nothing to say gives nothing.
        """


def speak(voice: Voice, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[SpokenSentence]:
    """Speak a text with the times of its words, as the voice knows them or spread evenly over its sound."""
    if isinstance(voice, TimedVoice):
        yield from voice.speak(text, voice_name=voice_name, rate_hz=rate_hz, manner=manner)
        return
    yield spread_evenly(text, b"".join(voice.synthesize(text, voice_name=voice_name, rate_hz=rate_hz, manner=manner)), rate_hz)


LONGEST_SENTENCE_CHARS = 400
"""Longer sentences are cut between words, so that the first sound never waits for a whole page."""

_SENTENCE_END = re.compile(r"(?<=[.!?\u2026])[\"')\]]*\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_NOT_AN_END = re.compile(r"(?:\b(?:[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|vs|e\.g|i\.e))\.$")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def sentences(text: str) -> Iterator[str]:
    """Cut a text into sentences of at most `LONGEST_SENTENCE_CHARS` characters, without the space between them.

    Abbreviations such as "Dr." and initials end no sentence. Control characters become spaces.
    """
    held = ""
    for piece in _split(_CONTROL.sub(" ", text)):
        held = f"{held} {piece}".strip()
        if held and not _NOT_AN_END.search(held):
            yield from _cut_long(held)
            held = ""
    yield from _cut_long(held)


def _split(text: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield text[start : match.end()].strip()
        start = match.end()
    yield text[start:].strip()


def _cut_long(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST_SENTENCE_CHARS:
        space = sentence.rfind(" ", 1, LONGEST_SENTENCE_CHARS)
        cut = space if space > 0 else LONGEST_SENTENCE_CHARS
        yield sentence[:cut]
        sentence = sentence[cut:].lstrip()
    if sentence:
        yield sentence


class EspeakVoice:
    """The voices of eSpeak NG, out of the library that espeakng-loader brings along.

    The library holds one voice for the whole process, so sentences are made one at a time, whichever object asks; each takes about a
    hundredth of the time it takes to hear it.

    Raises:
        ImportError: the library is not installed or cannot be loaded.
    """

    def __init__(self) -> None:
        self._library = library()

    def synthesize(self, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[bytes]:
        """Speak a text as pcm16 of this rate, sentence by sentence.

        Names of OpenAI voices give different English speakers; of Azure voices (``de-DE-KatjaNeural``) the language counts.
        """
        for spoken in self.speak(text, voice_name=voice_name, rate_hz=rate_hz, manner=manner):
            yield spoken.pcm16

    def speak(self, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[SpokenSentence]:
        """As `synthesize`, with the text of each sentence and the times of its words and mouth shapes."""
        usual = candidates(voice_name, manner.locale)
        timbres = tuple(in_manner(each, manner.speed, manner.pitch_semitones) for each in usual)
        position = 0
        for sentence in sentences(text):
            rendering = self._library.render(sentence, timbres)
            if not rendering.samples.any():
                continue
            sound = resample(rendering.samples, self._library.rate_hz, rate_hz)
            base_ms = position * 1000 // rate_hz
            length_ms = len(sound) * 1000 // rate_hz
            words = tuple(_words(sentence, rendering.marks, base_ms, length_ms))
            visemes = tuple(_visemes(rendering.sounds, base_ms, length_ms))
            yield SpokenSentence(sentence, sound.astype("<i2").tobytes(), words, visemes)
            position += len(sound)


def _words(sentence: str, marks: Sequence[Mark], base_ms: int, length_ms: int) -> Iterator[WordTiming]:
    """Each word lasts until the next begins. A number is many words to the library and one here."""
    separate: list[Mark] = []
    for mark in marks:
        blank = not sentence[mark.text_start : mark.text_end].strip()
        if not blank and (not separate or mark.text_start >= separate[-1].text_end):
            separate.append(mark)
    ends_ms = [*(mark.offset_ms for mark in separate[1:]), length_ms]
    for mark, end_ms in zip(separate, ends_ms, strict=False):
        yield WordTiming(sentence[mark.text_start : mark.text_end], base_ms + mark.offset_ms, max(0, end_ms - mark.offset_ms))


def _visemes(sounds: Sequence[Sound], base_ms: int, length_ms: int) -> Iterator[VisemeTiming]:
    """The mouth shapes; of the same one several times in a row, such as a long pause, only the first."""
    last: int | None = None
    for sound in sounds:
        shape = viseme_of(sound.ipa)
        if shape is not None and shape != last:
            last = shape
            yield VisemeTiming(shape, base_ms + min(sound.offset_ms, length_ms))
