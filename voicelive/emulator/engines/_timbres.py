"""Which voice of eSpeak NG speaks for which name of a voice."""

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Timbre:
    """How eSpeak NG is to sound.

    Attributes:
        voice: its name of a language, with a variant after a plus sign.
        pitch: 0 to 100.
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

_LANGUAGE_ALIASES = {"en-gb": "en", "zh": "cmn", "no": "nb", "en-us": DEFAULT_TIMBRE.voice, "es-mx": "es-419"}
"""Languages whose name at Azure (left) eSpeak NG does not take, or takes for another voice than ours."""

_PITCH_STEPS_PER_OCTAVE = 50
"""From 0 to 50, half the frequency becomes the whole (eSpeak NG, pitch_adjust_tab)."""

_AZURE_NAME = re.compile(r"([a-z]{2,3})-([a-z]{2,4}|[0-9]{3})(?:-|$)")


def candidates(voice_name: str | None, locale: str | None = None) -> tuple[Timbre, ...]:
    """What may speak for a voice of this name, the best first: an OpenAI voice, an Azure voice's locale, its language, English.

    Args:
        voice_name: as clients say it, in any case.
        locale: the language to speak in place of the name's own.
    """
    name = (locale or voice_name or "").lower()
    if name in _TIMBRES:
        return _TIMBRES[name], DEFAULT_TIMBRE
    found = _AZURE_NAME.match(name)
    if found is None:
        return (DEFAULT_TIMBRE,)
    tags = (f"{found[1]}-{found[2]}", found[1])
    return *(_of_language(_LANGUAGE_ALIASES.get(tag, tag)) for tag in tags), DEFAULT_TIMBRE


def _of_language(voice: str) -> Timbre:
    return DEFAULT_TIMBRE if voice == DEFAULT_TIMBRE.voice else Timbre(voice)


def in_manner(timbre: Timbre, speed: float, pitch_semitones: float) -> Timbre:
    """The same speaker, faster or slower, higher or lower, as far as the library can: 80 to 450 words a minute, an octave each way."""
    words_per_minute = min(max(round(timbre.words_per_minute * speed), 80), 450)
    pitch = min(max(round(timbre.pitch + pitch_semitones * _PITCH_STEPS_PER_OCTAVE / 12), 0), 99)
    return replace(timbre, words_per_minute=words_per_minute, pitch=pitch)
