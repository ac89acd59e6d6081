"""The core: its codec alone, and with the state of a connection."""

import itertools
from collections.abc import Callable
from typing import Any

from benchmarks import corpus, payloads

from . import cases
from .cases import Case, Cases, bind


def voicelive() -> Cases:
    """The codec alone."""
    from voicelive_proto import Decoder, append_frame, encode

    decode: Any = Decoder("server").decode

    def play(frames: list[bytes]) -> int:
        pcm_bytes = 0
        for frame in frames:
            event = decode(frame)
            if event.type == "response.audio.delta":
                pcm_bytes += len(event.delta)
        return pcm_bytes

    from_client = Decoder("client").decode
    return {
        **cases.decoding(decode, lambda frame: decode(frame).delta),
        **cases.turns(play),
        **cases.events(decode),
        **cases.appends(append_frame),
        **_building(encode),
        **cases.client_events(lambda message: from_client(corpus.frame(message)), encode),
    }


def structs() -> Cases:
    """The same classes with msgspec and SIMD base64 alone: nothing is judged, and what the decoder refuses is lost."""
    import msgspec
    import pybase64

    from voicelive_proto import Decoder
    from voicelive_proto.client_events import InputAudioBufferAppend
    from voicelive_proto.server_events import AnyServerEvent

    decode: Any = msgspec.json.Decoder(AnyServerEvent).decode
    encode = msgspec.json.Encoder().encode
    from_client = Decoder("client").decode

    def pcm(delta: str) -> bytes:
        return pybase64.b64decode(delta, None, True)

    def play(frames: list[bytes]) -> int:
        pcm_bytes = 0
        for frame in frames:
            event = decode(frame)
            if event.type == "response.audio.delta":
                pcm_bytes += len(pcm(event.delta))
        return pcm_bytes

    return {
        **cases.decoding(decode, lambda frame: pcm(decode(frame).delta)),
        **cases.turns(play),
        **cases.events(decode),
        **cases.appends(lambda pcm: encode(InputAudioBufferAppend(audio=pybase64.b64encode(pcm).decode()))),
        **_building(encode),
        **cases.client_events(lambda message: from_client(corpus.frame(message)), encode),
    }


def _building(encode: Callable[[Any], bytes]) -> Cases:
    from voicelive_proto.client_events import ConversationItemCreate, ResponseCreate, SessionUpdate
    from voicelive_proto.content import InputTextContentPart
    from voicelive_proto.items import UserMessageItem
    from voicelive_proto.responses import ResponseCreateParams
    from voicelive_proto.session import RequestSession

    settings: Any = payloads.session_settings()
    return {
        "build and encode session.update": lambda: encode(SessionUpdate(session=RequestSession(**settings))),
        "build and encode conversation.item.create": lambda: encode(
            ConversationItemCreate(item=UserMessageItem(content=[InputTextContentPart(text=payloads.QUESTION)]))
        ),
        "build and encode response.create": lambda: encode(
            ResponseCreate(response=ResponseCreateParams(modalities=["text"], instructions="Be brief."))
        ),
    }


def state_tracked() -> Cases:
    """With state; the turns are those of one long connection, whose history is full.

    It holds one turn, so that two are enough to take turns: the frames then stay in the cache, as those of the rivals do.
    """
    from voicelive_proto import CLIENT, Connection, Limits

    connection = Connection(CLIENT)
    receive: Any = connection.receive
    receive(payloads.session_created())
    for frame in payloads.turn(100)[: payloads.TURN_START]:
        receive(frame)

    def turn(delta_ms: int, *, animated: bool) -> Case:
        one_turn = Limits(max_responses=1, max_items=2 if animated else 1)  # an animated turn brings the user's item
        long = Connection(CLIENT, limits=one_turn, strict=True)
        receive: Any = long.receive
        receive(payloads.session_created())
        turns = itertools.cycle(payloads.turns(delta_ms, 2, animated=animated))

        def play() -> int:
            pcm_bytes = 0
            for frame in next(turns):
                event = receive(frame)
                if event.type == "response.audio.delta":
                    pcm_bytes += len(event.delta)
            return pcm_bytes

        return play

    return {
        **{cases.audio_delta(ms): bind(lambda frame: receive(frame).delta, payloads.audio_delta(ms)) for ms in cases.AUDIO_MS},
        "decode transcript.delta": bind(receive, payloads.transcript_delta()),
        **{cases.turn(ms, animated=animated): turn(ms, animated=animated) for animated in (False, True) for ms in cases.TURN_MS},
        **cases.appends(connection.send_audio),
    }
