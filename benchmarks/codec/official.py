"""azure-ai-voicelive: what its ``recv`` and ``send`` do between the socket's bytes and the event, each step of it.

aiohttp gives text; its ``recv`` offers that to the log, makes bytes of it, text again, a dict, an event. Its ``send`` makes text of an
event with an encoder of its own, and aiohttp makes bytes of that.
"""

import base64
import json
from typing import Any

from benchmarks import payloads

from . import cases
from .cases import Cases


def official() -> Cases:
    """Every case, in the typed form."""
    from azure.ai.voicelive.aio import _patch
    from azure.ai.voicelive.models import (
        ClientEvent,
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
    make: Any = ClientEvent._deserialize
    settings: Any = payloads.session_settings()
    log: Any = _patch.log
    json_default: Any = _patch._json_default

    def decode(frame: bytes) -> Any:
        text = frame.decode("utf-8")
        log.debug("Received websocket text message: %s", text)
        return deserialize(json.loads(text.encode("utf-8").decode("utf-8")), [])

    def encode(event: Any) -> bytes:
        payload = event.as_dict() if isinstance(event, ClientEvent) else event
        text = payload if isinstance(payload, str) else json.dumps(payload, default=json_default)
        return text.encode("utf-8")

    def play(frames: list[bytes]) -> int:
        pcm_bytes = 0
        for frame in frames:
            event = decode(frame)
            if event.type == "response.audio.delta":
                pcm_bytes += len(event.delta)
        return pcm_bytes

    return {
        **cases.decoding(decode, lambda frame: decode(frame).delta),
        **cases.turns(play),
        **cases.events(decode),
        **cases.appends(lambda pcm: encode(ClientEventInputAudioBufferAppend(audio=base64.b64encode(pcm).decode()))),
        "build and encode session.update": lambda: encode(ClientEventSessionUpdate(session=RequestSession(**settings))),
        "build and encode conversation.item.create": lambda: encode(
            ClientEventConversationItemCreate(item=UserMessageItem(content=[InputTextContentPart(text=payloads.QUESTION)]))
        ),
        "build and encode response.create": lambda: encode(
            ClientEventResponseCreate(response=ResponseCreateParams(modalities=["text"], instructions="Be brief."))
        ),
        **cases.client_events(lambda message: make(message, []), encode),
    }
