"""What each rival does with a frame. A rival is a function that gives its cases by name; only the worker process imports it."""

import base64
import json
from collections.abc import Callable
from typing import Any

from . import payloads

Case = Callable[[], object]
Cases = dict[str, Case]


def bind(function: Callable[[Any], object], argument: object) -> Case:
    """The call of a function with one argument, as a case."""
    return lambda: function(argument)


_FRAMES = {
    "decode audio.delta 20 ms": payloads.audio_delta(20),
    "decode audio.delta 100 ms": payloads.audio_delta(100),
    "decode audio.delta 200 ms": payloads.audio_delta(200),
}
_SMALL = {"decode transcript.delta": payloads.transcript_delta(), "decode response.done": payloads.response_done()}


def voicelive() -> Cases:
    """The core, codec only."""
    from voicelive_proto import Decoder, encode
    from voicelive_proto.client_events import InputAudioBufferAppend

    decode = Decoder("server").decode

    def audio(frame: bytes) -> object:
        return decode(frame).delta

    def append(pcm: bytes) -> object:
        return encode(InputAudioBufferAppend(audio=pcm))

    turn = payloads.turn()
    pcm = {duration_ms: payloads.pcm(duration_ms) for duration_ms in (20, 100)}
    cases: Cases = {name: bind(audio, frame) for name, frame in _FRAMES.items()}
    cases |= {name: bind(decode, frame) for name, frame in _SMALL.items()}
    cases["decode a turn"] = lambda: [decode(frame) for frame in turn]
    cases |= {f"encode append {ms} ms": bind(append, pcm[ms]) for ms in pcm}
    return cases


def voicelive_tracked() -> Cases:
    """The core with state tracking, a fresh connection for each turn."""
    from voicelive_proto import CLIENT, Connection
    from voicelive_proto.client_events import InputAudioBufferAppend

    turn = payloads.turn()
    pcm = {duration_ms: payloads.pcm(duration_ms) for duration_ms in (20, 100)}
    connection = Connection(CLIENT)
    for frame in turn[:7]:
        connection.receive(frame)

    def audio(frame: bytes) -> object:
        return connection.receive(frame).delta

    def append(pcm: bytes) -> object:
        return connection.send(InputAudioBufferAppend(audio=pcm))

    cases: Cases = {name: bind(audio, frame) for name, frame in _FRAMES.items()}

    def whole_turn() -> None:
        receive = Connection(CLIENT).receive
        for frame in turn:
            receive(frame)

    cases["decode a turn"] = whole_turn
    cases |= {f"encode append {ms} ms": bind(append, pcm[ms]) for ms in pcm}
    return cases


def official() -> Cases:
    """azure-ai-voicelive: what its ``recv`` and ``send`` do around the socket."""
    from azure.ai.voicelive.models import ClientEventInputAudioBufferAppend, ServerEvent

    def decode(frame: bytes) -> Any:
        deserialize: Any = ServerEvent._deserialize  # what its recv() calls
        return deserialize(json.loads(frame), [])

    def audio(frame: bytes) -> object:
        return decode(frame).delta

    turn = payloads.turn()

    def whole_turn() -> None:
        for frame in turn:
            event = decode(frame)
            if event.type == "response.audio.delta":
                _ = event.delta

    pcm = {duration_ms: payloads.pcm(duration_ms) for duration_ms in (20, 100)}

    def append(pcm: bytes) -> object:
        event = ClientEventInputAudioBufferAppend(audio=base64.b64encode(pcm).decode())
        return json.dumps(event.as_dict())

    cases: Cases = {name: bind(audio, frame) for name, frame in _FRAMES.items()}
    cases |= {name: bind(decode, frame) for name, frame in _SMALL.items()}
    cases["decode a turn"] = whole_turn
    cases |= {f"encode append {ms} ms": bind(append, pcm[ms]) for ms in pcm}
    return cases


def limit() -> Cases:
    """The least work in Python for the same bytes: a search and SIMD base64 at known offsets. Not a usable client."""
    import pybase64

    def delta(frame: bytes) -> bytes:
        return pybase64.b64decode(frame[frame.find(b'"delta":"') + 9 : -2], None, True)

    def append(pcm: bytes) -> object:
        return b"".join((b'{"audio":"', pybase64.b64encode(pcm), b'"}'))

    pcm = {duration_ms: payloads.pcm(duration_ms) for duration_ms in (20, 100)}
    cases: Cases = {name: bind(delta, frame) for name, frame in _FRAMES.items()}
    cases |= {f"encode append {ms} ms": bind(append, pcm[ms]) for ms in pcm}
    return cases


RIVALS = {"voicelive": voicelive, "voicelive, state tracked": voicelive_tracked, "azure-ai-voicelive": official, "limit": limit}
