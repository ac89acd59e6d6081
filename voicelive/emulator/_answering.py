"""Generating one response: what the model knows goes to the responder, what it answers is spoken, written or called."""

import dataclasses
import inspect
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._conversation import Conversation, Entry
from ._giving import Output
from ._hearing import Ear
from ._interim import MAX_COMPLETION_TOKENS, USUAL_TEXT, Filler
from ._mcp import McpServers, as_declared, offered
from ._mcp_calls import McpCalls, McpCallsEnd
from ._mcp_remote import Reach
from ._pacing import Pacer
from ._speaking import Speaker
from ._speech_cache import SpeechCache
from ._stream import ResponseStream
from ._usage import input_audio_tokens, text_tokens
from ._wire import Wire
from ._workers import Workers
from .engines.responder import Responder, Turn, Utterance, is_asynchronous
from .engines.vad import Vad
from .engines.voice import Voice

SPEECH_CACHE_BYTES = 64 * 1024 * 1024
"""Speech that a server keeps for all its sessions: about twenty minutes of pcm16 at 24 kHz."""

CONCURRENT_DETECTIONS = 2
"""So many pieces of audio are searched for speech at a time. Much of it is Python, and more threads only hold up the event loop."""

_NO_MORE = object()

CONCURRENT_CALLS = 4
"""So many sentences are spoken at a time, and so many blocking responders and tools asked."""


@dataclass(frozen=True, slots=True)
class Engines:
    """What does the work behind the protocol.

    Attributes:
        responder: decides what to answer.
        voice: speaks it.
        ear: understands the user's speech.
        vad: tells the user's speech from silence.
        mcp: the MCP servers whose tools it can call.
        mcp_reach: which other MCP servers it may call.
        mcp_calls_end: whether its calls end after their response, or in it.
        interim: writes what is said while the answer is being worked out, or None.
        speaking, responding, calling, detecting: threads for the voice, for responders and tools that block, and for the detector.
        cache: what the voice has said.
    """

    responder: Responder
    voice: Voice
    ear: Ear
    vad: Vad
    mcp: McpServers = field(default_factory=dict)
    mcp_reach: Reach = "loopback"
    mcp_calls_end: McpCallsEnd = "after_response"
    interim: Responder | None = None
    cache: SpeechCache = field(default_factory=lambda: SpeechCache(SPEECH_CACHE_BYTES))
    speaking: Workers = field(default_factory=lambda: Workers("voice", CONCURRENT_CALLS))
    responding: Workers = field(default_factory=lambda: Workers("responder", CONCURRENT_CALLS))
    calling: Workers = field(default_factory=lambda: Workers("tool", CONCURRENT_CALLS))
    detecting: Workers = field(default_factory=lambda: Workers("vad", CONCURRENT_DETECTIONS))

    def close(self) -> None:
        """Begin nothing more."""
        self.ear.close()
        self.speaking.close()
        self.responding.close()
        self.calling.close()
        self.detecting.close()


async def answer(
    stream: ResponseStream, conversation: Conversation, engines: Engines, calls: McpCalls, *, pacer: Pacer, wire: Wire
) -> None:
    """Generate a response up to, but not including, its end.

    Raises:
        OutOfTokens: the response's ceiling was reached.
        Exception: whatever the responder or the voice raise.
    """
    plan = stream.plan
    speaker = Speaker(stream, engines.voice, engines.speaking, engines.cache, pacer=pacer, wire=wire)
    if plan.spoken_as_given is not None:
        await speaker.say(plan.spoken_as_given)
        return
    seen = [*(conversation if plan.context is None else plan.context), *plan.extra_context]

    async def write(config: Mapping[str, Any]) -> str:
        return await _written(engines, config, await _turn(stream, seen, {}))

    filler = Filler(plan.interim, speaker.say, write)
    try:
        if plan.approved is not None:
            await filler.before_tool()
            await calls.call(stream, plan.approved)
            return
        filler.start()
        turn = await _turn(stream, seen, engines.mcp)
        await Output(stream, speaker, engines.mcp, calls, filler=filler, wire=wire).give(await _asked(engines, engines.responder, turn))
    finally:
        filler.stop()


async def _asked(engines: Engines, responder: Responder, turn: Turn) -> Any:
    """Ask a responder: in this thread if it is made of coroutines, else in a worker."""
    given: Any = responder(turn) if is_asynchronous(responder) else await engines.responding.run(responder, turn)
    given = await given if inspect.isawaitable(given) else given
    return _from_worker(given, engines.responding) if isinstance(given, Iterator) else given


async def _from_worker(pieces: Iterator[Any], workers: Workers) -> AsyncIterator[Any]:
    """What a plain generator gives, each piece from a worker thread: it may block between them."""
    while (piece := await workers.run(next, pieces, _NO_MORE)) is not _NO_MORE:
        yield piece


async def _written(engines: Engines, config: Mapping[str, Any], turn: Turn) -> str:
    """An interim response that a model writes.

    Raises:
        Exception: whatever the responder raises, or a TypeError when it gives no text.
    """
    if engines.interim is None:
        return USUAL_TEXT
    tokens = config.get("max_completion_tokens") or MAX_COMPLETION_TOKENS
    instructions = config.get("instructions") or turn.instructions
    asked = dataclasses.replace(turn, instructions=instructions, tools=(), tool_choice="none", max_output_tokens=tokens)
    given = await _asked(engines, engines.interim, asked)
    if isinstance(given, AsyncIterator):
        given = "".join([piece async for piece in given])
    if not isinstance(given, str):
        raise TypeError(f"an interim response is text, not {type(given).__name__}")
    return given


async def _turn(stream: ResponseStream, seen: list[Entry], mcp: McpServers) -> Turn:
    """What the responder is told; this waits until all speech in it is recognised, and all MCP calls in it have ended."""
    plan = stream.plan
    history: list[Utterance] = []
    asked: str | None = None
    outputs: list[str] = []
    items: list[Mapping[str, Any]] = []
    for entry in seen:
        text = await entry.text()
        if entry.ended is not None:
            await entry.ended.wait()
        items.append(entry.item if entry.hearing is None else _with_words(entry.item, entry.hearing.result().text))
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
        items=tuple(items),
        temperature=plan.temperature,
        max_output_tokens=None if isinstance(plan.max_output_tokens, str) else plan.max_output_tokens,
    )


def _with_words(item: Mapping[str, Any], heard: str | None) -> Mapping[str, Any]:
    """A user's spoken message with what was recognised, which the client may not have asked to see."""
    written = [part for part in item["content"] if part["type"] != "input_audio"]
    return {**item, "content": [*written, {"type": "input_audio", "transcript": heard}]}


def _weight(instructions: str, history: list[Utterance], seen: list[Entry]) -> tuple[int, int]:
    """Tokens of text and of audio that the model sees."""
    characters = len(instructions) + sum(len(utterance.text) for utterance in history)
    return text_tokens(characters), sum(input_audio_tokens(entry.audio_ms) for entry in seen if entry.hearing is not None)
