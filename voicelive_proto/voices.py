"""Voices: names, and the objects that describe one."""

from typing import Literal

from ._base import ABSENT, UNKNOWN_TAG, ModelMeta, SessionSettings, Unknown
from ._plain import Extra


class OpenAIVoice(SessionSettings, metaclass=ModelMeta):
    """OpenAI voice in object form (same meaning as the bare name).

    Attributes:
        name: Voice name (see `OpenAIVoiceName`).
    """

    type: Literal["openai"] = "openai"
    name: str


class AzureRealtimeNativeVoice(SessionSettings, metaclass=ModelMeta):
    """Voice built into the azure-realtime model; not valid with other models.

    Attributes:
        name: Voice name (see `AzureRealtimeNativeVoiceName`).
    """

    type: Literal["azure-realtime-native"] = "azure-realtime-native"
    name: str


class AzureVoice(SessionSettings, metaclass=ModelMeta):
    """Azure voice; family by type."""


class _AzureSpeech(AzureVoice, metaclass=ModelMeta):
    """How an Azure voice speaks.

    Attributes:
        temperature: Variation of the synthesized speech (at least 0; at most 1).
        custom_lexicon_url: Address of a pronunciation lexicon file.
        custom_text_normalization_url: Address of a custom text-normalization resource.
        prefer_locales: Accents to prefer, as BCP-47 locales; a language without one in the list keeps its default
            accent.
        locale: Single forced locale (BCP-47); text in languages it cannot speak comes out as silence. Unset means
            detection from the text.
        style: Speaking style name, such as cheerful or sad.
        pitch: Pitch in SSML prosody notation: named level, relative change (%, Hz, st) or absolute Hz.
        rate: Speed in SSML prosody notation: named level, relative percentage or a non-negative multiplier.
        volume: Loudness in SSML prosody notation: named level, absolute 0.0-100.0 or relative change (%, dB).
    """

    temperature: float | None = ABSENT
    custom_lexicon_url: str | None = ABSENT
    custom_text_normalization_url: str | None = ABSENT
    prefer_locales: list[str] | None = ABSENT
    locale: str | None = ABSENT
    style: str | None = ABSENT
    pitch: str | None = ABSENT
    rate: str | None = ABSENT
    volume: str | None = ABSENT


class AzureAvatarVoiceSyncVoice(_AzureSpeech, metaclass=ModelMeta):
    """Personal-voice synthesis tied to the avatar character.

    Attributes:
        model: Neural base model (see `PersonalVoiceModels`).
    """

    type: Literal["avatar-voice-sync"] = "avatar-voice-sync"
    model: str


class AzureCustomVoice(_AzureSpeech, metaclass=ModelMeta):
    """Custom voice trained by the customer.

    Attributes:
        name: Voice name (length at least 1).
        endpoint_id: Deployment identifier of the custom voice (length at least 1).
    """

    type: Literal["azure-custom"] = "azure-custom"
    name: str
    endpoint_id: str


class AzurePersonalVoice(_AzureSpeech, metaclass=ModelMeta):
    """Personal voice.

    Attributes:
        name: Speaker profile or voice name (length at least 1).
        model: Neural base model (see `PersonalVoiceModels`).
    """

    type: Literal["azure-personal"] = "azure-personal"
    name: str
    model: str


class AzureStandardVoice(_AzureSpeech, metaclass=ModelMeta):
    """Stock Azure neural voice.

    Attributes:
        name: Voice name, e.g. locale-NameNeural (length at least 1).
    """

    type: Literal["azure-standard"] = "azure-standard"
    name: str


class UnknownVoice(Unknown, AzureVoice, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """A voice object of a kind we do not know."""

    extra_: Extra


AnyAzureVoice = AzureAvatarVoiceSyncVoice | AzureCustomVoice | AzurePersonalVoice | AzureStandardVoice | UnknownVoice


Voice = (
    str
    | OpenAIVoice
    | AzureRealtimeNativeVoice
    | AzureAvatarVoiceSyncVoice
    | AzureCustomVoice
    | AzurePersonalVoice
    | AzureStandardVoice
    | UnknownVoice
)
