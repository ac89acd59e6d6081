"""What is on its way: requests of the client about the conversation that have no answer yet, and speech that is no item yet."""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct

from .._plain import to_plain
from ..error_details import named_event, refused_type
from .base import Limits, Quick, Routes, Row, remember, text_chars
from .conversation import text_of
from .responses import ResponseTracker

CREATE = "conversation.item.create"
DELETE = "conversation.item.delete"
TRUNCATE = "conversation.item.truncate"
RESPOND = "response.create"
END_TURN = "input_audio.turn.end"


class Asked(Struct, kw_only=True):
    """A request.

    Attributes:
        type: Wire name of its event.
        event_id: Its own id, or None.
        item_id: The item that it is about; of ``input_audio.turn.end`` the turn.
        item: What is to be created, as plain JSON without audio.
        kind: What of the item its answer will have, too, whatever id it gets.
        previous_item_id: The item that it is to stand behind.
        audio_end_ms: Where a truncation cuts.
        doubted: Whether an error that says nothing of what it is about may have refused it.
        text_chars: Characters held.
    """

    type: str
    event_id: str | None
    item_id: str | None = None
    item: dict[str, Any] | None = None
    kind: tuple[Any, ...] = ()
    previous_item_id: str | None = None
    audio_end_ms: int | None = None
    doubted: bool = False
    text_chars: int = 0


class RequestTracker:
    """Requests to change the conversation, to answer, and to end a named turn, as long as they have no answer.

    Requests are answered in order (service facts, section 7): with one, all before it are settled, too, be it by an error that named
    nothing. How the service answers to the end of a named turn is not documented; the next speech that becomes an item counts as that.

    Attributes:
        unanswered: The requests, oldest first.
        forgotten: How many before them went because of the limits.
    """

    def __init__(self, responses: ResponseTracker, limits: Limits) -> None:
        self.unanswered: list[Asked] = []
        self.forgotten = 0
        self._responses = responses
        self._limits = limits
        self._chars = 0
        self._committed: dict[str, None] = {}

    @property
    def committed(self) -> tuple[str, ...]:
        """Ids of items that audio was committed for and that were not created yet, oldest first."""
        return tuple(self._committed)

    def row(self, _event: Any) -> Row | None:
        """Other tables judge all of it."""
        return None

    def _on_create(self, event: Any) -> None:
        if event.item is None:
            return
        item = to_plain(event.item)
        for part in _parts(item):
            part.pop("audio", None)
        item_id = text_of(item, "id") or None
        place = event.previous_item_id
        self._ask(event, item_id=item_id, item=item, kind=_kind(item), previous_item_id=place, text_chars=text_chars(item))

    def _on_delete(self, event: Any) -> None:
        self._ask(event, item_id=event.item_id)

    def _on_truncate(self, event: Any) -> None:
        self._ask(event, item_id=event.item_id, audio_end_ms=event.audio_end_ms)

    def _on_respond(self, event: Any) -> None:
        self._ask(event)

    def _on_turn_end(self, event: Any) -> None:
        self._ask(event, item_id=event.turn_id)

    def _ask(self, event: Any, **more: Any) -> None:
        asked = Asked(type=event.type, event_id=event.event_id, **more)
        self.unanswered.append(asked)
        self._chars += asked.text_chars
        limits = self._limits
        while len(self.unanswered) > limits.max_items or (self._chars > limits.max_text_chars and len(self.unanswered) > 1):
            self.forgotten += 1
            self._keep(self.unanswered[1:])

    def _keep(self, unanswered: list[Asked]) -> None:
        self.unanswered = unanswered
        self._chars = sum(asked.text_chars for asked in unanswered)
        if not unanswered:
            self.forgotten = 0

    def _first(self, kind: str, item_id: str | None = None) -> Asked | None:
        """The first request of this type, about this item if one is given."""
        return next((asked for asked in self.unanswered if asked.type == kind and item_id in (None, asked.item_id)), None)

    def _first_like(self, kind: tuple[Any, ...], *, doubted: bool) -> Asked | None:
        """The first request for an item of this kind that gives it no id."""
        return next((asked for asked in self.unanswered if asked.doubted is doubted and asked.item_id is None and asked.kind == kind), None)

    def _remove(self, *gone: Asked | None) -> None:
        self._keep([asked for asked in self.unanswered if all(asked is not one for one in gone)])

    def _answer(self, answered: Asked | None) -> None:
        """Take out a request that was answered, and what was asked before it."""
        if answered is not None:
            index = next(index for index, asked in enumerate(self.unanswered) if asked is answered)
            before = [asked for asked in self.unanswered[:index] if asked.type == END_TURN]
            self._keep([*before, *self.unanswered[index + 1 :]])

    def _on_created(self, event: Any) -> None:
        item = event.item
        if item is None or not item.id:
            return
        if item.id in self._committed:
            committed = self.committed
            for item_id in committed[: committed.index(item.id) + 1]:  # items come in the order of the commits
                del self._committed[item_id]
        elif self.unanswered:
            self._answer(self._first(CREATE, item.id) or self._request_without_id(item))

    def _request_without_id(self, item: Any) -> Asked | None:
        """The request that the item is the answer to by what it is; an answer's item is none, and speech may end a named turn instead."""
        if self._responses.output_item(item.id) is not None:
            return None
        plain = to_plain(item)
        kind = _kind(plain)
        found = self._first_like(kind, doubted=False) or self._first_like(kind, doubted=True)
        if found is None and _is_spoken(plain):
            self._remove(self._first(END_TURN))
        return found

    def _on_deleted(self, event: Any) -> None:
        self._answer(self._first(DELETE, event.item_id or ""))

    def _on_truncated(self, event: Any) -> None:
        self._answer(self._first(TRUNCATE, event.item_id or ""))

    def _on_responding(self, _event: Any) -> None:
        """A response is not always the one that was asked for, so it settles nothing but requests for one."""
        asked_for = [asked for asked in self.unanswered if asked.type == RESPOND]
        answered = next((index for index, asked in enumerate(asked_for) if not asked.doubted), 0)
        self._remove(*asked_for[: answered + 1])

    def _on_committed(self, event: Any) -> None:
        self._remove(self._first(END_TURN))
        if event.item_id:
            remember(self._committed, event.item_id, self._limits.max_calls)

    def _on_error(self, event: Any) -> None:
        """What was refused is answered: what the error names, or what its code is about; otherwise that is likely, of the oldest."""
        if event.error is None:
            return
        event_id, kind = named_event(event.error), refused_type(event.error)
        if event_id is not None:
            self._remove(*[asked for asked in self.unanswered if asked.event_id == event_id])
        elif kind is not None:
            self._remove(self._first(kind))
        else:
            for asked in [asked for asked in self.unanswered if not asked.doubted][:1]:
                asked.doubted = True

    routes: ClassVar[Routes] = {
        CREATE: _on_create,
        DELETE: _on_delete,
        TRUNCATE: _on_truncate,
        RESPOND: _on_respond,
        END_TURN: _on_turn_end,
        "conversation.item.created": _on_created,
        "conversation.item.deleted": _on_deleted,
        "conversation.item.truncated": _on_truncated,
        "response.created": _on_responding,
        "input_audio_buffer.committed": _on_committed,
        "error": _on_error,
    }
    quick: ClassVar[Quick] = {}


def _kind(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*(item.get(key) for key in ("type", "role", "call_id", "approval_request_id")), _is_spoken(item))


def _is_spoken(item: Mapping[str, Any]) -> bool:
    return any(part.get("type") == "input_audio" for part in _parts(item))


def _parts(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = item.get("content")
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
