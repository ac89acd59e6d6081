"""Piper as the voice: neural voices that run on a plain processor, from model files on this machine."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voicelive._audio import resample

from ._azure_names import azure_name
from ._extra import import_extra
from .manner import USUAL_MANNER, Manner


class PiperVoice:
    """Speaks with Piper, from piper-tts. Nothing is downloaded.

    Args:
        model: a voice's ``.onnx`` file, with its ``.onnx.json`` beside it.
        voices: further models by the name of a voice (``de-DE-KatjaNeural``, ``alloy``), of a locale or of a language (``de``). They are
            loaded when they are first asked for.
        speaker: number of the speaker, for models that have several.

    Raises:
        ImportError: piper-tts is not installed.
        ValueError: a model is not there, or cannot be read.
    """

    def __init__(self, model: Path, *, voices: dict[str, Path] | None = None, speaker: int | None = None) -> None:
        self._library = import_extra("piper", "Piper", "piper")
        self._usual = model
        self._paths = {name.lower(): path for name, path in (voices or {}).items()}
        self._speaker = speaker
        self._loaded: dict[Path, Any] = {}
        self._lock = threading.Lock()
        for path in (model, *self._paths.values()):
            _check(path)
        self._load(model)

    def synthesize(self, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[bytes]:
        """Speak a text as pcm16 of this rate, sentence by sentence; of the manner it follows the speed and the locale."""
        voice = self._load(self._path_of((voice_name or "").lower(), (manner.locale or "").lower()))
        # Its own setting is the length of sounds, and each model has a usual one.
        usual_length = voice.config.length_scale
        config = self._library.SynthesisConfig(speaker_id=self._speaker, length_scale=usual_length / manner.speed)
        for chunk in voice.synthesize(text, syn_config=config):
            yield resample(chunk.audio_int16_array, chunk.sample_rate, rate_hz).astype("<i2").tobytes()

    def _path_of(self, name: str, locale: str) -> Path:
        tag = azure_name(locale or name)
        known = (name, locale, f"{tag.language}-{tag.region}", tag.language) if tag is not None else (name,)
        return next((self._paths[each] for each in known if each in self._paths), self._usual)

    def _load(self, path: Path) -> Any:
        with self._lock:
            if path not in self._loaded:
                try:
                    self._loaded[path] = self._library.PiperVoice.load(path)
                except Exception as error:  # whatever the library and its runtime raise
                    raise ValueError(f"the model {path} cannot be loaded: {error}") from error
            return self._loaded[path]


def _check(path: Path) -> None:
    for needed in (path, Path(f"{path}.json")):
        if not needed.is_file():
            raise ValueError(f"there is no file {needed}; python -m piper.download_voices fetches a voice's .onnx and .onnx.json")
