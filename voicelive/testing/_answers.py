"""Whole responses as one step of a script, their events in the service's order (service facts, section 7)."""

from __future__ import annotations

import json
from typing import Any, Final

from ._checks import check_type
from ._matching import shown
from ._steps import Answer, Reply

PIECE_MS: Final = 100
"""Length of one ``response.audio.delta``, as of the service's."""

_BYTES_PER_MS: Final = 48
"""pcm16 at 24,000 Hz."""


def answer_text(*pieces: str) -> Answer:
    """A whole response that is written: each piece one ``response.text.delta``."""
    for piece in pieces:
        check_type("a piece of the answer", piece, str)
    stream = [Reply("response.text.delta", {"delta": piece}) for piece in pieces]
    return Answer(f"answer in text {shown(''.join(pieces))}", _message("text", *stream, Reply("response.text.done", {})))


def answer_audio(audio: bytes, transcript: str = "") -> Answer:
    """A whole response that is spoken.

    Args:
        audio: what is heard: pcm16 at 24,000 Hz, cut into deltas of 100 ms. For another format give that format's bytes.
        transcript: what is said.
    """
    check_type("audio", audio, bytes, bytearray, memoryview)
    check_type("transcript", transcript, str)
    audio = bytes(audio)
    size = PIECE_MS * _BYTES_PER_MS
    pieces = [audio[start : start + size] for start in range(0, len(audio), size)]
    stream = [
        *([Reply("response.audio_transcript.delta", {"delta": transcript})] if transcript else []),
        *(Reply("response.audio.delta", {"delta": piece}) for piece in pieces),
        Reply("response.audio.done", {}),
        Reply("response.audio_transcript.done", {}),
    ]
    return Answer(f"answer in speech {shown(transcript)}, {len(audio)} bytes", _message("audio", *stream))


def answer_call(name: str, /, **arguments: Any) -> Answer:
    """A whole response that calls a function."""
    check_type("the name of the function", name, str)
    text = json.dumps(arguments, ensure_ascii=False)
    item = {"type": "function_call", "name": name, "arguments": ""}
    replies = (
        Reply("response.created", {}),
        Reply("response.output_item.added", {"item": item}),
        Reply("conversation.item.created", {}),
        Reply("response.function_call_arguments.delta", {"delta": text}),
        Reply("response.function_call_arguments.done", {}),
        Reply("response.output_item.done", {}),
        Reply("response.done", {}),
    )
    return Answer(f"answer by calling {name}({text})", replies)


def _message(kind: str, *stream: Reply) -> tuple[Reply, ...]:
    return (
        Reply("response.created", {}),
        Reply("response.output_item.added", {}),
        Reply("conversation.item.created", {}),
        Reply("response.content_part.added", {"part": {"type": kind}}),
        *stream,
        Reply("response.content_part.done", {}),
        Reply("response.output_item.done", {}),
        Reply("response.done", {}),
    )
