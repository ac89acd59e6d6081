"""Every rule of the lint table: what it finds, what it lets pass, and what the corpus says to it."""

import base64
import json
import math
import re
import runpy
from array import array
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import all_messages, dialogue, facts, scenarios

from voicelive_proto import CLIENT, CLIENT_EVENTS, Connection, Limits, enums
from voicelive_proto import lint as package
from voicelive_proto.avatar import AvatarConfig
from voicelive_proto.client_events import InputAudioBufferAppend, InputAudioBufferCommit, ResponseCreate, SessionUpdate
from voicelive_proto.errors import LocalProtocolError
from voicelive_proto.items import UserMessageItem
from voicelive_proto.lint import RULES, Finding, lint
from voicelive_proto.lint._event_rules import KEY_SINCE, MODEL_SINCE, PRE_RELEASE, UNDOCUMENTED, VALUE_SINCE
from voicelive_proto.lint._value_rules import KNOWN_VALUES, LENGTHS, LIMITS, TRANSCRIPTION_MODELS
from voicelive_proto.responses import ResponseCreateParams
from voicelive_proto.resume import resume_plan
from voicelive_proto.server_events import SessionCreated
from voicelive_proto.session import AudioEchoCancellation, RequestSession, ResponseSession
from voicelive_proto.tools import FunctionTool, MCPServer
from voicelive_proto.turn_detection import AzureSemanticDetection, AzureSemanticVad, ServerVad
from voicelive_proto.voices import AzureStandardVoice, OpenAIVoice

SETTINGS = (RequestSession, ResponseCreateParams, UserMessageItem, AzureStandardVoice, ServerVad, AvatarConfig, FunctionTool)
ROOT = Path(__file__).resolve().parents[2]
BY_ID = {rule.id: rule for rule in RULES}

NATIVE = {"type": "azure-realtime-native", "name": "ava"}
AVA = {"type": "azure-standard", "name": "en-US-AvaNeural"}
ALL_AVATAR = ["text", "audio", "avatar"]
LISA = {"character": "lisa", "customized": False}
STEREO = {"type": "server_echo_cancellation", "reference_source": "client", "channels": 2}


def nested(levels):
    """A list around a list and so on, so many of them."""
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


def talked(*pending, audio_ms=1000, finished=True, **config):
    """A client that has sent audio, committed it, and got an answer "a"; then it asked for the pending settings."""
    client = Connection(CLIENT)
    place = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}
    answer = {"type": "message", "id": "a", "role": "assistant", "status": "in_progress", "content": []}
    events = [
        {"type": "session.created", "session": {"id": "s", "model": "gpt-realtime"} | config},
        {"type": "input_audio_buffer.committed", "item_id": "u"},
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": answer},
        {"type": "conversation.item.created", "item": answer},
        {"type": "response.content_part.added", **place, "part": {"type": "audio"}},
        {"type": "response.audio.delta", **place, "delta": base64.b64encode(bytes(48 * audio_ms)).decode()},
    ]
    if finished:
        events += [
            {"type": "response.output_item.done", "response_id": "r", "output_index": 0, "item": answer | {"status": "completed"}},
            {"type": "response.done", "response": {"id": "r", "status": "completed"}},
        ]
    for event in events:
        client.receive(json.dumps(event))
        if event["type"] == "session.created":
            client.send(InputAudioBufferAppend(audio=bytes(9600)))
    for asked in pending:
        client.send({"type": "session.update", "session": asked})
    return client


def appended(*length_bytes, **asked):
    """A client that appended so much audio, with a clear or commit between each two; it asked for settings before."""
    client = Connection(CLIENT)
    client.receive('{"type":"session.created","session":{"id":"s"}}')
    if asked:
        client.send({"type": "session.update", "session": asked})
    for number, each in enumerate(length_bytes):
        if number:
            client.send({"type": f"input_audio_buffer.{('commit', 'clear')[number % 2]}"})
        client.send_audio(bytes(each))
    return client


CALL = {"type": "function_call", "id": "f", "call_id": "c", "name": "ferry", "arguments": "{}"}


def called(event, limits=None):
    """A client that heard of a call, or asked for one."""
    client = Connection(CLIENT, limits=limits)
    client.receive('{"type":"session.created","session":{"id":"s"}}')
    if event["type"] == "conversation.item.create":
        client.send(event)
    else:
        client.receive(json.dumps(event))
    return client


def cut():
    """A client whose conversation is longer than it keeps."""
    client = called({"type": "conversation.item.created", "item": CALL}, Limits(max_items=1))
    client.receive(json.dumps({"type": "conversation.item.created", "item": {"id": "u", "type": "message", "role": "user", "content": []}}))
    return client


def response(**settings):
    return {"type": "response.create", "response": settings}


def item(**keys):
    return {"type": "conversation.item.create", "item": keys}


def message(role, *parts):
    return item(type="message", role=role, content=list(parts))


def answer_to(call_id):
    return item(type="function_call_output", call_id=call_id, output="14:25")


def truncate(**keys):
    return {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 500} | keys


def append(length_bytes):
    return InputAudioBufferAppend(audio=bytes(length_bytes))


def image(key):
    return message("user", {"type": "input_image", key: "data:image/png;base64,iVBORw0KGgo="})


def eou(**keys):
    return {"turn_detection": {"type": "server_vad", "end_of_utterance_detection": {"model": "semantic_detection_v1", **keys}}}


def avatar(**keys):
    return {"avatar": LISA | keys}


def tool(**keys):
    return {"tools": [{"type": "function", **keys}]}


TEXT = {"type": "input_text", "text": "hello"}
SPOKEN = {"type": "text", "text": "hello"}
AUDIO = {"type": "input_audio", "audio": "AAA="}
COMMIT = InputAudioBufferCommit()

