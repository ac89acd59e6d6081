"""The input audio buffer and the speech that the service hears in it."""

from typing import Any, ClassVar

from ..audio_formats import AudioFormat
from .base import Quick, Routes, Row
from .session import SessionTracker
from .tables import INPUT_BUFFER, SPEECH, BufferState, SpeechState

_SPEECH_EVENTS = frozenset({"input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"})


_HOLDING = BufferState.HOLDING  # an enumeration's member costs a look-up of its own, and this is the audio path


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
        self._asked_at_bytes: int | None = None  # `total_bytes` at the last request to commit or clear that was not answered

    @property
    def format(self) -> AudioFormat | None:
        """Layout of the audio, from the session's settings; None when the format's name is not known."""
        return self._session.input_format

    @property
    def buffer_ms(self) -> int:
        """Milliseconds of audio held, in the session's input format; 0 when that format is not known."""
        return self.format.bytes_to_ms(self.buffer_bytes) if self.format else 0

    @property
    def speaking(self) -> bool:
        """Whether the service hears speech now."""
        return self.speech is SpeechState.SPEAKING

    def row(self, event: Any) -> Row | None:
        """Speech events are judged by the speech table, the rest by the buffer's."""
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

    def _on_asked(self, _event: Any) -> None:
        self._asked_at_bytes = self.total_bytes

    def _on_emptied(self, _event: Any) -> None:
        """What was appended after the request is still there."""
        self.buffer_bytes = self.total_bytes - self._asked_at_bytes if self._asked_at_bytes is not None else 0
        self._asked_at_bytes = None
        self.state = BufferState.HOLDING if self.buffer_bytes else BufferState.EMPTY

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
        "input_audio_buffer.speech_started": _on_speech_started,
        "input_audio_buffer.speech_stopped": _on_speech_stopped,
    }
    quick: ClassVar[Quick] = {"input_audio_buffer.append": _quick_append}


def audio_length_bytes(audio: Any) -> int:
    """Raw size of audio given as bytes or as base64 text; 0 for none."""
    if audio is None:
        return 0
    if isinstance(audio, str):
        return len(audio) // 4 * 3 - audio[-2:].count("=")
    return len(audio) if isinstance(audio, bytes) else memoryview(audio).nbytes
