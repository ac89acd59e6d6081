"""The responses of one session: at most one at a time in the conversation, any number beside it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from voicelive_proto.server_events import ConversationItemTruncated

from ._answering import Engines, answer
from ._avatar import Avatar
from ._conversation import Conversation, Entry
from ._engine_watch import watched
from ._errors import Incomplete, Refused
from ._limits import ServerLimits
from ._mcp_calls import McpCalls
from ._pacing import Pacer
from ._plans import Plan
from ._quota import Quota
from ._stream import ResponseStream
from ._tasks import Tasks
from ._wire import Wire

logger = logging.getLogger("voicelive.emulator")

MakePlan: TypeAlias = Callable[[], Plan]
"""Says what a response is to be when it starts: by then the settings may be others."""


@dataclass(slots=True)
class Running:
    """A response and the task that generates it."""

    stream: ResponseStream
    pacer: Pacer
    quota: Quota
    task: "asyncio.Task[None] | None" = None

    def end(self, status: str = "completed", **details: Any) -> None:
        """End the response, if that has not happened, and count its cost at once: who hears of the end may ask for the next one."""
        if self.stream.is_open:
            self.stream.end(status, **details)
            self.quota.spend(self.stream.usage.total_tokens)

    def stop(self, reason: str) -> None:
        """End the response as cancelled, now."""
        self.end("cancelled", reason=reason)
        if self.task is not None:
            self.task.cancel()


class Responses:
    """Starts, cancels and interrupts the responses of a session.

    Args:
        wire: where their events go.
        conversation: what they answer, and where their items go.
        engines: what generates them.
        tasks: what runs them.
        quota: what they cost is taken from.
        limits: how many there may be, and how long an engine may take.
        paced: whether audio goes out at the pace of speech.
        failure_code: ``error.code`` of a response whose engines fail.

    Attributes:
        avatar: speaks with them.
    """

    def __init__(
        self,
        wire: Wire,
        conversation: Conversation,
        engines: Engines,
        tasks: Tasks,
        quota: Quota,
        *,
        limits: ServerLimits,
        paced: bool,
        failure_code: str = "server_error",
    ) -> None:
        self._wire = wire
        self._conversation = conversation
        self._engines = engines
        self._tasks = tasks
        self._quota = quota
        self._limits = limits
        self._paced = paced
        self._failure_code = failure_code
        self._calls = McpCalls(wire, engines.mcp, engines.mcp_calls_end, tasks=tasks, limits=limits, workers=engines.calling)
        self.avatar = Avatar(wire, tasks)
        self._running: dict[str, Running] = {}
        self._latest: Running | None = None
        self._approved: deque[MakePlan] = deque()
        self._answer_waiting: MakePlan | None = None
        self._have_spoken = False

    @property
    def active(self) -> ResponseStream | None:
        """The running response of the conversation, or None."""
        return self._latest.stream if self._latest is not None and self._latest.stream.is_open else None

    @property
    def have_spoken(self) -> bool:
        """Whether the session has sent audio."""
        return self._have_spoken or any(running.stream.audio_ms for running in self._running.values())

    def create(self, plan: Plan) -> None:
        """Start a response.

        Raises:
            Refused: the conversation has a running one or is full, or too many run beside it.
        """
        if plan.in_conversation and self.active is not None:
            message = f"response {self.active.id} is running; wait for its response.done, or cancel it"
            raise Refused(message, code="conversation_already_has_active_response")
        if len(self._running) + self._calls.running >= self._limits.max_responses:
            calls = f", and {self._calls.running} MCP calls after theirs" if self._calls.running else ""
            message = f"{len(self._running)} responses are running{calls}; wait for one to be done, or cancel it"
            raise Refused(message, code="rate_limit_exceeded")
        if plan.in_conversation:
            self._conversation.check_room()
        stream = ResponseStream(self._wire, self._conversation, plan, self.avatar)
        self._wire.emit(self._quota.report())
        if self._quota.is_used_up:
            stream.end("failed", error={"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": self._quota.message})
            return
        running = self._running[stream.id] = Running(stream, Pacer(paced=self._paced), self._quota)
        if plan.in_conversation:
            self._latest = running
        running.task = self._tasks.start(self._generate(running))
        # For one that was cancelled before its task had begun, which therefore can't do that itself.
        running.task.add_done_callback(lambda _task: self._let_go(running))

    def create_instead(self, plan: Plan) -> None:
        """Cancel the conversation's running response, if there is one, and start this one before all that waits.

        Raises:
            Refused: the conversation is full, or too many responses run beside it; what ran is cancelled all the same.
        """
        if self.active is not None:
            self._running[self.active.id].stop("client_cancelled")
        try:
            self.create(plan)
        finally:
            self._create_waiting()

    def create_when_free(self, make_plan: MakePlan) -> None:
        """Start the response of an approved call now, or when the running one has ended and those that were approved before are made.

        Raises:
            Refused: it would start now, and may not.
        """
        if self.active is None:
            self.create(make_plan())
        else:
            self._approved.append(make_plan)

    def answer_when_free(self, make_plan: MakePlan) -> None:
        """Answer a turn now, or when nothing else runs or waits; of several answers that wait only the last is given."""
        self._answer_waiting = make_plan
        self._create_waiting()

    def cancel(self, response_id: str | None) -> None:
        """Cancel a response; without an id, the one in the conversation.

        Raises:
            Refused: it does not run.
        """
        wanted = response_id or (self.active.id if self.active is not None else "")
        running = self._running.get(wanted)
        if running is None or not running.stream.is_open:
            which = f"response {response_id!r} is not running" if response_id else "no response is running"
            raise Refused(f"{which}; there is nothing to cancel", code="response_cancel_not_active")
        running.stop("client_cancelled")
        self._create_waiting()

    def interrupt(self, *, truncate: bool) -> bool:
        """The user speaks: end the running response, and cut what it said to what can have been heard of it if asked to.

        Approved calls that waited for its end begin. An answer that did does not: True says that there was one, and that it is up to the
        caller now.
        """
        latest = self._latest
        if latest is None:
            return False
        answer_waiting, self._answer_waiting = self._answer_waiting is not None, None
        self._interrupt(latest, truncate=truncate)
        self.avatar.idle()
        self._create_waiting()
        return answer_waiting

    def _interrupt(self, latest: Running, *, truncate: bool) -> None:
        heard_ms = latest.pacer.played_ms(latest.stream.audio_ms)
        for message, start_ms in latest.stream.spoken if truncate else ():
            self._truncate(message, heard_ms - start_ms)
        latest.stop("turn_detected")

    def _truncate(self, message: Entry, heard_ms: int) -> None:
        """Cut a message to what can have been heard of it, unless the client has cut more."""
        heard_ms = max(0, min(heard_ms, message.heard_ms))
        ahead = message.item["status"] == "in_progress" and message.cut_ms is None  # words run ahead of the sound
        if not message.heard_ms or self._conversation.get(message.id) is not message or (heard_ms == message.heard_ms and not ahead):
            return
        self._conversation.truncate(message.id, 0, heard_ms)
        self._wire.emit(ConversationItemTruncated(item_id=message.id, content_index=0, audio_end_ms=heard_ms))

    async def _generate(self, running: Running) -> None:
        stream = running.stream
        try:
            await watched(self._answer(running), lambda: stream.progress, self._limits)
        except Incomplete as cut:
            running.end("incomplete", reason=cut.reason)
        except Refused as refused:
            running.end("failed", error=refused.reply)
        except Exception as error:
            logger.exception("response %s failed", stream.id)
            message = str(error) or f"an engine raised {type(error).__name__}"
            running.end("failed", error={"type": "server_error", "code": self._failure_code, "message": message})

    def _let_go(self, running: Running) -> None:
        """Nothing of a response runs any more; the second time nothing happens."""
        stream = running.stream
        if stream.id not in self._running:
            return
        if stream.is_open:  # the session ends
            self._quota.spend(stream.usage.total_tokens)
        self._have_spoken = self.have_spoken
        left_ms = stream.audio_ms - running.pacer.played_ms(stream.audio_ms) if stream.status == "completed" else 0
        self.avatar.finish(stream.id, left_ms)
        del self._running[stream.id]
        self._create_waiting()

    async def _answer(self, running: Running) -> None:
        await answer(running.stream, self._conversation, self._engines, self._calls, pacer=running.pacer, wire=self._wire)
        running.end()
        self._calls.go_on(running.stream)
        self._let_go(running)  # at once, not when the task ends: by then the client may have asked for the next one

    def _next_waiting(self) -> MakePlan | None:
        """Approved calls come first: an answer waits until nothing else does, and knows of them."""
        if self._approved:
            return self._approved.popleft()
        waiting, self._answer_waiting = self._answer_waiting, None
        return waiting

    def _create_waiting(self) -> None:
        while self.active is None and not self._wire.is_closed and (make_plan := self._next_waiting()) is not None:
            self._create_unasked(make_plan())

    def _create_unasked(self, plan: Plan) -> None:
        """Start a response that nobody asks for just now."""
        try:
            self.create(plan)
        except Refused as refused:
            self._wire.emit_error(refused.reply)
