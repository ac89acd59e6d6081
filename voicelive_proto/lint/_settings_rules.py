"""Rules about session and response settings, whatever the model."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import fields

from .._connection import Connection
from ..avatar import Background
from ..session import NULL_CLEARS, RequestSession
from ._rule import ERROR, INFO, WARNING, rule
from ._subject import Problem, Subject, array, is_number, mapping, quote

SDK_TEMPERATURE = (0.0, 1.0)
REFERENCE_TEMPERATURE = (0.6, 1.2)
MAX_OUTPUT_TOKENS = 4096
MAX_PHRASES = 499
MAX_METADATA_PAIRS = 16
MAX_METADATA_KEY_CHARS = 64
MAX_METADATA_VALUE_CHARS = 512

_SESSION_KEYS = frozenset(field.encode_name for field in fields(RequestSession))
_GUIDED_BY_PROMPT = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe")


@rule("null-clears", INFO, source="REF, HOW")
def null_clears(subject: Subject) -> Iterator[Problem]:
    """Null clears turn detection, noise reduction, echo cancellation and transcription; for other keys it has no stated meaning."""
    for key, value in subject.session_settings.items():
        if value is None and key in _SESSION_KEYS and key not in NULL_CLEARS:
            fix = 'send "" to clear it' if key == "instructions" else "leave the key out to keep what is in force"
            yield subject.at(key), f"null has no stated meaning here: {fix}"


@rule("temperature-range", WARNING, source="SDK (0.0 to 1.0 in the session, 0.6 to 1.2 in a response); API, REF (0.6 to 1.2)")
def temperature_range(subject: Subject) -> Iterator[Problem]:
    """The temperature lies outside every documented range; captures show that the service decides."""
    low, high = (0.0, 1.2) if subject.session_settings else REFERENCE_TEMPERATURE
    value = subject.settings.get("temperature")
    if is_number(value) and not low <= value <= high:
        ranges = "0.6 to 1.2 (reference)" + (" or 0.0 to 1.0 (SDK)" if subject.session_settings else "")
        yield subject.at("temperature"), f"{value} is outside the documented range, {ranges}"


@rule("temperature-disputed", INFO, source="SDK (0.0 to 1.0, default 0.7) against API, REF (0.6 to 1.2, default 0.8)")
def temperature_disputed(subject: Subject) -> Iterator[Problem]:
    """The session's temperature lies inside one documented range and outside the other."""
    value = subject.session_settings.get("temperature")
    if is_number(value):
        inside = [low <= value <= high for low, high in (SDK_TEMPERATURE, REFERENCE_TEMPERATURE)]
        if inside.count(True) == 1:
            names = ("the SDK (0.0 to 1.0)", "the reference (0.6 to 1.2)")
            yes, no = names if inside[0] else names[::-1]
            yield subject.at("temperature"), f"{value} is allowed by {yes} and not by {no}: 0.6 to 1.0 suits both"


@rule("max-output-tokens", ERROR, source="REF")
def max_output_tokens(subject: Subject) -> Iterator[Problem]:
    """The token ceiling is an integer from 1 to 4096, or "inf"."""
    for key in ("max_response_output_tokens", "max_output_tokens"):
        value = subject.settings.get(key)
        in_range = type(value) is int and 1 <= value <= MAX_OUTPUT_TOKENS
        if value is not None and value != "inf" and not in_range:
            yield subject.at(key), f'{quote(value)} is no token ceiling: use 1 to {MAX_OUTPUT_TOKENS}, or "inf"'


@rule("response-token-key", INFO, source="SDK, SPEC (max_output_tokens) against API, REF (max_response_output_tokens)")
def response_token_key(subject: Subject) -> Iterator[Problem]:
    """The token ceiling of a response is `max_output_tokens` in the SDK, `max_response_output_tokens` in the API reference."""
    if subject.type == "response.create" and "max_response_output_tokens" in subject.settings:
        yield (
            subject.at("max_response_output_tokens"),
            "the SDK sends max_output_tokens for a response; this is the name in the API reference",
        )


@rule("metadata-limits", ERROR, source="SPEC")
def metadata_limits(subject: Subject) -> Iterator[Problem]:
    """Metadata is at most 16 pairs, with keys of at most 64 and values of at most 512 characters."""
    metadata = mapping(subject.settings.get("metadata"))
    if len(metadata) > MAX_METADATA_PAIRS:
        yield subject.at("metadata"), f"{len(metadata)} pairs; the service takes at most {MAX_METADATA_PAIRS}"
    for key, value in metadata.items():
        if len(str(key)) > MAX_METADATA_KEY_CHARS:
            yield subject.at("metadata"), f"the key {quote(key)} is too long: at most {MAX_METADATA_KEY_CHARS} characters"
        if len(str(value)) > MAX_METADATA_VALUE_CHARS:
            yield subject.at(f"metadata.{key}"), f"{len(str(value))} characters; the service takes at most {MAX_METADATA_VALUE_CHARS}"


