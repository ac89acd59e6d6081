"""How long audio is: bytes of a millisecond in each format of the wire (service facts, section 4), and of what is appended."""

import functools
import re
from dataclasses import dataclass
from typing import Any

PCM16_RATE_HZ = 24_000
G711_RATE_HZ = 8_000


@dataclass(frozen=True)
class AudioFormat:
    """How sound is laid out in bytes; no header.

    Attributes:
        name: ``pcm16`` (16-bit signed little endian), ``g711_ulaw`` or ``g711_alaw`` (one byte a sample).
        sample_rate_hz: Samples a second, of each channel.
        channels: 1; 2 for input with the client's echo reference, sample by sample in turn.
    """

    name: str
    sample_rate_hz: int
    channels: int = 1

    @property
    def bytes_per_sample(self) -> int:
        """2 for pcm16, 1 for G.711."""
        return 2 if self.name == "pcm16" else 1

    @property
    def bytes_per_frame(self) -> int:
        """A sample of each channel."""
        return self.bytes_per_sample * self.channels

    def bytes_to_ms(self, length_bytes: int) -> int:
        """Duration of so many bytes in whole milliseconds, rounded down."""
        return length_bytes * 1000 // (self.bytes_per_frame * self.sample_rate_hz)

    def ms_to_bytes(self, duration_ms: int) -> int:
        """Number of bytes that last so many milliseconds: whole samples, rounded down."""
        return duration_ms * self.sample_rate_hz // 1000 * self.bytes_per_frame


@functools.lru_cache(maxsize=64)
def audio_format(name: str | None, sampling_rate_hz: int | None = None) -> AudioFormat | None:
    """The format that a wire name means, or None for a name we do not know.

    Args:
        name: ``pcm16``, ``pcm16_16000hz`` (any rate; ``pcm16-16000hz`` is its older spelling), ``g711_ulaw``, ``g711_alaw``, in any
            letter case; None means the service's default, ``pcm16``.
        sampling_rate_hz: ``input_audio_sampling_rate``, which plain ``pcm16`` takes; 24,000 without it.
    """
    plain = (name or "pcm16").lower().replace("-", "_")
    if plain == "pcm16":
        return AudioFormat("pcm16", sampling_rate_hz or PCM16_RATE_HZ)
    if plain in ("g711_ulaw", "g711_alaw"):
        return AudioFormat(plain, G711_RATE_HZ)
    rate = plain.removeprefix("pcm16_").removesuffix("hz")
    if plain.startswith("pcm16_") and plain.endswith("hz") and re.fullmatch(r"[0-9]{1,6}", rate) and int(rate) > 0:
        return AudioFormat("pcm16", int(rate))
    return None


def audio_length_bytes(audio: Any) -> int:
    """Raw size of audio given as bytes or as base64 text; 0 for none."""
    if audio is None:
        return 0
    if isinstance(audio, str):
        return len(audio) // 4 * 3 - audio[-2:].count("=")
    return len(audio) if isinstance(audio, bytes) else memoryview(audio).nbytes
