"""What a recogniser reports about the words it heard."""

from ._base import ABSENT, ModelMeta, Value


class LogProbProperties(Value, metaclass=ModelMeta):
    """Log probability of one transcription token.

    Attributes:
        token: Token text.
        logprob: Log probability of it.
        bytes: UTF-8 bytes of the token as integers; service documentation calls it optional.
    """

    token: str
    logprob: float
    bytes: list[int] | None = ABSENT


class TranscriptionWord(Value, metaclass=ModelMeta):
    """Word of a phrase with timing.

    Attributes:
        text: Word text.
        offset_milliseconds: Start from the beginning of the audio (ms).
        duration_milliseconds: Length (ms).
    """

    text: str
    offset_milliseconds: int
    duration_milliseconds: int


class TranscriptionPhrase(Value, metaclass=ModelMeta):
    """Phrase of a transcription with timing.

    Attributes:
        offset_milliseconds: Start from the beginning of the audio (ms).
        duration_milliseconds: Length (ms).
        text: Phrase text.
        words: Words of the phrase.
        locale: Locale recognized.
        confidence: Confidence.
    """

    offset_milliseconds: int
    duration_milliseconds: int
    text: str
    words: list[TranscriptionWord] | None = ABSENT
    locale: str | None = ABSENT
    confidence: float | None = ABSENT


class EmotionCandidate(Value, metaclass=ModelMeta):
    """One emotion guess (pre-release 1.0.0b1, 1.0.0b2, 1.0.0b3).

    Attributes:
        emotion: Emotion.
        confidence: Confidence.
    """

    emotion: str
    confidence: float
