"""What goes beside a message's audio when the session asks for it: times of words, mouth shapes, frames of a face.

The service sends these with its own voices only, and silently none with others (service rules). Each goes out directly after the
audio that it is about.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from voicelive_proto.server_events import (
    ResponseAnimationBlendshapesDelta,
    ResponseAnimationBlendshapesDone,
    ResponseAnimationVisemeDelta,
    ResponseAnimationVisemeDone,
    ResponseAudioTimestampDelta,
    ResponseAudioTimestampDone,
    ServerEvent,
)

from ._face import Face
from .engines.timing import SpokenSentence, VisemeTiming, WordTiming

VOICES = ("azure-standard", "azure-custom", "azure-personal", "avatar-voice-sync")
"""Types of voice that tell their times."""

KINDS = ("word", "viseme_id", "blendshapes")
"""What can be asked for, by the names of the settings, in the order of their done events."""


def wanted(settings: Mapping[str, Any], voice: Mapping[str, Any]) -> frozenset[str]:
    """Which of `KINDS` a spoken response in this voice carries."""
    if voice.get("type") not in VOICES:
        return frozenset()
    animation = settings["animation"]
    outputs = (animation.get("outputs") or ["blendshapes"]) if animation is not None else []
    return frozenset((*(settings.get("output_audio_timestamp_types") or ()), *outputs))


class _Timed(Protocol):
    @property
    def offset_ms(self) -> int: ...


T = TypeVar("T", bound=_Timed)


class Beside:
    """Follows the audio of one message.

    Args:
        kinds: which of `KINDS` to send.
    """

    def __init__(self, kinds: frozenset[str]) -> None:
        self._kinds = kinds
        self._words: deque[WordTiming] = deque()
        self._visemes: deque[VisemeTiming] = deque()
        self._face = Face()

    def expect(self, sentences: Iterable[SpokenSentence], base_ms: int) -> None:
        """Take the times of what will be played next, which begins at ``base_ms`` of the message."""
        for sentence in sentences if self._kinds else ():
            self._words += (WordTiming(word.text, base_ms + word.offset_ms, word.duration_ms) for word in sentence.words)
            self._visemes += (VisemeTiming(each.viseme_id, base_ms + each.offset_ms) for each in sentence.visemes)

    def deltas(self, place: Mapping[str, Any], until_ms: int) -> Iterator[ServerEvent]:
        """The events about the audio up to a time of the message that were not sent yet."""
        words, visemes = _until(self._words, until_ms), _until(self._visemes, until_ms)
        if "word" in self._kinds:
            for word in words:
                yield ResponseAudioTimestampDelta(
                    **place, audio_offset_ms=word.offset_ms, audio_duration_ms=word.duration_ms, text=word.text, timestamp_type="word"
                )
        if "viseme_id" in self._kinds:
            for each in visemes:
                yield ResponseAnimationVisemeDelta(**place, audio_offset_ms=each.offset_ms, viseme_id=each.viseme_id)
        if "blendshapes" in self._kinds:
            first = self._face.next_frame
            frames = self._face.frames(visemes, until_ms)
            if frames:
                yield ResponseAnimationBlendshapesDelta(**place, frames=frames, frame_index=first)

    def dones(self, place: Mapping[str, Any]) -> Iterator[ServerEvent]:
        """The events that end what was asked for."""
        if "word" in self._kinds:
            yield ResponseAudioTimestampDone(**place)
        if "viseme_id" in self._kinds:
            yield ResponseAnimationVisemeDone(**place)
        if "blendshapes" in self._kinds:
            yield ResponseAnimationBlendshapesDone(**{key: value for key, value in place.items() if key != "content_index"})


def _until(waiting: deque[T], until_ms: int) -> list[T]:
    taken: list[T] = []
    while waiting and waiting[0].offset_ms <= until_ms:
        taken.append(waiting.popleft())
    return taken
