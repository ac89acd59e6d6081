"""Speech and what disturbs it, as raw PCM: 16-bit little-endian mono."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

RATE_HZ: Final = 24_000
"""The protocol's own rate, pcm16."""

_FULL_SCALE: Final = 32767


def speak(text: str, *, voice: str | None = None, rate_hz: int = RATE_HZ) -> bytes:
    """Say a text with the local server's synthesiser, eSpeak NG.

    Args:
        text: what to say; its language is the voice's.
        voice: an Azure or OpenAI voice name such as ``en-GB-RyanNeural``; None for the usual one.
        rate_hz: samples a second.

    Raises:
        ImportError: the extra ``emulator`` isn't installed.
    """
    return _spoken(text, voice, rate_hz)


@lru_cache(maxsize=256)
def _spoken(text: str, voice: str | None, rate_hz: int) -> bytes:
    from voicelive.emulator.engines.voice import EspeakVoice  # noqa: PLC0415 - loads numpy and the synthesiser

    return b"".join(EspeakVoice().synthesize(text, voice_name=voice, rate_hz=rate_hz))


def silence(duration_ms: float, *, rate_hz: int = RATE_HZ) -> bytes:
    """So many milliseconds of nothing.

    Raises:
        ValueError: ``duration_ms`` is below 0.
    """
    return bytes(2 * _samples(duration_ms, rate_hz))


def noise(duration_ms: float, *, level_db: float = -40.0, seed: int = 0, rate_hz: int = RATE_HZ) -> bytes:
    """White noise, the same for the same ``seed``.

    Args:
        duration_ms: its length.
        level_db: its root mean square, in decibels below full scale.
        seed: chooses the noise.
        rate_hz: samples a second.

    Raises:
        ValueError: ``duration_ms`` is below 0.
    """
    import numpy as np  # noqa: PLC0415 - of the extra emulator

    drawn = np.random.default_rng(seed).standard_normal(_samples(duration_ms, rate_hz))
    return _pcm(drawn * _FULL_SCALE * 10 ** (level_db / 20))


def gain(audio: bytes, change_db: float) -> bytes:
    """The same audio, louder or softer by so many decibels; what is too loud is clipped, as a microphone does.

    Raises:
        ValueError: the audio cuts a sample in two.
    """
    return _pcm(_floats(audio) * 10 ** (change_db / 20))


def overlap(*tracks: bytes | tuple[bytes, float]) -> bytes:
    """Several at once, as in a room: each a PCM, or a PCM and the milliseconds (at 24,000 Hz) after which it begins.

    Raises:
        ValueError: a track cuts a sample in two, or begins before 0.
    """
    import numpy as np  # noqa: PLC0415 - of the extra emulator

    placed = [(_floats(track[0]), _samples(track[1], RATE_HZ)) if isinstance(track, tuple) else (_floats(track), 0) for track in tracks]
    mixed = np.zeros(max((start + len(track) for track, start in placed), default=0))
    for track, start in placed:
        mixed[start : start + len(track)] += track
    return _pcm(mixed)


def _samples(duration_ms: float, rate_hz: int) -> int:
    if duration_ms < 0:
        raise ValueError(f"milliseconds must be 0 or more, not {duration_ms:g}")
    return round(duration_ms * rate_hz / 1000)


def _floats(audio: bytes) -> npt.NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415 - of the extra emulator

    if len(audio) % 2:
        raise ValueError(f"{len(audio)} bytes cut a 16-bit sample in two")
    return np.frombuffer(audio, "<i2").astype(np.float64)


def _pcm(samples: Any) -> bytes:
    import numpy as np  # noqa: PLC0415 - of the extra emulator

    return bytes(np.clip(np.rint(samples), -_FULL_SCALE - 1, _FULL_SCALE).astype("<i2").tobytes())
