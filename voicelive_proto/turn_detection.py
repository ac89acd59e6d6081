"""Turn detectors, and the detectors of the end of an utterance inside them."""

from typing import Literal

from ._base import ABSENT, UNKNOWN_TAG, ModelMeta, OrMapping, SessionSettings, Unknown
from ._plain import Extra


class EouDetection(SessionSettings, metaclass=ModelMeta):
    """Semantic end-of-utterance detection; family by model."""


class _SemanticDetection(EouDetection, metaclass=ModelMeta):
    """What the semantic end-of-utterance models have in common.

    Attributes:
        threshold_level: Coarse sensitivity of the detector (see `EouThresholdLevel`; service default "default").
        timeout_ms: Longest extra wait for the end of the utterance (ms; at least 0; service default 1000).
        threshold: Numeric sensitivity (not in the released SDK; observed in captures; pre-1.0 SDK betas).
        timeout: Wait in seconds (unit inferred) (not in the released SDK; observed in captures; pre-1.0 SDK betas).
    """

    threshold_level: str | None = ABSENT
    timeout_ms: int | None = ABSENT
    threshold: float | None = ABSENT
    timeout: float | None = ABSENT


class AzureSemanticDetection(_SemanticDetection, metaclass=ModelMeta):
    """Default end-of-utterance model."""

    model: Literal["semantic_detection_v1"] = "semantic_detection_v1"


class AzureSemanticDetectionEn(_SemanticDetection, metaclass=ModelMeta):
    """End-of-utterance model for English."""

    model: Literal["semantic_detection_v1_en"] = "semantic_detection_v1_en"


class AzureSemanticDetectionMultilingual(_SemanticDetection, metaclass=ModelMeta):
    """End-of-utterance model for many languages."""

    model: Literal["semantic_detection_v1_multilingual"] = "semantic_detection_v1_multilingual"


class SmartEndOfTurnDetection(EouDetection, metaclass=ModelMeta):
    """End-of-utterance model of a later service preview (pre-release 1.3.0b1).

    Attributes:
        threshold_level: Coarse sensitivity of the detector (see `EouThresholdLevel`).
        timeout_ms: Longest extra wait for the end of the utterance.
    """

    model: Literal["smart_end_of_turn_detection"] = "smart_end_of_turn_detection"
    threshold_level: str | None = ABSENT
    timeout_ms: int | None = ABSENT


class UnknownEouDetection(Unknown, EouDetection, tag=UNKNOWN_TAG, tag_field="model", metaclass=ModelMeta):
    """An end-of-utterance detector of a kind we do not know."""

    extra_: Extra


AnyEouDetection = (
    AzureSemanticDetection | AzureSemanticDetectionEn | AzureSemanticDetectionMultilingual | SmartEndOfTurnDetection | UnknownEouDetection
)


class TurnDetection(SessionSettings, metaclass=ModelMeta):
    """Turn detection; family by type."""


class _Detector(TurnDetection, metaclass=ModelMeta):
    """What all turn detectors have in common.

    Attributes:
        threshold: Activation threshold of the detector (at least 0; at most 1; service default 0.5).
        silence_duration_ms: Silence needed before the turn is considered finished (ms; service default 500).
        end_of_utterance_detection: Extra semantic end-of-utterance model; only useful with text models in cascade.
        auto_truncate: When true the service itself truncates the interrupted assistant item to the audio already
            played and reports it with conversation.item.truncated (service default false).
        create_response: Start a response automatically when the turn ends (service default true).
        interrupt_response: Let new user speech cancel the response in progress (barge-in) (service default true).
        idle_timeout_ms: Idle time after which the detector gives up on the turn; null observed (not in the released
            SDK; service API reference).
        speech_duration_assistant_speaking_ms: Speech_duration_ms used while the assistant speaks (not in the
            released SDK; service API reference).
        appended_text_after_truncation: Text added to the assistant item after an automatic truncation (not in the
            released SDK; service API reference; observed in captures as null).
    """

    threshold: float | None = ABSENT
    silence_duration_ms: int | None = ABSENT
    end_of_utterance_detection: OrMapping[AnyEouDetection | None, EouDetection] = ABSENT
    auto_truncate: bool | None = ABSENT
    create_response: bool | None = ABSENT
    interrupt_response: bool | None = ABSENT
    idle_timeout_ms: int | None = ABSENT
    speech_duration_assistant_speaking_ms: int | None = ABSENT
    appended_text_after_truncation: str | None = ABSENT


class _SemanticVad(_Detector, metaclass=ModelMeta):
    """What the semantic detectors have in common.

    Attributes:
        prefix_padding_ms: Audio kept from before the detected start of speech (ms; service default 420).
        speech_duration_ms: Speech that must be present before detection triggers (ms; service default 80).
        remove_filler_words: Ignore filler words so that they do not count as a barge-in (service default false).
        profile: Detector profile; value classic observed (not in the released SDK; observed in captures).
        neg_threshold: Lower threshold; also in pre-1.0 SDK betas (not in the released SDK; observed in captures).
        window_size: Detector window; also in pre-1.0 SDK betas (not in the released SDK; observed in captures).
        distinct_ci_phones: Detector setting; also in pre-1.0 SDK betas (not in the released SDK; observed in
            captures).
        require_vowel: Detector setting; also in pre-1.0 SDK betas (not in the released SDK; observed in captures).
        require_vowel_assistant_speaking: Detector setting (not in the released SDK; observed in captures).
    """

    prefix_padding_ms: int | None = ABSENT
    speech_duration_ms: int | None = ABSENT
    remove_filler_words: bool | None = ABSENT
    profile: str | None = ABSENT
    neg_threshold: float | None = ABSENT
    window_size: int | None = ABSENT
    distinct_ci_phones: int | None = ABSENT
    require_vowel: bool | None = ABSENT
    require_vowel_assistant_speaking: bool | None = ABSENT


class AzureSemanticVad(_SemanticVad, metaclass=ModelMeta):
    """Azure semantic detection, default variant.

    Attributes:
        languages: Languages (BCP-47) expected from the speaker.
    """

    type: Literal["azure_semantic_vad"] = "azure_semantic_vad"
    languages: list[str] | None = ABSENT


class AzureSemanticVadEn(_SemanticVad, metaclass=ModelMeta):
    """Azure semantic detection, English only."""

    type: Literal["azure_semantic_vad_en"] = "azure_semantic_vad_en"


class AzureSemanticVadMultilingual(_SemanticVad, metaclass=ModelMeta):
    """Azure semantic detection, multilingual.

    Attributes:
        languages: Languages (BCP-47) expected from the speaker.
    """

    type: Literal["azure_semantic_vad_multilingual"] = "azure_semantic_vad_multilingual"
    languages: list[str] | None = ABSENT


class ServerVad(_Detector, metaclass=ModelMeta):
    """Loudness-based detection.

    Attributes:
        prefix_padding_ms: Audio kept from before the detected start of speech (ms; service default 400).
        speech_duration_ms: Speech that must be present before detection triggers (not in the released SDK; service
            API reference (default 200)).
    """

    type: Literal["server_vad"] = "server_vad"
    prefix_padding_ms: int | None = ABSENT
    speech_duration_ms: int | None = ABSENT


class UnknownTurnDetection(Unknown, TurnDetection, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """A turn detector of a kind we do not know, such as ``semantic_vad``."""

    extra_: Extra


AnyTurnDetection = AzureSemanticVad | AzureSemanticVadEn | AzureSemanticVadMultilingual | ServerVad | UnknownTurnDetection
