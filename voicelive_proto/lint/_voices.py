"""What a voice setting tells: whose voice it is."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from ..enums import OpenAIVoiceName

VoiceKind = Literal["openai", "azure", "azure-standard", "azure-realtime-native"]

_AZURE_NAME = re.compile(r"[a-z]{2,3}-[A-Za-z]{2,4}-.+")
"""``en-US-AvaNeural``: an Azure standard voice begins with its locale."""


def voice_kind(voice: Any) -> VoiceKind | None:
    """Whose voice a bare name or a voice object means; None when it can not be told."""
    if isinstance(voice, Mapping):
        return _kind_of_object(voice.get("type"))
    if not isinstance(voice, str):
        return None
    if voice in set(OpenAIVoiceName):
        return "openai"
    return "azure-standard" if _AZURE_NAME.fullmatch(voice) else None


def is_model_voice(voice: Any) -> bool:
    """Whether the model itself is known to speak it."""
    return voice_kind(voice) in ("openai", "azure-realtime-native")


def _kind_of_object(kind: Any) -> VoiceKind | None:
    kinds: dict[Any, VoiceKind] = {
        "openai": "openai",
        "azure-realtime-native": "azure-realtime-native",
        "azure-standard": "azure-standard",
        "azure-custom": "azure",
        "azure-personal": "azure",
        "avatar-voice-sync": "azure",
    }
    return kinds.get(kind if isinstance(kind, str) else None)
