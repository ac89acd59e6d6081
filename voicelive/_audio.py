"""Sound as the wire and WAV files carry it: format names, G.711, sample rates.

Inside the package sound is a one-dimensional numpy array of 16-bit samples, one channel. Needs numpy and soxr, which the extra
``voicelive[emulator]`` installs; nothing of the client imports this module.
"""

import functools
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

from voicelive_proto import AudioFormat as WireFormat

try:
    import numpy as np
    import soxr
    from numpy.typing import NDArray
except ImportError as missing:  # pragma: no cover - needs an environment without the extra
    raise ImportError(f"sound needs {missing.name}: pip install 'voicelive[emulator]'", name=missing.name) from missing

Samples: TypeAlias = NDArray[np.int16]

G711_RATE_HZ = 8_000
PCM16_INPUT_RATES_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""Rates accepted as ``input_audio_sampling_rate``. The service documents 8, 16 and 24 kHz; its live tests also send 44.1 kHz."""


class AudioError(ValueError):
    """A file or byte string does not hold the sound it should hold."""


class AudioFormat(WireFormat):
    """How sound is laid out in bytes, and the way from bytes to samples and back."""

    def decode(self, data: bytes | bytearray | memoryview) -> Samples:
        """Turn bytes of this format into samples.

        Raises:
            AudioError: an odd number of bytes given as pcm16.
        """
        if self.name != "pcm16":
            return _DECODERS[self.name]()[np.frombuffer(data, np.uint8)]
        if len(data) % 2:
            raise AudioError(f"pcm16 has 2 bytes a sample, so {len(data)} bytes end in the middle of one")
        return np.frombuffer(data, "<i2").astype(np.int16)

    def encode(self, samples: Samples) -> bytes:
        """Turn samples into bytes of this format."""
        if self.name == "pcm16":
            return samples.astype("<i2").tobytes()
        return _ENCODERS[self.name]()[samples.astype(np.int16).view(np.uint16)].tobytes()


_FORMATS = {
    "pcm16": AudioFormat("pcm16", 24_000),
    "g711_ulaw": AudioFormat("g711_ulaw", G711_RATE_HZ),
    "g711_alaw": AudioFormat("g711_alaw", G711_RATE_HZ),
    **{f"pcm16_{rate_hz}hz": AudioFormat("pcm16", rate_hz) for rate_hz in (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)},
}


def output_format(name: str) -> AudioFormat:
    """The format that an ``output_audio_format`` of this name asks for.

    Letter case does not matter, and ``pcm16-8000hz`` is the older spelling of ``pcm16_8000hz``. ``pcm16_22050hz``, ``pcm16_24000hz``,
    ``pcm16_44100hz`` and ``pcm16_48000hz`` are in no documented list, yet the service's live tests use them.

    Raises:
        ValueError: no format has this name; the text lists those that exist.
    """
    known = _FORMATS.get(name.lower().replace("-", "_"))
    if known is None:
        raise ValueError(f"unknown audio format {name!r}; known are {', '.join(_FORMATS)}")
    return known


def input_format(name: str, sampling_rate_hz: int | None = None) -> AudioFormat:
    """The format that ``input_audio_format`` and ``input_audio_sampling_rate`` describe together.

    Without a rate plain ``pcm16`` is 24 kHz and G.711 is 8 kHz.

    Raises:
        ValueError: unknown name, or a rate the named format cannot have.
    """
    named = output_format(name)
    if sampling_rate_hz is None or sampling_rate_hz == named.sample_rate_hz:
        return named
    allowed_hz = PCM16_INPUT_RATES_HZ if name.lower() == "pcm16" else (named.sample_rate_hz,)
    if sampling_rate_hz not in allowed_hz:
        allowed = ", ".join(map(str, allowed_hz))
        raise ValueError(f"audio format {name!r} cannot be sampled at {sampling_rate_hz} Hz; it can at {allowed} Hz")
    return AudioFormat(named.name, sampling_rate_hz)


# G.711 (ITU-T, 1988): each code is a sign, one of eight segments that double in width, and one of sixteen steps in the segment.


@functools.cache
def _ulaw_to_pcm16() -> Samples:
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


@functools.cache
def _alaw_to_pcm16() -> Samples:
    code = np.arange(256) ^ 0x55
    step, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    magnitude = np.where(segment == 0, step + 8, step + 0x108 << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _every_sample() -> NDArray[np.int64]:
    return np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int64)


@functools.cache
def _pcm16_to_ulaw() -> NDArray[np.uint8]:
    sample = _every_sample() >> 2  # mu-law is defined on 14 bits
    biased = np.minimum(np.abs(sample), 8159) + 33
    segment = np.searchsorted(0x40 << np.arange(8), biased, side="right")
    code = np.minimum(segment << 4 | biased >> segment + 1 & 0x0F, 0x7F)
    return np.asarray(code ^ np.where(sample < 0, 0x7F, 0xFF), np.uint8)


@functools.cache
def _pcm16_to_alaw() -> NDArray[np.uint8]:
    sample = _every_sample() >> 3  # A-law is defined on 13 bits
    magnitude = np.where(sample < 0, -sample - 1, sample)
    segment = np.searchsorted(0x20 << np.arange(8), magnitude, side="right")
    code = segment << 4 | magnitude >> np.maximum(segment, 1) & 0x0F
    return np.asarray(code ^ np.where(sample < 0, 0x55, 0xD5), np.uint8)


_DECODERS: dict[str, Callable[[], Samples]] = {"g711_ulaw": _ulaw_to_pcm16, "g711_alaw": _alaw_to_pcm16}
_ENCODERS: dict[str, Callable[[], NDArray[np.uint8]]] = {"g711_ulaw": _pcm16_to_ulaw, "g711_alaw": _pcm16_to_alaw}


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """The same sound at another rate, whole; for sound that comes in pieces see `Resampler`."""
    if from_hz == to_hz or not samples.size:
        return samples
    return np.asarray(soxr.resample(samples, from_hz, to_hz), np.int16)


class Resampler:
    """Changes the rate of sound that comes in pieces, without a seam between them.

    The filter looks ahead, so `process` gives back less than it was given, and `flush` the rest.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16")

    def process(self, samples: Samples) -> Samples:
        """Take the next piece, of any size; return what is ready, possibly nothing."""
        return samples if self._stream is None else np.asarray(self._stream.resample_chunk(samples), np.int16)

    def flush(self) -> Samples:
        """Return what the filter still holds. The sound ends here: take a new Resampler for the next one."""
        nothing = np.zeros(0, np.int16)
        return nothing if self._stream is None else np.asarray(self._stream.resample_chunk(nothing, last=True), np.int16)


