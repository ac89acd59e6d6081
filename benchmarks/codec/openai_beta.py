"""openai-python with its beta types, which know the most names of this protocol: each step of its ``recv`` and ``send``.

Event types that it doesn't know are left out, but for those in the turns, which it takes for others.
"""

import base64
import json
from typing import Any, cast, get_args

from . import cases
from .cases import Cases


def openai() -> Cases:
    """What it has."""
    from openai._models import construct_type_unchecked
    from openai._utils import maybe_transform
    from openai.types.beta.realtime.realtime_client_event import RealtimeClientEvent
    from openai.types.beta.realtime.realtime_client_event_param import RealtimeClientEventParam
    from openai.types.beta.realtime.realtime_server_event import RealtimeServerEvent

    def decode(frame: bytes) -> Any:
        return construct_type_unchecked(value=json.loads(frame), type_=cast("Any", RealtimeServerEvent))

    def encode(event: Any) -> bytes:
        return json.dumps(maybe_transform(event, RealtimeClientEventParam)).encode("utf-8")

    def pcm(frame: bytes) -> bytes:
        return base64.b64decode(decode(frame).delta)

    def play(frames: list[bytes]) -> int:
        pcm_bytes = 0
        for frame in frames:
            event = decode(frame)
            if event.type == "response.audio.delta":
                pcm_bytes += len(base64.b64decode(event.delta))
        return pcm_bytes

    found = {
        **cases.decoding(decode, pcm),
        **cases.turns(play),
        **cases.events(decode),
        **cases.appends(lambda raw: encode({"type": "input_audio_buffer.append", "audio": base64.b64encode(raw).decode()})),
        **cases.client_events(lambda message: message, encode),
    }
    known = {cases.EVENT + kind for kind in _types(RealtimeServerEvent)} | {
        cases.CLIENT_EVENT + kind for kind in _types(RealtimeClientEvent)
    }
    return {name: case for name, case in found.items() if name in known or not name.startswith((cases.EVENT, cases.CLIENT_EVENT))}


def _types(union: Any) -> set[str]:
    """The wire types of its members."""
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields["type"].annotation)[0] for member in members}
