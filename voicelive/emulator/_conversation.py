"""The conversation: its items in order, what a client may do with them, and what a model would know of them.

Items are kept as the plain JSON objects that go out in ``conversation.item.created``. Rules and error codes: service facts, sections 7
to 9.
"""

import asyncio
import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from voicelive_proto.items import ResponseItem

from ._checks import having, one_of, required
from ._errors import Refused
from ._hearing import Heard
from ._limits import ServerLimits

ROOT = "root"
"""As ``previous_item_id``: insert before all items."""

Item = dict[str, Any]


@dataclass(slots=True)
class Entry:
    """An item, and what the wire does not show of it.

    Attributes:
        item: the item by wire name.
        audio_ms: length of its audio: the user's speech, or what was sent of the assistant's.
        hearing: gives what was recognised in the user's audio; None for other items.
        is_answered: whether the client has answered the request for approval that this is.
        cut_ms: to what its audio was cut, or None.
        ended: set when the MCP call that this is has ended; None for other items.
    """

    item: Item
    audio_ms: int = 0
    hearing: "asyncio.Task[Heard] | None" = field(default=None, repr=False)
    is_answered: bool = False
    cut_ms: int | None = None
    ended: asyncio.Event | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """Id of the item."""
        item_id: str = self.item["id"]
        return item_id

    @property
    def heard_ms(self) -> int:
        """Length of its audio without what was cut."""
        return self.audio_ms if self.cut_ms is None else self.cut_ms

    def shown(self, audio: bytes | None = None) -> Any:
        """The item as an event carries it.

        Args:
            audio: goes into the message's first part that is the user's audio.
        """
        if audio is None:
            return ResponseItem.from_dict(self.item)
        content = list(self.item["content"])
        index = next(place for place, part in enumerate(content) if part["type"] == "input_audio")
        content[index] = content[index] | {"audio": base64.b64encode(audio).decode()}
        return ResponseItem.from_dict(self.item | {"content": content})

    async def text(self) -> str | None:
        """What a model would understand: the written words, the spoken ones as they were recognised, or None for neither."""
        content = self.item.get("content", ())
        found = [part.get("text") for part in content]
        if self.hearing is not None:
            found.append((await asyncio.shield(self.hearing)).text)
        else:
            found += [part.get("transcript") for part in content]
        return " ".join(filter(None, found)) or None


