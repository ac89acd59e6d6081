"""What a response brought, piece by piece; and why it failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .exceptions import ResponseFailed

if TYPE_CHECKING:
    from voicelive_proto.responses import Response

_Piece = TypeVar("_Piece")


class Parts(Generic[_Piece]):
    """Pieces of text or audio as they came; a part that came whole, without deltas, is one piece."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []
        self._begun: set[tuple[str | None, int | None]] = set()

    def add(self, event: Any, piece: _Piece | None) -> None:
        """Add a delta."""
        if piece:
            self._begun.add((event.item_id, event.content_index))
            self.pieces.append(piece)

    def complete(self, event: Any, whole: _Piece | None) -> None:
        """Add what came whole, unless its deltas came."""
        if (event.item_id, event.content_index) not in self._begun:
            self.add(event, whole)


def response_failure(response: Response) -> ResponseFailed:
    """The error for a response with status ``failed``."""
    error: Mapping[str, Any] = getattr(response.status_details, "error", None) or {}
    kind, code, message = error.get("type"), error.get("code"), error.get("message")
    said = f"the response {response.id} failed: {message or code or kind or 'the service gives no reason'}"
    return ResponseFailed(said, kind=kind, code=code, response=response)
