"""The settings of an Azure voice in SSML's prosody notation, as numbers.

Named levels have the values of Azure's SSML documentation. What is relative to a voice's own pitch in hertz is reckoned from a voice of
`NOMINAL_PITCH_HZ`.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from .engines.manner import Manner

NOMINAL_PITCH_HZ: Final = 170
"""Between a low and a high voice; the engines do not say what theirs is."""

_SPEEDS = {"x-slow": 0.5, "slow": 0.64, "medium": 1.0, "default": 1.0, "fast": 1.55, "x-fast": 2.0}
_PITCHES = {"x-low": 0.55, "low": 0.8, "medium": 1.0, "default": 1.0, "high": 1.2, "x-high": 1.45}
_VOLUMES = {"silent": 0.0, "x-soft": 0.2, "soft": 0.4, "medium": 0.6, "loud": 0.8, "x-loud": 1.0, "default": 1.0}
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<value>\d+(?:\.\d+)?|\.\d+)(?P<unit>%|Hz|st|dB|)", re.IGNORECASE)


def manner_of(voice: Mapping[str, Any]) -> Manner:
    """How a session's voice is to speak.

    Raises:
        ValueError: a setting is not in the notation; the text begins with its name.
    """
    return Manner(
        locale=voice.get("locale"),
        speed=_read("rate", voice.get("rate"), _SPEEDS, _speed),
        pitch_semitones=12 * math.log2(_read("pitch", voice.get("pitch"), _PITCHES, _pitch)),
        style=voice.get("style"),
    )


def gain_of(voice: Mapping[str, Any]) -> float:
    """What to multiply a voice's samples by; the usual volume is the full one, 100.

    Raises:
        ValueError: the volume is not in the notation.
    """
    return _read("volume", voice.get("volume"), _VOLUMES, _volume)


def _read(name: str, given: str | None, levels: Mapping[str, float], factor_of: Any) -> float:
    if given is None:
        return 1.0
    if given in levels:
        return levels[given]
    number = _NUMBER.fullmatch(given.strip())
    factor = factor_of(number["sign"], float(f"{number['sign']}{number['value']}"), number["unit"].lower()) if number else None
    if factor is None:
        raise ValueError(f"{name} {given!r} is no such setting; it can be {', '.join(levels)}, or {_EXAMPLES[name]}")
    return float(factor)


_EXAMPLES = {
    "rate": "a change such as '+10%', or a multiple such as '1.2'",
    "pitch": "a change such as '+10%', '-2st' or '+20Hz', or a pitch such as '180Hz'",
    "volume": "a number from 0 to 100, or a change such as '-20%' or '+6dB'",
}


def _speed(sign: str, value: float, unit: str) -> float | None:
    factor = 1 + value / 100 if unit == "%" else value if not unit and not sign else 0
    return factor if factor > 0 else None


def _pitch(sign: str, value: float, unit: str) -> float | None:
    if unit == "st":
        return float(2 ** (value / 12))
    if unit == "hz":
        value, unit = ((value if sign else value - NOMINAL_PITCH_HZ) / NOMINAL_PITCH_HZ * 100), "%"
    factor = 1 + value / 100 if unit == "%" else 0
    return factor if factor > 0 else None


def _volume(sign: str, value: float, unit: str) -> float | None:
    if unit == "db":
        return float(10 ** (value / 20))
    if unit == "%":
        return max(0.0, 1 + value / 100)
    if unit:
        return None
    share = 1 + value / 100 if sign else value / 100
    return share if 0 <= share <= 1 or sign == "+" else None
