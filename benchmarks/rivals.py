"""What each rival does with a frame. A rival is a function that gives its cases by name; only the worker process imports it."""

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

from . import payloads

Case = Callable[[], object]
Cases = dict[str, Case]
Step = Callable[[Any], object]

AUDIO_MS = (20, 100, 200)
APPEND_MS = (20, 100)
TURN_MS = (20, 100)


def bind(function: Step, argument: object) -> Case:
    """The call of a function with one argument, as a case."""
    return lambda: function(argument)


def decoding(decode: Step, audio: Step) -> Cases:
    """Decoding cases: ``decode`` gives an event, ``audio`` the PCM of an audio delta."""
    cases = {f"decode audio.delta {ms} ms": bind(audio, payloads.audio_delta(ms)) for ms in AUDIO_MS}
    cases |= {f"decode audio.delta 100 ms, {name}": bind(audio, frame) for name, frame in payloads.audio_delta_spellings().items()}
    small = payloads.small_deltas() | {
        "blendshapes.delta": payloads.blendshapes_delta(),
        "session.created": payloads.session_created(),
        "response.done": payloads.response_done(),
    }
    return cases | {f"decode {name}": bind(decode, frame) for name, frame in small.items()}


def turns(play: Callable[[list[bytes]], object]) -> Cases:
    """Whole turns, with the PCM of every delta."""
    cases = {f"decode a turn of {ms} ms deltas": bind(play, payloads.turn(ms)) for ms in TURN_MS}
    return cases | {f"decode an animated turn of {ms} ms deltas": bind(play, payloads.turn(ms, animated=True)) for ms in TURN_MS}


def appends(append: Step) -> Cases:
    """Raw PCM to a frame."""
    return {f"encode append {ms} ms": bind(append, payloads.pcm(ms)) for ms in APPEND_MS}


def voicelive() -> Cases:
    """The core, codec only."""
    from voicelive_proto import Decoder, append_frame, encode
    from voicelive_proto.client_events import ConversationItemCreate, ResponseCreate, SessionUpdate
    from voicelive_proto.content import InputTextContentPart
    from voicelive_proto.items import UserMessageItem
    from voicelive_proto.responses import ResponseCreateParams
    from voicelive_proto.session import RequestSession

    decode = Decoder("server").decode
    settings: Any = payloads.session_settings()
    item = ConversationItemCreate(item=UserMessageItem(content=[InputTextContentPart(text=payloads.QUESTION)]))
    request = ResponseCreate(response=ResponseCreateParams(modalities=["text"], instructions="Be brief."))

    def play(frames: list[bytes]) -> None:
        for frame in frames:
            decode(frame)

    return {
        **decoding(decode, lambda frame: decode(frame).delta),
        **turns(play),
        **appends(append_frame),
        "encode session.update": bind(encode, SessionUpdate(session=RequestSession(**settings))),
        "encode conversation.item.create": bind(encode, item),
        "encode response.create": bind(encode, request),
        "build and encode session.update": lambda: encode(SessionUpdate(session=RequestSession(**settings))),
        "build and encode conversation.item.create": lambda: encode(
            ConversationItemCreate(item=UserMessageItem(content=[InputTextContentPart(text=payloads.QUESTION)]))
        ),
        "build and encode response.create": lambda: encode(
            ResponseCreate(response=ResponseCreateParams(modalities=["text"], instructions="Be brief."))
        ),
    }


def voicelive_tracked() -> Cases:
    """The core with state tracking; the turns of one long connection, whose history is full."""
    from voicelive_proto import CLIENT, Connection, Limits

    connection = Connection(CLIENT)
    connection.receive(payloads.session_created())
    for frame in payloads.turn(100)[: payloads.TURN_START]:
        connection.receive(frame)

    def turn(delta_ms: int, *, animated: bool = False) -> Case:
        long = Connection(CLIENT, limits=Limits(max_responses=3, max_items=6), strict=True)
        long.receive(payloads.session_created())
        turns = itertools.cycle(payloads.turns(delta_ms, 8, animated=animated))

        def play() -> None:
            for frame in next(turns):
                long.receive(frame)

        return play

    audio = {f"decode audio.delta {ms} ms": payloads.audio_delta(ms) for ms in AUDIO_MS}
    return {
        **{name: bind(lambda frame: connection.receive(frame).delta, frame) for name, frame in audio.items()},
        "decode transcript.delta": bind(connection.receive, payloads.transcript_delta()),
        **{f"decode a turn of {ms} ms deltas": turn(ms) for ms in TURN_MS},
        **{f"decode an animated turn of {ms} ms deltas": turn(ms, animated=True) for ms in TURN_MS},
        **appends(connection.send_audio),
    }