@rule("modalities-audio-alone", WARNING, source="REF, HOW (refused) against API (allowed)")
def modalities_audio_alone(subject: Subject) -> Iterator[Problem]:
    """Audio without text is refused according to the service's pages, and allowed in the API reference."""
    kinds = array(subject.settings.get("modalities"))
    if "audio" in kinds and "text" not in kinds:
        yield (
            subject.at("modalities"),
            "the service's reference and how-to say that audio without text is refused (the API reference lists it): add 'text'",
        )


@rule("avatar-modalities", ERROR, source="REF, HOW")
def avatar_modalities(subject: Subject) -> Iterator[Problem]:
    """A session with an avatar needs the modalities text, audio and avatar; a single response may have fewer."""
    kinds = subject.effective("modalities")
    touched = next((key for key in ("modalities", "avatar") if subject.session_settings.get(key) is not None), None)
    if not touched or not isinstance(kinds, list):
        return
    wanted = {"text", "audio", "avatar"}
    if (subject.effective("avatar") is not None or "avatar" in kinds) and not wanted <= set(map(str, kinds)):
        yield subject.at(touched), f"an avatar needs modalities ['text', 'audio', 'avatar'], and they are {quote(kinds)}"
    elif "avatar" in kinds and subject.in_force and subject.effective("avatar") is None:
        yield subject.at("modalities"), "'avatar' without avatar settings: add avatar, such as {'character': 'lisa', 'customized': False}"


@rule("voice-on-text-session", ERROR, source="pipecat-ai 1.14.0")
def voice_on_text_session(subject: Subject) -> Iterator[Problem]:
    """Naming a voice later, in a text-only session: "Text to speech synthesizer is not configured"."""
    running, kinds = array(subject.in_force.get("modalities")), array(subject.effective("modalities"))
    if subject.session_settings and subject.changes("voice") and running and "audio" not in [*running, *kinds]:
        yield subject.at("voice"), "the session is text only and has no synthesizer: leave the voice out, or add 'audio' to modalities"


@rule("voice-change", ERROR, source="REF, HOW")
def voice_change(subject: Subject) -> Iterator[Problem]:
    """The voice can not change once the session has spoken."""
    if subject.connection is None or not subject.session_settings or not subject.changes("voice"):
        return
    now, then = (_voice_name(settings.get("voice")) for settings in (subject.in_force, subject.settings))
    if now and then and now != then and _has_spoken(subject.connection):
        yield subject.at("voice"), f"can not change once the session has spoken; it is {quote(now)}: open a new session"


@rule("photo-avatar-model", ERROR, source="SDK")
def photo_avatar_model(subject: Subject) -> Iterator[Problem]:
    """A photo avatar needs its base model."""
    avatar = mapping(subject.settings.get("avatar"))
    if avatar.get("type") == "photo-avatar" and avatar.get("model") is None:
        yield subject.at("avatar.model"), "a photo avatar needs a model: 'vasa-1'"


@rule("avatar-codec", ERROR, source="SDK")
def avatar_codec(subject: Subject) -> Iterator[Problem]:
    """Avatar video is h264."""
    video = mapping(mapping(subject.settings.get("avatar")).get("video"))
    if video.get("codec") not in (None, "h264"):
        yield subject.at("avatar.video.codec"), f"only 'h264' is known, not {quote(video['codec'])}"


@rule("avatar-background", ERROR, source="SDK")
def avatar_background(subject: Subject) -> Iterator[Problem]:
    """A video background is a colour (#RRGGBBAA) or an image, not both."""
    for node in subject.nodes:
        if isinstance(node.model, Background):
            color = node.keys.get("color")
            if color is not None and node.keys.get("image_url") is not None:
                yield node.path, "either color or image_url, not both: leave one out"
            if color is not None and not re.fullmatch(r"#[0-9A-Fa-f]{8}", color):
                yield node.at("color"), f"a colour is written #RRGGBBAA, such as '#00FF00FF', not {quote(color)}"


@rule("phrase-list-length", ERROR, source="HOW")
def phrase_list_length(subject: Subject) -> Iterator[Problem]:
    """A phrase list has fewer than 500 entries."""
    phrases = array(_transcription(subject).get("phrase_list"))
    if len(phrases) > MAX_PHRASES:
        yield subject.at("input_audio_transcription.phrase_list"), f"{len(phrases)} phrases; the service takes at most {MAX_PHRASES}"


