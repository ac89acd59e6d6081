"""Generating one response: what the model knows goes to the responder, what it answers is spoken, written or called."""

import inspect
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from ._conversation import Conversation, Entry
from ._hearing import Ear
from ._pacing import Pacer
from ._speaking import Speaker
from ._stream import ResponseStream
from ._usage import input_audio_tokens, text_tokens
from ._wire import Wire
from .engines.responder import Reply, Responder, ToolCall, Turn, Utterance
from .engines.vad import VoiceActivityDetector
from .engines.voice import Voice


@dataclass(frozen=True, slots=True)
class Engines:
    """What does the work behind the protocol.

    Attributes:
        responder: decides what to answer.
        voice: speaks it.
        ear: understands the user's speech.
        vad: tells the user's speech from silence.
    """

    responder: Responder
    voice: Voice
    ear: Ear
    vad: VoiceActivityDetector


async def answer(stream: ResponseStream, conversation: Conversation, engines: Engines, pacer: Pacer, wire: Wire) -> None:
    """Generate a response up to, but not including, its end.

    Raises:
        OutOfTokens: the response's ceiling was reached.
        Exception: whatever the responder or the voice raise.
    """
    plan = stream.plan
    speaker = Speaker(stream, engines.voice, pacer, wire)
    if plan.spoken_as_given is not None:
        await speaker.say(plan.spoken_as_given)
        return
    seen = [*(conversation if plan.context is None else plan.context), *plan.extra_context]
    turn = await _turn(stream, seen)
    answered = engines.responder(turn)
    reply = await answered if inspect.isawaitable(answered) else answered
    await _give(stream, speaker, reply)


async def _give(stream: ResponseStream, speaker: Speaker, reply: Any) -> None:
    if isinstance(reply, ToolCall):
        stream.call_function(reply.name, json.dumps(reply.arguments, ensure_ascii=False, separators=(",", ":")))
    elif isinstance(reply, Reply):
        await speaker.say(reply.text)
    elif isinstance(reply, (str, AsyncIterator)):
        await speaker.say(reply)
    elif isinstance(reply, (list, tuple)):
        for one in reply:
            await _give(stream, speaker, one)
    else:
        raise TypeError(f"a responder answers with text, a Reply, a ToolCall or a list of them, not {type(reply).__name__}")


async def _turn(stream: ResponseStream, seen: list[Entry]) -> Turn:
    """What the responder is told; this waits until all speech in it is recognised."""
    plan = stream.plan
    history: list[Utterance] = []
    asked: str | None = None
    outputs: list[str] = []
    for entry in seen:
        text = await entry.text()
        if entry.item["type"] == "function_call_output":
            outputs.append(entry.item["output"])
        elif entry.item["type"] == "message":
            role = entry.item["role"]
            asked = text if role == "user" else asked
            outputs = [] if role == "assistant" else outputs
            history += [Utterance(role, text)] if text else []
    stream.input_tokens = _weight(plan.instructions, history, seen)
    return Turn(
        history=tuple(history),
        text=asked,
        instructions=plan.instructions,
        tools=tuple(tool for tool in plan.tools if tool["type"] == "function"),
        tool_choice=plan.tool_choice,
        tool_outputs=tuple(outputs),
    )


def _weight(instructions: str, history: list[Utterance], seen: list[Entry]) -> tuple[int, int]:
    """Tokens of text and of audio that the model sees."""
    characters = len(instructions) + sum(len(utterance.text) for utterance in history)
    return text_tokens(characters), sum(input_audio_tokens(entry.audio_ms) for entry in seen if entry.hearing is not None)