FOUND = [
    # rule, subject, what else is known, path
    ("json-form", {"temperature": math.nan}, {}, "session.temperature"),
    ("json-form", response(temperature=-math.inf), {"model": "gpt-5"}, "response.temperature"),
    ("json-form", tool(name="f", parameters={"a": [1, {"b": math.inf}]}), {}, "session.tools[0].parameters.a[1].b"),
    ("json-form", RequestSession(temperature=math.nan), {}, "session.temperature"),
    ("json-form", {"metadata": {"k": 10**5000}}, {}, "session.metadata.k"),
    ("json-form", {"type": "session.update", "session": {"input_audio_sampling_rate": "\ud800"}}, {}, "session.input_audio_sampling_rate"),
    ("json-form", {"type": "\ud800"}, {}, "type"),
    ("json-form", {"metadata": {"\ud800": "v"}}, {}, "session.metadata"),
    ("json-form", {("a", "b"): 1, "temperature": 0.8}, {}, "session"),
    ("json-form", {"type": "input_audio_buffer.commit", (): 1}, {}, "$"),
    ("json-form", {"tool_choice": object()}, {}, "session.tool_choice"),
    ("json-form", {"x": memoryview(array("f", [0.5]))}, {}, "session.x"),
    ("json-form", tool(name="f", parameters={"a": nested(96)}), {}, "session.tools[0].parameters.a" + "[0]" * 95),
    ("json-form", tool(name="f", parameters={"a": nested(3000)}), {}, "session.tools[0].parameters.a" + "[0]" * 95),
    ("model-fixed", {"model": "gpt-realtime"}, {}, "session.model"),
    ("model-not-served", {"temperature": 0.8}, {"model": "gpt-realtime-2"}, "session"),
    ("model-not-served", {"model": "gpt-4o-mini-realtime-preview"}, {}, "session"),
    ("end-of-utterance-model", eou(), {"model": "gpt-realtime"}, "session.turn_detection.end_of_utterance_detection"),
    ("end-of-utterance-model", eou(), {"session": {"model": "phi4-mm-realtime"}}, "session.turn_detection.end_of_utterance_detection"),
    ("semantic-vad-model", {"turn_detection": {"type": "semantic_vad"}}, {"model": "gpt-4.1"}, "session.turn_detection.type"),
    ("semantic-vad-model", {"turn_detection": {"type": "semantic_vad"}}, {"model": "azure-realtime"}, "session.turn_detection.type"),
    ("reasoning-temperature", {"temperature": 0.8}, {"model": "gpt-5-mini"}, "session.temperature"),
    ("reasoning-temperature", response(temperature=0.8), {"model": "gpt-5.2"}, "response.temperature"),
    ("reasoning-effort-model", {"reasoning_effort": "low"}, {"model": "gpt-4.1"}, "session.reasoning_effort"),
    ("parallel-tool-calls-model", {"parallel_tool_calls": True}, {"model": "GPT-realtime-mini-2025-10-06"}, "session.parallel_tool_calls"),
    (
        "interim-response-model",
        {"interim_response": {"type": "static_interim_response"}},
        {"model": "gpt-realtime"},
        "session.interim_response",
    ),
    ("standard-voice-model", {"voice": AVA}, {"model": "azure-realtime"}, "session.voice"),
    ("standard-voice-model", {"voice": "en-US-AvaNeural"}, {"model": "azure-realtime"}, "session.voice"),
    ("native-voice-model", {"voice": NATIVE}, {"model": "gpt-realtime"}, "session.voice.type"),
    ("native-voice-model", {"voice": NATIVE}, {"model": "gpt-4o"}, "session.voice.type"),
    (
        "response-modalities-voice",
        response(modalities=["text"]),
        {"model": "gpt-realtime", "session": {"voice": "alloy"}},
        "response.modalities",
    ),
    (
        "response-modalities-voice",
        response(modalities=["text"], voice=NATIVE),
        {"model": "azure-realtime", "session": {"modalities": ["text", "audio"]}},
        "response.modalities",
    ),
    ("azure-voice-features", {"output_audio_timestamp_types": ["word"], "voice": "alloy"}, {}, "session.output_audio_timestamp_types"),
    ("azure-voice-features", {"animation": {"outputs": ["viseme_id"]}}, {"session": {"voice": NATIVE}}, "session.animation"),
    ("azure-voice-features", {"voice": "alloy"}, {"session": {"output_audio_timestamp_types": ["word"]}}, "session.voice"),
    ("output-format-voice", {"output_audio_format": "pcm16_16000hz", "voice": "alloy"}, {}, "session.output_audio_format"),
    (
        "output-format-voice",
        {"voice": {"type": "openai", "name": "ash"}},
        {"session": {"output_audio_format": "pcm16_8000hz"}},
        "session.voice",
    ),
    ("audio-part-model", message("user", AUDIO), {"model": "gpt-4o"}, "item.content[0].type"),
    ("text-input-response", message("user", TEXT), {"model": "gpt-4o"}, "$"),
    ("instructions-with-agent", {"instructions": "Be brief."}, {"session": {"agent": {"type": "agent"}}}, "session.instructions"),
    ("commit-too-short", COMMIT, {"buffered_ms": 99}, "$"),
    ("commit-too-short", COMMIT, {"buffered_ms": 0}, "$"),
    ("append-too-large", append(15 * 1024 * 1024 + 2), {}, "audio"),
    ("append-whole-samples", append(321), {}, "audio"),
    ("append-whole-samples", {"type": "input_audio.turn.append", "turn_id": "t", "audio": b"abc"}, {}, "audio"),
    ("append-whole-frames", append(322), {"session": {"input_audio_echo_cancellation": STEREO}}, "audio"),
    ("input-format", {"input_audio_format": "pcm16_16000hz"}, {}, "session.input_audio_format"),
    ("input-rate-g711", {"input_audio_format": "g711_ulaw", "input_audio_sampling_rate": 16000}, {}, "session.input_audio_sampling_rate"),
    (
        "input-rate-g711",
        {"input_audio_sampling_rate": 24000},
        {"session": {"input_audio_format": "g711_alaw"}},
        "session.input_audio_sampling_rate",
    ),
    ("input-rate-pcm16", {"input_audio_sampling_rate": 44100}, {}, "session.input_audio_sampling_rate"),
    (
        "input-audio-change",
        {"input_audio_format": "g711_ulaw"},
        {"session": {"input_audio_format": "pcm16"}, "buffered_ms": 20},
        "session.input_audio_format",
    ),
    (
        "input-audio-change",
        {"input_audio_sampling_rate": 16000},
        {"session": {"model": "m"}, "buffered_ms": 20},
        "session.input_audio_sampling_rate",
    ),
    (
        "input-audio-change",
        {"input_audio_format": "pcm16", "input_audio_sampling_rate": 8000},
        {"session": {"input_audio_format": None, "input_audio_sampling_rate": None}, "buffered_ms": 20},
        "session.input_audio_sampling_rate",
    ),
    (
        "input-audio-change",
        {"input_audio_format": "g711_alaw", "input_audio_sampling_rate": 8000},
        {"session": {"input_audio_format": "g711_ulaw"}, "buffered_ms": 20},
        "session.input_audio_format",
    ),
    (
        "input-audio-change",
        {"input_audio_format": "pcm16_16000hz"},
        {"session": {"input_audio_format": "pcm16"}, "buffered_ms": 20},
        "session.input_audio_format",
    ),
    (
        "input-audio-change",
        {"input_audio_format": "opus"},
        {"session": {"input_audio_format": "pcm16"}, "buffered_ms": 20},
        "session.input_audio_format",
    ),
    (
        "input-audio-change",
        {"input_audio_echo_cancellation": STEREO},
        {"session": {"input_audio_echo_cancellation": None}, "buffered_ms": 20},
        "session.input_audio_echo_cancellation.channels",
    ),
    ("echo-pairs", {"input_audio_echo_cancellation": STEREO | {"channels": 1}}, {}, "session.input_audio_echo_cancellation"),
    ("echo-pairs", {"input_audio_echo_cancellation": {"reference_source": "client"}}, {}, "session.input_audio_echo_cancellation"),
    ("echo-pairs", {"input_audio_echo_cancellation": {"channels": 3}}, {}, "session.input_audio_echo_cancellation"),
    (
        "echo-pairs",
        {"input_audio_echo_cancellation": STEREO},
        {"session": {"input_audio_format": "g711_ulaw"}},
        "session.input_audio_echo_cancellation",
    ),
    ("output-format", {"output_audio_format": "pcm16_44100hz"}, {}, "session.output_audio_format"),
    ("output-format", response(output_audio_format="opus"), {}, "response.output_audio_format"),
    ("output-format-spelling", {"output_audio_format": "pcm16-16000hz"}, {}, "session.output_audio_format"),
    ("output-format-spelling", {"output_audio_format": "pcm16-8000hz"}, {"api_version": "2026-04-10"}, "session.output_audio_format"),
    ("output-format-spelling", {"output_audio_format": "pcm16_8000hz"}, {"api_version": "2025-10-01"}, "session.output_audio_format"),
    ("output-format-spelling", {"output_audio_format": "g711-ulaw"}, {}, "session.output_audio_format"),
    ("output-format-spelling", response(output_audio_format="g711-alaw"), {"api_version": "2025-10-01"}, "response.output_audio_format"),
    ("output-format-spelling", {"output_audio_format": "PCM16"}, {}, "session.output_audio_format"),
    ("output-format-spelling", {"output_audio_format": "pcm16-44100hz"}, {}, "session.output_audio_format"),
    ("input-format", {"input_audio_format": "g711-ulaw"}, {}, "session.input_audio_format"),
    ("input-rate-g711", {"input_audio_format": "g711-ulaw", "input_audio_sampling_rate": 16000}, {}, "session.input_audio_sampling_rate"),
    ("null-clears", {"instructions": None}, {}, "session.instructions"),
    ("null-clears", {"tools": None}, {}, "session.tools"),
    ("temperature-range", {"temperature": -0.1}, {}, "session.temperature"),
    ("temperature-range", {"temperature": 9.5}, {}, "session.temperature"),
    ("temperature-range", response(temperature=0.5), {}, "response.temperature"),
    ("temperature-disputed", {"temperature": 0.2}, {}, "session.temperature"),
    ("temperature-disputed", {"temperature": 1.1}, {}, "session.temperature"),
    ("max-output-tokens", {"max_response_output_tokens": 0}, {}, "session.max_response_output_tokens"),
    ("max-output-tokens", {"max_response_output_tokens": "unlimited"}, {}, "session.max_response_output_tokens"),
    ("max-output-tokens", response(max_output_tokens=4097), {}, "response.max_output_tokens"),
    ("response-token-key", response(max_response_output_tokens=100), {}, "response.max_response_output_tokens"),
    ("metadata-limits", {"metadata": {f"k{number}": "v" for number in range(17)}}, {}, "session.metadata"),
    ("metadata-limits", {"metadata": {"k" * 65: "v"}}, {}, "session.metadata"),
    ("metadata-limits", response(metadata={"k": "v" * 513}), {}, "response.metadata.k"),
    ("modalities-audio-alone", {"modalities": ["audio"]}, {}, "session.modalities"),
    ("avatar-modalities", {"modalities": ["text", "audio"], **avatar()}, {}, "session.modalities"),
    ("avatar-modalities", avatar(), {"session": {"modalities": ["text", "audio"]}}, "session.avatar"),
    ("avatar-modalities", {"modalities": ["text", "avatar"]}, {}, "session.modalities"),
    ("avatar-modalities", {"modalities": ALL_AVATAR}, {"session": {"avatar": None}}, "session.modalities"),
    ("voice-on-text-session", {"voice": "alloy"}, {"session": {"modalities": ["text"]}}, "session.voice"),
    ("photo-avatar-model", avatar(type="photo-avatar"), {}, "session.avatar.model"),
    ("avatar-codec", avatar(video={"codec": "vp8"}), {}, "session.avatar.video.codec"),
    ("avatar-background", avatar(video={"background": {"color": "#00FF00FF", "image_url": "u"}}), {}, "session.avatar.video.background"),
    ("avatar-background", avatar(video={"background": {"color": "green"}}), {}, "session.avatar.video.background.color"),
    (
        "phrase-list-length",
        {"input_audio_transcription": {"model": "azure-speech", "phrase_list": ["w"] * 500}},
        {},
        "session.input_audio_transcription.phrase_list",
    ),
    (
        "transcription-options",
        {"input_audio_transcription": {"model": "whisper-1", "phrase_list": ["w"]}},
        {},
        "session.input_audio_transcription.phrase_list",
    ),
    (
        "transcription-options",
        {"input_audio_transcription": {"model": "azure-speech", "prompt": "ferries"}},
        {},
        "session.input_audio_transcription.prompt",
    ),
    ("end-of-utterance-keys", eou(timeout=2), {}, "session.turn_detection.end_of_utterance_detection.timeout"),
    ("turn-detection-none", {"turn_detection": {"type": "none"}}, {}, "session.turn_detection.type"),
    ("interim-response-spelling", {"interim_response": {"type": "llm-interim-response"}}, {}, "session.interim_response.type"),
    (
        "interim-response-threshold",
        {"interim_response": {"type": "static_interim_response", "latency_threshold": 900}},
        {},
        "session.interim_response.latency_threshold",
    ),
    ("nested-function", tool(function={"name": "f"}), {}, "session.tools[0].function"),
    ("nested-function", {"tool_choice": {"type": "function", "function": {"name": "f"}}}, {}, "session.tool_choice.function"),
    ("api-version-v1", response(), {"api_version": "v1"}, "$"),
    ("api-version", {"parallel_tool_calls": False}, {"api_version": "2026-04-10"}, "session.parallel_tool_calls"),
    ("api-version", {"voice": NATIVE}, {"api_version": "2025-10-01"}, "session.voice"),
    ("api-version", {"voice": "cedar"}, {"api_version": "2025-10-01"}, "session.voice"),
    ("api-version", {"type": "output_audio_buffer.clear"}, {"api_version": "2026-01-01-preview"}, "$"),
    ("pre-release", {"type": "rtc.call.sdp.create", "sdp_offer": "v=0"}, {}, "$"),
    ("pre-release", {"tools": [{"type": "foundry_agent", "agent_name": "a", "project_name": "p"}]}, {}, "session.tools[0]"),
    ("undocumented-event", {"type": "mcp_approval_response"}, {}, "type"),
    ("truncate-content-index", truncate(content_index=1), {}, "content_index"),
    ("truncate-at-zero", truncate(audio_end_ms=0), {}, "audio_end_ms"),
    ("truncate-past-end", truncate(item_id="a", audio_end_ms=1001), {"connection": talked()}, "audio_end_ms"),
    ("voice-change", {"voice": "echo"}, {"connection": talked(voice={"type": "openai", "name": "alloy"})}, "session.voice"),
    ("voice-change", {"voice": {"type": "openai", "name": "echo"}}, {"connection": talked(voice="alloy")}, "session.voice"),
    ("voice-change", {"voice": AVA}, {"connection": talked({"voice": "echo"})}, "session.voice"),
    ("input-audio-change", {"input_audio_format": "g711_ulaw"}, {"connection": talked()}, "session.input_audio_format"),
    ("commit-too-short", COMMIT, {"connection": talked()}, "$"),
    ("commit-too-short", COMMIT, {"connection": appended(48000, 0)}, "$"),
    ("commit-too-short", COMMIT, {"connection": appended(48000, 48000, 960)}, "$"),
    (
        "input-audio-change",
        {"input_audio_echo_cancellation": None},
        {"connection": appended(4000, input_audio_echo_cancellation=STEREO)},
        "session.input_audio_echo_cancellation.channels",
    ),
    ("truncate-at-zero", truncate(item_id="a", audio_end_ms=0), {"connection": talked(audio_ms=0)}, "audio_end_ms"),
    ("truncate-at-zero", truncate(item_id="b", audio_end_ms=0), {"connection": talked()}, "audio_end_ms"),
    ("text-is-a-string", item(type="function_call_output", call_id="c", output={"next": "14:25"}), {}, "item.output"),
    ("text-is-a-string", item(type="message", role="user", content="hello"), {}, "item.content"),
    ("text-is-a-string", message("user", {"type": "input_text", "text": ["hello"]}), {}, "item.content[0].text"),
    ("output-without-call", answer_to("d"), {"connection": called({"type": "conversation.item.created", "item": CALL})}, "item.call_id"),
    (
        "output-without-call",
        answer_to("d"),
        {"connection": called(item(type="function_call", name="ferry", arguments="{}"))},
        "item.call_id",
    ),
    (
        "output-without-call",
        response(input_items=[CALL, answer_to("c")["item"], answer_to("d")["item"]]),
        {"connection": talked()},
        "response.input_items[2].call_id",
    ),
    ("part-for-role", message("assistant", TEXT), {}, "item.content[0].type"),
    ("part-for-role", response(input_items=[message("system", AUDIO)["item"]]), {}, "response.input_items[0].content[0].type"),
    (
        "spoken-as-given",
        response(pre_generated_assistant_message={"type": "message", "content": [SPOKEN, SPOKEN]}),
        {},
        "response.pre_generated_assistant_message.content",
    ),
    ("spoken-as-given", response(pre_generated_assistant_message={"content": []}), {}, "response.pre_generated_assistant_message.content"),
    ("input-image-key", image("url"), {"api_version": "2026-07-15"}, "item.content[0].url"),
    ("input-image-key", image("image_url"), {"api_version": "2026-04-10"}, "item.content[0].image_url"),
    ("output-clear-needs-avatar", {"type": "output_audio_buffer.clear"}, {"session": {"avatar": None}}, "$"),
    ("avatar-connect-needs-avatar", {"type": "session.avatar.connect", "client_sdp": "dj0w"}, {"session": {"id": "s"}}, "$"),
    ("avatar-sdp-base64", {"type": "session.avatar.connect", "client_sdp": "v=0\r\n"}, {}, "client_sdp"),
    ("wrong-type", {"instructions": 5}, {}, "session.instructions"),
    ("wrong-type", {"type": "session.update", "session": "text"}, {}, "session"),
    ("wrong-type", {"modalities": ["text", 5]}, {}, "session.modalities[1]"),
    ("wrong-type", {"tools": [{"type": "function", "name": "f", "description": 7}]}, {}, "session.tools[0].description"),
    ("wrong-type", {"metadata": {"k": 1}}, {}, "session.metadata.k"),
    ("wrong-type", {"type": "input_audio_buffer.append", "audio": "no base64!"}, {}, "audio"),
    (
        "unknown-kind",
        response(pre_generated_assistant_message={"type": "note", "content": [SPOKEN]}),
        {},
        "response.pre_generated_assistant_message.type",
    ),
    ("unknown-event", {"type": "response.crate"}, {}, "type"),
    ("unknown-event", {"type": "response.done"}, {}, "type"),
    ("unknown-kind", {"turn_detection": {"type": "server-vad"}}, {}, "session.turn_detection.type"),
    ("unknown-kind", eou(model="v9"), {}, "session.turn_detection.end_of_utterance_detection.model"),
    ("unknown-kind", item(type="reminder"), {}, "item.type"),
    ("unknown-key", {"turn_detecton": None}, {}, "session.turn_detecton"),
    ("unknown-key", {"turn_detection": {"type": "server_vad", "treshold": 0.4}}, {}, "session.turn_detection.treshold"),
    ("unknown-key", {"type": "input_audio_buffer.commit", "eventid": "e"}, {}, "eventid"),
    ("missing-key", tool(), {}, "session.tools[0].name"),
    ("missing-key", {"voice": {"type": "azure-custom", "name": "n", "endpoint_id": None}}, {}, "session.voice.endpoint_id"),
    ("missing-key", {"type": "session.avatar.connect"}, {}, "client_sdp"),
    ("unknown-value", {"modalities": ["text", "video"]}, {}, "session.modalities[1]"),
    ("unknown-value", {"tool_choice": "any"}, {}, "session.tool_choice"),
    ("out-of-range", {"turn_detection": {"type": "server_vad", "threshold": 1.5}}, {}, "session.turn_detection.threshold"),
    ("out-of-range", avatar(scene={"zoom": 0}), {}, "session.avatar.scene.zoom"),
    ("out-of-range", avatar(video={"crop": {"top_left": [0, -1], "bottom_right": [9, 9]}}), {}, "session.avatar.video.crop.top_left[1]"),
    ("out-of-range", truncate(audio_end_ms=-1), {}, "audio_end_ms"),
    ("wrong-length", {"voice": {"type": "azure-standard", "name": ""}}, {}, "session.voice.name"),
    (
        "wrong-length",
        avatar(video={"crop": {"top_left": [0], "bottom_right": [9, 9]}}),
        {},
        "session.avatar.video.crop.top_left",
    ),
]

