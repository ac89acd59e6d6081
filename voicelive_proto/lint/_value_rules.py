"""Rules about single values: open string sets and ranges of numbers."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import enums
from ..avatar import Animation, AvatarConfig, Scene, VideoCrop, VideoParams, VideoResolution
from ..client_events import ConversationItemTruncate
from ..interim_response import InterimResponseConfigBase, LlmInterimResponseConfig
from ..items import FunctionCallItem, FunctionCallOutputItem, MessageItem
from ..responses import ResponseCreateParams
from ..session import AudioEchoCancellation, AudioInputTranscriptionOptions, AudioNoiseReduction, RequestSession
from ..tools import MCPServer
from ..turn_detection import EouDetection, TurnDetection
from ..voices import AzureAvatarVoiceSyncVoice, AzureCustomVoice, AzurePersonalVoice, AzureRealtimeNativeVoice, AzureVoice, OpenAIVoice
from ._rule import ERROR, WARNING, rule
from ._shape_rules import did_you_mean
from ._subject import Node, Problem, Subject, is_number, quote


@dataclass(frozen=True)
class Range:
    """From ``low`` to ``high``, both allowed; with ``above``, ``low`` itself is not."""

    low: float
    high: float = math.inf
    above: bool = False

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high and not (self.above and number == self.low)

    def __str__(self) -> str:
        least = f"{'more than' if self.above else 'at least'} {self.low:g}"
        return least if self.high == math.inf else f"{least} and at most {self.high:g}"


TRANSCRIPTION_MODELS = (
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-transcribe-diarize",
    "mai-transcribe",
    "mai-transcribe-1",
    "mai-transcribe-2",
    "azure-speech",
)

KNOWN_VALUES: Mapping[type, Mapping[str, Iterable[str]]] = {
    RequestSession: {
        "modalities": enums.Modality,
        "output_audio_timestamp_types": enums.AudioTimestampType,
        "tool_choice": enums.ToolChoiceLiteral,
        "reasoning_effort": enums.ReasoningEffort,
        "include": enums.SessionIncludeOption,
    },
    ResponseCreateParams: {
        "modalities": enums.Modality,
        "tool_choice": enums.ToolChoiceLiteral,
        "reasoning_effort": enums.ReasoningEffort,
        "conversation": ("auto", "none"),
    },
    Animation: {"outputs": enums.AnimationOutputType},
    AudioEchoCancellation: {"type": ("server_echo_cancellation",), "reference_source": enums.EchoCancellationReferenceSource},
    AudioInputTranscriptionOptions: {"model": TRANSCRIPTION_MODELS},
    AudioNoiseReduction: {"type": ("azure_deep_noise_suppression", "near_field", "far_field")},
    AvatarConfig: {
        "type": enums.AvatarConfigTypes,
        "model": enums.PhotoAvatarBaseModes,
        "output_protocol": enums.AvatarOutputProtocol,
    },
    AzureAvatarVoiceSyncVoice: {"model": enums.PersonalVoiceModels},
    AzurePersonalVoice: {"model": enums.PersonalVoiceModels},
    AzureRealtimeNativeVoice: {"name": enums.AzureRealtimeNativeVoiceName},
    EouDetection: {"threshold_level": enums.EouThresholdLevel},
    FunctionCallItem: {"status": enums.ItemParamStatus},
    FunctionCallOutputItem: {"status": enums.ItemParamStatus},
    InterimResponseConfigBase: {"triggers": enums.InterimResponseTrigger},
    MCPServer: {"require_approval": enums.MCPApprovalType},
    MessageItem: {"role": enums.MessageRole, "status": enums.ItemParamStatus},
    OpenAIVoice: {"name": enums.OpenAIVoiceName},
}
"""Keys of open string sets, or of lists of them -> the values that are known."""

LIMITS: Mapping[type, Mapping[str, Range]] = {
    AzureVoice: {"temperature": Range(0, 1)},
    ConversationItemTruncate: {"audio_end_ms": Range(0)},
    EouDetection: {"timeout_ms": Range(0)},
    InterimResponseConfigBase: {"latency_threshold_ms": Range(0)},
    LlmInterimResponseConfig: {"max_completion_tokens": Range(1)},
    Scene: {
        "zoom": Range(0, above=True),
        "position_x": Range(-1, 1),
        "position_y": Range(-1, 1),
        "rotation_x": Range(-math.pi, math.pi),
        "rotation_y": Range(-math.pi, math.pi),
        "rotation_z": Range(-math.pi, math.pi),
        "amplitude": Range(0, 1, above=True),
    },
    TurnDetection: {"threshold": Range(0, 1)},
    VideoCrop: {"top_left": Range(0), "bottom_right": Range(0)},
    VideoParams: {"gop_size": Range(1, 2000)},
    VideoResolution: {"width": Range(0, above=True), "height": Range(0, above=True)},
}
"""Keys of numbers, or of lists of numbers -> their range."""

LENGTHS: Mapping[type, Mapping[str, Range]] = {
    AzureVoice: {"name": Range(1)},
    AzureCustomVoice: {"endpoint_id": Range(1)},
    VideoCrop: {"top_left": Range(2, 2), "bottom_right": Range(2, 2)},
}
"""Keys of texts and lists -> how many characters or elements they have."""


@rule("unknown-value", WARNING, source="SDK, REF (known values)")
def unknown_value(subject: Subject) -> Iterator[Problem]:
    """A value is none of those known for its key; the sets are open, so a newer service may know it."""
    for node, key, known in _rows(subject, KNOWN_VALUES):
        for path, value in _each(node, key):
            if isinstance(value, str) and value not in set(known):
                yield path, f"{quote(value)} is no known value{did_you_mean(value, known, tell=True)}"


@rule("out-of-range", ERROR, source="SDK, SPEC")
def out_of_range(subject: Subject) -> Iterator[Problem]:
    """A number is outside its documented range."""
    for node, key, allowed in _rows(subject, LIMITS):
        for path, value in _each(node, key):
            if is_number(value) and value not in allowed:
                yield path, f"{value} is out of range: it must be {allowed}"


@rule("wrong-length", ERROR, source="SDK, SPEC")
def wrong_length(subject: Subject) -> Iterator[Problem]:
    """A name is empty, or a corner of a rectangle is not two numbers."""
    for node, key, allowed in _rows(subject, LENGTHS):
        value = node.keys[key]
        if isinstance(value, (str, list)) and len(value) not in allowed:
            what = "empty" if not value else f"{len(value)} long"
            yield node.at(key), f"is {what}; its length must be {allowed.low:g}" + (" or more" if allowed.high == math.inf else "")


def _rows(subject: Subject, table: Mapping[type, Mapping[str, Any]]) -> Iterator[tuple[Node, str, Any]]:
    """Each key of the event that has a row in a table by class and key: node, key, row."""
    for node in subject.nodes:
        for cls, keys in table.items():
            if isinstance(node.model, cls):
                yield from ((node, key, row) for key, row in keys.items() if key in node.keys)


def _each(node: Node, key: str) -> Iterator[tuple[str, Any]]:
    """Path and value of a key, or of each element when it is a list."""
    value = node.keys[key]
    if isinstance(value, list):
        yield from ((f"{node.at(key)}[{index}]", item) for index, item in enumerate(value))
    else:
        yield node.at(key), value


RULES = (unknown_value, out_of_range, wrong_length)