@rule("transcription-options", WARNING, source="REF (2025-10-01 edition)")
def transcription_options(subject: Subject) -> Iterator[Problem]:
    """`custom_speech` and `phrase_list` are for azure-speech, `prompt` is for whisper and gpt-4o transcription."""
    options = _transcription(subject)
    model = options.get("model")
    for key in ("custom_speech", "phrase_list"):
        if options.get(key) and isinstance(model, str) and model.startswith(("whisper", "gpt-4o")):
            yield subject.at(f"input_audio_transcription.{key}"), f"only for the transcription model azure-speech, not {quote(model)}"
    if options.get("prompt") and model == "azure-speech":
        fit = ", ".join(_GUIDED_BY_PROMPT)
        yield subject.at("input_audio_transcription.prompt"), f"only for {fit}; for azure-speech use phrase_list"


@rule("end-of-utterance-keys", INFO, source="OBS; SDK betas before 1.0")
def end_of_utterance_keys(subject: Subject) -> Iterator[Problem]:
    """`threshold` and `timeout` of end-of-utterance detection are older than `threshold_level` and `timeout_ms`."""
    detector = mapping(mapping(subject.settings.get("turn_detection")).get("end_of_utterance_detection"))
    for key, newer in (("threshold", "threshold_level"), ("timeout", "timeout_ms")):
        if detector.get(key) is not None:
            yield subject.at(f"turn_detection.end_of_utterance_detection.{key}"), f"an older key: use {newer}"


@rule("turn-detection-none", WARNING, source="SDK betas before 1.0, JavaScript SDK's live tests (none) against REF, API (null)")
def turn_detection_none(subject: Subject) -> Iterator[Problem]:
    """Turn detection is switched off with null; the type `none` is in no documentation, though the service takes it."""
    if mapping(subject.settings.get("turn_detection")).get("type") == "none":
        yield subject.at("turn_detection.type"), "in no documentation, though it is taken: set turn_detection to null for manual turns"


@rule("interim-response-spelling", WARNING, source="SDK, HOW (underscores) against REF (hyphens)")
def interim_response_spelling(subject: Subject) -> Iterator[Problem]:
    """Types of interim responses are written with underscores in the SDK and the how-to, with hyphens in the reference."""
    kind = mapping(subject.settings.get("interim_response")).get("type")
    if kind in ("static-interim-response", "llm-interim-response"):
        yield (
            subject.at("interim_response.type"),
            f"the SDK and the how-to write {kind.replace('-', '_')!r}; only the reference shows hyphens",
        )


@rule("interim-response-threshold", ERROR, source="SDK; iLoveAgents/foundry-voice-live 0.5.0")
def interim_response_threshold(subject: Subject) -> Iterator[Problem]:
    """The threshold of interim responses is `latency_threshold_ms` on the wire."""
    for key in mapping(subject.settings.get("interim_response")):
        if key != "latency_threshold_ms" and re.search("latency|threshold", str(key), re.IGNORECASE):
            yield subject.at(f"interim_response.{key}"), "the wire key is latency_threshold_ms, a number of milliseconds"


@rule("nested-function", ERROR, source="REF, SDK; ishidahra01")
def nested_function(subject: Subject) -> Iterator[Problem]:
    """Function tools are flat: `name`, `description` and `parameters` stand beside `type`, not under `function`."""
    for index, tool in enumerate(array(subject.settings.get("tools"))):
        if isinstance(mapping(tool).get("function"), dict):
            yield subject.at(f"tools[{index}].function"), "tools are flat here: move its name, description and parameters up beside type"
    if isinstance(mapping(subject.settings.get("tool_choice")).get("function"), dict):
        yield subject.at("tool_choice.function"), "the choice is flat here: {'type': 'function', 'name': ...}"


def _voice_name(voice: Any) -> Any:
    return mapping(voice).get("name", voice if isinstance(voice, str) else None)


def _has_spoken(connection: Connection) -> bool:
    """Whether audio came, as far as the connection's limits remember."""
    responses, items = connection.responses.values(), connection.conversation.items
    return any(response.audio_bytes for response in responses) or any(item.audio_ms for item in items)


def _transcription(subject: Subject) -> Any:
    return mapping(subject.settings.get("input_audio_transcription"))


RULES = (
    null_clears,
    temperature_range,
    temperature_disputed,
    max_output_tokens,
    response_token_key,
    metadata_limits,
    modalities_audio_alone,
    avatar_modalities,
    voice_on_text_session,
    voice_change,
    photo_avatar_model,
    avatar_codec,
    avatar_background,
    phrase_list_length,
    transcription_options,
    end_of_utterance_keys,
    turn_detection_none,
    interim_response_spelling,
    interim_response_threshold,
    nested_function,
)
