"""Which voice of eSpeak NG speaks for which name of a voice."""

import zlib
from dataclasses import dataclass, replace

from ._azure_names import AzureName, azure_name


@dataclass(frozen=True, slots=True)
class Timbre:
    """How eSpeak NG is to sound.

    Attributes:
        voice: its name of a language, with a variant after a plus sign.
        pitch: 0 to 99.
        words_per_minute: speed.
    """

    voice: str
    pitch: int = 50
    words_per_minute: int = 175


DEFAULT_TIMBRE = Timbre("en-us+klatt4", pitch=35)
"""The English that `PocketsphinxRecogniser` makes out best; see ``docs/engines-choice.md``."""

_TIMBRES = {
    "alloy": Timbre("en-us+f5"),
    "ash": Timbre("en-us+m3", pitch=40),
    "ballad": Timbre("en+m1", pitch=55),
    "cedar": Timbre("en-us+m7", pitch=30),
    "coral": Timbre("en-us+f2", pitch=60),
    "echo": Timbre("en-us+m2", pitch=45),
    "marin": Timbre("en-us+f4", pitch=50),
    "sage": Timbre("en-us+f3", pitch=45),
    "shimmer": Timbre("en-us+f1", pitch=70),
    "verse": Timbre("en-us+m4", pitch=50),
}
"""OpenAI's voices. They are told apart by ear; nothing is claimed about likeness."""

_LANGUAGES = {"zh": "cmn", "wuu": "cmn", "no": "nb", "jv": "id", "su": "id", "lo": "th", "fil": "ms", "gl": "pt", "ps": "fa"}
"""Azure's language -> the library's name of it, or of a near relative where it does not speak it."""

_LOCALES = {"en-us": "en-us", "zh-hk": "yue", "pt-br": "pt-br", "fr-be": "fr-be", "fr-ch": "fr-ch", "es-es": "es"}
"""Azure's locale -> the library's name, where it has one of its own."""

_AMERICAN_SPANISH = "es-419"

_WOMEN = tuple(f"f{number}" for number in range(1, 6))
_MEN = tuple(f"m{number}" for number in range(1, 9))

_PITCH_STEPS_PER_OCTAVE = 50
"""From 0 to 50, half the frequency becomes the whole (eSpeak NG, pitch_adjust_tab)."""


def candidates(voice_name: str | None, locale: str | None = None) -> tuple[Timbre, ...]:
    """What may speak for a voice of this name, the best first: an OpenAI voice, or the language of an Azure voice; English last.

    Each Azure voice has a speaker of its gender and a pitch that always are its own.

    Args:
        voice_name: as clients say it, in any case.
        locale: the language to speak in place of the name's own.
    """
    name = (voice_name or "").lower()
    tag = azure_name(locale or name)
    if tag is None:
        return _TIMBRES.get(name, DEFAULT_TIMBRE), DEFAULT_TIMBRE
    speaker = _TIMBRES.get(name) or _speaker(name)
    return replace(speaker, voice=f"{_language(tag)}+{speaker.voice.partition('+')[2]}"), DEFAULT_TIMBRE


def _speaker(name: str) -> Timbre:
    """The same for the same name."""
    person = azure_name(name)
    variants = _MEN if person is not None and person.male else _WOMEN
    number = zlib.crc32(name.encode(errors="replace"))
    return Timbre(f"+{variants[number % len(variants)]}", pitch=40 + number // 8 % 21)


def _language(tag: AzureName) -> str:
    locale = f"{tag.language}-{tag.region}"
    usual = _AMERICAN_SPANISH if tag.language == "es" else _LANGUAGES.get(tag.language, tag.language)
    return _LOCALES.get(locale, usual)


def in_manner(timbre: Timbre, speed: float, pitch_semitones: float) -> Timbre:
    """The same speaker, faster or slower, higher or lower, as far as the library can: 80 to 450 words a minute, an octave each way."""
    words_per_minute = min(max(round(timbre.words_per_minute * speed), 80), 450)
    pitch = min(max(round(timbre.pitch + pitch_semitones * _PITCH_STEPS_PER_OCTAVE / 12), 0), 99)
    return replace(timbre, words_per_minute=words_per_minute, pitch=pitch)
