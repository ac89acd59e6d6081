"""One conversation in which the local server sends every kind of event that it has, and what was sent in it."""

import base64
import itertools
import json
from contextlib import contextmanager

from support import corpus

from voicelive.emulator import FileSearch, McpTool, Reply, ToolCall, WebSearch, serve_in_thread
from voicelive.emulator.engines.responder import built_in_responder
from voicelive.testing import silence, speak

NEVER_SENT = {
    "response.invocation.delta",  # of a hosted agent, which passes through what only it knows
}
"""Documented events that the local server has no occasion for."""

DOCUMENTED = {line["type"] for line in corpus("server.jsonl")}

SESSION = {
    "modalities": ["text", "audio", "animation", "avatar"],
    "voice": {"type": "azure-standard", "name": "en-US-AvaNeural"},
    "animation": {"outputs": ["viseme_id", "blendshapes"]},
    "output_audio_timestamp_types": ["word"],
    "avatar": {"character": "lisa", "customized": False, "output_protocol": "websocket"},
    "input_audio_transcription": {"model": "azure-speech"},
    "include": [
        "item.input_audio_transcription.logprobs",
        "item.input_audio_transcription.phrases",
        "file_search_call.results",
    ],
    "interim_response": {"type": "static_interim_response", "texts": ["One moment."]},  # a realtime model warns of it
    "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
    "tools": [
        {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}},
        {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/", "require_approval": "never"},
        {"type": "mcp", "server_label": "gone", "server_url": "https://gone.example/"},
    ],
}
MINE = {"type": "message", "role": "user", "id": "mine", "content": [{"type": "input_text", "text": "hello"}]}
QUESTION = speak("What time is it?") + silence(1_500)
IN_WRITING = {"type": "response.create", "response": {"modalities": ["text"]}}


def sink():
    raise OSError("under water")


class Tap:
    """Stands between the server and its client, and keeps the types of what goes out."""

    def __init__(self):
        self.sent = set()

    def refusal(self, _headers):
        return None

    def player(self):
        return None

    def incoming(self, frame):
        pass

    async def outgoing(self, frame, _websocket):
        self.sent.add(json.loads(frame)["type"])
        return [frame]


@contextmanager
def talkative_server():
    """A server that answers with searches, calls and words in turn; gives it and its tap."""
    found = {"file_id": "file-1", "filename": "timetable.pdf", "score": 0.9, "text": "23:40"}
    said = Reply("Night ferries leave at 23:40.", annotations=[{"type": "file_citation", "file_id": "file-1", "index": 4}])
    calls = [ToolCall("get_weather", {}), ToolCall("search_docs", {"words": "piers"}), ToolCall("sink", {})]
    answers = itertools.chain([[WebSearch(), FileSearch(["timetable"], [found]), said], *calls], itertools.repeat(None))

    async def responder(turn):
        return next(answers) or await built_in_responder(turn)

    mcp = {"docs": [McpTool("search_docs", lambda words: words.upper()), McpTool("sink", sink)]}
    tap = Tap()
    with serve_in_thread(responder=responder, mcp=mcp, pace=None, between=tap) as server:
        yield server, tap


def steps():
    """What a client sends, and the event after which it sends the next; "spoken" stands for the id of what was said first."""
    audio = base64.b64encode(QUESTION).decode()
    yield {"type": "session.update", "session": SESSION}, "mcp_list_tools.failed"
    yield {"type": "input_audio_buffer.append", "audio": audio}, "response.done"
    for _ in range(4):
        yield IN_WRITING, "response.done"
    yield {"type": "conversation.item.create", "item": MINE}, "conversation.item.created"
    yield {"type": "conversation.item.retrieve", "item_id": "mine"}, "conversation.item.retrieved"
    yield {"type": "conversation.item.delete", "item_id": "mine"}, "conversation.item.deleted"
    cut = {"type": "conversation.item.truncate", "item_id": "spoken", "content_index": 0, "audio_end_ms": 100}
    yield cut, "conversation.item.truncated"
    yield {"type": "session.update", "session": {"turn_detection": None}}, "session.updated"
    yield {"type": "input_audio_buffer.append", "audio": base64.b64encode(silence(300)).decode()}, None
    yield {"type": "input_audio_buffer.commit"}, "conversation.item.input_audio_transcription.failed"
    yield {"type": "input_audio_buffer.clear"}, "input_audio_buffer.cleared"
    yield {"type": "output_audio_buffer.clear"}, "output_audio_buffer.cleared"
    yield {"type": "session.avatar.connect", "client_sdp": base64.b64encode(b"v=0").decode()}, "session.avatar.connecting"
    yield {"type": "conversation.item.retrieve", "item_id": "none"}, "error"
