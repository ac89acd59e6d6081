"""The input audio buffer and the speech that the service hears in it."""

from typing import Any, ClassVar, NamedTuple

from ..audio_formats import AudioFormat, audio_length_bytes
from ..error_details import named_event
from .base import Quick, Routes, Row
from .session import SessionTracker
from .tables import INPUT_BUFFER, SPEECH, BufferState, SpeechState

_SPEECH_EVENTS = frozenset({"input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"})


_ANSWERS = {"input_audio_buffer.commit": "input_audio_buffer.committed", "input_audio_buffer.clear": "input_audio_buffer.cleared"}
_MAX_ASKED = 100

_HOLDING = BufferState.HOLDING  # an enumeration's member costs a look-up of its own, and this is the audio path


class _Asked(NamedTuple):
    """A request to commit or clear what was appended so far."""

    answer: str
    event_id: str | None
    at_bytes: int


class InputAudioTracker:
    """What the input audio buffer holds. Counts only; the audio itself is never kept.

    Attributes:
        state: `BufferState`.
        speech: `SpeechState`, as the service's voice activity detection last said.
        buffer_bytes: Bytes appended since the last commit or clear.
        total_bytes: Bytes appended since the session began.
        speech_started_ms: Start of the speech now going on, in ms since the session began; None while silent.
        speech_item_id: Item that the speech now going on, or the last one, will become.
    """

    def __init__(self, session: SessionTracker) -> None:
        self.state = BufferState.EMPTY
        self.speech = SpeechState.SILENT
        self.buffer_bytes = 0
        self.total_bytes = 0
        self.speech_started_ms: int | None = None
        self.speech_item_id: str | None = None
        self._session = session
        self._asked: list[_Asked] = []  # to commit or clear, not answered yet
        self._gone_bytes = 0  # of `total_bytes`

    @property
    def format(self) -> AudioFormat | None:
        """Layout of the audio, from the session's settings; None when the format's name is not known."""
        return self._session.input_format

    @property
    def buffer_ms(self) -> int:
        """Milliseconds of audio held, in the session's input format; 0 when that format is not known."""
        return self.format.bytes_to_ms(self.buffer_bytes) if self.format else 0

    @property
    def next_commit_ms(self) -> int:
        """The same, less what goes with a commit or clear that is not answered yet: what a commit sent now would take."""
        asked_bytes = self._asked[-1].at_bytes if self._asked else 0
        return self.format.bytes_to_ms(min(self.buffer_bytes, self.total_bytes - asked_bytes)) if self.format else 0

    @property
    def speaking(self) -> bool:
        """Whether the service hears speech now."""
        return self.speech is SpeechState.SPEAKING

    def row(self, event: Any) -> Row | None:
        """Speech events are judged by the speech table, the rest by the buffer's; an error by none."""
        if event.type == "error":
            return None
        if event.type in _SPEECH_EVENTS:
            return Row("speech", SPEECH, self.speech)
        return Row("input audio buffer", INPUT_BUFFER, self.state)

    def _quick_append(self, event: Any) -> bool:
        self._on_append(event)  # both rows allow it
        return True

    def _on_append(self, event: Any) -> None:
        self.count(audio_length_bytes(event.audio))

    def count(self, length_bytes: int) -> None:
        """Count audio in that was appended."""
        self.state = _HOLDING
        self.buffer_bytes += length_bytes
        self.total_bytes += length_bytes

    def _on_asked(self, event: Any) -> None:
        self._asked.append(_Asked(_ANSWERS[event.type], event.event_id, self.total_bytes))
        del self._asked[:-_MAX_ASKED]

    def _on_emptied(self, event: Any) -> None:
        """What was appended after the request is still there; without one, turn detection has committed all of it."""
        index = next((index for index, asked in enumerate(self._asked) if asked.answer == event.type), None)
        gone_bytes = self.total_bytes
        if index is not None:
            gone_bytes = max(self._gone_bytes, self._asked[index].at_bytes)
            del self._asked[: index + 1]
        self._gone_bytes = gone_bytes
        self.buffer_bytes = self.total_bytes - gone_bytes
        self.state = BufferState.HOLDING if self.buffer_bytes else BufferState.EMPTY

    def _on_error(self, event: Any) -> None:
        """What was refused is answered no more: the request that the error names, or the oldest where its code is about the buffer."""
        if event.error is None or not self._asked:
            return
        event_id = named_event(event.error)
        if event_id is not None:
            self._asked = [asked for asked in self._asked if asked.event_id != event_id]
        elif "input_audio_buffer" in (event.error.code or ""):
            del self._asked[0]

    def _on_speech_started(self, event: Any) -> None:
        self.speech = SpeechState.SPEAKING
        self.speech_started_ms = event.audio_start_ms
        self.speech_item_id = event.item_id

    def _on_speech_stopped(self, event: Any) -> None:
        self.speech = SpeechState.SILENT
        self.speech_started_ms = None
        self.speech_item_id = event.item_id

    routes: ClassVar[Routes] = {
        "input_audio_buffer.append": _on_append,
        "input_audio_buffer.commit": _on_asked,
        "input_audio_buffer.clear": _on_asked,
        "input_audio_buffer.committed": _on_emptied,
        "input_audio_buffer.cleared": _on_emptied,
        "error": _on_error,
        "input_audio_buffer.speech_started": _on_speech_started,
        "input_audio_buffer.speech_stopped": _on_speech_stopped,
    }
    quick: ClassVar[Quick] = {"input_audio_buffer.append": _quick_append}
