"""A session's settings: what they are at the start, what a client may change, and what it may not.

Settings live as plain JSON by wire name. An update is merged key by key: a key left out stays as it was, ``null`` clears what can be
cleared, and one bad value refuses the whole update. Defaults and limits are those of service facts, section 6, unless a comment says
otherwise.
"""

import difflib
from collections.abc import Collection, Mapping
from typing import Any, get_args

from voicelive._audio import input_format, output_format
from voicelive_proto.responses import ResponseCreateParams
from voicelive_proto.session import AudioInputTranscriptionOptions
from voicelive_proto.turn_detection import AnyTurnDetection

from ._avatar import sends_video
from ._checks import Check, a_list, an_object, anything, between, each, having, one_of, only_declared, required, typed
from ._errors import Refused
from ._manner import gain_of, manner_of

Settings = dict[str, Any]

PADDING_CHANGED_IN = "2026-04-10"
"""From this api-version on, turn detectors keep more audio from before the speech."""

CLEARABLE = frozenset(
    {
        "animation",
        "avatar",
        "include",
        "input_audio_echo_cancellation",
        "input_audio_noise_reduction",
        "input_audio_transcription",
        "interim_response",
        "metadata",
        "output_audio_timestamp_types",
        "reasoning_effort",
        "turn_detection",
    }
)
"""Settings that ``null`` switches off. Documented for turn detection, noise reduction, echo cancellation and transcription."""

FIXED_BY_INPUT = ("input_audio_format", "input_audio_sampling_rate")
"""Settings that no longer change once audio has come in."""


def is_cascaded(model: str) -> bool:
    """Whether the model works on text, between a recogniser and a voice, instead of on sound."""
    return "realtime" not in model


def _is_phi(model: str) -> bool:
    """Of these even the one that hears speech answers in text, and with Azure's voices."""
    return model.startswith("phi")


def initial_settings(*, model: str, api_version: str) -> Settings:
    """The settings that ``session.created`` shows."""
    cascaded = is_cascaded(model)
    detection = turn_detection_defaults("server_vad", api_version)
    if not cascaded and not _is_phi(model):
        detection |= {"prefix_padding_ms": 300, "silence_duration_ms": 200}  # OpenAI's own, until an update names a detector
    return {
        "model": model,
        "modalities": ["text", "audio"],
        "voice": _voice_of_name("en-US-AvaNeural" if cascaded or _is_phi(model) else "alloy"),
        "instructions": "",
        "input_audio_format": "pcm16",
        "input_audio_sampling_rate": 24_000,
        "output_audio_format": "pcm16",
        "turn_detection": detection,
        "input_audio_noise_reduction": None,
        "input_audio_echo_cancellation": None,
        "input_audio_transcription": {"model": "azure-speech"} if cascaded else None,
        "avatar": None,
        "animation": None,
        "tools": [],
        "tool_choice": "auto",
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
    }


def turn_detection_defaults(kind: str, api_version: str) -> Settings:
    """What a turn detector of this type does when a client gives no numbers."""
    semantic = kind.startswith("azure_semantic_vad")
    padding_ms = 300 if api_version < PADDING_CHANGED_IN else 420 if semantic else 400
    return {
        "type": kind,
        "threshold": 0.5,
        "prefix_padding_ms": padding_ms,
        "silence_duration_ms": 500,
        "create_response": True,
        "interrupt_response": True,
        "auto_truncate": False,
        **({"speech_duration_ms": 80} if semantic else {}),
    }


def merged(current: Settings, update: Mapping[str, Any], *, api_version: str, fixed: Collection[str] = ()) -> Settings:
    """The settings after an update; the current ones stay untouched.

    Args:
        current: settings in force.
        update: ``session`` of a ``session.update``.
        api_version: decides on defaults of turn detection.
        fixed: settings that can no longer change.

    Raises:
        Refused: unknown setting, wrong value, or a change that comes too late; nothing of the update is in force then.
    """
    new = dict(current)
    for key, value in update.items():
        new[key] = _checked(key, value)
    _complete_turn_detection(new, api_version)
    _settle_rate(current, new, update)
    _check_echo_reference(current, new, fixed)
    for key in ("model", *fixed):
        if new[key] != current[key]:
            raise Refused(_TOO_LATE[key], param=f"session.{key}")
    return new


_TOO_LATE = {
    "instructions": "an agent has instructions of its own, which a session cannot change; leave them out",
    "model": "the model is fixed when the session is opened; open another session with model= in its URL",
    "voice": "the voice cannot change after the session has sent audio; set it before the first response",
    "input_audio_format": "the input format cannot change after audio was appended; set it before the first append",
    "input_audio_sampling_rate": "the input rate cannot change after audio was appended; set it before the first append",
}


def _checked(key: str, value: Any) -> Any:
    path = f"session.{key}"
    check = _CHECKS.get(key)
    if check is None:
        raise Refused(f"unknown setting '{path}'{_meant(key, _CHECKS)}", code="unknown_parameter", param=path)
    if value is None:
        if key in CLEARABLE:
            return None
        raise Refused(f"'{path}' cannot be null; leave it out to keep it as it is", param=path)
    return check(value, path)


