"""How to go on in a new session when a connection broke: the client events that rebuild what can be rebuilt, and what can't.

::

    plan = resume_plan(broken)
    fresh = Connection(CLIENT)
    frames = [fresh.send(event) for event in plan.events]  # on a new WebSocket, after session.created
"""

import copy
import itertools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._base import ABSENT
from ._connection import Connection
from ._plain import wire_items
from ._state.conversation import ROOT, TrackedItem, text_of
from ._state.requests import DELETE, END_TURN, RESPOND, TRUNCATE
from ._state.session import effective
from ._state.tables import AvatarState, TurnState
from .client_events import ClientEvent, ConversationItemCreate, SessionUpdate
from .errors import MalformedFrame
from .items import ResponseFunctionCallItem, ResponseFunctionCallOutputItem, ResponseItem
from .session import NULL_CLEARS, RequestSession


@dataclass(frozen=True)
class ResumePlan:
    """What to send on a new connection, and what is gone all the same.

    Attributes:
        events: To be sent in this order after ``session.created``: a ``session.update`` where settings were changed, the updates that
            the service had not answered, and a ``conversation.item.create`` for each item, under its old id, if it had one.
        lost: What can not be restored, a sentence each: settings, items in the order of the conversation, what was going on.
    """

    events: tuple[ClientEvent, ...]
    lost: tuple[str, ...]


def resume_plan(connection: Connection) -> ResumePlan:
    """Plan how a new session takes over from what this connection knows, whichever role it has and whether or not it is closed.

    Settings: those that the client asked for, in its own words, because the service took them once; and those that changed without
    being asked for, as reported. What was never touched, a new session has by itself.

    Items, as if the service had created, deleted and truncated all that it was asked to: messages as text; of an answer's audio, the
    transcript up to what was heard (truncation and reported playback), cut at a word; of a user's audio, its transcript. Function calls
    with their outputs, never one without the other, the call first. The service makes all other items itself and takes none of them from
    a client (API reference, ``conversation.item.create``).

    Raises:
        TypeError: ``connection`` is another object than stated.
    """
    _check_connection(connection)
    settings = _Settings(connection)
    history = _History(_as_asked_for(connection))
    return ResumePlan(
        events=(*map(_update, settings.updates), *_chained(history.items)),
        lost=(*settings.lost, *_forgotten(connection), *history.lost, *_unfinished(connection), *_not_begun(connection)),
    )


def _check_connection(connection: object) -> None:
    if not isinstance(connection, Connection):
        msg = f"resume_plan() takes a voicelive_proto.Connection, not {type(connection).__name__}; of one of connect() give connection.core"
        raise TypeError(msg)


def _update(settings: dict[str, Any]) -> SessionUpdate:
    return SessionUpdate(session=RequestSession.from_dict(settings))


def _chained(items: list[dict[str, Any]]) -> Iterator[ConversationItemCreate]:
    previous_item_id = ROOT
    for item in items:
        yield ConversationItemCreate.from_dict({"previous_item_id": previous_item_id, "item": item})
        previous_item_id = item["id"]


class _Settings:
    """The settings that a new session would not have by itself, as bodies of ``session.update``; and what is lost of them."""

    def __init__(self, connection: Connection) -> None:
        session = connection.session
        self.lost: list[str] = []
        changed = {key: value for key, value in session.config.items() if session.first_config.get(key, ABSENT) != value}
        updates = (_as_asked(changed) | session.accepted, *map(effective, session.pending_updates))
        # The model is fixed by the URL; an update that names it is refused (service rules).
        bodies = [{key: value for key, value in body.items() if key != "model"} for body in updates]
        self._drop_voices(bodies, session.first_config.get("modalities"))
        self.updates = [body for body in bodies if body]

    def _drop_voices(self, bodies: list[dict[str, Any]], modalities: list[str] | None) -> None:
        """Leave out each voice that finds a session without audio: "Text to speech synthesizer is not configured" (service rules)."""
        dropped = []
        for body in bodies:
            modalities = body.get("modalities") or modalities
            if modalities and "audio" not in modalities:
                dropped.append(body.pop("voice", None))
        if any(dropped):
            self.lost.append("setting 'voice': a session without audio refuses one; set it again together with the modality")


