"""Generating one response: what the model knows goes to the responder, what it answers is spoken, written or called."""

import inspect
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from ._conversation import Conversation, Entry
from ._hearing import Ear
from ._mcp import McpCall, McpServers, as_declared, offered, run
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
        mcp: the MCP servers whose tools it can call.
    """

    responder: Responder
    voice: Voice
    ear: Ear
    vad: VoiceActivityDetector
    mcp: McpServers = field(default_factory=dict)


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
    if plan.approved is not None:
        await _call_mcp(stream, plan.approved, engines.mcp)
        return
    seen = [*(conversation if plan.context is None else plan.context), *plan.extra_context]
    turn = await _turn(stream, seen, engines.mcp)
    answered = engines.responder(turn)
    reply = await answered if inspect.isawaitable(answered) else answered
    await _give(stream, speaker, reply, engines.mcp)


async def _give(stream: ResponseStream, speaker: Speaker, reply: Any, mcp: McpServers) -> None:
    if isinstance(reply, ToolCall):
        await _call_tool(stream, reply, mcp)
    elif isinstance(reply, Reply):
        await speaker.say(reply.text)
    elif isinstance(reply, (str, AsyncIterator)):
        await speaker.say(reply)
    elif isinstance(reply, (list, tuple)):
        for one in reply:
            await _give(stream, speaker, one, mcp)
    else:
        raise TypeError(f"a responder answers with text, a Reply, a ToolCall or a list of them, not {type(reply).__name__}")


async def _call_tool(stream: ResponseStream, asked: ToolCall, mcp: McpServers) -> None:
    """A function tool is the client's to call; an MCP tool is called here, once it may be."""
    arguments = json.dumps(asked.arguments, ensure_ascii=False, separators=(",", ":"))
    tool = next((each for each in offered(stream.plan.tools, mcp) if each.tool.name == asked.name), None)
    if tool is None:
        stream.call_function(asked.name, arguments)
        return
    call = McpCall(tool.server_label, asked.name, arguments)
    if tool.needs_approval:
        stream.request_approval(call)
    else:
        await _call_mcp(stream, call, mcp)


async def _call_mcp(stream: ResponseStream, call: McpCall, mcp: McpServers) -> None:
    stream.open_mcp_call(call)
    try:
        output = await run(call, mcp)
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is the call's failure, not the response's
        stream.close_mcp_call(error=f"{type(error).__name__}: {error}")
    else:
        stream.close_mcp_call(output=output)


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
    )


def _weight(instructions: str, history: list[Utterance], seen: list[Entry]) -> tuple[int, int]:
    """Tokens of text and of audio that the model sees."""
    characters = len(instructions) + sum(len(utterance.text) for utterance in history)
    return text_tokens(characters), sum(input_audio_tokens(entry.audio_ms) for entry in seen if entry.hearing is not None)