PASSED = [
    # rule, subject, what else is known
    ("json-form", {"temperature": 0.8, "instructions": "Grüß dich 🙂", 5: 1, "x": (2**64, 1.5, None, True, {1})}, {}),
    ("json-form", tool(name="f", parameters={"a": nested(95)}), {}),
    ("json-form", InputAudioBufferAppend(audio=array("h", [1, 2])), {}),
    ("json-form", {"type": "input_audio_buffer.append", "audio": memoryview(bytes(8))[::2]}, {}),
    ("json-form", {"temperature": 0.8}, {"session": {"temperature": math.nan}}),
    ("model-fixed", {"temperature": 0.8}, {"model": "gpt-realtime"}),
    ("model-fixed", {"type": "rtc.call.sdp.create", "sdp_offer": "v=0", "session": {"model": "gpt-realtime"}}, {}),
    ("model-not-served", {"temperature": 0.8}, {"model": "gpt-realtime-2025-08-28"}),
    ("model-not-served", {"temperature": 0.8}, {}),
    ("model-not-served", response(temperature=0.8), {"model": "gpt-realtime-2"}),
    ("end-of-utterance-model", eou(), {"model": "gpt-4.1"}),
    ("end-of-utterance-model", eou(), {"model": "our-deployment"}),
    ("semantic-vad-model", {"turn_detection": {"type": "semantic_vad"}}, {"model": "gpt-realtime"}),
    ("semantic-vad-model", {"turn_detection": {"type": "azure_semantic_vad"}}, {"model": "gpt-4.1"}),
    ("reasoning-temperature", {"temperature": 0.8}, {"model": "gpt-5-chat"}),
    ("reasoning-temperature", {"temperature": None}, {"model": "gpt-5"}),
    ("reasoning-effort-model", {"reasoning_effort": "low"}, {"model": "gpt-5"}),
    ("parallel-tool-calls-model", {"parallel_tool_calls": False}, {"model": "gpt-realtime"}),
    ("parallel-tool-calls-model", {"parallel_tool_calls": True}, {"model": "gpt-4.1"}),
    ("interim-response-model", {"interim_response": {"type": "static_interim_response"}}, {"model": "gpt-4.1"}),
    ("standard-voice-model", {"voice": NATIVE}, {"model": "azure-realtime"}),
    ("standard-voice-model", {"voice": AVA}, {"model": "gpt-realtime"}),
    ("native-voice-model", {"voice": NATIVE}, {"model": "azure-realtime"}),
    ("native-voice-model", {"voice": NATIVE}, {}),
    ("response-modalities-voice", response(modalities=["text"]), {"model": "gpt-realtime", "session": {"voice": AVA}}),
    (
        "response-modalities-voice",
        response(modalities=["text", "audio"]),
        {"model": "gpt-realtime", "session": {"voice": "alloy", "modalities": ["audio", "text"]}},
    ),
    ("azure-voice-features", {"output_audio_timestamp_types": ["word"], "voice": "en-US-AvaNeural"}, {}),
    (
        "azure-voice-features",
        {"voice": "alloy", "output_audio_timestamp_types": []},
        {"session": {"output_audio_timestamp_types": ["word"]}},
    ),
    ("output-format-voice", {"output_audio_format": "g711_ulaw", "voice": "alloy"}, {}),
    ("output-format-voice", {"output_audio_format": "pcm16_16000hz", "voice": AVA}, {}),
    ("audio-part-model", message("user", AUDIO), {"model": "gpt-realtime"}),
    ("audio-part-model", message("user", TEXT), {"model": "gpt-4o"}),
    ("text-input-response", message("user", TEXT), {"model": "gpt-realtime"}),
    ("instructions-with-agent", {"instructions": "Be brief."}, {"session": {"agent": None}}),
    ("commit-too-short", COMMIT, {"buffered_ms": 100}),
    ("commit-too-short", COMMIT, {}),
    ("append-too-large", append(15 * 1024 * 1024), {}),
    ("append-whole-samples", append(322), {}),
    ("append-whole-samples", append(321), {"session": {"input_audio_format": "g711_ulaw"}}),
    ("append-whole-samples", append(321), {"session": {"input_audio_format": "opus"}}),
    ("append-whole-samples", {"type": "input_audio_buffer.append", "audio": 5}, {}),
    ("append-whole-frames", append(324), {"session": {"input_audio_echo_cancellation": STEREO}}),
    ("input-format", {"input_audio_format": "g711_alaw"}, {}),
    ("input-rate-g711", {"input_audio_format": "g711_ulaw", "input_audio_sampling_rate": 8000}, {}),
    ("input-rate-pcm16", {"input_audio_sampling_rate": 8000}, {}),
    ("input-audio-change", {"input_audio_format": "g711_ulaw"}, {"session": {"input_audio_format": "pcm16"}}),
    ("input-audio-change", {"input_audio_format": "pcm16"}, {"session": {"input_audio_format": "pcm16"}, "buffered_ms": 20}),
    (
        "input-audio-change",
        {"input_audio_sampling_rate": 24000},
        {"session": {"input_audio_format": "pcm16", "input_audio_sampling_rate": None}, "buffered_ms": 20},
    ),
    ("input-audio-change", {"input_audio_format": "pcm16"}, {"session": {"input_audio_format": None}, "buffered_ms": 20}),
    ("input-audio-change", {"input_audio_sampling_rate": 24000}, {"session": {"model": "m"}, "buffered_ms": 20}),
    ("input-audio-change", {"input_audio_sampling_rate": 8000}, {"session": {"input_audio_format": "g711_ulaw"}, "buffered_ms": 20}),
    ("input-audio-change", {"input_audio_format": None}, {"session": {"input_audio_format": "g711_ulaw"}, "buffered_ms": 20}),
    ("input-audio-change", {"input_audio_sampling_rate": 16000, "input_audio_echo_cancellation": STEREO}, {"buffered_ms": 20}),
    ("input-audio-change", {"input_audio_echo_cancellation": {}}, {"session": {"model": "m"}, "buffered_ms": 20}),
    ("echo-pairs", {"input_audio_echo_cancellation": STEREO}, {}),
    ("echo-pairs", {"input_audio_echo_cancellation": None}, {}),
    ("output-format", {"output_audio_format": "pcm16-16000hz"}, {}),
    ("output-format-spelling", {"output_audio_format": "pcm16_16000hz"}, {}),
    ("output-format-spelling", {"output_audio_format": "pcm16-16000hz"}, {"api_version": "2025-10-01"}),
    ("output-format-spelling", {"output_audio_format": "g711_ulaw"}, {"api_version": "2025-10-01"}),
    ("output-format-spelling", {"output_audio_format": "pcm16-fast"}, {}),
    ("output-format", {"output_audio_format": "G711-ulaw"}, {}),
    ("output-format-voice", {"output_audio_format": "g711-ulaw", "voice": "alloy"}, {}),
    ("input-rate-pcm16", {"input_audio_format": "g711-ulaw", "input_audio_sampling_rate": 16000}, {}),
    ("null-clears", {"turn_detection": None, "input_audio_transcription": None, "instructions": ""}, {}),
    ("temperature-range", {"temperature": 0.2}, {}),
    ("temperature-range", response(temperature=0.6), {}),
    ("temperature-disputed", {"temperature": 0.8}, {}),
    ("temperature-disputed", {"temperature": 9.5}, {}),
    ("temperature-disputed", {"temperature": "hot"}, {}),
    ("max-output-tokens", {"max_response_output_tokens": "inf"}, {}),
    ("max-output-tokens", response(max_output_tokens=4096), {}),
    ("response-token-key", {"max_response_output_tokens": 100}, {}),
    ("metadata-limits", {"metadata": {f"{number:064}": "v" * 512 for number in range(16)}}, {}),
    ("modalities-audio-alone", {"modalities": ["audio", "text"]}, {}),
    ("avatar-modalities", {"modalities": ALL_AVATAR, **avatar()}, {}),
    ("avatar-modalities", avatar(), {}),
    ("avatar-modalities", {"modalities": ALL_AVATAR}, {"session": {"avatar": LISA}}),
    ("avatar-modalities", {"modalities": ["text"]}, {"session": {"avatar": None}}),
    ("voice-on-text-session", {"voice": "alloy", "modalities": ["text", "audio"]}, {"session": {"modalities": ["text"]}}),
    ("voice-on-text-session", {"voice": "alloy"}, {}),
    ("photo-avatar-model", avatar(type="photo-avatar", model="vasa-1"), {}),
    ("avatar-codec", avatar(video={"codec": "h264"}), {}),
    ("avatar-background", avatar(video={"background": {"color": "#00FF00FF"}}), {}),
    ("avatar-background", avatar(video={"background": {"image_url": "u"}}), {}),
    ("phrase-list-length", {"input_audio_transcription": {"model": "azure-speech", "phrase_list": ["w"] * 499}}, {}),
    ("transcription-options", {"input_audio_transcription": {"model": "azure-speech", "phrase_list": ["w"]}}, {}),
    ("transcription-options", {"input_audio_transcription": {"model": "whisper-1", "prompt": "ferries"}}, {}),
    ("end-of-utterance-keys", eou(timeout_ms=2000), {}),
    ("turn-detection-none", {"turn_detection": None}, {}),
    ("interim-response-spelling", {"interim_response": {"type": "llm_interim_response"}}, {}),
    ("interim-response-threshold", {"interim_response": {"type": "llm_interim_response", "latency_threshold_ms": 900}}, {}),
    ("nested-function", tool(name="f", parameters={"type": "object"}), {}),
    ("nested-function", {"tools": ["f"]}, {}),
    ("api-version-v1", response(), {"api_version": "2026-07-15"}),
    ("api-version", {"parallel_tool_calls": False, "voice": NATIVE}, {"api_version": "2026-06-01-preview"}),
    ("api-version", {"voice": "alloy"}, {"api_version": "2025-05-01-preview"}),
    ("api-version", {"parallel_tool_calls": False}, {}),
    ("api-version", {"parallel_tool_calls": False}, {"api_version": "v1"}),
    ("pre-release", tool(name="f"), {}),
    ("undocumented-event", COMMIT, {}),
    ("truncate-content-index", truncate(), {}),
    ("truncate-content-index", {"type": "input_text.delta", "id": "i", "delta": "d", "content_index": 1}, {}),
    ("truncate-at-zero", truncate(), {}),
    ("truncate-past-end", truncate(item_id="a", audio_end_ms=1000), {"connection": talked()}),
    ("truncate-past-end", truncate(item_id="a", audio_end_ms=1001), {}),
    ("truncate-past-end", truncate(item_id="b", audio_end_ms=1001), {"connection": talked()}),
    ("truncate-past-end", truncate(item_id="a", audio_end_ms=1001), {"connection": talked(finished=False)}),
    ("truncate-past-end", truncate(item_id="a", audio_end_ms=1001), {"connection": talked(output_audio_format="opus")}),
    ("truncate-past-end", truncate(item_id=5, audio_end_ms="all"), {"connection": talked()}),
    ("truncate-past-end", truncate(item_id="a", audio_end_ms="all"), {"connection": talked()}),
    ("voice-change", {"voice": "echo"}, {"connection": talked(voice={"type": "openai", "name": "echo"})}),
    ("voice-change", {"voice": "echo"}, {"connection": talked(voice="alloy", audio_ms=0)}),
    ("voice-change", {"voice": "echo"}, {"connection": talked()}),
    ("voice-change", {"voice": "echo"}, {"session": {"voice": "alloy"}}),
    ("voice-change", {"voice": "echo"}, {"connection": talked({"voice": "echo"}, voice="alloy")}),
    ("voice-change", {"voice": ["echo"]}, {"connection": talked(voice="alloy")}),
    ("voice-change", response(voice="echo"), {"connection": talked(voice="alloy")}),
    ("input-audio-change", {"input_audio_format": "g711_ulaw"}, {"connection": talked({"input_audio_format": "g711_ulaw"})}),
    ("input-audio-change", {"input_audio_format": "g711_ulaw"}, {"connection": Connection(CLIENT)}),
    ("commit-too-short", COMMIT, {"connection": talked(input_audio_format="opus")}),
    ("commit-too-short", COMMIT, {"connection": appended(48000, 4800)}),
    ("commit-too-short", COMMIT, {"connection": appended(4800)}),
    ("input-audio-change", {"input_audio_echo_cancellation": None}, {"connection": appended(4800)}),
    ("truncate-at-zero", truncate(item_id="a", audio_end_ms=0), {"connection": talked()}),
    ("truncate-at-zero", truncate(item_id="a", audio_end_ms=0), {"connection": talked(finished=False)}),
    ("avatar-modalities", response(modalities=["text"]), {"session": {"avatar": LISA, "modalities": ALL_AVATAR}}),
    ("avatar-connect-needs-avatar", {"type": "session.avatar.connect", "client_sdp": "dj0w"}, {"connection": talked({"avatar": LISA})}),
    (
        "avatar-connect-needs-avatar",
        {"type": "session.avatar.connect", "client_sdp": "dj0w"},
        {"connection": talked({"avatar": None}, avatar=LISA)},
    ),
    ("text-is-a-string", item(type="function_call_output", call_id="c", output="14:25"), {}),
    ("text-is-a-string", message("user", TEXT), {}),
    ("output-without-call", answer_to("c"), {"connection": called({"type": "conversation.item.created", "item": CALL})}),
    (
        "output-without-call",
        answer_to("c"),
        {"connection": called({"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": CALL})},
    ),
    ("output-without-call", answer_to("c"), {"connection": called(item(**CALL))}),
    ("output-without-call", answer_to("d"), {"connection": cut()}),
    ("output-without-call", answer_to("d"), {"connection": talked(agent={"type": "agent", "name": "harbour"})}),
    ("output-without-call", answer_to("d"), {"connection": Connection(CLIENT)}),
    ("output-without-call", answer_to(["d"]), {"connection": talked()}),
    ("output-without-call", answer_to("d"), {}),
    ("part-for-role", message("user", TEXT, AUDIO), {}),
    ("part-for-role", message("assistant", SPOKEN, {"type": "output_text", "text": "x"}), {}),
    ("part-for-role", message("narrator", SPOKEN), {}),
    ("part-for-role", message("user", "hello"), {}),
    ("spoken-as-given", response(pre_generated_assistant_message={"type": "message", "role": "assistant", "content": [SPOKEN]}), {}),
    ("input-image-key", image("image_url"), {"api_version": "2026-07-15"}),
    ("input-image-key", image("url"), {"api_version": "2025-10-01"}),
    ("input-image-key", image("url"), {}),
    ("output-clear-needs-avatar", {"type": "output_audio_buffer.clear"}, {"session": {"avatar": LISA}}),
    ("output-clear-needs-avatar", {"type": "output_audio_buffer.clear"}, {}),
    ("avatar-connect-needs-avatar", {"type": "session.avatar.connect", "client_sdp": "dj0w"}, {"session": {"avatar": LISA}}),
    ("avatar-sdp-base64", {"type": "session.avatar.connect", "client_sdp": "dj0wDQo="}, {}),
    ("wrong-type", {"instructions": "text", "turn_detection": None, "temperature": 1}, {}),
    ("unknown-event", COMMIT, {}),
    ("unknown-kind", {"turn_detection": {"type": "semantic_vad"}, "voice": NATIVE}, {}),
    ("unknown-kind", image("image_url"), {}),
    ("unknown-key", {"input_audio_transcription": {"model": "whisper-1", "prompt": "documented, and not in the SDK"}}, {}),
    ("unknown-key", {"turn_detection": {"type": "semantic_vad", "eagerness": "auto"}}, {}),
    ("missing-key", {"input_audio_echo_cancellation": {}}, {}),
    ("unknown-value", {"modalities": ["text", "audio", "animation"], "tool_choice": {"type": "function", "name": "f"}}, {}),
    ("out-of-range", {"turn_detection": {"type": "server_vad", "threshold": 1}, **avatar(scene={"amplitude": 1})}, {}),
    ("out-of-range", {"turn_detection": {"type": "server_vad", "threshold": None}}, {}),
    ("wrong-length", {"voice": AVA, **avatar(video={"crop": {"top_left": [0, 0], "bottom_right": [9, 9]}})}, {}),
]


