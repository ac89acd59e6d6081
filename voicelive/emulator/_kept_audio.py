"""The user's audio, kept for ``conversation.item.retrieve``."""

from collections import OrderedDict

MAX_KEPT_BYTES = 16 * 1024 * 1024
"""Of one session; beyond it the oldest audio goes, and its item is retrieved without. Nearly six minutes of pcm16 at 24 kHz."""


class KeptAudio:
    """Holds audio in the session's input format, by the item that it belongs to.

    Args:
        max_bytes: of all audio together.
    """

    def __init__(self, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._held_bytes = 0

    def keep(self, item_id: str, audio: bytes) -> None:
        """Hold an item's audio."""
        self._held[item_id] = audio
        self._held_bytes += len(audio)
        while self._held_bytes > self._max_bytes:
            self._held_bytes -= len(self._held.popitem(last=False)[1])

    def get(self, item_id: str) -> bytes | None:
        """An item's audio, or None when it has none or it is gone."""
        return self._held.get(item_id)

    def drop(self, item_id: str) -> None:
        """Let an item's audio go."""
        self._held_bytes -= len(self._held.pop(item_id, b""))
