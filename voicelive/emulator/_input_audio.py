"""The input audio buffer: what the client appended and nobody took yet, with a watch for speech in it.

Positions count samples from the session's first one, so they never depend on the clock or on how the audio was cut into appends.
"""

from collections import deque

import numpy as np

from voicelive._audio import AudioError, AudioFormat, Samples, input_format, strip_wav_header

from ._errors import Refused
from ._settings import Settings, input_channels

LONGEST_SILENCE_MS = 30_000
"""While nobody speaks and a turn detector listens, no more audio than this is kept."""


class InputAudio:
    """Holds samples of one channel at the session's input rate.

    Attributes:
        received: whether any audio ever came.
    """

    def __init__(self, settings: Settings) -> None:
        self.received = False
        self.configure(settings)
        self._pieces: deque[Samples] = deque()
        self._start = 0
        self._end = 0

    def configure(self, settings: Settings) -> None:
        """Use the format of these settings from now on; it does not change once audio was received."""
        self._format: AudioFormat = input_format(settings["input_audio_format"], settings["input_audio_sampling_rate"])
        self._channels = input_channels(settings)

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._format.sample_rate_hz

    @property
    def held_bytes(self) -> int:
        """Audio in the buffer, as 16-bit samples."""
        return 2 * (self._end - self._start)

    @property
    def held_ms(self) -> int:
        """Audio in the buffer."""
        return (self._end - self._start) * 1000 // self.rate_hz

    @property
    def end(self) -> int:
        """Position after the last sample received."""
        return self._end

    @property
    def end_ms(self) -> int:
        """How much audio the session has received."""
        return self._end * 1000 // self.rate_hz

    def decode(self, audio: bytes) -> Samples:
        """Turn the audio of an append into samples; a WAV header in front is dropped, of two channels the microphone is kept.

        Raises:
            Refused: the bytes end in the middle of a sample.
        """
        try:
            samples = self._format.decode(strip_wav_header(audio))
        except AudioError as error:
            raise Refused(str(error), param="audio") from None
        if self._channels == 1:
            return samples
        if len(samples) % 2:
            raise Refused("two channels of pcm16 need a multiple of 4 bytes in each append", param="audio")
        return samples[::2]

    def encode(self, samples: Samples) -> bytes:
        """Turn samples into audio as a client appends it, in one channel."""
        return self._format.encode(samples)

    def append(self, samples: Samples) -> None:
        """Add samples at the end."""
        self.received = True
        if len(samples):  # pieces of no length would never be taken, nor count
            self._pieces.append(samples)
            self._end += len(samples)

    def drop_before(self, position: int) -> None:
        """Let go of everything before a position."""
        while self._pieces and self._start + len(self._pieces[0]) <= position:
            self._start += len(self._pieces.popleft())
        if self._pieces and self._start < position:
            self._pieces[0] = self._pieces[0][position - self._start :]
            self._start = position

    def drop_old_silence(self) -> None:
        """Keep only what a turn that begins soon may need."""
        self.drop_before(self._end - LONGEST_SILENCE_MS * self.rate_hz // 1000)

    def take(self, until: int | None = None) -> Samples:
        """Take the samples before a position, or all, out of the buffer."""
        held = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        cut = len(held) if until is None else max(0, min(until - self._start, len(held)))
        self._pieces = deque([held[cut:]] if cut < len(held) else ())
        self._start += cut
        return held[:cut]

    def between(self, start: int, end: int) -> Samples:
        """The samples from one position to another, as far as they are held; they stay in the buffer."""
        held = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        return held[max(0, start - self._start) : max(0, end - self._start)]

    def clear(self) -> None:
        """Throw the buffer away; positions go on counting."""
        self._pieces.clear()
        self._start = self._end

    def position_of(self, time_ms: int) -> int:
        """The position of the first sample at or after a time."""
        return time_ms * self.rate_hz // 1000
