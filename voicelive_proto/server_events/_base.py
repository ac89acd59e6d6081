"""Bases of the events that the service sends."""

from typing import TYPE_CHECKING

from .._base import ABSENT, UNKNOWN_TAG, ModelMeta, Unknown, Value
from .._plain import Extra


class ServerEvent(Value, metaclass=ModelMeta):
    """Base of the events that the service sends."""

    if TYPE_CHECKING:

        @property
        def type(self) -> str:
            """Wire name; each member of the family has its own."""

    event_id: str | None = ABSENT


class OutputItemEvent(ServerEvent, metaclass=ModelMeta):
    """An event about one item of a response.

    Attributes:
        response_id: Response that the item belongs to.
        item_id: The item.
        output_index: Place of the item in the response's output (zero-based).
    """

    response_id: str
    item_id: str
    output_index: int


class ContentPartEvent(OutputItemEvent, metaclass=ModelMeta):
    """An event about one content part of an item of a response.

    Attributes:
        content_index: Place of the part in the item's content (zero-based).
    """

    content_index: int


class UnknownServerEvent(Unknown, ServerEvent, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """An event from the service of a type we do not know, kept whole."""

    extra_: Extra
