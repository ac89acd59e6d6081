"""The user's turns: audio in, speech found in it, one user message for each utterance."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pybase64

from voicelive._audio import Samples
from voicelive_proto.server_events import (
    ConversationItemCreated,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
)

from ._answering import Engines
from ._conversation import Conversation, Entry, message_item
from ._end_of_turn import JUDGED_MS, hold_ms, is_complete
from ._errors import Refused
from ._hearing import Heard
from ._input_audio import InputAudio
from ._kept_audio import KeptAudio
from ._limits import ServerLimits
from ._named_turns import NamedTurns
from ._plans import Plan
from ._responses import Responses
from ._settings import Settings, is_cascaded
from ._tasks import Tasks
from ._transcribing import transcription_events
from ._wire import Wire
from .engines.transcript import Hints
from .engines.vad import SpeechStarted, TurnDetector, TurnEvent

SHORTEST_COMMIT_MS = 100
"""Less audio than this is no turn (service facts, section 8)."""

ALWAYS_HELD_BYTES = 4 * 1024 * 1024
"""A session may hold so much audio, whatever the others hold: 87 s of pcm16 at 24 kHz."""

DETECTED_AT_ONCE_MS = 1000
"""A long append is searched for speech in pieces of this length, so that other sessions get their turn in between."""

logger = logging.getLogger("voicelive.emulator")

DETECTOR_KEYS = ("threshold", "prefix_padding_ms", "silence_duration_ms", "speech_duration_ms")
"""Settings of turn detection that the detector itself has; the others are ours to follow."""


def _numbers(detection: Settings) -> dict[str, Any]:
    return {key: detection[key] for key in DETECTOR_KEYS if key in detection}


def _check_length(what: str, held_ms: int) -> None:
    if held_ms < SHORTEST_COMMIT_MS:
        message = f"{what} holds {held_ms} ms; a turn needs at least {SHORTEST_COMMIT_MS} ms of audio"
        raise Refused(message, code="input_audio_buffer_commit_empty")


class Turns:
    """Turns appended audio into user messages, and has them answered.

    Args:
        wire: where the events go.
        conversation: where the messages go.
        responses: answers them, and is interrupted by them.
        engines: recogniser and voice activity detector.
        tasks: runs recognition.
        settings: the session's settings at the start.
        make_plan: what the response to a turn is to be.
        limits: how much audio it may hold.
        audio_of_all: bytes of audio that all sessions hold.

    Attributes:
        named: the turns that the client names and bounds itself.
        kept: the audio of the messages.
    """

    def __init__(
        self,
        *,
        wire: Wire,
        conversation: Conversation,
        responses: Responses,
        engines: Engines,
        tasks: Tasks,
        settings: Settings,
        make_plan: Callable[[], Plan],
        limits: ServerLimits,
        audio_of_all: Callable[[], int],
    ) -> None:
        self._wire = wire
        self._conversation = conversation
        self._responses = responses
        self._engines = engines
        self._tasks = tasks
        self._make_plan = make_plan
        self._limits = limits
        self._audio_of_all = audio_of_all
        self._unheard_bytes = 0
        self._one_turn_at_a_time = asyncio.Lock()
        self._audio = InputAudio(settings)
        self._settings = settings
        self._detector: TurnDetector | None = None
        self._item_id: str | None = None
        self._owes_answer = False  # to a turn that was to be answered when the user spoke again
        self._untold: asyncio.Task[None] | None = None  # the last turn that the client committed, until its words are there
        self.kept = KeptAudio()
        self.named = NamedTurns(self._decode_for_named, self._add_named)

    @property
    def held_bytes(self) -> int:
        """Audio in the buffer, in open turns, and before the recogniser, as 16-bit samples."""
        return self._audio.held_bytes + self.named.held_bytes + self._unheard_bytes

    @property
    def have_audio(self) -> bool:
        """Whether any audio was ever appended."""
        return self._audio.received or self.named.received

    def configure(self, settings: Settings) -> None:
        """Follow new settings; turn detection is as they say from the next audio on."""
        self._settings = settings
        self._audio.configure(settings)
        detection = settings["turn_detection"]
        if detection is None:
            self._drop_speech()
            self._detector = None
        elif self._detector is not None:
            for key, value in _numbers(detection).items():
                setattr(self._detector, key, value)
            self._detector.hold_ms = hold_ms(detection)

    async def append(self, audio: bytes) -> None:
        """Take audio in, and act on the speech that begins or ends in it.

        Raises:
            Refused: the audio is not in the session's input format, the buffer is full, or the detector failed.
        """
        samples = self._audio.decode(audio)
        self._check_input(samples)
        position = self._audio.end
        self._audio.append(samples)
        if self._settings["turn_detection"] is None:
            return
        for change in await self._find_speech(samples, position):
            self._follow(change)
        if self._item_id is None:
            self._audio.drop_old_silence()

    def _check_input(self, samples: Samples) -> None:
        """Whether there is room for more audio.

        Raises:
            Refused: there is none.
        """
        held_bytes = self._audio.held_bytes + self.named.held_bytes
        if held_bytes + samples.nbytes > self._limits.max_input_bytes:
            message = (
                f"the input audio buffer is full: it holds {held_bytes} bytes, as 16-bit samples, of {self._limits.max_input_bytes}; "
                "commit or clear it first"
            )
            raise Refused(message, code="input_audio_buffer_full", param="audio")
        if self.held_bytes + samples.nbytes > ALWAYS_HELD_BYTES and self._audio_of_all() + samples.nbytes > self._limits.max_audio_bytes:
            message = (
                "all sessions of this server together hold as much audio as it takes; commit or clear some, or wait for transcriptions"
            )
            raise Refused(message, code="input_audio_buffer_full", param="audio")

    async def _find_speech(self, samples: Samples, position: int) -> list[TurnEvent]:
        piece_samples = self._audio.rate_hz * DETECTED_AT_ONCE_MS // 1000
        changes: list[TurnEvent] = []
        try:
            for start in range(0, len(samples), piece_samples):
                piece = samples[start : start + piece_samples]
                changes += await self._engines.detecting.run(self._detect, piece, position + start)
        except Exception as error:
            self._detector = None
            self._drop_speech()
            logger.exception("the voice activity detector failed")
            message = f"the voice activity detector failed: {str(error) or type(error).__name__}; it begins anew"
            raise Refused(message, code="server_error", kind="server_error") from error
        return changes

    def _detect(self, samples: Samples, position: int) -> list[TurnEvent]:
        """Look for speech in samples that begin at a position; runs in a worker thread."""
        if self._detector is None:
            detection = self._settings["turn_detection"]
            self._detector = TurnDetector(
                self._audio.rate_hz,
                vad=self._engines.vad,
                first_sample=position,
                hold_ms=hold_ms(detection),
                is_complete=self._is_complete,
                **_numbers(detection),
            )
        return self._detector.feed(samples)

    def _is_complete(self, start_ms: int, end_ms: int) -> bool:
        """Whether what was said between two times may be all; called by the detector, in its worker thread."""
        start_ms = max(start_ms, end_ms - JUDGED_MS)
        samples = self._audio.between(self._audio.position_of(start_ms), self._audio.position_of(end_ms))
        return is_complete(self._engines.ear.hear_now(samples, self._audio.rate_hz))

    def _follow(self, change: TurnEvent) -> None:
        """Act on speech that begins or ends. What is refused is the turn, and not the append that it happens to end in."""
        try:
            if isinstance(change, SpeechStarted):
                self._speech_started(change.audio_start_ms)
            else:
                self._speech_stopped(change.audio_end_ms)
        except Refused as refused:
            self._wire.emit_error(refused.reply)

    def _speech_started(self, audio_start_ms: int) -> None:
        self._item_id = self._wire.new_id("item")
        self._audio.drop_before(self._audio.position_of(audio_start_ms))
        self._wire.emit(InputAudioBufferSpeechStarted(audio_start_ms=audio_start_ms, item_id=self._item_id))
        detection: dict[str, Any] = self._settings["turn_detection"]
        if detection["interrupt_response"]:
            self._owes_answer |= self._responses.interrupt(truncate=detection["auto_truncate"])

    def _speech_stopped(self, audio_end_ms: int) -> None:
        assert self._item_id is not None
        item_id, self._item_id = self._item_id, None
        self._wire.emit(InputAudioBufferSpeechStopped(audio_end_ms=audio_end_ms, item_id=item_id))
        try:
            self._check_turn()
        except Refused:
            self._answer_owed()
            raise
        samples = self._audio.take(until=self._audio.position_of(audio_end_ms))
        respond: bool = self._settings["turn_detection"]["create_response"] or self._owes_answer
        self._owes_answer = False
        if self._words_come_first:
            self._tasks.start(self._add_transcribed_turn(self._commit(item_id, samples), respond=respond))
            return
        self._add_turn(item_id, samples)
        if respond:
            self._responses.answer_when_free(self._make_plan)

    def _answer_owed(self) -> None:
        """No answer follows the utterance that has ended: so the turn before it is answered, if it was not yet."""
        if self._owes_answer:
            self._owes_answer = False
            self._responses.answer_when_free(self._make_plan)

    def commit(self) -> None:
        """Make a user message of the buffer, by the client's own decision. No response to it follows by itself.

        Raises:
            Refused: the buffer holds too little audio, the conversation is full, or too much waits for the recogniser.
        """
        _check_length("the input audio buffer", self._audio.held_ms)
        self._check_turn()
        item_id = self._end_speech() or self._wire.new_id("item")
        samples = self._audio.take()
        if self._words_come_first:
            respond, self._owes_answer = self._owes_answer, False
            self._untold = self._tasks.start(self._add_transcribed_turn(self._commit(item_id, samples), respond=respond))
            return
        self._add_turn(item_id, samples)
        self._answer_owed()

    @property
    def _words_come_first(self) -> bool:
        """Whether a turn becomes an item when its transcript is there: in a cascade the model is given the words."""
        return is_cascaded(self._settings["model"]) and self._settings["input_audio_transcription"] is not None

    def becoming_items(self) -> Coroutine[Any, Any, object] | None:
        """Waits until what the client committed is in the conversation, or the recogniser takes too long; None when it is."""
        if self._untold is None or self._untold.done():
            return None
        return asyncio.wait((self._untold,), timeout=self._limits.engine_s)

    def _decode_for_named(self, audio: bytes) -> Samples:
        samples = self._audio.decode(audio)
        self._check_input(samples)
        return samples

    def _add_named(self, samples: Samples) -> None:
        _check_length("the turn", len(samples) * 1000 // self._audio.rate_hz)
        self._check_turn()
        self._add_turn(self._wire.new_id("item"), samples)

    def clear(self) -> None:
        """Throw the buffer away, with the utterance that may be going on."""
        self._end_speech()
        self._audio.clear()
        self._wire.emit(InputAudioBufferCleared())
        self._answer_owed()

    def _end_speech(self) -> str | None:
        """Let the detector begin anew; return the id of the utterance that this ends, if there is one."""
        if self._detector is not None:
            self._detector.reset()
        item_id, self._item_id = self._item_id, None
        if item_id is not None:
            self._wire.emit(InputAudioBufferSpeechStopped(audio_end_ms=self._audio.end_ms, item_id=item_id))
        return item_id

    def _drop_speech(self) -> None:
        """Let the detector begin anew; what is being said becomes no turn."""
        self._end_speech()
        self._answer_owed()

    def _check_turn(self) -> None:
        self._conversation.check_room()
        if self._unheard_bytes > self._limits.max_unheard_bytes:
            message = f"{self._unheard_bytes} bytes of audio wait for the recogniser; wait for their transcription before the next turn"
            raise Refused(message, code="rate_limit_exceeded")

    def _commit(self, item_id: str, samples: Samples) -> Entry:
        """Make a user message, which is not in the conversation yet."""
        self._wire.emit(InputAudioBufferCommitted(previous_item_id=self._conversation.last_id, item_id=item_id))
        entry = Entry(message_item(item_id, "user", [{"type": "input_audio", "transcript": None}]))
        self._hear(entry, samples)
        return entry

    def _insert(self, entry: Entry) -> None:
        before = self._conversation.insert(entry)
        self._wire.emit(ConversationItemCreated(previous_item_id=before, item=entry.shown()))

    def _add_turn(self, item_id: str, samples: Samples) -> None:
        entry = self._commit(item_id, samples)
        self._insert(entry)
        if self._settings["input_audio_transcription"] is not None:
            self._tasks.start(self._transcribe(entry))

    async def _add_transcribed_turn(self, entry: Entry, *, respond: bool) -> None:
        """The transcript comes first, then the item with it, then the response.

        To a user who speaks again by then, the answer is given after that turn (service facts, section 7).
        """
        assert entry.hearing is not None
        self._tell(entry, await entry.hearing)
        try:
            self._insert(entry)
        except Refused as refused:  # the conversation was filled meanwhile
            self._wire.emit_error(refused.reply)
            return
        if respond and self._item_id is not None:
            self._owes_answer = True
        elif respond:
            self._responses.answer_when_free(self._make_plan)

    def decode_all(self, audio_base64: list[str]) -> Samples:
        """The sound of all audio parts of a client's message.

        Raises:
            Refused: not base64, not in the session's input format, or too much waits for the recogniser.
        """
        if audio_base64:
            self._check_turn()
        try:
            decoded = [pybase64.b64decode(audio, validate=True) for audio in audio_base64]
        except ValueError as error:
            raise Refused(f"the audio is not base64: {error}", param="item.content") from None
        return np.concatenate([np.zeros(0, np.int16), *map(self._audio.decode, decoded)])

    def listen(self, entry: Entry, samples: Samples) -> None:
        """Have a message's audio recognised, and transcribed for the client if the session asks for that."""
        self._hear(entry, samples)
        if self._settings["input_audio_transcription"] is not None:
            self._tasks.start(self._transcribe(entry))

    def _hear(self, entry: Entry, samples: Samples) -> None:
        rate_hz = self._audio.rate_hz
        entry.audio_ms = len(samples) * 1000 // rate_hz
        self.kept.keep(entry.id, self._audio.encode(samples))
        self._unheard_bytes += samples.nbytes
        entry.hearing = self._tasks.start(self._heard(samples, rate_hz))

    async def _heard(self, samples: Samples, rate_hz: int) -> Heard:
        """One turn after the other, so that many of one session do not keep all others waiting."""
        try:
            async with self._one_turn_at_a_time:
                return await self._engines.ear.hear(samples, rate_hz, self._hints())
        finally:
            self._unheard_bytes -= samples.nbytes

    def _hints(self) -> Hints:
        """What the client says of its speech; of several languages the recogniser has to find out itself."""
        asked = self._settings["input_audio_transcription"] or {}
        languages = [each.strip().partition("-")[0].lower() for each in (asked.get("language") or "").split(",")]
        return Hints(languages[0] or None if len(languages) == 1 else None, tuple(asked.get("phrase_list") or ()))

    async def _transcribe(self, entry: Entry) -> None:
        """Tell the client what was recognised, unless the item was deleted meanwhile."""
        assert entry.hearing is not None
        heard = await entry.hearing
        if self._conversation.get(entry.id) is entry:
            self._tell(entry, heard)

    def _tell(self, entry: Entry, heard: Heard) -> None:
        """What was recognised, and nothing else: a transcript is never made up."""
        index = next(place for place, part in enumerate(entry.item["content"]) if part["type"] == "input_audio")
        if heard.text is not None:
            parts = list(entry.item["content"])
            parts[index] = {"type": "input_audio", "transcript": heard.text}
            self._conversation.replace(entry, entry.item | {"content": parts})
        included = self._settings.get("include") or ()
        # A cascade's recogniser tells the whole at once (live tests of the .NET SDK).
        in_pieces = not is_cascaded(self._settings["model"])
        for event in transcription_events(entry.id, index, heard, included=included, audio_ms=entry.audio_ms, in_pieces=in_pieces):
            self._wire.emit(event)
