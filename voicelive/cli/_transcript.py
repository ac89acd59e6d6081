"""The conversation in words: what either side said, a sentence at a time, as soon as it is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

USER: Final = "you"
SERVICE: Final = "Voice Live"

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_PIECES: Final = frozenset({"response.audio_transcript.delta", "response.text.delta"})
_ENDS: Final = frozenset({"response.audio_transcript.done", "response.text.done", "response.done"})


class Transcript:
    """Puts the pieces of an answer together to sentences.

    Args:
        say: called with the speaker's name and each sentence.
    """

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self._say = say
        self._pending = ""
        self._is_cut = False

    def cut(self) -> None:
        """Say what there is of a sentence, and nothing more of this response: nobody hears it."""
        self._say_all(SERVICE, [self._pending])
        self._pending = ""
        self._is_cut = True

    def add(self, event: Any) -> None:
        """Take the next event, whatever it is."""
        event_type = event.type
        if event_type == "response.created":
            self._is_cut = False
        elif event_type in _PIECES:
            if self._is_cut:
                return
            self._pending += event.delta or ""
            *sentences, self._pending = _SENTENCE_END.split(self._pending)
            self._say_all(SERVICE, sentences)
        elif event_type in _ENDS:
            self._say_all(SERVICE, [self._pending])
            self._pending = ""
        elif event_type == "conversation.item.input_audio_transcription.completed":
            self._say_all(USER, [event.transcript or "(nothing was understood)"])

    def _say_all(self, who: str, sentences: list[str]) -> None:
        for sentence in filter(None, map(str.strip, sentences)):
            self._say(who, sentence)