def _meant(key: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    return f"; did you mean '{close[0]}'?" if close else ""


_MODALITY = each(one_of("text", "audio", "animation", "avatar"))


def _modalities(value: Any, path: str) -> Any:
    if "text" not in _MODALITY(value, path):
        raise Refused(f"'{path}' is {value}; it can be ['text'] or ['text', 'audio']: text is always produced", param=path)
    return value


def _voice_of_name(name: str) -> dict[str, str]:
    # A bare name is an OpenAI voice; one with a locale in front can only be one of Azure's.
    return {"type": "azure-standard" if "-" in name else "openai", "name": name}


_VOICE_TYPES = (
    "openai",
    "azure-standard",
    "azure-custom",
    "azure-personal",
    "azure-realtime-native",
    "avatar-voice-sync",
)


def _voice(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return _voice_of_name(value)
    typed(*_VOICE_TYPES)(value, path)
    if value["type"] != "avatar-voice-sync":
        required(value, "name", path)
    try:
        manner_of(value)
        gain_of(value)
    except ValueError as error:
        raise Refused(f"'{path}': {error}", param=path) from None
    return value


def _output_format(value: Any, path: str) -> Any:
    try:
        output_format(value)
    except ValueError as error:
        raise Refused(f"'{path}': {error}", param=path) from None
    return value


_DETECTORS: dict[str, frozenset[str]] = {
    member.type: frozenset(("type", *member.__struct_fields__)) for member in get_args(AnyTurnDetection) if "type" in vars(member)
} | {"semantic_vad": frozenset({"type", "eagerness", "create_response", "interrupt_response"})}
"""Turn detectors and the keys that each may have; the last is OpenAI's own (API reference)."""

_DETECTOR_CHECKS: dict[str, Check] = {
    "threshold": between(0, 1),
    "prefix_padding_ms": between(0, 60_000),
    "silence_duration_ms": between(0, 60_000),
    "speech_duration_ms": between(0, 60_000),
}


def _turn_detection(value: Any, path: str) -> Any:
    if value.get("type") == "none":  # in no documentation, yet the service takes it from the JavaScript SDK, and shows null
        return None
    typed(*_DETECTORS, **_DETECTOR_CHECKS)(value, path)
    only_declared(value, _DETECTORS[value["type"]], path)
    return value


def _transcription(value: Any, path: str) -> Any:
    required(value, "model", path)
    only_declared(value, AudioInputTranscriptionOptions.__struct_fields__, path)
    if len(value.get("phrase_list") or ()) > 499:
        raise Refused(f"'{path}.phrase_list' has more than 499 phrases", param=f"{path}.phrase_list")
    return value


_PROPERTY = having(enum=a_list)


def _parameters(value: Any, path: str) -> Any:
    """A function's parameters as a JSON schema: so much of it as whoever calls the function must be able to rely on."""
    having(properties=an_object, required=a_list)(an_object(value, path), path)
    for name, rules in (value.get("properties") or {}).items():
        _PROPERTY(an_object(rules, f"{path}.properties.{name}"), f"{path}.properties.{name}")
    return value


def _tool(value: Any, path: str) -> Any:
    typed("function", "mcp", "foundry_agent", parameters=_parameters)(value, path)
    for key in {"function": ("name",), "mcp": ("server_label", "server_url")}.get(value["type"], ()):
        required(value, key, path)
    return value


def _tool_choice(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return one_of("auto", "none", "required")(value, path)
    return typed("function", "mcp")(value, path)


def _max_tokens(value: Any, path: str) -> Any:
    return value if value == "inf" else between(1, 4096)(_number(value, path), path)


def _number(value: Any, path: str) -> Any:
    if isinstance(value, str):
        raise Refused(f"'{path}' is {value!r}; it can be a number from 1 to 4096, or 'inf'", param=path)
    return value


_ANIMATION = having(outputs=each(one_of("viseme_id", "blendshapes")))

_INTERIM_RESPONSE = typed(
    # The reference has hyphens, all else underscores.
    *("static_interim_response", "llm_interim_response", "static-interim-response", "llm-interim-response"),
    triggers=each(one_of("latency", "tool")),
    latency_threshold_ms=between(0, 60_000),
    max_completion_tokens=between(1, 4096),
)

_AVATAR = having(output_protocol=one_of("webrtc", "websocket"), video=having(codec=one_of("h264"), gop_size=between(1, 2000)))


ICE_SERVERS = [{"urls": ["stun:127.0.0.1:3478"]}]
"""The service lists its own for an avatar by WebRTC; clients read them. Nobody answers at this one."""


def _avatar(value: Any, path: str) -> Any:
    required(value, "character", path)
    _AVATAR(value, path)
    return value if sends_video(value) or value.get("ice_servers") is not None else value | {"ice_servers": ICE_SERVERS}


def _metadata(value: Any, path: str) -> Any:
    if len(value) > 16 or any(len(key) > 64 or len(text) > 512 for key, text in value.items()):
        raise Refused(f"'{path}' can have 16 pairs, with keys of 64 and values of 512 characters", param=path)
    return value


_CHECKS: dict[str, Check] = {
    "model": anything,
    "modalities": _modalities,
    "voice": _voice,
    "instructions": anything,
    "input_audio_format": one_of("pcm16", "g711_ulaw", "g711_alaw"),
    "input_audio_sampling_rate": anything,  # judged together with the format
    "output_audio_format": _output_format,
    "turn_detection": _turn_detection,
    "input_audio_noise_reduction": typed("azure_deep_noise_suppression", "near_field", "far_field"),
    "input_audio_echo_cancellation": typed("server_echo_cancellation"),
    "input_audio_transcription": _transcription,
    "avatar": _avatar,
    "animation": _ANIMATION,
    "output_audio_timestamp_types": each(one_of("word")),
    "tools": each(_tool),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": anything,
    # The documents do not agree on the range; this one holds all that are named.
    "temperature": between(0, 2),
    "max_response_output_tokens": _max_tokens,
    "reasoning_effort": one_of("none", "minimal", "low", "medium", "high", "xhigh"),
    "interim_response": _INTERIM_RESPONSE,
    "include": each(anything),
    "metadata": _metadata,
}

_RESPONSE_CHECKS: dict[str, Check] = {
    **{key: _CHECKS[key] for key in ("modalities", "voice", "output_audio_format", "tools", "temperature", "metadata")},
    "tool_choice": _tool_choice,
    "max_output_tokens": _max_tokens,
    "max_response_output_tokens": _max_tokens,
    "conversation": one_of("auto", "none"),
    "interim_response": _INTERIM_RESPONSE,
}


def checked_response(params: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides of a ``response.create``, checked like the settings of the same names; null means not overridden.

    Raises:
        Refused: a wrong value; ``param`` is its path under ``response``.
    """
    only_declared(params, ResponseCreateParams.__struct_fields__, "response")
    given = {key: value for key, value in params.items() if value is not None}
    return {key: _RESPONSE_CHECKS.get(key, anything)(value, f"response.{key}") for key, value in given.items()}


def _complete_turn_detection(new: Settings, api_version: str) -> None:
    """Fill in what the client left out; ``semantic_vad`` works on sound and needs a model that does."""
    detector = new["turn_detection"]
    if detector is None:
        return
    if detector["type"] == "semantic_vad" and (is_cascaded(new["model"]) or _is_phi(new["model"])):
        message = f"model {new['model']!r} has no 'semantic_vad'; take 'azure_semantic_vad', which every model has"
        raise Refused(message, param="session.turn_detection.type")
    if detector.get("end_of_utterance_detection") is not None and not is_cascaded(new["model"]):
        path = "session.turn_detection.end_of_utterance_detection"
        raise Refused(f"model {new['model']!r} hears speech itself and has no '{path}'; leave it out", param=path)
    given = {key: value for key, value in detector.items() if value is not None}
    new["turn_detection"] = turn_detection_defaults(given["type"], api_version) | given


def _settle_rate(current: Settings, new: Settings, update: Mapping[str, Any]) -> None:
    """A new format without a rate takes its usual one; a rate must be one that the format can have."""
    name = new["input_audio_format"]
    rate_hz = update.get("input_audio_sampling_rate")
    if rate_hz is None and name == current["input_audio_format"]:
        rate_hz = current["input_audio_sampling_rate"]
    try:
        new["input_audio_sampling_rate"] = input_format(name, rate_hz).sample_rate_hz
    except ValueError as error:
        path = "session.input_audio_sampling_rate"
        raise Refused(f"'{path}': {error}", param=path) from None


def _check_echo_reference(current: Settings, new: Settings, fixed: Collection[str]) -> None:
    """Two channels carry the client's own echo reference, as pcm16; their number is fixed by the first setting and by the first audio."""
    settings = new["input_audio_echo_cancellation"]
    channels = input_channels(new)
    path = "session.input_audio_echo_cancellation"
    from_client = bool(settings) and settings.get("reference_source") == "client"
    if channels == 2 and not from_client:
        raise Refused("two channels need reference_source 'client'", code="invalid_ec_channels_requires_client", param=path)
    if from_client and channels != 2:
        raise Refused("reference_source 'client' needs channels 2", code="invalid_ec_reference_channels", param=path)
    if channels == 2 and new["input_audio_format"] != "pcm16":
        raise Refused("two channels need the format pcm16", code="invalid_ec_channels_format", param=path)
    is_fixed = current["input_audio_echo_cancellation"] or set(FIXED_BY_INPUT) <= set(fixed)
    if is_fixed and channels != input_channels(current):
        raise Refused("the channels cannot change", code="change_in_ec_channels_not_allowed", param=path)


def input_channels(settings: Settings) -> int:
    """Channels of the input audio: 1, or 2 with the client's own echo reference."""
    echo = settings["input_audio_echo_cancellation"]
    return (echo.get("channels") or 1) if echo else 1
