"""A spoken question and its spoken answer, over a connection of the public API.

This is how a program talks to the service: one task streams the microphone, another takes the events as they come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import anyio

from voicelive.models import ClientEvent, ClientEventInputAudioBufferAppend, ClientEventSessionUpdate

from ._failures import Failure
from ._question import CHUNK_BYTES, CHUNK_MS, Question
from ._timeline import RECEIVED, SENT, Direction

if TYPE_CHECKING:
    from voicelive import VoiceLiveConnection
    from voicelive.models import RequestSession

TAIL_MS: Final = 2_000
"""At most so much silence follows the question: four times what the service's turn detection waits for by default."""

_SAME_END_MS: Final = 1_000
"""So far may the service's opinion of where the question ends lie before ours."""

_SILENCE: Final = bytes(CHUNK_BYTES)
_MOMENTS: Final = ("speech_stopped", "response_created", "first_audio", "response_done")

Watcher = Callable[[float, Direction, Any], None]
"""Is shown each event: seconds since the start, its direction, the event."""


@dataclass
class Answer:
    """What came of a question so far.

    Attributes:
        heard: what the service heard, turn by turn; empty as long as nothing was transcribed.
        said: the answer as text, response by response.
        audio: the answer as 24 kHz mono pcm16.
        status: how the last response ended, such as ``completed``; None before it did.
        speech_end_s: clock reading when the last chunk of speech was sent.
        moments_s: clock readings of what came after it, for the last response.
    """

    heard: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    status: str | None = None
    speech_end_s: float = 0.0
    moments_s: dict[str, float] = field(default_factory=dict)

    @property
    def latencies_ms(self) -> dict[str, int]:
        """Milliseconds from the end of the speech to each moment that came, in order."""
        return {name: round((self.moments_s[name] - self.speech_end_s) * 1000) for name in _MOMENTS if name in self.moments_s}


