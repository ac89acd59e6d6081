"""Kokoro as the voice: one small neural model with many speakers, from files on this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from voicelive._audio import Samples, resample

from ._azure_names import azure_name
from ._extra import import_extra
from .manner import USUAL_MANNER, Manner
from .voice import sentences

_SPEED_LIMITS: Final = (0.5, 2.0)

_SPEAKERS: Final = {
    "en": ("en-us", "af_heart", "am_michael"),
    "en-gb": ("en-gb", "bf_emma", "bm_george"),
    "es": ("es", "ef_dora", "em_alex"),
    "fr": ("fr-fr", "ff_siwis", "ff_siwis"),
    "hi": ("hi", "hf_alpha", "hm_omega"),
    "it": ("it", "if_sara", "im_nicola"),
    "ja": ("ja", "jf_alpha", "jm_kumo"),
    "pt": ("pt-br", "pf_dora", "pm_alex"),
    "zh": ("cmn", "zf_xiaobei", "zm_yunxi"),
}
"""Azure's language, or locale where it has its own -> the model's language, a woman and a man of it."""

_OPENAI: Final = {"alloy": "af_alloy", "echo": "am_echo", "ash": "am_puck", "coral": "af_bella", "sage": "af_sarah", "shimmer": "af_sky"}
"""OpenAI's voices. Some have a namesake; nothing is claimed about likeness."""


class KokoroVoice:
    """Speaks with Kokoro, from kokoro-onnx. Nothing is downloaded.

    Args:
        model: the model's ``.onnx`` file.
        speakers: file of its speakers, such as ``voices-v1.0.bin``.
        speaker: who speaks for voices that are nobody's here.
        voices: speakers by the name of a voice, before those that are known here.

    Raises:
        ImportError: kokoro-onnx is not installed.
        ValueError: a file is not there or cannot be read, or a speaker is not in it.
    """

    def __init__(self, model: Path, speakers: Path, *, speaker: str = "af_heart", voices: dict[str, str] | None = None) -> None:
        library = import_extra("kokoro_onnx", "Kokoro", "kokoro")
        for path in (model, speakers):
            if not path.is_file():
                raise ValueError(f"there is no file {path}; the releases of kokoro-onnx have the model and the speakers' file")
        try:
            self._model = library.Kokoro(str(model), str(speakers))
        except Exception as error:  # whatever the library and its runtime raise
            raise ValueError(f"the model {model} cannot be loaded: {error}") from error
        self._known = set(self._model.get_voices())
        self._usual = speaker
        self._named = {name.lower(): each for name, each in (voices or {}).items()}
        for each in (speaker, *self._named.values()):
            if each not in self._known:
                raise ValueError(f"{speakers} has no speaker {each!r}; there are: {', '.join(sorted(self._known))}")

    def synthesize(self, text: str, *, voice_name: str | None, rate_hz: int, manner: Manner = USUAL_MANNER) -> Iterator[bytes]:
        """Speak a text as pcm16 of this rate, sentence by sentence; of the manner it follows the speed (0.5 to 2) and the locale."""
        language, speaker = self._speaker((voice_name or "").lower(), manner.locale)
        speed = min(max(manner.speed, _SPEED_LIMITS[0]), _SPEED_LIMITS[1])
        for sentence in sentences(text):
            if any(letter.isalnum() for letter in sentence):
                sound, own_rate_hz = self._model.create(sentence, speaker, speed, language)
                yield resample(_samples(sound), own_rate_hz, rate_hz).astype("<i2").tobytes()

    def _speaker(self, name: str, locale: str | None) -> tuple[str, str]:
        """The model's language and speaker for a voice."""
        tag = azure_name(locale or name)
        person = azure_name(name)
        language, woman, man = _SPEAKERS["en"]
        if tag is not None:
            language, woman, man = _SPEAKERS.get(f"{tag.language}-{tag.region}") or _SPEAKERS.get(tag.language) or _SPEAKERS["en"]
        usual = self._usual if tag is None else man if person is not None and person.male else woman
        wanted = self._named.get(name) or _OPENAI.get(name, usual)
        return language, wanted if wanted in self._known else self._usual


def _samples(sound: "np.typing.NDArray[np.float32]") -> Samples:
    return np.clip(np.rint(sound * 32767), -32768, 32767).astype(np.int16)
