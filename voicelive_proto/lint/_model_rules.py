"""Rules about a setting together with the model or its voice."""

from collections.abc import Iterator

from . import _models
from ._audio_rules import respelled
from ._rule import ERROR, INFO, WARNING, rule
from ._subject import Problem, Subject, array, mapping, quote
from ._voices import is_model_voice, voice_kind


@rule("model-fixed", ERROR, source="REF, HOW; pipecat-ai 1.14.0")
def model_fixed(subject: Subject) -> Iterator[Problem]:
    """The model is fixed by the URL; naming it in `session.update` is refused."""
    if subject.type == "session.update" and subject.changes("model"):
        yield subject.at("model"), "the model is fixed by the URL: give it to connect() and leave it out here"


@rule("model-not-served", WARNING, source="pydantic-ai-slim 2.68.0; HOW (2025-05-01-preview) listed gpt-4o-mini-realtime-preview")
def model_not_served(subject: Subject) -> Iterator[Problem]:
    """Some realtime models are served by Azure OpenAI alone; the sources differ on the gpt-4o ones."""
    if subject.session_settings and _models.is_azure_openai_only(subject.model):
        message = (
            f"{subject.model} is not served by Voice Live according to pydantic-ai, though the service's how-to once listed"
            " gpt-4o-mini-realtime-preview: connect with gpt-realtime or gpt-realtime-mini if it is refused"
        )
        yield "session", message


@rule("end-of-utterance-model", ERROR, source="REF, HOW; pydantic-ai-slim 2.68.0")
def end_of_utterance_model(subject: Subject) -> Iterator[Problem]:
    """`end_of_utterance_detection` with a model that hears speech itself is refused, and every later frame with it."""
    detector = mapping(subject.settings.get("turn_detection"))
    if detector.get("end_of_utterance_detection") is not None and _models.hears_speech(subject.model):
        yield (
            subject.at("turn_detection.end_of_utterance_detection"),
            f"only for text models in cascade; {subject.model} refuses it and then every later frame: leave it out",
        )


@rule("semantic-vad-model", ERROR, source="REF; pydantic-ai-slim 2.68.0")
def semantic_vad_model(subject: Subject) -> Iterator[Problem]:
    """OpenAI's `semantic_vad` is for gpt-realtime models only; `azure_semantic_vad` is accepted by every model."""
    detector = mapping(subject.settings.get("turn_detection"))
    if detector.get("type") == "semantic_vad" and _models.refuses_semantic_vad(subject.model):
        yield subject.at("turn_detection.type"), f"{subject.model} refuses semantic_vad: use azure_semantic_vad"


@rule("reasoning-temperature", ERROR, source="pydantic-ai-slim 2.68.0")
def reasoning_temperature(subject: Subject) -> Iterator[Problem]:
    """`temperature` with a reasoning model is accepted at first, then every response fails."""
    if subject.changes("temperature") and _models.is_reasoning(subject.model):
        yield subject.at("temperature"), f"every response of {subject.model} fails when a temperature is set: leave it out"


@rule("reasoning-effort-model", ERROR, source="pydantic-ai-slim 2.68.0")
def reasoning_effort_model(subject: Subject) -> Iterator[Problem]:
    """`reasoning_effort` with a text model that does not reason is accepted at first, then every response fails."""
    if subject.changes("reasoning_effort") and _models.is_cascade(subject.model) and not _models.is_reasoning(subject.model):
        yield subject.at("reasoning_effort"), f"{subject.model} is no reasoning model, every response would fail: leave it out"


@rule("parallel-tool-calls-model", ERROR, source="pydantic-ai-slim 2.68.0")
def parallel_tool_calls_model(subject: Subject) -> Iterator[Problem]:
    """`parallel_tool_calls: true` is refused by gpt-realtime, gpt-realtime-mini and gpt-realtime-1.5; false is fine."""
    if subject.settings.get("parallel_tool_calls") is True and _models.refuses_parallel_calls(subject.model):
        yield subject.at("parallel_tool_calls"), f"{subject.model} refuses true: leave it out or set false"


@rule("interim-response-model", ERROR, source="SDK, HOW, REF")
def interim_response_model(subject: Subject) -> Iterator[Problem]:
    """`interim_response` works only with text models in cascade."""
    if subject.changes("interim_response") and _models.hears_speech(subject.model):
        yield subject.at("interim_response"), f"only for text models in cascade such as gpt-4.1; not for {subject.model}: leave it out"


@rule("standard-voice-model", ERROR, source="pipecat-ai 1.14.0")
def standard_voice_model(subject: Subject) -> Iterator[Problem]:
    """azure-realtime refuses Azure standard voices."""
    if subject.model and _models.is_of(subject.model, "azure-realtime") and voice_kind(subject.settings.get("voice")) == "azure-standard":
        message = (
            f"{subject.model} refuses Azure standard voices: use one of its own, such as {{'type': 'azure-realtime-native', 'name': 'ava'}}"
        )
        yield subject.at("voice"), message


