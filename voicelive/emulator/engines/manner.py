"""How a text is to be spoken."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Manner:
    """What the settings of an Azure voice ask for, in numbers. A voice does what it can of it.

    Attributes:
        locale: the language to speak, as a BCP-47 tag such as ``de-DE``; None leaves it to the voice's name.
        speed: multiple of the usual speed.
        pitch_semitones: higher or lower than usual.
        style: speaking style, such as ``cheerful``; None for none.
    """

    locale: str | None = None
    speed: float = 1.0
    pitch_semitones: float = 0.0
    style: str | None = None


USUAL_MANNER: Final = Manner()