_FORMAT_TAGS = {0x0002: "ADPCM", 0x0003: "IEEE float", 0x0006: "A-law", 0x0007: "mu-law", 0x0011: "IMA ADPCM", 0x0055: "MP3"}
_PCM_TAG = 0x0001
_EXTENSIBLE_TAG = 0xFFFE
_FMT = struct.Struct("<HHIIHH")


def read_wav(path: str | Path) -> tuple[Samples, int]:
    """Read a WAV file of any rate with 8-, 16-, 24- or 32-bit PCM; several channels become their mean.

    Done here because `wave` refuses the extensible header, which many programs write, before Python 3.12.

    Returns:
        The samples and their rate in hertz.

    Raises:
        AudioError: no such file, a folder, empty, not a WAV file, not PCM, cut short, or without any sound in it.
    """
    path = Path(path)
    data = _read_file(path)
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise AudioError(f"{path} is not a WAV file: it begins with {data[:4]!r} where b'RIFF' should be")
    layout = _read_layout(path, data)
    frames = _read_frames(path, data)
    whole_bytes = len(frames) // layout.frame_bytes * layout.frame_bytes
    samples = _to_16_bits(frames[:whole_bytes], layout.width_bytes)
    return _mono(samples, layout.channels), layout.rate_hz


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():  # Windows would only say that access is denied
            raise AudioError(f"{path} is a folder; a WAV file is needed")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise AudioError(f"{path}: no such file") from error
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}") from error
    if not data:
        raise AudioError(f"{path} is empty; a WAV file is needed")
    return data