def paths(found, rule_id):
    return [finding.path for finding in found if finding.rule == rule_id]


def numbered(cases):
    return [f"{case[0]}-{number}" for number, case in enumerate(cases)]


@pytest.mark.parametrize(("rule_id", "subject", "known", "path"), FOUND, ids=numbered(FOUND))
def test_found(rule_id, subject, known, path):
    found = lint(subject, **known)
    assert paths(found, rule_id) == [path]
    finding = next(finding for finding in found if finding.rule == rule_id)
    rule = BY_ID[rule_id]
    assert (finding.severity, finding.source) == (rule.severity, rule.source)
    assert finding.message[-1] != "."
    assert str(finding) == f"{rule.severity}: {path}: {finding.message} [{rule_id}; {rule.source}]"
    assert paths(lint(subject, **known, ignore=[rule_id]), rule_id) == []


@pytest.mark.parametrize(("rule_id", "subject", "known"), PASSED, ids=numbered(PASSED))
def test_passed(rule_id, subject, known):
    assert paths(lint(subject, **known), rule_id) == []


def test_every_rule_has_cases_of_both_kinds():
    assert {case[0] for case in FOUND} == {case[0] for case in PASSED} == BY_ID.keys()


def test_the_table_is_ordered_unique_and_complete():
    assert len(BY_ID) == len(RULES)
    modules = [vars(module) for name, module in vars(package).items() if name.endswith("_rules")]
    written = {rule.id for names in modules for rule in names.values() if isinstance(rule, package.Rule)}
    assert written == BY_ID.keys()
    for rule in RULES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
        assert rule.severity in ("error", "warning", "info")
        assert re.fullmatch(r"[^\n|]+[.\"]+", rule.summary), rule.summary
        assert re.fullmatch(r"[^\n|]+", rule.source)


