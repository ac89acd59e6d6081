"""Speech to text."""

import atexit
import functools
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import IO, Protocol

import numpy as np

from voicelive._audio import Samples, resample

from ._extra import import_extra
from ._recognise import RATE_HZ, main, read_message, write_message
from .transcript import HeardWord, Transcript

_PADDING_MS = 300
"""Silence put around a turn: a recogniser needs some to find the first and the last sound."""

_NOISE_LEVEL = 3.0
"""Noise laid under a turn, as a standard deviation in 16-bit steps. The model was trained on rooms: with digital silence, which only
synthesised sound has, it hears "Tell me what time it is." 4 times of 20, with this noise 20 of 20 (other questions: no worse)."""


LOCALE = "en-US"
"""The only language of PocketSphinx's model."""

_LEAST_PROBABILITY = 1e-9


class Recogniser(Protocol):
    """Understands speech. Called from worker threads, several at once.

    One that knows more than the text is a `DetailedRecogniser` too.
    """

    def transcribe(self, samples: Samples, rate_hz: int) -> str:
        """The words of one turn, or "" when none were made out."""


def usual_recogniser() -> Recogniser | None:
    """PocketSphinx where it is installed, else None: the server then says that it could not make out the words."""
    return PocketsphinxRecogniser() if PocketsphinxRecogniser.available() else None


def no_recogniser() -> None:
    """None: the server understands no speech."""
    return


class RecogniserError(RuntimeError):
    """The recogniser's process ended in the middle of its work."""


class PocketsphinxRecogniser:
    """US English with PocketSphinx and the general model in its wheel: any words, no grammar, modest accuracy.

    PocketSphinx keeps Python's global lock while it works, for seconds in a long turn. It therefore runs in a process of its own, which
    all objects of this class share, which starts with the first of them and ends with the program. It hears one turn after the other.

    Raises:
        ImportError: pocketsphinx is not installed.
    """

    def __init__(self) -> None:
        if not self.available():
            import_extra("pocketsphinx", "recognising speech")
        self._worker = _shared_worker()

    @staticmethod
    def available() -> bool:
        """Whether pocketsphinx is installed."""
        return find_spec("pocketsphinx") is not None

    def transcribe(self, samples: Samples, rate_hz: int) -> str:
        """The words in lower case without punctuation, or "" when none were made out.

        Raises:
            RecogniserError: the process ended; the next call starts another.
        """
        return self.recognise(samples, rate_hz).text

    def recognise(self, samples: Samples, rate_hz: int) -> Transcript:
        """As `transcribe`, with the words' times and their probabilities among all that the sound could have been."""
        heard = resample(samples, rate_hz, RATE_HZ)
        if not heard.any():
            return Transcript("")
        padded = np.pad(heard.astype(np.int32), RATE_HZ * _PADDING_MS // 1000)
        noise = np.random.default_rng(0).normal(0, _NOISE_LEVEL, len(padded)).astype(np.int32)
        answer = json.loads(self._worker.ask(np.clip(padded + noise, -32768, 32767).astype("<i2").tobytes()))
        words = tuple(_word(*each, length_ms=len(heard) * 1000 // RATE_HZ) for each in answer["words"])
        return Transcript(answer["text"], words, LOCALE)


def _word(text: str, start_ms: int, end_ms: int, probability: float, *, length_ms: int) -> HeardWord:
    """A word with its times in the turn, of which the recogniser hears more than there is."""
    start_ms, end_ms = (min(max(0, time_ms - _PADDING_MS), length_ms) for time_ms in (start_ms, end_ms))
    return HeardWord(text, start_ms, end_ms - start_ms, min(1.0, max(probability, _LEAST_PROBABILITY)))


class _Worker:
    """A process that answers sound with words, one message each way at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._process = self._start()

    def ask(self, pcm16: bytes) -> str:
        with self._lock:
            if self._process.poll() is not None:
                self._stop()
                self._process = self._start()
            to_worker, from_worker = self._pipes()
            try:
                write_message(to_worker, pcm16)
                return read_message(from_worker).decode()
            except (OSError, EOFError) as error:
                self._stop()
                raise RecogniserError(f"the speech recogniser's process ended with exit code {self._process.returncode}") from error

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module

    def _stop(self) -> None:
        """Close its input, which ends it, and wait for that."""
        for pipe in self._pipes():
            with suppress(BrokenPipeError):  # what a dead process did not read is lost anyway
                pipe.close()
        self._process.wait()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


@functools.cache
def _shared_worker() -> _Worker:
    worker = _Worker([sys.executable, "-c", f"from {main.__module__} import main; main()"])
    atexit.register(worker.close)
    return worker