@rule("native-voice-model", ERROR, source="SDK")
def native_voice_model(subject: Subject) -> Iterator[Problem]:
    """Voices of type `azure-realtime-native` are built into azure-realtime and not valid with other models."""
    is_native = voice_kind(subject.settings.get("voice")) == "azure-realtime-native"
    other = _models.is_cascade(subject.model) or (subject.model and _models.is_of(subject.model, "gpt-realtime", "phi4-mm-realtime"))
    if is_native and other:
        yield subject.at("voice.type"), f"only azure-realtime has these voices; {subject.model} takes azure-standard ones"


@rule("response-modalities-voice", WARNING, source="pipecat-ai 1.14.0; SDK and REF document the key without this limit")
def response_modalities_voice(subject: Subject) -> Iterator[Problem]:
    """A response's own `modalities` are refused with a voice that the model itself speaks; the documents do not say so."""
    if subject.type != "response.create" or not subject.changes("modalities") or not _models.hears_speech(subject.model):
        return
    in_force, asked = (set(map(str, array(kinds.get("modalities")))) for kinds in (subject.in_force, subject.settings))
    if is_model_voice(subject.effective("voice")) and in_force != asked:
        message = (
            "with a voice that the model itself speaks this override is refused (seen by pipecat; documented without the limit):"
            " set modalities in session.update"
        )
        yield subject.at("modalities"), message


@rule("azure-voice-features", WARNING, source="REF; pydantic-ai-slim 2.68.0 (checked live)")
def azure_voice_features(subject: Subject) -> Iterator[Problem]:
    """Word timestamps, visemes and blendshapes come only with Azure voices; with others there are silently none."""
    voice = subject.effective("voice")
    for key in ("output_audio_timestamp_types", "animation"):
        if subject.settings.get(key) and is_model_voice(voice):
            yield subject.at(key), f"only Azure voices give these, and {quote(voice)} is none: choose a voice such as 'en-US-AvaNeural'"
    lost = next((key for key in ("output_audio_timestamp_types", "animation") if subject.in_force.get(key)), None)
    if lost and lost not in subject.settings and is_model_voice(subject.settings.get("voice")):
        yield subject.at("voice"), f"{lost} is in force and comes only with Azure voices: keep an Azure voice, or clear {lost}"


@rule("output-format-voice", ERROR, source="HOW")
def output_format_voice(subject: Subject) -> Iterator[Problem]:
    """OpenAI voices speak only `pcm16` and G.711."""
    touched = next((key for key in ("output_audio_format", "voice") if subject.changes(key)), None)
    name = subject.effective("output_audio_format")
    beyond = isinstance(name, str) and respelled(name) not in ("pcm16", "g711_ulaw", "g711_alaw")
    if touched and beyond and voice_kind(subject.effective("voice")) == "openai":
        yield subject.at(touched), f"OpenAI voices can not speak {quote(name)}: use pcm16, g711_ulaw or g711_alaw, or an Azure voice"


@rule("audio-part-model", ERROR, source="SDK; OAI (unsupported_content_type)")
def audio_part_model(subject: Subject) -> Iterator[Problem]:
    """Only models that hear speech themselves accept `input_audio` parts in an item."""
    if _models.is_cascade(subject.model):
        for path, _, part in subject.parts():
            if part.get("type") == "input_audio":
                yield f"{path}.type", f"{subject.model} takes text items only: send input_text, or audio through input_audio_buffer.append"


@rule("text-input-response", INFO, source="ishidahra01")
def text_input_response(subject: Subject) -> Iterator[Problem]:
    """Cascade models may need a `response.create` after text input."""
    is_text = any(role == "user" and part.get("type") == "input_text" for _, role, part in subject.parts())
    if subject.type == "conversation.item.create" and is_text and _models.is_cascade(subject.model):
        yield "$", f"{subject.model} may answer text only when asked: follow with response.create"


@rule("instructions-with-agent", WARNING, source="HOW; denniszielke (application), which the documents do not confirm for hosted agents")
def instructions_with_agent(subject: Subject) -> Iterator[Problem]:
    """With an agent the instructions are the agent's own; the how-to says refused, for hosted agents it is not confirmed."""
    if subject.in_force.get("agent") and subject.changes("instructions"):
        message = (
            "the session runs an agent, whose instructions can not be replaced (how-to: refused; not confirmed for hosted agents):"
            " change the agent, or use additional_instructions of response.create"
        )
        yield subject.at("instructions"), message


RULES = (
    model_fixed,
    model_not_served,
    end_of_utterance_model,
    semantic_vad_model,
    reasoning_temperature,
    reasoning_effort_model,
    parallel_tool_calls_model,
    interim_response_model,
    standard_voice_model,
    native_voice_model,
    response_modalities_voice,
    azure_voice_features,
    output_format_voice,
    audio_part_model,
    text_input_response,
    instructions_with_agent,
)
