"""Whisper as the recogniser, by faster-whisper, from a model on this machine."""

import copy
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from voicelive._audio import Samples, resample

from ._extra import import_extra
from .transcript import HeardWord, Hints, Transcript

RATE_HZ: Final = 16_000

_FILES: Final = ("model.bin", "config.json", "tokenizer.json")
"""Without its own tokenizer the library would download one."""


class WhisperRecogniser:
    """Understands speech with Whisper. Nothing is downloaded.

    Args:
        model: folder of a model in CTranslate2's form, with ``model.bin``, ``config.json`` and ``tokenizer.json``.
        language: language of the speech, such as ``en``; None lets the model find out.
        device: where it computes.
        compute_type: with which numbers, such as ``int8``; ``default`` takes those of the model.
        threads: of the processor, for one turn; 0 leaves it to the library.
        beam_size: more is slower and a little better.

    Raises:
        ImportError: faster-whisper is not installed.
        ValueError: there is no model, or it cannot be read.
    """

    def __init__(
        self,
        model: Path,
        *,
        language: str | None = None,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        compute_type: str = "default",
        threads: int = 0,
        beam_size: int = 5,
    ) -> None:
        library = import_extra("faster_whisper", "Whisper", "whisper")
        for name in _FILES:
            if not (model / name).is_file():
                raise ValueError(f"there is no file {model / name}; faster_whisper.download_model(size, output_dir=...) fetches a model")
        try:
            self._model = library.WhisperModel(str(model), device=device, compute_type=compute_type, cpu_threads=threads)
        except Exception as error:  # whatever the library and its runtime raise
            raise ValueError(f"the model {model} cannot be loaded: {error}") from error
        self._language = language
        self._beam_size = beam_size
        self._phrases: tuple[str, ...] = ()

    def guided(self, hints: Hints) -> "WhisperRecogniser":
        """One that expects a language and favours phrases; the model is the same."""
        other = copy.copy(self)
        other._language = hints.language or self._language
        other._phrases = hints.phrases
        return other

    def transcribe(self, samples: Samples, rate_hz: int) -> str:
        """The words of one turn, or "" when none were made out."""
        return self.recognise(samples, rate_hz).text

    def recognise(self, samples: Samples, rate_hz: int) -> Transcript:
        """As `transcribe`, with the times and probabilities of the words, and the language."""
        if not samples.any():
            return Transcript("")
        sound = resample(samples, rate_hz, RATE_HZ).astype(np.float32) / 32768
        segments, info = self._model.transcribe(
            sound,
            language=self._language,
            beam_size=self._beam_size,
            word_timestamps=True,
            condition_on_previous_text=False,
            hotwords=", ".join(self._phrases) or None,
        )
        found = list(segments)  # the work is done here
        words = tuple(_heard(word) for segment in found for word in segment.words or ())
        return Transcript("".join(segment.text for segment in found).strip(), words, info.language)


def _heard(word: Any) -> HeardWord:
    """A word as the library tells it, with seconds."""
    start_ms = round(word.start * 1000)
    return HeardWord(word.word.strip(), start_ms, round(word.end * 1000) - start_ms, float(word.probability))
