"""Frames to events and back. Knows nothing about order.

One compiled decoder per direction takes the usual frame whole; what it refuses goes the tolerant way of `voicelive_proto._convert`. Two
events are 95 % of all frames and have ways of their own: a large ``response.audio.delta`` is read around its base64
(`voicelive_proto._audio_deltas`), and ``input_audio_buffer.append`` is joined from three pieces.
"""

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, DecodeError
from pybase64 import b64decode, b64encode

from ._audio import audio_as_base64, audio_keys
from ._audio_deltas import CUT_BYTES, LARGE_BYTES, AudioDeltas, write_delta
from ._base import Deferred, Model
from ._convert import from_mapping
from ._plain import Extra, check_finite, plain_scalar, slot_reader, to_plain
from ._registry import CLIENT_EVENTS, SERVER_EVENTS
from .client_events import AnyClientEvent, ClientEvent, InputAudioBufferAppend, InputAudioTurnAppend, UnknownClientEvent
from .errors import LocalProtocolError, MalformedFrame
from .server_events import AnyServerEvent, ResponseAudioDelta, ServerEvent, UnknownServerEvent

MAX_DEPTH = 100
"""Objects and arrays inside each other, beyond which a frame is malformed: reading it would exhaust Python's stack."""

_DEEP_BYTES = 2 * MAX_DEPTH
"""JSON that is no longer has no room for that many brackets."""

_FREE_DEPTH = MAX_DEPTH - 20
"""The limit for a free value, which stands inside a few objects and arrays of its event; beyond, the frame is looked at as a whole."""

_FREE_DEEP_BYTES = 2 * _FREE_DEPTH

_APPEND_START = b'{"type":"input_audio_buffer.append","audio":"'

Frame = bytes | bytearray | memoryview | str
"""One whole WebSocket message, as text or as its UTF-8."""


_NO_FORM = (TypeError, ValueError, OverflowError, RecursionError, BufferError)
"""What encoders raise at a value that JSON has no form for."""


class _Irregular(Exception):
    """The compiled encoder met something that only the complete way can encode."""


def _refuse_to_encode(value: object) -> object:
    if isinstance(value, (Extra, Mapping)):
        raise _Irregular
    return _plain_form(value)


def _plain_form(value: object) -> object:
    plain = plain_scalar(value)
    check_finite(plain)
    return plain


def _decode_special(kind: Any, value: Any) -> Any:
    """A free value is looked at for its depth; for all else, and where it is too deep, the tolerant way takes over.

    Raises:
        TypeError: not to be decoded here.
    """
    if kind is not Deferred:
        if value.__class__ not in _CONTAINERS:
            return value
        text = _encode_plain(value)
        if len(text) <= _FREE_DEEP_BYTES or not _too_deep(text, _FREE_DEPTH):
            return value
    msg = "this is built the tolerant way"
    raise TypeError(msg)


def _audio_slots(*classes: type[Model], field: str) -> dict[Any, tuple[Callable[[Any], Any], Callable[[Any, Any], None]]]:
    """Read and write access to the audio of frozen events: the compiled decoder leaves base64 text there."""
    slots = {cls: vars(cls)[field] for cls in classes}
    return {cls: (slot.__get__, slot.__set__) for cls, slot in slots.items()}


_AUDIO = _audio_slots(ResponseAudioDelta, field="delta") | _audio_slots(InputAudioBufferAppend, InputAudioTurnAppend, field="audio")
_AUDIO_KEYS = {cls.type: key for cls in _AUDIO for key in audio_keys(cls)}
_LOOKED_AT = frozenset({dict, *_AUDIO, list, tuple, str, bytes, int, float, bool, type(None)})
"""What `encode` looks at before it goes out: events with audio; mappings, which may stand for one; and what is no event."""

_CONTAINERS: frozenset[Any] = frozenset({dict, list})
_encode_usual = msgspec.json.Encoder(enc_hook=_refuse_to_encode).encode
_encode_plain = msgspec.json.Encoder().encode
_decode_server = msgspec.json.Decoder(AnyServerEvent, dec_hook=_decode_special).decode
_FAMILY: dict[str, tuple[Mapping[str, type[Any]], type[Any]]] = {
    "server": (SERVER_EVENTS, UnknownServerEvent),
    "client": (CLIENT_EVENTS, UnknownClientEvent),
}


