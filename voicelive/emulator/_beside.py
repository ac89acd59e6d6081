"""What goes beside a message's audio when the session asks for it: times of words, mouth shapes, frames of a face, an avatar's video.

The service sends the first three with its own voices only, and silently none with others (service rules). Each goes out directly after
the audio that it is about.
"""

import base64
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
    ResponseVideoDelta,
    ServerEvent,
)

from ._avatar import sends_video
from ._face import FRAMES_PER_S, JAW_OPEN, WIDEST_JAW, Face
from ._picture import FRAMES_PER_S as PICTURES_PER_S
from ._picture import GOP_SIZE, Picture
from .engines.timing import SpokenSentence, VisemeTiming, WordTiming

VOICES = ("azure-standard", "azure-custom", "azure-personal", "avatar-voice-sync")
"""Types of voice that tell their times."""

VIDEO = "video"
KINDS = ("word", "viseme_id", "blendshapes", VIDEO)
"""What can be asked for, by the names of the settings, in the order of their done events; a video has none."""


def wanted(settings: Mapping[str, Any], voice: Mapping[str, Any]) -> frozenset[str]:
    """Which of `KINDS` a spoken response in this voice carries."""
    video = frozenset({VIDEO}) if sends_video(settings["avatar"]) else frozenset[str]()
    if voice.get("type") not in VOICES:
        return video
    animation = settings["animation"]
    outputs = (animation.get("outputs") or ["blendshapes"]) if animation is not None else []
    return video.union(settings.get("output_audio_timestamp_types") or (), outputs)


class _Timed(Protocol):
    @property
    def offset_ms(self) -> int: ...


T = TypeVar("T", bound=_Timed)


class Beside:
    """Follows the audio of one message.

    Args:
        kinds: which of `KINDS` to send.
        gop_size: of the video, in frames.
    """

    def __init__(self, kinds: frozenset[str], gop_size: int = GOP_SIZE) -> None:
        self._kinds = kinds
        self._words: deque[WordTiming] = deque()
        self._visemes: deque[VisemeTiming] = deque()
        self._face = Face()
        self._picture = Picture(gop_size)

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
        first = self._face.next_frame
        frames = self._face.frames(visemes, until_ms) if self._kinds & {"blendshapes", VIDEO} else []
        if frames and "blendshapes" in self._kinds:
            yield ResponseAnimationBlendshapesDelta(**place, frames=frames, frame_index=first)
        if frames and VIDEO in self._kinds and (video := b"".join(self._drawn(frames, first))):
            yield ResponseVideoDelta(output_index=place["output_index"], codec="h264", delta=base64.b64encode(video).decode())

    def _drawn(self, frames: list[list[float]], first: int) -> Iterator[bytes]:
        """The picture in those frames of the face at which a frame of the video begins."""
        for index, weights in enumerate(frames, first):
            if index * PICTURES_PER_S % FRAMES_PER_S < PICTURES_PER_S:
                yield self._picture.frame(weights[JAW_OPEN] / WIDEST_JAW)

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
