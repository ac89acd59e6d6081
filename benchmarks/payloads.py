"""Frames to measure with: seeded, of the sizes and key order that the service sends (event_id before type is also seen)."""

import base64
import json
import random

PCM_BYTES_PER_MS = 48
"""pcm16 at 24 kHz."""

RESPONSE_ID = "resp_DqRk3zVJ8lTq0JHbYp2Vx"
_IDS = {"event_id": "event_DqRk3zVJ8lTq0JHbYp2Vx", "response_id": RESPONSE_ID, "item_id": "item_DqRk3zVJ8lTq0JHbYp2Vx"}


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


def turn() -> list[bytes]:
    """One spoken turn: 2 s of 100 ms audio deltas among transcript deltas, and what stands around them."""
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
        _event("input_audio_buffer.speech_started", audio_start_ms=640, item_id="item_q"),
        _event("input_audio_buffer.speech_stopped", audio_end_ms=2180, item_id="item_q"),
        _event("input_audio_buffer.committed", previous_item_id=None, item_id="item_q"),
        _event("response.created", response={"id": RESPONSE_ID, "status": "in_progress", "output": []}),
        _event("response.output_item.added", response_id=RESPONSE_ID, output_index=0, item=message),
        _event("conversation.item.created", previous_item_id="item_q", item=message),
        _event("response.content_part.added", **content, part={"type": "audio", "transcript": ""}),
    ]
    for _ in range(20):
        frames += [transcript_delta(), audio_delta(100)]
    frames += [
        _part("response.audio.done"),
        _part("response.audio_transcript.done", transcript=" the next" * 20),
        _event("response.content_part.done", **content, part={"type": "audio", "transcript": " the next" * 20}),
        _event("response.output_item.done", response_id=RESPONSE_ID, output_index=0, item=message | {"status": "completed"}),
        response_done(),
    ]
    return frames
