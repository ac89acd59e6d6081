"""Frames to measure with: seeded, of the sizes and key order that the service sends (event_id before type is also seen)."""

import base64
import json
import random

PCM_BYTES_PER_MS = 48
"""pcm16 at 24 kHz."""

RESPONSE_ID = "resp_DqRk3zVJ8lTq0JHbYp2Vx"
EVENT_ID = "event_DqRk3zVJ8lTq0JHbYp2Vx"
_IDS = {"event_id": EVENT_ID, "response_id": RESPONSE_ID, "item_id": "item_DqRk3zVJ8lTq0JHbYp2Vx"}


QUESTION = "When is the next ferry?"

ASKED_ID = "item_q0000"
"""The user's item."""

IDS_WITHIN = 600
"""The ids of an event stand within so many bytes."""

TURN_START = 7
"""So many frames of a turn come before its first delta."""


def pcm(duration_ms: int) -> bytes:
    """Noise of that length, the same in every process."""
    return random.Random(duration_ms).randbytes(duration_ms * PCM_BYTES_PER_MS)


def _event(kind: str, **fields: object) -> bytes:
    message = {"event_id": _IDS["event_id"], "type": kind, **fields}
    return json.dumps(message, separators=(",", ":")).encode()


def _part(kind: str, **fields: object) -> bytes:
    return _event(kind, response_id=RESPONSE_ID, item_id=_IDS["item_id"], output_index=0, content_index=0, **fields)


def audio_delta(duration_ms: int) -> bytes:
    """One ``response.audio.delta``."""
    return _part("response.audio.delta", delta=base64.b64encode(pcm(duration_ms)).decode())


def audio_delta_spellings() -> dict[str, bytes]:
    """The 100 ms delta in other legal spellings: spaces, escaped slashes, the delta first."""
    frame = audio_delta(100)
    message = json.loads(frame)
    delta_first = {"delta": message["delta"], **message}
    return {
        "spaced": json.dumps(message).encode(),
        "escaped": frame.replace(b"/", b"\\/"),
        "delta first": json.dumps(delta_first, separators=(",", ":")).encode(),
    }


def small_deltas() -> dict[str, bytes]:
    """The small events that come most often."""
    call = {"response_id": RESPONSE_ID, "item_id": _IDS["item_id"], "output_index": 0, "call_id": "call_1"}
    return {
        "transcript.delta": transcript_delta(),
        "viseme.delta": _part("response.animation_viseme.delta", audio_offset_ms=120, viseme_id=7),
        "function_call_arguments.delta": _event("response.function_call_arguments.delta", **call, delta='{"to'),
    }


def blendshapes_delta() -> bytes:
    """Six frames of 55 weights."""
    noise = random.Random(6)
    frames = [[round(noise.random(), 4) for _ in range(55)] for _ in range(6)]
    return _part("response.animation_blendshapes.delta", frames=frames, frame_index=12)


def session_settings() -> dict[str, object]:
    """A full set of session settings, as a client asks for them."""
    parameters = {"type": "object", "properties": {"to": {"type": "string"}, "after": {"type": "string"}}, "required": ["to"]}
    return {
        "modalities": ["text", "audio"],
        "instructions": "You help travellers at the harbour. Answer in one sentence.",
        "voice": {"type": "azure-standard", "name": "en-US-AvaNeural", "temperature": 0.8},
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_sampling_rate": 24000,
        "turn_detection": {
            "type": "azure_semantic_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 500,
            "end_of_utterance_detection": {"model": "semantic_detection_v1", "threshold_level": "medium", "timeout_ms": 1000},
        },
        "input_audio_noise_reduction": {"type": "azure_deep_noise_suppression"},
        "input_audio_echo_cancellation": {"type": "server_echo_cancellation"},
        "input_audio_transcription": {"model": "azure-speech", "language": "en-US"},
        "tools": [{"type": "function", "name": "next_ferry", "description": "Next departure.", "parameters": parameters}],
        "tool_choice": "auto",
        "temperature": 0.7,
        "max_response_output_tokens": 800,
    }


def session_created() -> bytes:
    """The service's report of such a session."""
    return _event("session.created", session={"id": "sess_1", "model": "gpt-realtime", **session_settings(), "expires_at": 1763850000})


def transcript_delta() -> bytes:
    """One ``response.audio_transcript.delta``."""
    return _part("response.audio_transcript.delta", delta=" the next")