@functools.cache
def _decode_client() -> Callable[[bytes], Any]:
    """For servers, and made for them alone: it takes a twentieth of the import."""
    return msgspec.json.Decoder(AnyClientEvent, dec_hook=_decode_special).decode


class Decoder:
    """Turns the frames of one connection into events.

    Args:
        direction: ``"server"`` for frames that a service sends, ``"client"`` for those that a client sends.
        decode_audio: False leaves audio as the base64 text that came, for a relay that only looks and passes on. Read it as
            ``event["delta"]`` (or ``["audio"]``), which is text either way: an irregular frame's audio is decoded all the same.

    Attributes:
        decode: One frame to its event; a type we do not know gives the direction's ``Unknown…`` event. Raises `MalformedFrame`: not
            JSON, not an object, no string ``type``, or a known type with a wrong field; `TypeError` for what is no frame at all.

    Raises:
        ValueError: another direction.

    One instance per connection: it learns how the peer spells its audio frames.
    """

    __slots__ = ("decode",)

    def __init__(self, direction: str, *, decode_audio: bool = True) -> None:
        decodings = {"server": _decoding_server, "client": _decoding_client}
        if direction not in decodings:
            msg = f"direction is {direction!r}; frames come from a 'server' or a 'client'"
            raise ValueError(msg)
        self.decode = decodings[direction](decode_audio=decode_audio)


# Functions rather than methods, and one for each direction: what every frame needs lies in their cells, which makes small events a tenth
# faster.


def _decoding_server(*, decode_audio: bool) -> Callable[[Frame], Any]:
    decode_strictly = _decode_server
    large_bytes = LARGE_BYTES if decode_audio else sys.maxsize
    audio_delta = ResponseAudioDelta if decode_audio else None
    deltas = AudioDeltas(decode_strictly)

    def decode(frame: Frame) -> Any:
        if frame.__class__ is not bytes:
            frame = _as_bytes(frame)
        if len(frame) > large_bytes:
            event = deltas.read_alike(frame)
            if event is None and len(frame) > CUT_BYTES:
                event = deltas.cut(frame)
            if event is not None:
                return event
        try:
            event = decode_strictly(frame)
            if event.__class__ is audio_delta:
                write_delta(event, b64decode(event.delta, None, True))
                if len(frame) > large_bytes:
                    deltas.learn(frame, event)
        except (DecodeError, ValueError, RecursionError):
            return _decode_tolerantly("server", frame)
        return event

    return decode


def _decoding_client(*, decode_audio: bool) -> Callable[[Frame], Any]:
    decode_strictly = _decode_client()
    audio = _AUDIO if decode_audio else {}

    def decode(frame: Frame) -> Any:
        if frame.__class__ is not bytes:
            frame = _as_bytes(frame)
        try:
            event = decode_strictly(frame)
            if event.__class__ in audio:
                read, write = audio[event.__class__]
                write(event, b64decode(read(event), None, True))
        except (DecodeError, ValueError, RecursionError):
            return _decode_tolerantly("client", frame)
        return event

    return decode


def _decode_tolerantly(direction: str, frame: bytes) -> Any:
    known, unknown = _FAMILY[direction]
    data = _parse(frame)
    if _too_deep(frame, MAX_DEPTH):
        raise MalformedFrame(_DEEP, excerpt=frame)
    event_type = data.get("type") if isinstance(data, dict) else None
    if not isinstance(event_type, str):
        problem = "no string key 'type'" if isinstance(data, dict) else f"expected an object, got {type(data).__name__}"
        raise MalformedFrame(problem, excerpt=frame)
    try:
        return from_mapping(known.get(event_type, unknown), data)
    except MalformedFrame as error:
        found = MalformedFrame(error.problem, path=error.path, excerpt=frame, event_type=event_type)
        event_id = data.get("event_id")
        found.event_id = event_id if isinstance(event_id, str) else None
        raise found from None


_read_event_id = slot_reader(vars(ClientEvent)["event_id"])


def _as_bytes(frame: Any) -> bytes:
    if isinstance(frame, (bytes, bytearray, memoryview)):
        return bytes(frame)
    if not isinstance(frame, str):
        msg = f"a frame is bytes, bytearray, memoryview or str, not {type(frame).__name__}"
        raise TypeError(msg)
    try:
        return frame.encode()
    except UnicodeEncodeError as error:
        raise MalformedFrame(f"not encodable as UTF-8: {error.reason}", excerpt=frame[:200].encode(errors="replace")) from None


