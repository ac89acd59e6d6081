"""Whether the session's avatar speaks: from a response's first spoken message until all of it can have been played."""

import asyncio
from collections.abc import Mapping
from typing import Any

from voicelive_proto.server_events import SessionAvatarSwitchToIdle, SessionAvatarSwitchToSpeaking

from ._picture import GOP_SIZE
from ._tasks import Tasks
from ._wire import Wire


def sends_video(avatar: Mapping[str, Any] | None) -> bool:
    """Whether the avatar's picture comes over the WebSocket."""
    return avatar is not None and avatar.get("output_protocol") == "websocket"


def gop_size(avatar: Mapping[str, Any] | None) -> int:
    """Frames from one key frame to the next, as the avatar's settings want it."""
    video = (avatar or {}).get("video") or {}
    return video.get("gop_size") or GOP_SIZE


class Avatar:
    """Says when the avatar of one session changes its state.

    Args:
        wire: where the events go.
        tasks: runs the wait for the end of playback.
    """

    def __init__(self, wire: Wire, tasks: Tasks) -> None:
        self._wire = wire
        self._tasks = tasks
        self._turn_id: str | None = None
        self._waiting: asyncio.Task[None] | None = None

    def speak(self, turn_id: str) -> None:
        """A response begins to speak; what an earlier one said is over with that."""
        self.idle()
        self._turn_id = turn_id
        self._wire.emit(SessionAvatarSwitchToSpeaking(turn_id=turn_id))

    def finish(self, turn_id: str, left_ms: int) -> None:
        """A response has ended, and so much of its audio is yet to be played."""
        if turn_id == self._turn_id:
            self._waiting = self._tasks.start(self._idle_in(left_ms))

    def idle(self) -> None:
        """Nothing is to be heard any more."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.cancel()
        turn_id, self._turn_id = self._turn_id, None
        if turn_id is not None:
            self._wire.emit(SessionAvatarSwitchToIdle(turn_id=turn_id))

    async def _idle_in(self, left_ms: int) -> None:
        await asyncio.sleep(left_ms / 1000)
        self._waiting = None
        self.idle()
