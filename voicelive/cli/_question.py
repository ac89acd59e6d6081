"""The spoken question: out of a WAV file, or a text that the local voice speaks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._failures import EXIT_USAGE, Failure

if TYPE_CHECKING:
    from types import ModuleType

    from voicelive._audio import Samples

RATE_HZ: Final = 24_000
"""Rate of ``pcm16``, the service's default format in both directions."""
BYTES_PER_MS: Final = RATE_HZ * 2 // 1000
CHUNK_MS: Final = 20
CHUNK_BYTES: Final = CHUNK_MS * BYTES_PER_MS
DEFAULT_TEXT: Final = "How much is nine times seven?"
"""Words that the local recogniser makes out when the local voice says them; it fails on many others."""

_SPEECH_SHARE: Final = 0.1
"""A chunk this loud, as a share of the loudest one, is speech."""


@dataclass(frozen=True)
class Question:
    """A question as sound.

    Attributes:
        source: the text that is spoken, or the name of the file.
        chunks: 20 ms of 24 kHz mono pcm16 each, the last one filled up with silence.
        speech_chunks: number of chunks up to the end of the speech.
    """

    source: str
    chunks: tuple[bytes, ...]
    speech_chunks: int

    @property
    def audio_ms(self) -> int:
        """Duration in milliseconds."""
        return len(self.chunks) * CHUNK_MS

    @property
    def speech_end_ms(self) -> int:
        """Where the speech ends, in milliseconds from the start."""
        return self.speech_chunks * CHUNK_MS


def question_from_wav(path: Path) -> Question:
    """Read a question from a WAV file of any rate, mono or with several channels.

    Raises:
        Failure: the file isn't there, isn't a WAV file with PCM, or too short to hold sound; or the libraries for sound aren't installed.
    """
    audio = _audio_module()
    try:
        samples, rate_hz = audio.read_wav(path)
    except audio.AudioError as error:
        raise Failure(str(error), EXIT_USAGE) from error
    resampled = audio.resample(samples, rate_hz, RATE_HZ)
    if not len(resampled):
        raise Failure(f"{path} is too short: {len(samples)} samples at {rate_hz} Hz, as its header says, are no sound", EXIT_USAGE)
    return _question(path.name, resampled)


def question_from_text(text: str) -> Question:
    """Have the local voice speak a question; takes a moment of computing.

    Raises:
        Failure: there is nothing to speak, or the libraries for sound aren't installed.
    """
    audio = _audio_module()
    try:
        from voicelive.emulator.engines.voice import EspeakVoice  # noqa: PLC0415 - takes a moment to import

        voice = EspeakVoice()
    except ImportError as missing:
        raise Failure(f"the question can't be spoken: {missing}", EXIT_USAGE) from missing
    pcm16 = b"".join(voice.synthesize(text, voice_name=None, rate_hz=RATE_HZ))
    if not pcm16:
        raise Failure(f"--say {text!r} gives nothing to speak; it needs words", EXIT_USAGE)
    return _question(text, audio.AudioFormat("pcm16", RATE_HZ).decode(pcm16))


def _audio_module() -> ModuleType:
    try:
        from voicelive import _audio  # noqa: PLC0415 - needs an extra
    except ImportError as missing:
        raise Failure(str(missing), EXIT_USAGE) from missing
    return _audio


def _question(source: str, samples: Samples) -> Question:
    pcm16 = samples.astype("<i2").tobytes()
    chunks = tuple(pcm16[start : start + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0") for start in range(0, len(pcm16), CHUNK_BYTES))
    return Question(source, chunks, _speech_chunks(samples))


def _speech_chunks(samples: Samples) -> int:
    """Count the chunks up to the last one that is loud enough to be speech; the mean is taken off, as silence may be a constant."""
    level = abs(samples - samples.mean())
    width = CHUNK_MS * RATE_HZ // 1000
    loudness = [level[start : start + width].mean() for start in range(0, len(samples), width)]
    limit = _SPEECH_SHARE * max(loudness)
    return max(index for index, each in enumerate(loudness, start=1) if each >= limit)
