"""Generating one response: what the model knows goes to the responder, what it answers is spoken, written or called."""

import inspect
from dataclasses import dataclass, field
from typing import Any

from ._conversation import Conversation, Entry
from ._giving import Output, call_mcp
from ._hearing import Ear
from ._mcp import McpServers, as_declared, offered
from ._pacing import Pacer
from ._speaking import Speaker
from ._stream import ResponseStream
from ._usage import input_audio_tokens, text_tokens
from ._wire import Wire
from ._workers import Workers
from .engines.responder import Responder, Turn, Utterance, is_asynchronous
from .engines.vad import Vad
from .engines.voice import Voice

CONCURRENT_CALLS = 4
"""So many sentences are spoken at a time, and so many blocking responders asked."""


@dataclass(frozen=True, slots=True)
class Engines:
    """What does the work behind the protocol.

    Attributes:
        responder: decides what to answer.
        voice: speaks it.
        ear: understands the user's speech.
        vad: tells the user's speech from silence.
        mcp: the MCP servers whose tools it can call.
        speaking, responding: threads for the voice, and for responders that block.
    """

    responder: Responder
    voice: Voice
    ear: Ear
    vad: Vad
    mcp: McpServers = field(default_factory=dict)
    speaking: Workers = field(default_factory=lambda: Workers("voice", CONCURRENT_CALLS))
    responding: Workers = field(default_factory=lambda: Workers("responder", CONCURRENT_CALLS))

    def close(self) -> None:
        """Begin nothing more."""
        self.ear.close()
        self.speaking.close()
        self.responding.close()


async def answer(stream: ResponseStream, conversation: Conversation, engines: Engines, pacer: Pacer, wire: Wire) -> None:
    """Generate a response up to, but not including, its end.

    Raises:
        OutOfTokens: the response's ceiling was reached.
        Exception: whatever the responder or the voice raise.
    """
    plan = stream.plan
    speaker = Speaker(stream, engines.voice, engines.speaking, pacer, wire)
    if plan.spoken_as_given is not None:
        await speaker.say(plan.spoken_as_given)
        return
    if plan.approved is not None:
        await call_mcp(stream, plan.approved, engines.mcp)
        return
    seen = [*(conversation if plan.context is None else plan.context), *plan.extra_context]
    turn = await _turn(stream, seen, engines.mcp)
    await Output(stream, speaker, engines.mcp).give(await _asked(engines, turn))


async def _asked(engines: Engines, turn: Turn) -> Any:
    """Ask the responder: in this thread if it is made of coroutines, else in a worker."""
    asked = engines.responder
    given: Any = asked(turn) if is_asynchronous(asked) else await engines.responding.run(asked, turn)
    return await given if inspect.isawaitable(given) else given


async def _turn(stream: ResponseStream, seen: list[Entry], mcp: McpServers) -> Turn:
    """What the responder is told; this waits until all speech in it is recognised."""
    plan = stream.plan
    history: list[Utterance] = []
    asked: str | None = None
    outputs: list[str] = []
    for entry in seen:
        text = await entry.text()
        if entry.item["type"] == "function_call_output":
            outputs.append(entry.item["output"])
        elif entry.item["type"] == "mcp_call":
            outputs.append(entry.item.get("output") or entry.item["error"]["message"])
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
        tools=(*(tool for tool in plan.tools if tool["type"] == "function"), *map(as_declared, offered(plan.tools, mcp))),
        tool_choice=plan.tool_choice,
        tool_outputs=tuple(outputs),
        items=tuple(dict(entry.item) for entry in seen),
        temperature=plan.temperature,
        max_output_tokens=None if isinstance(plan.max_output_tokens, str) else plan.max_output_tokens,
    )


def _weight(instructions: str, history: list[Utterance], seen: list[Entry]) -> tuple[int, int]:
    """Tokens of text and of audio that the model sees."""
    characters = len(instructions) + sum(len(utterance.text) for utterance in history)
    return text_tokens(characters), sum(input_audio_tokens(entry.audio_ms) for entry in seen if entry.hearing is not None)
