"""What goes with the spoken audio: animation, word times, video."""

from typing import ClassVar, Literal

from .._base import ABSENT, ModelMeta
from ..transcription import EmotionCandidate
from ._base import ContentPartEvent, OutputItemEvent, ServerEvent


class ResponseAnimationBlendshapesDelta(ContentPartEvent, metaclass=ModelMeta):
    """Blendshape frames.

    Attributes:
        frames: Frames of blendshape weights, or an encoded string.
        frame_index: Number of the first frame in this event (frame number).
    """

    type: ClassVar[Literal["response.animation_blendshapes.delta"]] = "response.animation_blendshapes.delta"
    frames: list[list[float]] | str
    frame_index: int


class ResponseAnimationBlendshapesDone(OutputItemEvent, metaclass=ModelMeta):
    """No more blendshape frames for this item."""

    type: ClassVar[Literal["response.animation_blendshapes.done"]] = "response.animation_blendshapes.done"


class ResponseAnimationVisemeDelta(ContentPartEvent, metaclass=ModelMeta):
    """One viseme.

    Attributes:
        audio_offset_ms: Start within the item's audio (ms).
        viseme_id: Viseme number (Azure set, 0-21).
    """

    type: ClassVar[Literal["response.animation_viseme.delta"]] = "response.animation_viseme.delta"
    audio_offset_ms: int
    viseme_id: int


class ResponseAnimationVisemeDone(ContentPartEvent, metaclass=ModelMeta):
    """No more visemes for this part."""

    type: ClassVar[Literal["response.animation_viseme.done"]] = "response.animation_viseme.done"


class ResponseAudioTimestampDelta(ContentPartEvent, metaclass=ModelMeta):
    """Timing of one spoken word.

    Attributes:
        audio_offset_ms: Start within the item's audio (ms).
        audio_duration_ms: Length (ms).
        text: The word.
        timestamp_type: Constant: word.
    """

    type: ClassVar[Literal["response.audio_timestamp.delta"]] = "response.audio_timestamp.delta"
    audio_offset_ms: int
    audio_duration_ms: int
    text: str
    timestamp_type: str


class ResponseAudioTimestampDone(ContentPartEvent, metaclass=ModelMeta):
    """No more word timings for this part."""

    type: ClassVar[Literal["response.audio_timestamp.done"]] = "response.audio_timestamp.done"


class ResponseVideoDelta(ServerEvent, metaclass=ModelMeta):
    """Avatar video over the websocket.

    Attributes:
        output_index: Position of the item in the response's output list (zero-based).
        codec: Video codec name.
        delta: Encoded video bytes.
    """

    type: ClassVar[Literal["response.video.delta"]] = "response.video.delta"
    output_index: int
    codec: str
    delta: str


class ResponseEmotionHypothesis(ServerEvent, metaclass=ModelMeta):
    """Guess of the emotion in the audio.

    Not in the released API (beta-only).

    Attributes:
        emotion: Best guess.
        candidates: Guesses with confidence.
        audio_offset_ms: Start.
        audio_duration_ms: Length.
        response_id: Response that this event belongs to.
        item_id: Conversation item that this event belongs to.
    """

    type: ClassVar[Literal["response.emotion_hypothesis"]] = "response.emotion_hypothesis"
    emotion: str
    candidates: list[EmotionCandidate]
    audio_offset_ms: int
    audio_duration_ms: int
    response_id: str | None = ABSENT
    item_id: str
