"""When words and mouth shapes are heard in a voice's sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ._visemes import viseme_of
from .manner import USUAL_MANNER, Manner


@dataclass(frozen=True, slots=True)
class WordTiming:
    """When a word is heard, counted from the start of the whole text's sound."""

    text: str
    offset_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class VisemeTiming:
    """When the mouth takes a shape, counted from the start of the whole text's sound.

    Attributes:
        viseme_id: Azure's number of the shape, 0 (closed, silent) to 21.
        offset_ms: when it begins; it lasts until the next one.
    """

    viseme_id: int
    offset_ms: int


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence, its sound as pcm16, its words and mouth shapes in it."""

    text: str
    pcm16: bytes
    words: tuple[WordTiming, ...]
    visemes: tuple[VisemeTiming, ...] = ()


@runtime_checkable
class TimedVoice(Protocol):
    """A voice that knows when each word is heard. Optional: of others `spread_evenly` guesses it."""

    def speak(self, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[SpokenSentence]:
        """As `Voice.synthesize`, a sentence at a time, with the times of its words and mouth shapes."""
        ...


def spread_evenly(text: str, pcm16: bytes, rate_hz: int) -> SpokenSentence:
    """Guess the times in a voice's sound: every character takes as long, and letters stand for sounds."""
    length_ms = len(pcm16) // 2 * 1000 // rate_hz
    words: list[WordTiming] = []
    visemes: list[VisemeTiming] = []
    place = 0
    for word in text.split() if pcm16 else ():
        place = text.index(word, place)
        starts_ms = [(place + index) * length_ms // len(text) for index in range(len(word) + 1)]
        words.append(WordTiming(word, starts_ms[0], starts_ms[-1] - starts_ms[0]))
        shapes = [(viseme_of(letter.lower()), start_ms) for letter, start_ms in zip(word, starts_ms, strict=False)]
        visemes += [VisemeTiming(shape, start_ms) for shape, start_ms in shapes if shape is not None]
        place += len(word)
    return SpokenSentence(text, pcm16, tuple(words), (*visemes, VisemeTiming(0, length_ms)) if visemes else ())