class SpokenTurn:
    """Asks one spoken question over a connection and collects the answer.

    A pause inside the question may end a turn early; what is answered to a part that the rest then interrupts is dropped.

    Args:
        connection: an open connection, nothing said yet.
        question: the question.
        answer: is filled while the conversation goes on, so that what has come is there however it ends.
        watch: is shown each event that goes either way.
        paced: send at the pace of a microphone, else as fast as the connection takes it.
        patience_s: how long the service may be silent, in seconds.
    """

    def __init__(
        self, connection: VoiceLiveConnection, question: Question, answer: Answer, watch: Watcher, *, paced: bool, patience_s: float
    ) -> None:
        self._connection = connection
        self._question = question
        self._answer = answer
        self._watch = watch
        self._chunk_s = CHUNK_MS / 1000 if paced else 0.0
        self._patience_s = patience_s
        self._start_s = time.monotonic()
        self._set_up = anyio.Event()
        self._settled = anyio.Event()
        self._asked = False
        self._turns = 0
        self._heard_until_ms = 0
        self._transcripts_due = 0
        self._responses_due = 0
        self._kept_bytes = 0

    async def hold(self, session: RequestSession) -> None:
        """Set the session up, ask, and wait until the question is answered in full.

        Raises:
            Failure: the service refuses, fails, falls silent or leaves.
            ConnectionClosed: the connection is lost. It may come in an exception group.
        """
        with anyio.move_on_after(self._patience_s) as self._patience:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen)
                tasks.start_soon(self._ask, session)
                await self._settled.wait()
                tasks.cancel_scope.cancel()
        if self._answer.status is None:
            raise Failure(f"{self._what_is_missing()} within {self._patience_s:g} s (--timeout)")
        if not self._answer.said:
            raise Failure(f"the response ended as {self._answer.status!r} and without an answer")

    async def _ask(self, session: RequestSession) -> None:
        """Set the session up, then be the microphone: the question, and silence until the service has noticed the end."""
        self._sent(ClientEventSessionUpdate(session=session))
        await self._connection.session.update(session=session)
        await self._set_up.wait()
        next_s = anyio.current_time()
        for number, chunk in enumerate(self._chunks(), start=1):
            self._sent(ClientEventInputAudioBufferAppend(audio=chunk))
            await self._connection.input_audio_buffer.append(audio=chunk)
            if number == self._question.speech_chunks:
                self._answer.speech_end_s = time.monotonic()
            next_s += self._chunk_s
            await anyio.sleep_until(next_s)
        self._asked = True
        self._settle()

    def _chunks(self) -> Iterator[bytes]:
        yield from self._question.chunks
        for _ in range(TAIL_MS // CHUNK_MS):
            if self._heard_all:
                return
            yield _SILENCE

    async def _listen(self) -> None:
        async for event in self._connection:
            self._patience.deadline = anyio.current_time() + self._patience_s
            self._watch(time.monotonic() - self._start_s, RECEIVED, event)
            if take := self._HANDLERS.get(event.type):
                take(self, event)
                self._settle()
        raise Failure(f"the service closed the connection (code {self._connection.close_code}) before the answer was complete")

    def _sent(self, event: ClientEvent) -> None:
        self._patience.deadline = anyio.current_time() + self._patience_s
        self._watch(time.monotonic() - self._start_s, SENT, event)

    def _settle(self) -> None:
        """Be done once everything was asked, heard and answered."""
        due = self._transcripts_due > 0 or self._responses_due > 0 or self._answer.status is None
        if self._asked and self._heard_all and not due:
            self._settled.set()

    @property
    def _heard_all(self) -> bool:
        """Whether the service has noticed the end of the question, not just of a part before a pause."""
        speaking = self._connection.state.input_audio.speaking
        return self._turns > 0 and not speaking and self._heard_until_ms >= self._question.speech_end_ms - _SAME_END_MS

    def _what_is_missing(self) -> str:
        if not self._set_up.is_set():
            return "the service did not set the session up"
        if self._connection.state.input_audio.speaking:
            return "the service did not notice the end of the question"
        if not self._turns:
            return "the service heard no speech in the question"
        return "the service did not answer" if not self._answer.audio else "the service did not go on with its answer"

    def _on_updated(self, _event: Any) -> None:
        self._set_up.set()

    def _on_speech_stopped(self, event: Any) -> None:
        self._heard_until_ms = event.audio_end_ms or 0
        self._mark("speech_stopped")

    def _on_committed(self, _event: Any) -> None:
        self._turns += 1
        self._transcripts_due += 1
        self._responses_due += 1

    def _on_transcribed(self, event: Any) -> None:
        self._transcripts_due -= 1
        if transcript := (event.transcript or "").strip():
            self._answer.heard.append(transcript)

    def _on_not_transcribed(self, _event: Any) -> None:
        self._transcripts_due -= 1

    def _on_response_created(self, _event: Any) -> None:
        self._responses_due -= 1
        self._answer.status = None
        self._kept_bytes = len(self._answer.audio)
        self._answer.moments_s.pop("first_audio", None)
        self._mark("response_created")

    def _on_audio(self, event: Any) -> None:
        if len(self._answer.audio) == self._kept_bytes:
            self._mark("first_audio")
        self._answer.audio += event.delta

    def _on_response_done(self, event: Any) -> None:
        response = self._connection.state.responses[event.response.id]
        if response.status == "failed":
            raise Failure(f"the response failed: {_reason(event.response)}")
        if response.status == "cancelled" and (self._responses_due > 0 or self._connection.state.input_audio.speaking):
            del self._answer.audio[self._kept_bytes :]
            return
        self._mark("response_done")
        self._answer.status = response.status or "completed"
        if words := (response.transcript or response.text).strip():
            self._answer.said.append(words)

    def _on_error(self, event: Any) -> None:
        error = event.error
        where = f" (at {error.param})" if error.param else ""
        raise Failure(f"the service reports {error.code or error.type}: {error.message}{where}")

    def _mark(self, moment: str) -> None:
        self._answer.moments_s[moment] = time.monotonic()

    _HANDLERS: Final[Mapping[str, Callable[[SpokenTurn, Any], None]]] = {
        "session.updated": _on_updated,
        "input_audio_buffer.speech_stopped": _on_speech_stopped,
        "input_audio_buffer.committed": _on_committed,
        "conversation.item.input_audio_transcription.completed": _on_transcribed,
        "conversation.item.input_audio_transcription.failed": _on_not_transcribed,
        "response.created": _on_response_created,
        "response.audio.delta": _on_audio,
        "response.done": _on_response_done,
        "error": _on_error,
    }


def _reason(response: Any) -> str:
    details = response.status_details
    error = details.get("error") if details else None
    return str(error.get("message") or error.get("code")) if error else "the service gives no reason"