class Conversation:
    """The items of one session in order.

    Args:
        conversation_id: its id.
        limits: how much it may hold.
    """

    def __init__(self, conversation_id: str, limits: ServerLimits) -> None:
        self.id = conversation_id
        self._limits = limits
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._sizes_bytes: dict[str, int] = {}
        self._size_bytes = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, item_id: str) -> Entry | None:
        """The entry of this id, or None."""
        return self._by_id.get(item_id)

    @property
    def last_id(self) -> str | None:
        """Id of the last item, or None."""
        return self._entries[-1].id if self._entries else None

    @property
    def size_bytes(self) -> int:
        """Size of its items as JSON."""
        return self._size_bytes

    def check_room(self, more_bytes: int = 0) -> None:
        """Whether an item, or so many bytes more of one, can be added.

        Raises:
            Refused: not before something is deleted.
        """
        if len(self._entries) >= self._limits.max_items or self._size_bytes + more_bytes > self._limits.max_conversation_bytes:
            message = (
                f"the conversation is full: it has {len(self._entries)} items and {self._size_bytes} bytes; "
                f"{self._limits.max_items} and {self._limits.max_conversation_bytes} are allowed; delete some, or open another session"
            )
            raise Refused(message, code="conversation_full")

    def replace(self, entry: Entry, item: Item) -> None:
        """Give an entry, in the conversation or not, another item of the same id."""
        entry.item = item
        if self._by_id.get(entry.id) is entry:
            self._resize(entry.id, _size_bytes(item))

    def _resize(self, item_id: str, size_bytes: int) -> None:
        self._size_bytes += size_bytes - self._sizes_bytes.get(item_id, 0)
        self._sizes_bytes[item_id] = size_bytes

    def insert(self, entry: Entry, after: str | None = None) -> str | None:
        """Add an item; return the id of the one before it.

        Args:
            entry: the item.
            after: id of the item to insert after, ``"root"`` for the start, None for the end.

        Raises:
            Refused: there is no such item, the new one's id is taken, or the conversation is full.
        """
        if self.get(entry.id) is not None:
            raise Refused(f"an item with the id {entry.id!r} exists already", param="item.id")
        place = self._place_after(after)
        size_bytes = _size_bytes(entry.item)
        self.check_room(size_bytes)
        self._entries.insert(place, entry)
        self._by_id[entry.id] = entry
        self._resize(entry.id, size_bytes)
        return self._entries[place - 1].id if place else None

    def _place_after(self, item_id: str | None) -> int:
        if item_id is None:
            return len(self._entries)
        if item_id == ROOT:
            return 0
        entry = self.get(item_id)
        if entry is None:
            raise Refused(f"there is no item {item_id!r} to insert after", param="previous_item_id")
        return self._entries.index(entry) + 1

    def existing(self, item_id: str, verb: str) -> Entry:
        """The entry that a client wants to retrieve, delete or truncate.

        Raises:
            Refused: there is no such item; the code names the verb.
        """
        entry = self.get(item_id)
        if entry is None:
            raise Refused(f"there is no item {item_id!r} to {verb}", code=f"item_{verb}_invalid_item_id", param="item_id")
        return entry

    def approval_request(self, item_id: str) -> Entry:
        """The request for approval that a client wants to answer.

        Raises:
            Refused: nothing of that id waits for an answer.
        """
        entry = self.get(item_id)
        if entry is None or entry.item["type"] != "mcp_approval_request" or entry.is_answered:
            raise Refused(f"there is no approval request {item_id!r} that waits for an answer", param="item.approval_request_id")
        return entry

    def delete(self, item_id: str) -> None:
        """Remove an item.

        Raises:
            Refused: there is no such item.
        """
        entry = self.existing(item_id, "delete")
        self._entries.remove(entry)
        self._resize(item_id, 0)
        del self._by_id[item_id], self._sizes_bytes[item_id]

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut an assistant's audio to what was heard, and its transcript to about as much: now, and of a message that is open when it ends.

        Raises:
            Refused: no such item, not an assistant's audio, or not that long.
        """
        entry = self.existing(item_id, "truncate")
        content = entry.item.get("content") or []
        spoken = entry.item.get("role") == "assistant" and 0 <= content_index < len(content)
        if not spoken or content[content_index]["type"] != "audio":
            message = f"part {content_index} of item {item_id!r} is not an assistant's audio; only that can be cut"
            raise Refused(message, param="item_id" if content_index == 0 else "content_index")
        if not 0 <= audio_end_ms <= entry.heard_ms or entry.heard_ms == 0:
            message = f"audio_end_ms is {audio_end_ms}; the audio of item {item_id!r} is {entry.heard_ms} ms long"
            raise Refused(message, code="invalid_value" if entry.cut_ms is None else "item_already_truncated", param="audio_end_ms")
        self._cut_transcript(entry, audio_end_ms / entry.heard_ms)
        entry.cut_ms = audio_end_ms

    def end_message(self, entry: Entry) -> None:
        """The assistant's message is whole: its transcript follows its audio, should that have been cut meanwhile."""
        if entry.cut_ms is not None:
            self._cut_transcript(entry, entry.cut_ms / entry.audio_ms)

    def _cut_transcript(self, entry: Entry, share: float) -> None:
        (part,) = entry.item["content"]
        self.replace(entry, entry.item | {"content": [part | {"transcript": _cut(part["transcript"], share)}]})

    def add_text(self, item_id: str, content_index: int, delta: str) -> None:
        """Append streamed text to a part of a user's or system's message; the part is made when it is the next one.

        Raises:
            Refused: no such item, no such part, or the conversation is full.
        """
        entry = self.get(item_id)
        if entry is None or entry.item.get("role") not in ("user", "system"):
            raise Refused(f"there is no user or system message {item_id!r} to add text to", param="id")
        content = list(entry.item["content"])
        if content_index == len(content):
            content.append({"type": "input_text", "text": ""})
        if not 0 <= content_index < len(content) or content[content_index]["type"] != "input_text":
            raise Refused(f"item {item_id!r} has no text part {content_index}", param="content_index")
        size_bytes = len(delta.encode())
        self.check_room(size_bytes)
        content[content_index] = {"type": "input_text", "text": content[content_index]["text"] + delta}
        entry.item = entry.item | {"content": content}
        self._resize(item_id, self._sizes_bytes[item_id] + size_bytes)  # to count it anew would take longer with every delta


def _size_bytes(item: Item) -> int:
    return len(msgspec.json.encode(item))


def _cut(text: str, share: float) -> str:
    """So much of a text, whole words only."""
    words = text.split(" ")
    return " ".join(words[: int(len(words) * share)])


def message_item(item_id: str, role: str, content: list[Item], *, status: str = "completed") -> Item:
    """A message as the service reports it."""
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": status,
        "role": role,
        "content": content,
    }