def test_rules_and_findings_are_frozen():
    finding = Finding("r", "info", "$", "m", "s")
    with pytest.raises(FrozenInstanceError):
        finding.path = "x"
    with pytest.raises(FrozenInstanceError):
        RULES[0].severity = "info"


def test_the_page_of_the_rules_is_up_to_date():
    script = runpy.run_path(str(ROOT / "docs" / "make_lint_table.py"))
    assert script["PAGE"].read_text(encoding="utf-8") == script["page"](), "run: python docs/make_lint_table.py"


# What may be judged


def test_settings_alone_and_in_their_event_are_the_same():
    session = RequestSession(modalities=["audio"], temperature=9)
    forms = [session, SessionUpdate(session=session), session.as_dict(), {"type": "session.update", "session": session}]
    assert len({tuple(map(str, lint(form))) for form in forms}) == 1
    assert [finding.rule for finding in lint(session)] == ["temperature-range", "modalities-audio-alone"]


def test_response_settings_alone_and_in_their_event_are_the_same():
    params = ResponseCreateParams(max_output_tokens=0, instructions="Be brief.")
    forms = [params, ResponseCreate(response=params), params.as_dict(), {"type": "response.create", "response": params}]
    assert len({tuple(map(str, lint(form))) for form in forms}) == 1
    assert [finding.path for finding in lint(params)] == ["response.max_output_tokens"]


