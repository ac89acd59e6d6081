"""What a scripted event needs and the test didn't say, taken from what was said before."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from voicelive_proto import SERVER_EVENTS, Connection

_INPUT_PREFIXES: Final = ("input_audio_buffer.", "conversation.item.input_audio_transcription.")
_ITEM_EVENTS: Final = (
    "conversation.item.created",
    "conversation.item.retrieved",
    "response.output_item.added",
    "response.output_item.done",
)
"""They hold an item, though nothing requires it."""

_TEXT_DELTAS: Final = (
    "response.text.delta",
    "response.audio_transcript.delta",
    "response.function_call_arguments.delta",
    "response.mcp_call_arguments.delta",
)


class Memory:
    """Follows a conversation from the server's side, and fills in events.

    Args:
        connection: the core's view of it.
        settings: the session's settings at its beginning.

    Attributes:
        heard: the client's event that was taken last; empty before the first.
    """

    def __init__(self, connection: Connection, settings: Mapping[str, Any]) -> None:
        self.heard: dict[str, Any] = {}
        self._connection = connection
        self._settings = {"object": "realtime.session", **settings}
        self._numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self._asked: dict[str, Any] = {}  # what response.create asked for, until the response is there
        self._response: dict[str, Any] = {}
        self._item: dict[str, Any] = {}
        self._part: dict[str, Any] = {}
        self._subject: dict[str, Any] = {}  # the item that conversation.item.created would be about
        self._items: dict[str, dict[str, Any]] = {}
        self._output: list[dict[str, Any]] = []
        self._said: list[str] = []
        self._input_id: str | None = None
        self._utterance_is_open = False

    def hear(self, event: dict[str, Any]) -> None:
        """Note what the client said."""
        self.heard = event
        if event["type"] == "response.create":
            self._asked = event.get("response") or {}
        if event["type"] == "conversation.item.create":
            given = event.get("item") or {}
            self._subject = {"id": self._new("item"), "object": "realtime.item", **given}

    def fill(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Complete an event, and note that it is said.

        Raises:
            ValueError: it lacks what nothing before tells.
        """
        kind = event["type"]
        filled = {"event_id": self._new("event"), **event}
        needed = [field.encode_name for field in msgspec.structs.fields(SERVER_EVENTS[kind]) if field.required]
        for name in [*needed, *(["item"] if kind in _ITEM_EVENTS else [])]:
            if name in _MERGED and isinstance(filled.get(name, {}), Mapping):
                filled[name] = _MERGED[name](self, kind, dict(filled.get(name, {})))
            elif name not in filled and name in _VALUES:
                filled[name] = _VALUES[name](self, kind)
        if missing := [name for name in needed if name not in filled]:
            raise ValueError(f"{kind} needs {' and '.join(missing)}; give it, or leave it out with raw({{...}})")
        if (noted := _NOTED.get(kind)) is not None:
            noted(self, filled)
        if kind in _TEXT_DELTAS:
            self._said.append(filled.get("delta", ""))
        return filled

    def _new(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers[prefix])}"

    def _session(self, _kind: str, given: dict[str, Any]) -> dict[str, Any]:
        known = self._connection.session
        asked = known.pending_updates[0] if known.pending_updates else {}
        before = known.config or {"id": self._new("sess"), **self._settings}
        return before | asked | given

    def _whole_response(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        if kind == "response.created":
            asked, self._asked = self._asked, {}
            metadata = {"metadata": asked["metadata"]} if "metadata" in asked else {}
            return {"id": self._new("resp"), "object": "realtime.response", "status": "in_progress", "output": [], **metadata} | given
        return self._response | {"status": "completed", "output": list(self._output)} | given

    def _whole_item(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        if kind == "response.output_item.added":
            item = {"id": self._new("item"), "object": "realtime.item", "type": "message", "status": "in_progress", **given}
            return (_BEGUN[item["type"]](self) if item["type"] in _BEGUN else {}) | item
        if kind == "response.output_item.done":
            return self._item | self._finished() | given
        if kind == "conversation.item.retrieved":
            return self._items.get(str(self.heard.get("item_id")), {}) | given
        return self._subject | given

    def _finished(self) -> dict[str, Any]:
        if self._item.get("type") == "message":
            return {"status": "completed", "content": [self._whole_part("", {})] if self._part else []}
        return {"status": "completed", **({"arguments": "".join(self._said)} if "arguments" in self._item else {})}

    def _whole_part(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        text = "" if kind == "response.content_part.added" else "".join(self._said)
        part_type = given.get("type", "text" if kind == "response.content_part.added" else self._part.get("type", "text"))
        return {"type": part_type, "transcript" if part_type == "audio" else "text": text} | given

    def _whole_error(self, _kind: str, given: dict[str, Any]) -> dict[str, Any]:
        usual = {"type": "invalid_request_error", "code": "invalid_value", "message": "an error, as the test's script has it"}
        return usual | ({"event_id": self.heard["event_id"]} if "event_id" in self.heard else {}) | given

    def _item_id(self, kind: str) -> str:
        if kind.startswith(_INPUT_PREFIXES):
            begins = kind == "input_audio_buffer.speech_started" or (kind == "input_audio_buffer.committed" and not self._utterance_is_open)
            if begins or self._input_id is None:
                self._input_id = self._new("item")
            return self._input_id
        known = self._item if kind.startswith("response.") else {"id": self.heard.get("item_id")}
        return str(known.get("id") or self._subject.get("id") or self._new("item"))

    def _note_input(self, event: dict[str, Any]) -> None:
        self._input_id = event["item_id"]
        self._utterance_is_open = event["type"] == "input_audio_buffer.speech_started"
        content = [{"type": "input_audio", "transcript": None}]
        self._subject = {
            "id": self._input_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user", "content": content,
        }  # fmt: skip

    def _note_response(self, event: dict[str, Any]) -> None:
        self._response, self._output, self._item = event["response"], [], {}

    def _note_item(self, event: dict[str, Any]) -> None:
        self._item = self._subject = event["item"]
        self._said, self._part = [], {}

    def _note_part(self, event: dict[str, Any]) -> None:
        self._part, self._said = event["part"], []

    def _note_finished(self, event: dict[str, Any]) -> None:
        self._output.append(event["item"])
        self._note_created(event)

    def _note_created(self, event: dict[str, Any]) -> None:
        self._items[str(event["item"].get("id"))] = event["item"]


_MERGED: Final[Mapping[str, Callable[[Memory, str, dict[str, Any]], dict[str, Any]]]] = {
    "session": Memory._session,
    "response": Memory._whole_response,
    "item": Memory._whole_item,
    "part": Memory._whole_part,
    "error": Memory._whole_error,
}
"""Field -> what completes an object that is given in part."""

_BEGUN: Final[Mapping[str, Callable[[Memory], dict[str, Any]]]] = {
    "message": lambda _memory: {"role": "assistant", "content": []},
    "function_call": lambda memory: {"call_id": memory._new("call"), "arguments": ""},
    "mcp_call": lambda _memory: {"arguments": ""},
}
"""Type of an output item -> what it has at its beginning."""

_VALUES: Final[Mapping[str, Callable[[Memory, str], Any]]] = {
    "response_id": lambda memory, _kind: memory._response.get("id", "resp_0"),
    "item_id": Memory._item_id,
    "output_index": lambda memory, _kind: len(memory._output),
    "content_index": lambda memory, _kind: memory.heard.get("content_index", 0),
    "call_id": lambda memory, _kind: memory._item.get("call_id", "call_0"),
    "name": lambda memory, _kind: memory._item.get("name", ""),
    "text": lambda memory, _kind: "".join(memory._said),
    "transcript": lambda memory, _kind: "".join(memory._said),
    "arguments": lambda memory, _kind: "".join(memory._said),
    "audio_start_ms": lambda _memory, _kind: 0,
    "audio_end_ms": lambda memory, _kind: memory.heard.get("audio_end_ms", memory._connection.input_audio.buffer_ms),
    "sequence_number": lambda memory, _kind: next(memory._numbers["sequence"]),
}
"""Field -> its value where the test gives none."""

_NOTED: Final[Mapping[str, Callable[[Memory, dict[str, Any]], None]]] = {
    "input_audio_buffer.speech_started": Memory._note_input,
    "input_audio_buffer.committed": Memory._note_input,
    "conversation.item.created": Memory._note_created,
    "response.created": Memory._note_response,
    "response.output_item.added": Memory._note_item,
    "response.content_part.added": Memory._note_part,
    "response.output_item.done": Memory._note_finished,
}
