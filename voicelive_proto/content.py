"""Content parts of messages: those that clients send and those that the service reports."""

from typing import ClassVar, Literal

from ._base import ABSENT, UNKNOWN_TAG, Base64, ModelMeta, Settings, Unknown, Value
from ._plain import Extra


class MessageContentPart(Settings, metaclass=ModelMeta):
    """Content part as sent by a client; family by type."""


class InputAudioContentPart(MessageContentPart, metaclass=ModelMeta):
    """User audio part.

    Attributes:
        audio: Audio in the session's input format.
        transcript: Transcript kept with the part.
    """

    type: ClassVar[Literal["input_audio"]] = "input_audio"
    audio: Base64
    transcript: str | None = ABSENT


class InputTextContentPart(MessageContentPart, metaclass=ModelMeta):
    """User or system text part.

    Attributes:
        text: The text.
    """

    type: ClassVar[Literal["input_text"]] = "input_text"
    text: str


class OutputTextContentPart(MessageContentPart, metaclass=ModelMeta):
    """Assistant text part put into the history.

    Attributes:
        text: The text.
    """

    type: ClassVar[Literal["text"]] = "text"
    text: str


class UnknownMessageContentPart(Unknown, MessageContentPart, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """A part for the service of a kind without a class, such as ``input_image``."""

    extra_: Extra


AnyMessageContentPart = InputAudioContentPart | InputTextContentPart | OutputTextContentPart | UnknownMessageContentPart


class ContentPart(Value, metaclass=ModelMeta):
    """Content part as sent by the service; family by type."""


class RequestAudioContentPart(ContentPart, metaclass=ModelMeta):
    """User audio part (echoed by the service). Only realtime models accept it.

    Attributes:
        audio: Audio in the session's input format; the service usually leaves it out of its echoes.
        transcript: Transcript kept with the part, not shown to the model.
    """

    type: ClassVar[Literal["input_audio"]] = "input_audio"
    audio: str | None = ABSENT
    transcript: str | None = ABSENT


class RequestImageContentPart(ContentPart, metaclass=ModelMeta):
    """User image part.

    Attributes:
        image_url: Address or data URL of the image (since 2026-06-01-preview).
        detail: Resolution hint (see `RequestImageContentPartDetail`).
        url: Old name of image_url (not in the released SDK; SDK 1.2.0; service before 2026-06-01-preview).
    """

    type: ClassVar[Literal["input_image"]] = "input_image"
    image_url: str | None = ABSENT
    detail: str | None = ABSENT
    url: str | None = ABSENT


class RequestTextContentPart(ContentPart, metaclass=ModelMeta):
    """User or system text part.

    Attributes:
        text: The text.
    """

    type: ClassVar[Literal["input_text"]] = "input_text"
    text: str | None = ABSENT


class ResponseAudioContentPart(ContentPart, metaclass=ModelMeta):
    """Assistant audio part; carries only the transcript.

    Attributes:
        transcript: Text of what is spoken.
    """

    type: ClassVar[Literal["audio"]] = "audio"
    transcript: str | None = ABSENT


class ResponseTextContentPart(ContentPart, metaclass=ModelMeta):
    """Assistant text part.

    Attributes:
        text: The text.
    """

    type: ClassVar[Literal["text"]] = "text"
    text: str | None = ABSENT


class UnknownContentPart(Unknown, ContentPart, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """A part from the service of a kind we do not know."""

    extra_: Extra


AnyContentPart = (
    RequestAudioContentPart
    | RequestImageContentPart
    | RequestTextContentPart
    | ResponseAudioContentPart
    | ResponseTextContentPart
    | UnknownContentPart
)