def _parse(frame: bytes) -> Any:
    try:
        return msgspec.json.decode(frame)
    except RecursionError:
        raise MalformedFrame(_DEEP, excerpt=frame) from None
    except (DecodeError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"not JSON: {error}", excerpt=frame) from None


_DEEP = f"nested more than {MAX_DEPTH} objects and arrays deep"


def _too_deep(text: bytes, depth: int) -> bool:
    """Whether valid JSON has more than so many objects and arrays inside each other; usually it has too few at all."""
    without_brackets = len(text.replace(b"{", b"")) + len(text.replace(b"[", b""))  # bytes.count takes three times as long
    if 2 * len(text) - without_brackets <= depth:
        return False
    level: list[Any] = [_parse(text)]
    for _ in range(depth):
        containers = [node for node in level if node.__class__ in _CONTAINERS]
        level = [item for node in containers for item in (node.values() if isinstance(node, dict) else node)]
    return any(node.__class__ in _CONTAINERS for node in level)


def encode(event: ClientEvent | ServerEvent | Mapping[str, Any]) -> bytes:
    """One event, or a plain mapping with a ``type``, to its frame: UTF-8 JSON.

    NaN and infinities, which JSON has no form for, go out as ``null`` where an event has them. In a mapping that is sent they are
    refused; to look for them in each event would take longer than to encode it.

    Raises:
        LocalProtocolError: a value that JSON has no form for, audio that is not base64 or not whole numbers, or no event at all.
    """
    try:
        if type(event) in _LOOKED_AT:
            return _encode_special(event)
        frame = _encode_usual(event)
        if len(frame) > _DEEP_BYTES and _too_deep(frame, MAX_DEPTH):
            raise ValueError(_DEEP)
    except _Irregular:
        return _encode_complete(event)
    except _NO_FORM as error:
        raise _unsendable(event, error) from error
    return frame


def append_frame(audio: Any) -> bytes:
    """The frame of an ``input_audio_buffer.append`` without ``event_id``, straight from its audio: raw, or base64 as str.

    Raises:
        TypeError: neither text nor a buffer of integers.
        ValueError: text that is not base64.
    """
    return b"".join((_APPEND_START, b64encode(audio) if audio.__class__ is bytes else audio_as_base64(audio), b'"}'))


def _unsendable(event: Any, error: Exception) -> LocalProtocolError:
    if not isinstance(event, Mapping):
        return LocalProtocolError(f"an event is an event object or a mapping with a 'type', not {type(event).__name__}")
    kind = event.get("type")
    event_type = kind if isinstance(kind, str) else None
    problem = _DEEP if isinstance(error, RecursionError) else error
    return LocalProtocolError(f"{event_type or type(event).__name__}: {problem}", event_type=event_type)


def _encode_special(event: Any) -> bytes:
    if event.__class__ is InputAudioBufferAppend and _read_event_id(event) is UNSET:
        return append_frame(event.audio)
    if event.__class__ is dict:
        return _checked(_encode_usual(_with_audio_as_text(event)), event)
    if event.__class__ not in _AUDIO:
        raise TypeError
    read, write = _AUDIO[event.__class__]
    copy = event.__copy__()
    write(copy, audio_as_base64(read(event)).decode())
    return _encode_usual(copy)


def _encode_complete(event: Any) -> bytes:
    try:
        plain = to_plain(_with_audio_as_text(event))
        return _checked(msgspec.json.encode(plain, enc_hook=_plain_form), plain)
    except _NO_FORM as error:
        raise _unsendable(event, error) from error


def _with_audio_as_text(event: Any) -> Any:
    """A mapping of the caller's whose type is an event with audio has that judged as the event's is."""
    kind = event.get("type") if isinstance(event, Mapping) and not isinstance(event, Model) else None
    key = _AUDIO_KEYS.get(kind) if isinstance(kind, str) else None
    return {**event, key: audio_as_base64(event[key]).decode()} if key in event else event


def _checked(frame: bytes, event: Any) -> bytes:
    """The frame of a mapping, or of an event that went the complete way: nothing too deep, nothing that became null unasked."""
    if b"null" in _at_most_so_deep(frame):
        check_finite(to_plain(event))
    return frame


def _at_most_so_deep(frame: bytes) -> bytes:
    if len(frame) > _DEEP_BYTES and _too_deep(frame, MAX_DEPTH):
        raise ValueError(_DEEP)
    return frame