def official() -> Cases:
    """azure-ai-voicelive: what its ``recv`` and ``send`` do between the socket's bytes and the event, each step of it.

    aiohttp gives text; its ``recv`` offers that to the log, makes bytes of it, text again, a dict, an event. Its ``send`` makes text of
    an event with an encoder of its own, and aiohttp makes bytes of that.
    """
    from azure.ai.voicelive.aio import _patch
    from azure.ai.voicelive.models import (
        ClientEventConversationItemCreate,
        ClientEventInputAudioBufferAppend,
        ClientEventResponseCreate,
        ClientEventSessionUpdate,
        InputTextContentPart,
        RequestSession,
        ResponseCreateParams,
        ServerEvent,
        UserMessageItem,
    )

    deserialize: Any = ServerEvent._deserialize  # what its recv() calls
    settings: Any = payloads.session_settings()

    item = ClientEventConversationItemCreate(item=UserMessageItem(content=[InputTextContentPart(text=payloads.QUESTION)]))
    request = ClientEventResponseCreate(response=ResponseCreateParams(modalities=["text"], instructions="Be brief."))
    log: Any = _patch.log
    json_default: Any = _patch._json_default

    def decode(frame: bytes) -> Any:
        text = frame.decode("utf-8")
        log.debug("Received websocket text message: %s", text)
        return deserialize(json.loads(text.encode("utf-8").decode("utf-8")), [])

    def encode(event: Any) -> bytes:
        return json.dumps(event.as_dict(), default=json_default).encode("utf-8")

    def play(frames: list[bytes]) -> None:
        for frame in frames:
            event = decode(frame)
            if event.type == "response.audio.delta":
                _ = event.delta

    return {
        **decoding(decode, lambda frame: decode(frame).delta),
        **turns(play),
        **appends(lambda pcm: encode(ClientEventInputAudioBufferAppend(audio=base64.b64encode(pcm).decode()))),
        "encode session.update": bind(encode, ClientEventSessionUpdate(session=RequestSession(**settings))),
        "encode conversation.item.create": bind(encode, item),
        "encode response.create": bind(encode, request),
        "build and encode session.update": lambda: encode(ClientEventSessionUpdate(session=RequestSession(**settings))),
        "build and encode conversation.item.create": lambda: encode(
            ClientEventConversationItemCreate(item=UserMessageItem(content=[InputTextContentPart(text=payloads.QUESTION)]))
        ),
        "build and encode response.create": lambda: encode(
            ClientEventResponseCreate(response=ResponseCreateParams(modalities=["text"], instructions="Be brief."))
        ),
    }


def untyped() -> Cases:
    """Plain dicts from msgspec and SIMD base64: the fastest decoding without types or checks."""
    import msgspec
    import pybase64

    decode = msgspec.json.Decoder().decode

    def audio(frame: bytes) -> bytes:
        return pybase64.b64decode(decode(frame)["delta"], None, True)

    def play(frames: list[bytes]) -> None:
        for frame in frames:
            event = decode(frame)
            if event["type"] == "response.audio.delta":
                pybase64.b64decode(event["delta"], None, True)

    return {**decoding(decode, audio), **turns(play)}


def limit() -> Cases:
    """The least work in Python for the same bytes: search, copy and SIMD base64 at known offsets. Not a usable client."""
    import pybase64

    def delta(frame: bytes) -> bytes:
        copy = bytes(bytearray(frame))
        return pybase64.b64decode(copy[copy.find(b'"delta":"') + 9 : -2], None, True)

    def append(pcm: bytes) -> bytes:
        return b"".join((b'{"type":"input_audio_buffer.append","audio":"', pybase64.b64encode(pcm), b'"}'))

    return {**{f"decode audio.delta {ms} ms": bind(delta, payloads.audio_delta(ms)) for ms in AUDIO_MS}, **appends(append)}


RIVALS = {
    "voicelive": voicelive,
    "state tracked": voicelive_tracked,
    "azure-ai-voicelive": official,
    "untyped": untyped,
    "limit": limit,
}