def function_call_item(item_id: str, *, name: str, call_id: str, arguments: str, status: str) -> Item:
    """A function call as the service reports it."""
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "function_call",
        "status": status,
        "name": name,
        "call_id": call_id,
        "arguments": arguments,
    }


IMAGE_URL_SINCE = "2026-06-01"
"""From this api-version on the picture of an ``input_image`` is its ``image_url``; before, its ``url`` (service facts, section 8)."""


def image_key(api_version: str) -> str:
    """The key under which an ``input_image`` has its picture."""
    return "url" if api_version < IMAGE_URL_SINCE else "image_url"


def item_from_client(given: Mapping[str, Any] | None, *, new_id: Callable[[str], str], image_key: str, path: str = "item") -> Item:
    """Turn an item that a client sends into the one that the service reports.

    Audio inside it is left out, as the service does; see `audio_of`.

    Args:
        given: the item as it was sent, or None for none.
        new_id: gives an id to an item that has none.
        image_key: of `image_key`.
        path: where it stands in its event.

    Raises:
        Refused: no item, an item of a kind that clients cannot make, or one without what it needs.
    """
    if given is None:
        raise Refused(f"the event needs an '{path}'", code="missing_required_parameter", param=path)
    kind = given.get("type")
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None:
        message = f"an item of type {kind!r} cannot be created; these can: {', '.join(_MAKERS)}"
        raise Refused(message, param=f"{path}.type")
    _WITH_STATUS(given, path)
    item = make(given, given.get("id") or new_id("item"), path)
    for index, part in enumerate(item.get("content", ())):
        if part["type"] == "input_image":
            required(part, image_key, f"{path}.content[{index}]")
    return item


_WITH_STATUS = having(status=one_of("completed", "incomplete", "in_progress"))


def audio_of(given: Mapping[str, Any]) -> list[str]:
    """The base64 audio of each part of a client's message that `item_from_client` takes."""
    return [part["audio"] for part in given.get("content") or () if part.get("audio")]


def _message(given: Mapping[str, Any], item_id: str, path: str) -> Item:
    role = given.get("role")
    if role not in _PARTS:
        raise Refused(f"a message's role is 'user', 'assistant' or 'system', not {role!r}", param=f"{path}.role")
    parts = [_part(part, role, f"{path}.content[{index}]") for index, part in enumerate(given.get("content") or ())]
    return message_item(item_id, role, parts, status=given.get("status") or "completed")


_PARTS: dict[str, dict[str, str]] = {
    "user": {"input_text": "input_text", "input_audio": "input_audio", "input_image": "input_image"},
    "system": {"input_text": "input_text"},
    "assistant": {"text": "text", "output_text": "text"},
}
"""Role -> type of a part that a client may send -> type under which it is reported."""


def _part(part: Mapping[str, Any], role: str, path: str) -> Item:
    kinds = _PARTS[role]
    given = part.get("type")
    kind = kinds.get(given) if isinstance(given, str) else None
    if kind is None:
        message = f"'{path}' of type {given!r} cannot be in a message of role {role}; these can: {', '.join(kinds)}"
        raise Refused(message, code="unsupported_content_type", param=f"{path}.type")
    if kind == "input_audio":
        return {"type": kind, "transcript": part.get("transcript")}
    if kind == "input_image":
        return {key: value for key, value in part.items() if value is not None}
    if not isinstance(part.get("text"), str):
        raise Refused(f"'{path}' needs 'text'", code="missing_required_parameter", param=f"{path}.text")
    return {"type": kind, "text": part["text"]}


def _required(given: Mapping[str, Any], path: str, *keys: str) -> dict[str, Any]:
    for key in keys:
        required(given, key, path)
    return {key: given[key] for key in keys}


def _function_call(given: Mapping[str, Any], item_id: str, path: str) -> Item:
    return function_call_item(item_id, **_required(given, path, "name", "call_id", "arguments"), status="completed")


def _function_call_output(given: Mapping[str, Any], item_id: str, path: str) -> Item:
    kept = _required(given, path, "call_id", "output")
    return {"id": item_id, "object": "realtime.item", "type": "function_call_output", **kept}


def _approval(given: Mapping[str, Any], item_id: str, path: str) -> Item:
    return {"id": item_id, "type": "mcp_approval_response", **_required(given, path, "approval_request_id", "approve")}


_MAKERS: dict[str, Callable[[Mapping[str, Any], str, str], Item]] = {
    "message": _message,
    "function_call": _function_call,
    "function_call_output": _function_call_output,
    "mcp_approval_response": _approval,
}
