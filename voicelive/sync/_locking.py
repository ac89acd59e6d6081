"""What threads share, each use of it in turn."""

from __future__ import annotations

import threading
from typing import Any, TypeVar, cast

from voicelive_proto import Connection

T = TypeVar("T")


class LockedConnection(Connection):
    """The core, changed by one thread at a time: the one that receives, or one that sends."""

    def __init__(self, role: Any) -> None:
        super().__init__(role)
        self.lock = threading.RLock()

    def receive(self, frame: Any) -> Any:
        """See `voicelive_proto.Connection`."""
        with self.lock:
            return super().receive(frame)

    def receive_close(self, code: int, reason: str = "") -> Any:
        """See `voicelive_proto.Connection`."""
        with self.lock:
            return super().receive_close(code, reason)

    def send(self, event: Any) -> bytes:
        """See `voicelive_proto.Connection`."""
        with self.lock:
            return super().send(event)

    def send_audio(self, audio: Any) -> bytes:
        """See `voicelive_proto.Connection`."""
        with self.lock:
            return super().send_audio(audio)

    def send_close(self, code: int = 1000, reason: str = "") -> None:
        """See `voicelive_proto.Connection`."""
        with self.lock:
            super().send_close(code, reason)


def in_turn(target: T, lock: Any) -> T:
    """The same object, each of its methods called under the lock; None stays None."""
    return target if target is None else cast("T", _InTurn(target, lock))


class _InTurn:
    def __init__(self, target: Any, lock: Any) -> None:
        self._target = target
        self._lock = lock

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            found = getattr(self._target, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                return found(*args, **kwargs)

        return call