@pytest.mark.parametrize("known", [{"voice": "alloy"}, RequestSession(voice="alloy"), ResponseSession(voice=OpenAIVoice(name="alloy"))])
def test_settings_in_force_may_be_a_model_or_a_mapping(known):
    assert paths(lint({"output_audio_timestamp_types": ["word"]}, session=known), "azure-voice-features")


def test_what_is_given_goes_before_what_the_connection_knows():
    connection = talked(voice="alloy")
    assert lint(COMMIT, connection=connection, buffered_ms=100) == []
    assert paths(lint({"output_audio_timestamp_types": ["word"]}, connection=connection), "azure-voice-features")
    assert lint({"output_audio_timestamp_types": ["word"]}, connection=connection, session={"voice": AVA}) == []


def test_a_connection_that_keeps_no_state_is_not_asked():
    connection = Connection(CLIENT, track=False)
    connection.send_audio(bytes(960))
    assert lint({"type": "input_audio_buffer.commit"}, connection=connection) == []


def test_an_append_is_judged_as_the_connection_judges_it():
    connection = Connection(CLIENT)
    connection.send({"type": "session.update", "session": {"input_audio_format": "g711_ulaw"}})
    append = {"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(161)).decode()}
    assert lint(append, connection=connection) == []
    connection.send(append)


def test_before_the_session_is_reported_a_connection_tells_nothing_of_it():
    connection = Connection(CLIENT)
    connection.send({"type": "session.update", "session": {"voice": "alloy"}})
    assert lint({"type": "session.avatar.connect", "client_sdp": "dj0w"}, connection=connection) == []


def test_a_voice_that_was_heard_long_ago_counts_as_long_as_its_item_is_there():
    connection = talked(voice="alloy")
    for number in range(200):
        connection.receive(json.dumps({"type": "response.created", "response": {"id": f"r{number}"}}))
        connection.receive(json.dumps({"type": "response.done", "response": {"id": f"r{number}", "status": "completed"}}))
    assert paths(lint({"voice": "echo"}, connection=connection), "voice-change") == ["session.voice"]


def test_models_inside_plain_mappings_and_the_other_way_round():
    built = RequestSession(
        voice={"type": "azure-standard", "name": "", "pich": "+1st"},
        turn_detection=AzureSemanticVad(end_of_utterance_detection=AzureSemanticDetection(timeout_ms=-1)),
        tools=[FunctionTool(name="f"), {"type": "function", "function": {"name": "g"}}],
        modalities=[enums.Modality.TEXT, enums.Modality.AUDIO],
        reasoning_effort=enums.ReasoningEffort.LOW,
    )
    found = {(finding.rule, finding.path) for finding in lint({"type": "session.update", "session": built})}
    assert found == {
        ("nested-function", "session.tools[1].function"),
        ("unknown-key", "session.voice.pich"),
        ("missing-key", "session.tools[1].name"),
        ("wrong-length", "session.voice.name"),
        ("out-of-range", "session.turn_detection.end_of_utterance_detection.timeout_ms"),
    }


def test_a_finding_names_enum_members_by_their_value():
    found = lint(RequestSession(modalities=[enums.Modality.AVATAR, enums.Modality.TEXT]))
    assert "'text'" in found[0].message
    assert "Modality." not in str(found)


def test_a_useful_session_has_no_findings():
    session = RequestSession(
        modalities=["text", "audio"],
        instructions="You are the harbour desk.",
        voice=AzureStandardVoice(name="en-US-AvaNeural", temperature=0.8),
        input_audio_format="pcm16",
        input_audio_sampling_rate=16000,
        output_audio_format="pcm16",
        turn_detection=ServerVad(threshold=0.5, silence_duration_ms=500),
        input_audio_echo_cancellation=AudioEchoCancellation(),
        input_audio_transcription={"model": "azure-speech", "phrase_list": ["Gull Island"]},
        output_audio_timestamp_types=["word"],
        tools=[FunctionTool(name="lookup_ferry", parameters={"type": "object", "properties": {}})],
        temperature=0.8,
        max_response_output_tokens="inf",
    )
    assert lint(session, model="gpt-4.1", api_version="2025-10-01", session={"model": "gpt-4.1"}) == []


@pytest.mark.parametrize("nothing", [SessionCreated(session=ResponseSession()), UserMessageItem(content=[]), "session.update", None, [1]])
def test_what_no_client_sends_is_a_type_error(nothing):
    with pytest.raises(TypeError, match=f"not {type(nothing).__name__}"):
        lint(nothing)


def test_a_connection_of_the_facade_is_told_from_the_core():
    for taker in (lambda given: lint({}, connection=given), resume_plan):
        with pytest.raises(TypeError, match=r"a voicelive_proto.Connection, not object; of one of connect\(\) give connection.core"):
            taker(object())


def test_ignore_takes_only_rules_that_exist():
    with pytest.raises(ValueError, match=r"unknown rule 'nonsense'; voicelive_proto.lint.RULES has them all"):
        lint({}, ignore=["nonsense"])
    with pytest.raises(ValueError, match="unknown rule 'nested-functions'; did you mean 'nested-function'"):
        lint({}, ignore=["nested-functions"])
    with pytest.raises(TypeError, match="'nested-function'"):
        lint({}, ignore="nested-function")


def test_a_mapping_with_a_type_that_is_no_text_is_judged_as_settings():
    assert paths(lint({"type": 5, "modalities": ["audio"]}), "unknown-key") == ["session.type"]


# Messages


@pytest.mark.parametrize(
    ("subject", "path", "words"),
    [
        ({"turn_detecton": None}, "session.turn_detecton", "did you mean 'turn_detection'?"),
        ({"turnDetection": None}, "session.turnDetection", "did you mean 'turn_detection'?"),
        (
            {"max_output_tokens": 5, "voice": "alloy", "model": "m"},
            "session.max_output_tokens",
            "did you mean 'max_response_output_tokens'?",
        ),
        ({"zzz": 1}, "session.zzz", "unknown key"),
        ({"type": "response.crate"}, "type", "did you mean 'response.create'?"),
        ({"type": "zzz"}, "type", "'zzz' is no known event"),
        ({"type": "response.done"}, "type", "is sent by the service"),
        ({"turn_detection": {"type": "server-vad"}}, "session.turn_detection.type", "did you mean 'server_vad'?"),
        ({"voice": {"type": "zzz"}}, "session.voice.type", "azure-custom, azure-personal, azure-standard, openai, azure-realtime-native"),
        ({"modalities": ["Text"]}, "session.modalities[0]", "did you mean 'text'?"),
        ({"reasoning_effort": "zzz"}, "session.reasoning_effort", "known are none, minimal, low"),
        ({"turn_detection": {"type": "server_vad", "threshold": 2}}, "session.turn_detection.threshold", "at least 0 and at most 1"),
        (avatar(video={"resolution": {"width": 0, "height": 9}}), "session.avatar.video.resolution.width", "must be more than 0"),
        (
            avatar(video={"crop": {"top_left": [], "bottom_right": [9, 9]}}),
            "session.avatar.video.crop.top_left",
            "is empty; its length must be 2",
        ),
        ({"voice": {"type": "azure-standard", "name": ""}}, "session.voice.name", "its length must be 1 or more"),
        ({"temperature": 0.2}, "session.temperature", "allowed by the SDK (0.0 to 1.0) and not by the reference"),
        ({"temperature": 1.1}, "session.temperature", "allowed by the reference (0.6 to 1.2) and not by the SDK"),
        ({"temperature": 1.3}, "session.temperature", "0.6 to 1.2 (reference) or 0.0 to 1.0 (SDK)"),
        (response(temperature=1.3), "response.temperature", "0.6 to 1.2 (reference)"),
        ({"output_audio_format": "g711-ulaw"}, "session.output_audio_format", "writes 'g711_ulaw'"),
        ({"output_audio_format": "PCM16-16000HZ"}, "session.output_audio_format", "writes 'pcm16_16000hz'"),
        ({"input_audio_format": "g711-alaw"}, "session.input_audio_format", "write 'g711_alaw'"),
        ({"input_audio_format": "pcm16-16000hz"}, "session.input_audio_format", "use pcm16 with input_audio_sampling_rate"),
        (response(output_audio_format="opus"), "response.output_audio_format", "pcm16_16000hz, g711_ulaw"),
        ({"tools": [5]}, "session.tools[0]", "expected an object, got number"),
    ],
)
def test_message(subject, path, words):
    (found,) = [finding for finding in lint(subject) if finding.path == path]
    assert words in found.message


@pytest.mark.parametrize(
    ("in_force", "words"),
    [
        ({"input_audio_format": "pcm16", "input_audio_sampling_rate": 16000}, "it is 'pcm16' at 16000 Hz"),
        ({"input_audio_format": "pcm16", "input_audio_sampling_rate": None}, "it is 'pcm16' at 24000 Hz"),
        ({"input_audio_format": "opus", "input_audio_sampling_rate": None}, "it is 'opus':"),
    ],
)
def test_a_change_of_the_input_says_what_it_is_now(in_force, words):
    (found,) = lint({"input_audio_format": "g711_ulaw"}, session=in_force, buffered_ms=20)
    assert words in found.message


def test_every_wrong_type_is_found_and_does_not_hide_the_rest():
    found = lint(
        {
            "instructions": 5,
            "temperature": "hot",
            "modalities": "text",
            "tools": [{"type": "function", "name": 1, "descripton": "d"}, {"type": "mcp", "server_label": "m", "server_url": []}],
            "turn_detecton": None,
        }
    )
    assert {(finding.rule, finding.path) for finding in found} == {
        ("wrong-type", "session.instructions"),
        ("wrong-type", "session.temperature"),
        ("wrong-type", "session.modalities"),
        ("wrong-type", "session.tools[0].name"),
        ("wrong-type", "session.tools[1].server_url"),
        ("unknown-key", "session.tools[0].descripton"),
        ("unknown-key", "session.turn_detecton"),
    }


def test_a_general_rule_is_silent_where_a_particular_one_has_spoken_and_speaks_when_that_is_ignored():
    subject = {"interim_response": {"type": "static-interim-response"}}
    assert [finding.rule for finding in lint(subject)] == ["interim-response-spelling"]
    assert [finding.rule for finding in lint(subject, ignore=["interim-response-spelling"])] == ["unknown-kind"]


def test_no_finding_shows_a_secret():
    secret = "s3cr3t-value"
    server = {"type": "mcp", "server_label": 5, "server_url": "u", "authorization": [secret], "headers": {"X-Key": {"k": secret}}}
    ice = {"urls": 5, "username": [secret], "credential": [secret]}
    found = lint({"tools": [server], **avatar(ice_servers=[ice])})
    assert len(found) > 4
    assert secret not in str(found)
    assert lint(RequestSession(tools=[MCPServer(server_label="m", server_url="u", authorization=secret)])) == []


def test_a_subject_is_not_changed():
    subject = {"tools": [{"type": "function", "name": 5}], "modalities": ["audio"], "turn_detecton": 1}
    before = json.dumps(subject)
    lint(subject)
    assert json.dumps(subject) == before


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_have_is_judged_by_nothing_else(value):
    (found,) = lint({"temperature": value, "modalities": ["text"]}, model="gpt-5")
    words = f"{value} has no form in JSON: an event has null in its place, a mapping is refused"
    assert str(found).startswith(f"error: session.temperature: {words} [json-form; RFC 8259")
    settings = {"temperature": value}
    assert json.loads(Connection(CLIENT).send(SessionUpdate(session=RequestSession(**settings))))["session"] == {"temperature": None}
    with pytest.raises(LocalProtocolError, match="expected a finite number"):
        Connection(CLIENT).send({"type": "session.update", "session": settings})


def test_the_depth_that_is_found_is_the_one_that_is_not_sent():
    fits, too_deep = (SessionUpdate(session=tool(name="f", parameters={"a": nested(levels)})) for levels in (95, 96))
    assert lint(fits) == []
    Connection(CLIENT).send(fits)
    assert [finding.rule for finding in lint(too_deep)] == ["json-form"]
    with pytest.raises(LocalProtocolError, match="nested more than 100 objects and arrays deep"):
        Connection(CLIENT).send(too_deep)


def test_what_contains_itself_is_found_there():
    cyclic = {"type": "object"}
    cyclic["properties"] = {"a": cyclic, "b": [cyclic, cyclic]}
    found = lint(tool(name="f", parameters=cyclic), session={"tools": cyclic})
    assert [(finding.rule, finding.path.removeprefix("session.tools[0].parameters.")) for finding in found] == [
        ("json-form", "properties.a"),
        ("json-form", "properties.b[0]"),
        ("json-form", "properties.b[1]"),
    ]
    cyclic["session"] = cyclic
    assert paths(lint(cyclic), "json-form")


def test_the_same_value_in_two_places_is_no_cycle():
    schema = {"type": "object"}
    assert lint(tool(name="f", parameters={"a": schema, "b": {"c": schema}})) == []


KEYS = sorted(
    {key for cls in [*CLIENT_EVENTS.values(), *SETTINGS] for key in cls.__struct_encode_fields__} | {"type", "function", "a.b", ""}
)
WORDS = sorted({*CLIENT_EVENTS, "server_vad", "message", "user", "input_text", "azure-standard", "static_interim_response", "pcm16-8000hz"})
SCALARS = st.none() | st.booleans() | st.integers(-5, 50_000) | st.floats() | st.text(max_size=5) | st.binary(max_size=3)
ODD = st.sampled_from([-(10**400), "\ud800", {1}, object(), nested(200), 2.5j])
LEAVES = SCALARS | ODD | st.sampled_from(WORDS)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5))
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)
EVENTS = st.sampled_from(sorted(CLIENT_EVENTS)).flatmap(
    lambda name: st.fixed_dictionaries({"type": st.just(name), "session": OBJECTS, "response": OBJECTS, "item": OBJECTS})
)


