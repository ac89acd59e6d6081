"""Speech and what disturbs it, as raw PCM: 16-bit little-endian mono, 24,000 samples a second unless a ``rate_hz`` says otherwise.

Levels are in decibels to full scale (dBFS): 0 is the loudest there is, all others are below 0.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

from voicelive import _audio  # before numpy, as it tells what to install

# isort: split
import numpy as np
import numpy.typing as npt

RATE_HZ: Final = 24_000
"""The protocol's own rate, pcm16."""

_FULL_SCALE: Final = 32767
_PIECE_MS: Final = 20
_PAUSE_DB: Final = 30


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
    from voicelive.emulator.engines.voice import EspeakVoice  # noqa: PLC0415 - loads the synthesiser

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
    drawn = np.random.default_rng(seed).standard_normal(_samples(duration_ms, rate_hz))
    return _pcm(drawn * _FULL_SCALE * 10 ** (level_db / 20))


def with_noise(audio: bytes, snr_db: float, *, seed: int = 0, rate_hz: int = RATE_HZ) -> bytes:
    """The same speech with white noise under it.

    Args:
        audio: the speech.
        snr_db: by how many decibels the speech is louder than the noise; pauses in it don't count.
        seed: chooses the noise.
        rate_hz: samples a second.

    Raises:
        ValueError: the audio cuts a sample in two, or is silent.
    """
    loud_db = level_db(audio, rate_hz=rate_hz)
    if loud_db == -math.inf:
        raise ValueError("silence has no level that noise could be below")
    return overlap(audio, noise(1000 * len(audio) / 2 / rate_hz, level_db=loud_db - snr_db, seed=seed, rate_hz=rate_hz), rate_hz=rate_hz)


def level_db(audio: bytes, *, rate_hz: int = RATE_HZ) -> float:
    """How loud audio is, in decibels below full scale: the root mean square where it isn't in a pause; minus infinity for silence.

    A pause is where a piece of 20 ms is 30 dB softer than the loudest one.

    Raises:
        ValueError: the audio cuts a sample in two.
    """
    samples = _floats(audio)
    length = max(1, _samples(_PIECE_MS, rate_hz))
    powers = np.array([np.mean(samples[start : start + length] ** 2) for start in range(0, len(samples), length)])
    if not powers.any():
        return -math.inf
    heard = powers[powers >= powers.max() / 10 ** (_PAUSE_DB / 10)]
    return float(10 * np.log10(heard.mean() / _FULL_SCALE**2))


def gain(audio: bytes, change_db: float) -> bytes:
    """The same audio, louder or softer by so many decibels; what is too loud is clipped, as a microphone does.

    Raises:
        ValueError: the audio cuts a sample in two.
    """
    return _pcm(_floats(audio) * 10 ** (change_db / 20))


def overlap(*tracks: bytes | tuple[bytes, float], rate_hz: int = RATE_HZ) -> bytes:
    """Several at once, as in a room: each a PCM, or a PCM and the milliseconds after which it begins.

    Raises:
        ValueError: a track cuts a sample in two, or begins before 0.
    """
    placed = [(_floats(track[0]), _samples(track[1], rate_hz)) if isinstance(track, tuple) else (_floats(track), 0) for track in tracks]
    mixed = np.zeros(max((start + len(track) for track, start in placed), default=0))
    for track, start in placed:
        mixed[start : start + len(track)] += track
    return _pcm(mixed)


def pieces(audio: bytes, piece_ms: float = _PIECE_MS, *, rate_hz: int = RATE_HZ) -> list[bytes]:
    """Cut audio as a microphone gives it, for one ``append`` each; the last piece may be shorter.

    Raises:
        ValueError: a piece would be empty.
    """
    size_bytes = 2 * _samples(piece_ms, rate_hz)
    if not size_bytes:
        raise ValueError(f"pieces of {piece_ms:g} ms hold no sample at {rate_hz} Hz")
    return [audio[start : start + size_bytes] for start in range(0, len(audio), size_bytes)]


def resample(audio: bytes, from_hz: int, to_hz: int) -> bytes:
    """The same sound with another number of samples a second.

    Raises:
        ValueError: the audio cuts a sample in two.
    """
    return _pcm(_audio.resample(_floats(audio).astype("int16"), from_hz, to_hz))


def to_format(audio: bytes, audio_format: str, *, rate_hz: int = RATE_HZ) -> bytes:
    """PCM in one of the protocol's audio formats, at that format's rate.

    Args:
        audio: PCM.
        audio_format: its wire name: ``pcm16`` (24,000 Hz), ``pcm16_16000hz``, ``g711_ulaw``, ``g711_alaw`` (8,000 Hz, a byte
            a sample).
        rate_hz: samples a second of ``audio``.

    Raises:
        ValueError: there is no such format, or the audio cuts a sample in two.
    """
    wanted = _audio.output_format(audio_format)
    return wanted.encode(_floats(resample(audio, rate_hz, wanted.sample_rate_hz)).astype("int16"))


def from_format(audio: bytes, audio_format: str, *, rate_hz: int = RATE_HZ) -> bytes:
    """PCM of what came in one of the protocol's audio formats, such as ``g711_ulaw``; the other way of `to_format`.

    Args:
        audio: in that format.
        audio_format: its wire name.
        rate_hz: samples a second of the result.

    Raises:
        ValueError: there is no such format, or the audio cuts a sample in two.
    """
    given = _audio.output_format(audio_format)
    return resample(_pcm(given.decode(audio)), given.sample_rate_hz, rate_hz)


def _samples(duration_ms: float, rate_hz: int) -> int:
    if duration_ms < 0:
        raise ValueError(f"milliseconds must be 0 or more, not {duration_ms:g}")
    return round(duration_ms * rate_hz / 1000)


def _floats(audio: bytes) -> npt.NDArray[np.float64]:
    if len(audio) % 2:
        raise ValueError(f"{len(audio)} bytes cut a 16-bit sample in two")
    return np.frombuffer(audio, "<i2").astype(np.float64)


def _pcm(samples: Any) -> bytes:
    return bytes(np.clip(np.rint(samples), -_FULL_SCALE - 1, _FULL_SCALE).astype("<i2").tobytes())