def response_done() -> bytes:
    """A finished response with one spoken message and its usage."""
    item = {
        "id": _IDS["item_id"],
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "audio", "transcript": "The next ferry leaves at 14:25 from berth 3."}],
    }
    usage = {
        "total_tokens": 310,
        "input_tokens": 200,
        "output_tokens": 110,
        "input_token_details": {
            "cached_tokens": 64,
            "text_tokens": 120,
            "audio_tokens": 80,
            "image_tokens": 0,
            "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": 20, "audio_tokens": 90},
    }
    response = {
        "id": RESPONSE_ID,
        "object": "realtime.response",
        "status": "completed",
        "status_details": None,
        "output": [item],
        "usage": usage,
        "conversation_id": "conv_1",
        "modalities": ["audio", "text"],
        "voice": {"type": "openai", "name": "alloy"},
        "output_audio_format": "pcm16",
        "temperature": 0.8,
        "max_output_tokens": "inf",
    }
    return _event("response.done", response=response)


def turns(delta_ms: int, count: int, *, animated: bool = False) -> list[list[bytes]]:
    """Turns that differ in the ids of their response and items."""
    frames = turn(delta_ms, animated=animated)
    return [[renumbered(frame[:IDS_WITHIN], number) + frame[IDS_WITHIN:] for frame in frames] for number in range(count)]


def renumbered(frames: bytes, number: int) -> bytes:
    """The same frames with other ids of the response and its items, of the same length."""
    return frames.replace(b"VJ8lTq0", b"%07d" % number).replace(ASKED_ID.encode(), b"item_q%04d" % number)


def _animation(tenth: int) -> list[bytes]:
    """What comes beside the sound in one tenth of a second: 40 visemes, 15 words and 10 times six frames of blendshapes in 60."""
    frames = []
    if tenth % 3:
        frames.append(small_deltas()["viseme.delta"])
    if tenth % 4 == 0:
        word = {"audio_offset_ms": 100 * tenth, "audio_duration_ms": 240, "text": "ferry", "timestamp_type": "word"}
        frames.append(_part("response.audio_timestamp.delta", **word))
    if tenth % 6 == 0:
        frames.append(blendshapes_delta())
    return frames


def turn(delta_ms: int, *, animated: bool = False) -> list[bytes]:
    """One spoken turn: 6 s of audio in deltas of that length, a transcript delta for every 100 ms, and what stands around them.

    An animated one brings what a session gets that asks for word timestamps, visemes and blendshapes, too: 202 events at 100 ms, 442
    at 20 ms.
    """
    content = {"response_id": RESPONSE_ID, "item_id": _IDS["item_id"], "output_index": 0, "content_index": 0}
    message = {
        "id": _IDS["item_id"],
        "object": "realtime.item",
        "type": "message",
        "status": "in_progress",
        "role": "assistant",
        "content": [],
    }
    frames = [
        _event("input_audio_buffer.speech_started", audio_start_ms=640, item_id=ASKED_ID),
        _event("input_audio_buffer.speech_stopped", audio_end_ms=2180, item_id=ASKED_ID),
        _event("input_audio_buffer.committed", previous_item_id=None, item_id=ASKED_ID),
        _event("response.created", response={"id": RESPONSE_ID, "status": "in_progress", "output": []}),
        _event("response.output_item.added", response_id=RESPONSE_ID, output_index=0, item=message),
        _event("conversation.item.created", previous_item_id=ASKED_ID, item=message),
        _event("response.content_part.added", **content, part={"type": "audio", "transcript": ""}),
    ]
    audio = audio_delta(delta_ms)
    for tenth in range(60):
        frames += [transcript_delta(), *[audio] * (100 // delta_ms)]
        if animated:
            frames += _animation(tenth)
    if animated:
        item = message | {
            "id": ASKED_ID,
            "role": "user",
            "status": "completed",
            "content": [{"type": "input_audio", "transcript": QUESTION}],
        }
        frames.insert(3, _event("conversation.item.created", previous_item_id=None, item=item))
        frames.insert(0, _event("session.updated", session=json.loads(session_created())["session"]))
        ids = {"response_id": RESPONSE_ID, "item_id": _IDS["item_id"], "output_index": 0}
        frames += [_part("response.audio_timestamp.done"), _part("response.animation_viseme.done")]
        frames.append(_event("response.animation_blendshapes.done", **ids))
    part = {"type": "audio", "transcript": " the next" * 60}
    frames += [
        _part("response.audio.done"),
        _part("response.audio_transcript.done", transcript=" the next" * 60),
        _event("response.content_part.done", **content, part=part),
        _event(
            "response.output_item.done", response_id=RESPONSE_ID, output_index=0, item=message | {"status": "completed", "content": [part]}
        ),
        response_done(),
    ]
    return frames


def start() -> list[bytes]:
    """What comes before the first delta of a session."""
    return [session_created(), *turn(100)[:TURN_START]]