@given(
    subject=EVENTS | OBJECTS,
    session=st.none() | OBJECTS,
    model=st.sampled_from([None, "gpt-realtime", "gpt-4o", "gpt-5", "azure-realtime", "ours"]),
    api_version=st.sampled_from([None, "2025-10-01", "2026-07-15", "v1", "latest"]),
)
@settings(max_examples=150)
def test_whatever_is_judged_only_findings_come_out(subject, session, model, api_version):
    for finding in lint(subject, session=session, model=model, api_version=api_version, buffered_ms=50):
        assert BY_ID[finding.rule].severity == finding.severity
        assert finding.message


# The corpus

WITHOUT_LISTED = {
    "full": "every declared key at once: settings that exclude each other stand side by side",
    "avatar:video-full": "colour and image of the background at once",
    "audio:1-bytes": "half a sample, for the codec's sake",
    "audio:3-bytes": "half a sample, for the codec's sake",
}


@pytest.mark.parametrize("line", [line for line in all_messages() if line["direction"] == "client"], ids=lambda line: line["variant"])
def test_the_corpus_has_no_errors_but_those_listed(line):
    errors = [str(finding) for finding in lint(line["message"]) if finding.severity == "error"]
    assert not errors or line["variant"] in WITHOUT_LISTED


def test_each_listed_message_of_the_corpus_has_errors():
    with_errors = {
        line["variant"]
        for line in all_messages()
        if line["direction"] == "client" and any(finding.severity == "error" for finding in lint(line["message"]))
    }
    assert with_errors == WITHOUT_LISTED.keys()