def _as_asked(config: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the service reported them, in the form in which it takes them."""
    known = {key: value for key, value in config.items() if key in RequestSession.__struct_encode_fields__}
    if known.get("modalities") == ["audio"]:
        del known["modalities"]  # shown by realtime models, refused in an update (service facts, section 6)
    if known.get("parallel_tool_calls"):
        del known["parallel_tool_calls"]  # the default, which realtime models refuse to hear (service rules)
    plain: dict[str, Any] = _without_nulls(RequestSession.from_dict(known))
    return plain | {key: None for key, value in known.items() if value is None and key in NULL_CLEARS}


def _without_nulls(value: Any) -> Any:
    """A model as plain JSON without the nulls that stand for what was not set; free-form objects stay as they are."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if not hasattr(value, "__struct_fields__"):
        return value
    return {key: _without_nulls(item) for key, item in wire_items(value) if item is not None}


def _as_asked_for(connection: Connection) -> list[TrackedItem]:
    """The conversation as it would be if the service had carried out what was asked of it."""
    items, unanswered = list(connection.conversation.items), connection.requests.unanswered
    used = {each.id for each in items} | {asked.item_id for asked in unanswered}
    unused = (name for name in map("resumed_{}".format, itertools.count(1)) if name not in used)
    for asked in unanswered:
        index = next((index for index, known in enumerate(items) if known.id == asked.item_id), None)
        if asked.item is not None and index is None:
            items.insert(_index_behind(asked.previous_item_id, items), _new_item(asked.item, asked.item_id or next(unused)))
        elif asked.type == DELETE and index is not None:
            del items[index]
        elif asked.type == TRUNCATE and index is not None:
            items[index] = copy.copy(items[index])
            items[index].audio_end_ms = asked.audio_end_ms
    return items


def _index_behind(item_id: str | None, items: list[TrackedItem]) -> int:
    if item_id == ROOT:
        return 0
    return next((index for index, known in enumerate(items, 1) if known.id == item_id), len(items))


def _new_item(body: dict[str, Any], item_id: str) -> TrackedItem:
    """An item as it was asked for; no more than its kind where the rest is none, which the service would have refused."""
    known = TrackedItem(item_id)
    try:
        known.report(ResponseItem.from_dict(body | {"id": item_id}))
    except MalformedFrame:
        known.report(ResponseItem.from_dict({key: body[key] for key in ("type", "role") if isinstance(body.get(key), str)}))
    return known


class _History:
    """The tracked conversation as items for a new one, in the form of ``conversation.item.create``; and what is lost of it."""

    def __init__(self, tracked: Sequence[TrackedItem]) -> None:
        self.lost: list[str] = []
        self._calls = {known.item.call_id for known in tracked if known.type == "function_call" and known.complete}
        self._outputs = {known.item.call_id for known in tracked if known.type == "function_call_output"}
        bodies = [(known.id, self._body(known)) for known in tracked]
        self.items = _calls_first([{"id": item_id, **body} for item_id, body in bodies if body is not None])

    def _lose(self, item_id: str, why: str) -> None:
        self.lost.append(f"item {item_id!r}: {why}")

    def _body(self, known: TrackedItem) -> dict[str, Any] | None:
        if known.type == "function_call":
            return self._call(known, known.item)
        if known.type == "function_call_output":
            return self._output(known.id, known.item)
        if known.item is None or known.type == "message":
            return self._message(known)
        self._lose(known.id, f"a client can not put a {known.type} into a conversation")
        return None

    def _call(self, known: TrackedItem, call: ResponseFunctionCallItem) -> dict[str, Any] | None:
        if not known.complete or not call.call_id:
            self._lose(known.id, f"the call of {call.name} was never completed")
        elif call.call_id not in self._outputs:
            self._lose(known.id, f"the call of {call.name} awaits its output")
        else:
            return {"type": "function_call", "name": call.name, "call_id": call.call_id, "arguments": call.arguments or "{}"}
        return None

    def _output(self, item_id: str, output: ResponseFunctionCallOutputItem) -> dict[str, Any] | None:
        if output.call_id and output.call_id in self._calls:
            return {"type": "function_call_output", "call_id": output.call_id, "output": output.output or ""}
        self._lose(item_id, f"the output of call {output.call_id!r}, which is not in the conversation")
        return None

    def _message(self, known: TrackedItem) -> dict[str, Any] | None:
        role = known.role if known.item is not None else "user"  # only a user's audio has a transcript before it is an item
        if role not in ("user", "system", "assistant"):
            self._lose(known.id, f"a client can not send a message of role {role!r}")
            return None
        content, gone = self._said(known) if role == "assistant" else self._asked(known)
        if not content:
            self._lose(known.id, f"nothing of this {role} message is known as text")
            return None
        for kind in gone:
            self._lose(known.id, f"a part of type {kind!r}")
        return {"type": "message", "role": role, "content": content}

    def _asked(self, known: TrackedItem) -> tuple[list[dict[str, Any]], list[Any]]:
        """A user's or system's parts, audio as what was heard in it; and the types of those that can't be restored."""
        content: list[dict[str, Any]] = []
        gone: list[Any] = []
        for index, part in enumerate(known.content or ({"type": "input_audio"},)):
            text = known.heard_in(index) or text_of(part, "transcript") or text_of(part, "text")
            if text:
                content.append({"type": "input_text", "text": text})
            elif part.get("type") == "input_image" and (part.get("image_url") or part.get("url")):
                content.append(_without_nulls(part))
            else:
                gone.append(part.get("type"))
        return content, gone

    def _said(self, known: TrackedItem) -> tuple[list[dict[str, Any]], list[Any]]:
        """An answer's parts, audio as what was heard of its transcript; and the types of those that can't be restored."""
        transcripts = [text_of(part, "transcript") for part in known.content]
        heard_chars = self._heard_chars(known, sum(map(len, transcripts)))
        content: list[dict[str, Any]] = []
        gone: list[Any] = []
        for part, transcript in zip(known.content, transcripts, strict=True):
            text = text_of(part, "text") or cut_at_word(transcript, heard_chars)
            heard_chars = max(0, heard_chars - len(transcript))
            if text:
                content.append({"type": "text", "text": text})
            elif not transcript:
                gone.append(part.get("type"))
        return content, gone

    def _heard_chars(self, known: TrackedItem, spoken_chars: int) -> int:
        """How much of an answer's transcript was heard, going by the time; what was not, or can't be told, is lost."""
        ends_ms = [end_ms for end_ms in (known.audio_end_ms, known.played_ms) if end_ms is not None]
        if known.heard_ms < known.audio_ms:
            self._lose(known.id, f"what it says after {known.heard_ms} of {known.audio_ms} ms, which nobody heard")
            return spoken_chars * known.heard_ms // known.audio_ms
        if ends_ms and spoken_chars and not known.audio_ms:  # it has none yet, or in a format that is not known
            if not min(ends_ms):
                self._lose(known.id, "what it says, which nobody heard")
                return 0
            self._lose(known.id, f"how much of it was heard: {min(ends_ms)} ms of an unknown length, so all its words are restored")
        return spoken_chars


def _calls_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items in their order, but an output that stands before its call goes right behind it: alone the service refuses it."""
    called_at = {item["call_id"]: index for index, item in enumerate(items) if item["type"] == "function_call"}

    def place(at: tuple[int, dict[str, Any]]) -> tuple[int, bool]:
        index, item = at
        behind = called_at[item["call_id"]] if item["type"] == "function_call_output" else -1
        return max(index, behind), index < behind

    return [item for _, item in sorted(enumerate(items), key=place)]


def cut_at_word(text: str, max_chars: int) -> str:
    """The first ``max_chars`` characters or less, up to the end of a word; of a character, in a text without spaces."""
    if len(text) <= max_chars:
        return text
    end = max_chars
    if any(map(str.isspace, text)):
        while end and not (text[end].isspace() or text[end - 1].isspace()):
            end -= 1
    while end and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip()


# What is no item


def _forgotten(connection: Connection) -> Iterator[str]:
    if connection.session.forgotten:
        yield f"{connection.session.forgotten} settings of a newer service, which the limits let go"
    if connection.conversation.forgotten:
        yield f"the first {connection.conversation.forgotten} items of the conversation, which the limits let go"
    if connection.requests.forgotten:
        yield f"{connection.requests.forgotten} requests that were not answered, which the limits let go"


def _unfinished(connection: Connection) -> Iterator[str]:
    for response in connection.responses.values():
        if response.active:
            yield f"response {response.id!r}: the rest of it; ask for an answer again"
    buffer = connection.input_audio
    if buffer.buffer_bytes:
        held = f"{buffer.buffer_bytes} bytes" if buffer.format is None else f"{buffer.buffer_ms} ms"
        yield f"{held} of input audio that were not committed"
    for approval in connection.conversation.pending_approvals:
        yield f"item {approval.id!r}: the approval of {approval.name} is still to be given"
    for turn_id, state in connection.client_turns.items():
        if state is TurnState.OPEN:
            yield f"turn {turn_id!r}: what was said in it so far"
    if any(state is not AvatarState.OFF for state in connection.avatar.values()):
        yield "the avatar's media connection; connect it again"


def _not_begun(connection: Connection) -> Iterator[str]:
    for item_id in connection.requests.committed:
        if connection.conversation.get(item_id) is None:
            yield f"item {item_id!r}: the speech that was committed for it"
    for asked in connection.requests.unanswered:
        if asked.type == END_TURN:
            yield f"turn {asked.item_id!r}: what was said in it, of which there was no item yet"
        elif asked.type == RESPOND:
            yield "an answer that was asked for and not begun; ask for it again"
