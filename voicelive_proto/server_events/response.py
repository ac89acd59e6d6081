"""Responses, their items and parts, text and audio."""

from typing import ClassVar, Literal

from .._base import ABSENT, Audio, FreeJson, ModelMeta
from ..content import AnyContentPart
from ..items import AnyResponseItem
from ..responses import Response
from ._base import ContentPartEvent, ServerEvent


class ResponseAudioDelta(ContentPartEvent, metaclass=ModelMeta):
    """Piece of answer audio.

    Attributes:
        delta: Audio in the session's output format.
    """

    type: ClassVar[Literal["response.audio.delta"]] = "response.audio.delta"
    delta: Audio


class ResponseAudioDone(ContentPartEvent, metaclass=ModelMeta):
    """Answer audio is complete (also when cut short)."""

    type: ClassVar[Literal["response.audio.done"]] = "response.audio.done"


class ResponseAudioTranscriptAnnotationAdded(ContentPartEvent, metaclass=ModelMeta):
    """Annotation (e.g. a citation) attached to the spoken text.

    Attributes:
        annotation_index: Position of the annotation (zero-based).
        annotation: Annotation object, shape not fixed.
    """

    type: ClassVar[Literal["response.audio_transcript.annotation.added"]] = "response.audio_transcript.annotation.added"
    annotation_index: int
    annotation: FreeJson


class ResponseAudioTranscriptDelta(ContentPartEvent, metaclass=ModelMeta):
    """Piece of the spoken answer's text.

    Attributes:
        delta: Text piece.
    """

    type: ClassVar[Literal["response.audio_transcript.delta"]] = "response.audio_transcript.delta"
    delta: str


class ResponseAudioTranscriptDone(ContentPartEvent, metaclass=ModelMeta):
    """Spoken answer's text is complete (also when cut short).

    Attributes:
        transcript: Whole text.
    """

    type: ClassVar[Literal["response.audio_transcript.done"]] = "response.audio_transcript.done"
    transcript: str


class ResponseContentPartAdded(ContentPartEvent, metaclass=ModelMeta):
    """The item started a part.

    Attributes:
        part: Part as it stands.
    """

    type: ClassVar[Literal["response.content_part.added"]] = "response.content_part.added"
    part: AnyContentPart


class ResponseContentPartDone(ContentPartEvent, metaclass=ModelMeta):
    """The item finished a part (also when cut short).

    Attributes:
        part: Final part.
    """

    type: ClassVar[Literal["response.content_part.done"]] = "response.content_part.done"
    part: AnyContentPart


class ResponseCreated(ServerEvent, metaclass=ModelMeta):
    """A response started (state in_progress).

    Attributes:
        response: Response as it stands.
    """

    type: ClassVar[Literal["response.created"]] = "response.created"
    response: Response


class ResponseDone(ServerEvent, metaclass=ModelMeta):
    """A response ended, whatever the state.

    Attributes:
        response: Final response with its items and usage.
    """

    type: ClassVar[Literal["response.done"]] = "response.done"
    response: Response


class ResponseOutputItemAdded(ServerEvent, metaclass=ModelMeta):
    """The response started an item.

    Attributes:
        response_id: Response that this event belongs to.
        output_index: Position of the item in the response's output list (zero-based).
        item: Item as it stands.
    """

    type: ClassVar[Literal["response.output_item.added"]] = "response.output_item.added"
    response_id: str
    output_index: int
    item: AnyResponseItem | None = ABSENT


class ResponseOutputItemDone(ServerEvent, metaclass=ModelMeta):
    """The response finished an item (also when cut short).

    Attributes:
        response_id: Response that this event belongs to.
        output_index: Position of the item in the response's output list (zero-based).
        item: Final item.
    """

    type: ClassVar[Literal["response.output_item.done"]] = "response.output_item.done"
    response_id: str
    output_index: int
    item: AnyResponseItem | None = ABSENT


class ResponseTextDelta(ContentPartEvent, metaclass=ModelMeta):
    """Piece of answer text.

    Attributes:
        delta: Text piece.
    """

    type: ClassVar[Literal["response.text.delta"]] = "response.text.delta"
    delta: str


class ResponseTextDone(ContentPartEvent, metaclass=ModelMeta):
    """Answer text is complete (also when cut short).

    Attributes:
        text: Whole text.
    """

    type: ClassVar[Literal["response.text.done"]] = "response.text.done"
    text: str