FORESEEN = {
    "interruption_client_truncates": ["truncate-past-end"],  # the audio is cut short for brevity
    "manual_commit": ["commit-too-short", "commit-too-short"],  # the audio is cut short for brevity; then an empty buffer, which is refused
    "transcription_failed": ["commit-too-short"],  # the audio is cut short for brevity
}


@pytest.mark.parametrize("name", scenarios())
def test_the_dialogues_have_no_errors_but_those_listed(name):
    connection = Connection(CLIENT)
    errors = []
    for direction, sent in dialogue(name):
        if direction == "server":
            connection.receive(json.dumps(sent))
            continue
        found = lint(sent, api_version="2026-07-15", connection=connection)
        errors += [finding.rule for finding in found if finding.severity == "error"]
        connection.send(sent)
    assert errors == FORESEEN.get(name, [])


# The tables against the facts files

MODEL_FACTS = {fact["class"]: fact for fact in facts("models")["models"] + facts("models")["beta_only_models"]}
EVENT_FACTS = {fact["type"]: fact for fact in facts("events")["events"] if fact["direction"] == "client"}
SENT = {name: fact for name, fact in MODEL_FACTS.items() if fact.get("direction", "client") in ("client", "both")}


def by_name(table):
    return {cls.__name__: row for cls, row in table.items()}


def test_the_api_versions_are_those_of_the_facts():
    reached_by_key = {"Scene", "InterimResponseConfigBase", "LlmInterimResponseConfig", "StaticInterimResponseConfig"}
    expected = {
        name: fact["api_version_since"] for name, fact in SENT.items() if "api_version_since" in fact and name not in reached_by_key
    }
    for event_type, fact in EVENT_FACTS.items():
        if "api_version_since" in fact:
            expected[CLIENT_EVENTS[event_type].__name__] = fact["api_version_since"]
    assert by_name(MODEL_SINCE) == expected

    keys = {
        name: {field["name"]: field["api_version_since"] for field in fact["fields"] if "api_version_since" in field}
        for name, fact in SENT.items()
    }
    assert by_name(KEY_SINCE) == {name: since for name, since in keys.items() if since}


def test_the_values_new_in_a_version_are_those_of_the_facts():
    members = {fact["enum"]: fact["members"] for fact in facts("enums")["enums"]}
    voices, models = (
        {member["value"]: member["api_version_since"] for member in members[name] if "api_version_since" in member}
        for name in ("OpenAIVoiceName", "PersonalVoiceModels")
    )
    assert by_name(VALUE_SINCE) == {
        "OpenAIVoice": {"name": voices},
        "RequestSession": {"voice": voices},
        "ResponseCreateParams": {"voice": voices},
        "AzurePersonalVoice": {"model": models},
    }


def test_pre_releases_and_undocumented_events_are_those_of_the_facts():
    found = {cls.__name__ for cls in PRE_RELEASE}
    assert found <= {fact["class"] for fact in facts("models")["beta_only_models"]} | {"RtcCallSdpCreate"}
    outside = {event_type for event_type, fact in EVENT_FACTS.items() if not fact["in_sdk_1_3_1"]}
    assert outside == UNDOCUMENTED.keys() | {"rtc.call.sdp.create"}


def limits_of(facts_by_class):
    return {
        (name, field["name"]): field["limits"] for name, fact in facts_by_class.items() for field in fact["fields"] if field.get("limits")
    }


def descendants(cls):
    """The class and all that derive from it."""
    return [cls, *(found for sub in cls.__subclasses__() for found in descendants(sub))]


def covered(table):
    """Class and key of each row, with the subclasses to which the row applies."""
    classes = {cls: {sub for sub in descendants(cls) if sub.__name__ in {**SENT, **events_by_class()}} for cls in table}
    return {(sub.__name__, key): row for cls, keys in table.items() for sub in classes[cls] for key, row in keys.items()}


def events_by_class():
    return {CLIENT_EVENTS[event_type].__name__: fact for event_type, fact in EVENT_FACTS.items()}


def test_every_limit_of_the_facts_is_judged():
    limits = limits_of(SENT) | limits_of(events_by_class())
    by_a_rule_of_their_own = {
        ("AudioEchoCancellation", "reference_source"),
        ("AudioEchoCancellation", "channels"),
        ("AudioInputTranscriptionOptions", "phrase_list"),
        ("Background", "color"),
        ("ConversationItemTruncate", "content_index"),
        ("InputAudioBufferAppend", "audio"),
        *((name, key) for name in ("RequestSession", "ResponseCreateParams") for key in ("temperature", "metadata")),
        ("RequestSession", "input_audio_sampling_rate"),
        ("RequestSession", "max_response_output_tokens"),
        ("ResponseCreateParams", "max_output_tokens"),
    }
    ranges, lengths = covered(LIMITS), covered(LENGTHS)
    judged = {place: limit for place, limit in limits.items() if place not in by_a_rule_of_their_own}
    assert by_a_rule_of_their_own <= limits.keys()
    for place, limit in judged.items():
        least = limit.get("minimum", limit.get("exclusive_minimum", limit.get("item_minimum")))
        if least is not None:
            low = {"-pi": -3.141592653589793}.get(least, least)
            high = {"pi": 3.141592653589793}.get(limit.get("maximum"), limit.get("maximum", float("inf")))
            assert (ranges[place].low, ranges[place].high, ranges[place].above) == (low, high, "exclusive_minimum" in limit), place
        shortest = limit.get("min_length", limit.get("min_items"))
        if shortest is not None:
            assert lengths[place].low == shortest
            assert lengths[place].high == limit.get("max_items", float("inf"))
    assert ranges.keys() | lengths.keys() >= judged.keys()


def test_every_open_set_that_clients_send_is_judged():
    judged_elsewhere = {"input_audio_format", "output_audio_format", "voice"}
    rows = by_name(KNOWN_VALUES)
    rows |= {sub.__name__: row for cls, row in KNOWN_VALUES.items() for sub in descendants(cls) if sub.__name__ in SENT}
    for name, fact in SENT.items():
        for field in fact["fields"]:
            of_enum = re.search(r"\benum (\w+)", field["type"])
            if of_enum and hasattr(enums, of_enum[1]) and not field.get("discriminator") and field["name"] not in judged_elsewhere:
                assert set(rows[name][field["name"]]) == set(getattr(enums, of_enum[1])), (name, field["name"])


def test_transcription_models_are_those_of_the_facts():
    (field,) = [field for field in MODEL_FACTS["AudioInputTranscriptionOptions"]["fields"] if field["name"] == "model"]
    known = re.findall(r'"([\w.-]+)"', field["type"]) + field["values_seen_elsewhere"]
    assert set(TRANSCRIPTION_MODELS) == set(known)
