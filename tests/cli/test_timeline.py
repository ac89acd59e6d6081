"""Rows of the timeline, out of the events themselves."""

import pytest

from voicelive.cli._timeline import RECEIVED, SENT, Row, Timeline
from voicelive.models import (
    AudioInputTranscriptionOptions,
    ClientEventInputAudioBufferAppend,
    ClientEventSessionUpdate,
    RequestSession,
    ServerEvent,
    ServerVad,
)

PLACE = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}


def server(event_type, **fields):
    return ServerEvent.from_dict({"type": event_type, **fields})


def append(length_ms):
    return ClientEventInputAudioBufferAppend(audio=bytes(48 * length_ms))


def rows(*entries, every_piece=False):
    written = []
    timeline = Timeline(written.append, bytes_per_ms=48, every_piece=every_piece)
    for entry in entries:
        timeline.add(*entry)
    timeline.flush()
    return written


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        (
            server("session.created", session={"id": "s", "model": "gpt-realtime", "voice": {"type": "openai", "name": "alloy"}}),
            "gpt-realtime, voice alloy",
        ),
        (
            ClientEventSessionUpdate(
                session=RequestSession(
                    voice="echo", turn_detection=ServerVad(), input_audio_transcription=AudioInputTranscriptionOptions(model="whisper-1")
                )
            ),
            "voice echo, turns by server_vad, transcription by whisper-1",
        ),
        (server("input_audio_buffer.speech_started", audio_start_ms=640, item_id="i"), "at 640 ms of audio"),
        (server("input_audio_buffer.speech_stopped", audio_end_ms=2180, item_id="i"), "at 2180 ms of audio"),
        (
            server("conversation.item.created", item={"type": "message", "role": "user", "id": "i", "content": []}),
            "message of the user",
        ),
        (
            server("conversation.item.created", item={"type": "function_call", "id": "i", "name": "f", "arguments": "", "call_id": "c"}),
            "function_call",
        ),
        (
            server("conversation.item.input_audio_transcription.completed", item_id="i", content_index=0, transcript="Two\nplus \x1b[2J"),
            '"Two plus [2J"',
        ),
        (
            server(
                "response.done",
                response={"id": "r", "status": "cancelled", "status_details": {"type": "cancelled", "reason": "turn_detected"}},
            ),
            "cancelled, turn_detected",
        ),
        (server("error", error={"type": "invalid_request_error", "code": None, "message": "no"}), "invalid_request_error: no"),
        (server("warning", warning={"message": "slow"}), "slow"),
        (server("response.content_part.done", part={"type": "audio"}, **PLACE), ""),
        (server("response.of.the.future", anything=1), ""),
    ],
    ids=lambda value: getattr(value, "type", None),
)
def test_facts(event, facts):
    assert rows((1.5, RECEIVED, event)) == [Row(1.5, "<-", event.type, facts)]


def test_runs_of_pieces_are_summed_up_by_type_until_another_event_comes():
    audio, text = (
        server("response.audio.delta", delta="AAAA" * 800, **PLACE),
        server("response.audio_transcript.delta", delta=" a", **PLACE),
    )
    assert rows(
        (0.1, SENT, append(20)),
        (0.2, SENT, append(20)),
        (0.3, RECEIVED, audio),
        (0.4, RECEIVED, text),
        (0.5, RECEIVED, audio),
        (0.6, RECEIVED, text),
        (0.7, RECEIVED, server("response.audio.done", **PLACE)),
        (0.8, RECEIVED, audio),
    ) == [
        Row(0.1, "->", "input_audio_buffer.append", "x2  0.04 s"),
        Row(0.3, "<-", "response.audio.delta", "x2  0.10 s"),
        Row(0.4, "<-", "response.audio_transcript.delta", 'x2  "a a"'),
        Row(0.7, "<-", "response.audio.done", ""),
        Row(0.8, "<-", "response.audio.delta", "x1  0.05 s"),
    ]


def test_every_piece_on_its_own():
    assert [row.facts for row in rows((0.1, SENT, append(20)), (0.2, SENT, append(40)), every_piece=True)] == ["x1  0.02 s", "x1  0.04 s"]
