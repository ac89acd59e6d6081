"""What a recogniser can say of a turn beyond its words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from voicelive._audio import Samples

if TYPE_CHECKING:
    from .recogniser import Recogniser


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and where it was heard, from the start of the turn's sound.

    Attributes:
        text: the word.
        offset_ms, duration_ms: where.
        probability: how sure the recogniser is, above 0, up to 1.
    """

    text: str
    offset_ms: int
    duration_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of one turn.

    Attributes:
        text: all of them, or "" when none were made out.
        words: each of them, where the recogniser tells; else none.
        locale: language they were recognised in, such as ``en-US``, or None.
    """

    text: str
    words: tuple[HeardWord, ...] = ()
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What a session says of the speech to come (``input_audio_transcription``).

    Attributes:
        language: the only language to expect, as two or three letters such as ``en``, or None.
        phrases: words and phrases to favour.
    """

    language: str | None = None
    phrases: tuple[str, ...] = ()


NO_HINTS = Hints()


@runtime_checkable
class GuidedRecogniser(Protocol):
    """A recogniser that can be told what to expect. Optional: others hear as they always do."""

    def guided(self, hints: Hints) -> "Recogniser":
        """One that expects this; it shares what is costly with this one."""
        ...


@runtime_checkable
class DetailedRecogniser(Protocol):
    """A recogniser that tells times and probabilities. Optional: of others only the text is known."""

    def recognise(self, samples: Samples, rate_hz: int) -> Transcript:
        """As `Recogniser.transcribe`, with all that is known."""
        ...


def recognise(recogniser: "Recogniser", samples: Samples, rate_hz: int, hints: Hints = NO_HINTS) -> Transcript:
    """The transcript of one turn, with as much detail as the recogniser has."""
    if hints != NO_HINTS and isinstance(recogniser, GuidedRecogniser):
        recogniser = recogniser.guided(hints)
    if isinstance(recogniser, DetailedRecogniser):
        return recogniser.recognise(samples, rate_hz)
    return Transcript(recogniser.transcribe(samples, rate_hz))