class _Layout(NamedTuple):
    """How the sound in a WAV file is laid out."""

    channels: int
    rate_hz: int
    width_bytes: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.width_bytes


def _read_layout(path: Path, data: bytes) -> _Layout:
    start, length = _find_chunk(data, b"fmt ")
    if length < _FMT.size or start + length > len(data):
        raise AudioError(f"{path} is not a whole WAV file: it has no complete 'fmt ' chunk")
    tag, channels, rate_hz, _, _, bits = _FMT.unpack_from(data, start)
    if tag == _EXTENSIBLE_TAG:
        # The true tag opens the sub-format GUID, 24 bytes into the chunk.
        tag = int.from_bytes(data[start + 24 : start + 26], "little")
    if tag != _PCM_TAG:
        kind = _FORMAT_TAGS.get(tag, "a format this reader does not know")
        raise AudioError(f"{path} is not PCM (format tag 0x{tag:04x}, {kind}); convert it: ffmpeg -i in.wav -c:a pcm_s16le out.wav")
    if bits not in (8, 16, 24, 32) or not channels or not rate_hz:
        raise AudioError(
            f"{path} has {channels} channels of {bits}-bit samples at {rate_hz} Hz; 8, 16, 24 or 32 bits are needed, and none 0"
        )
    return _Layout(channels, rate_hz, bits // 8)


def _read_frames(path: Path, data: bytes) -> bytes:
    start, length = _find_chunk(data, b"data")
    if not start:
        raise AudioError(f"{path} is not a whole WAV file: it has no 'data' chunk")
    frames = data[start : start + length]
    if not length:
        raise AudioError(f"{path} holds a WAV header and no sound")
    if len(frames) < length:
        raise AudioError(f"{path} is cut short: its header promises {length} bytes of sound, {len(frames)} are there")
    return frames


def _find_chunk(data: bytes, name: bytes) -> tuple[int, int]:
    """Start and length of a RIFF chunk's content, (0, 0) when there is none. Chunks begin at even places."""
    position = 12
    while position + 8 <= len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if data[position : position + 4] == name:
            return position + 8, length
        position += 8 + length + length % 2
    return 0, 0


def _to_16_bits(frames: bytes, width_bytes: int) -> Samples:
    if width_bytes == 1:  # the only width that is unsigned
        return ((np.frombuffer(frames, np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)
    # Little endian: the two upper bytes of a sample are its last two.
    upper = np.frombuffer(frames, np.uint8).reshape(-1, width_bytes)[:, -2:]
    return np.frombuffer(upper.tobytes(), "<i2").astype(np.int16)


def _mono(samples: Samples, channels: int) -> Samples:
    return samples if channels == 1 else samples.reshape(-1, channels).mean(axis=1).astype(np.int16)


def write_wav(path: str | Path, pcm16: bytes | bytearray | memoryview, rate_hz: int) -> None:
    """Write 16-bit little-endian mono sound as a WAV file.

    Raises:
        OSError: the file cannot be written.
    """
    with Path(path).open("wb") as target, wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm16)


def strip_wav_header(data: bytes) -> bytes:
    """Drop a RIFF/WAVE header from the front of a chunk of sound; anything else comes back as it is.

    Some clients append a whole WAV file, header and all. A data chunk that promises more than is there (the rest follows in the next
    append, or the length was never filled in) is taken to the end.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return data
    start, length = _find_chunk(data, b"data")
    return data[start : start + length] if start else b""
