"""Rules about any object of the wire: its kind, its keys, their types."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from msgspec.structs import fields

from .._base import Deferred, Unknown
from .._plain import EXTRA_FIELD, Extra, declared_class
from .._registry import CLIENT_EVENTS, FAMILIES, SERVER_EVENTS
from ..client_events import UnknownClientEvent
from ..content import MessageContentPart, UnknownMessageContentPart
from ..interim_response import InterimResponseConfigBase
from ..items import ConversationRequestItem
from ..tools import Tool, ToolChoiceSelection
from ..turn_detection import EouDetection, TurnDetection, UnknownTurnDetection
from ..voices import AzureVoice, UnknownVoice
from ._rule import ERROR, WARNING, rule
from ._subject import Problem, Subject, quote

_SENT_FAMILIES = (
    AzureVoice,
    ConversationRequestItem,
    EouDetection,
    InterimResponseConfigBase,
    MessageContentPart,
    Tool,
    ToolChoiceSelection,
    TurnDetection,
)

_WITHOUT_CLASS = {
    UnknownMessageContentPart: ("input_image", "output_text"),
    UnknownTurnDetection: ("semantic_vad",),
    UnknownVoice: ("openai", "azure-realtime-native"),
}
"""Unknown class of a family -> kinds that its place takes although the family has no class for them."""


@rule("wrong-type", ERROR, source="SDK, SPEC (types of the fields)")
def wrong_type(subject: Subject) -> Iterable[Problem]:
    """A known key has a value of the wrong JSON type."""
    return subject.type_problems


@rule("unknown-event", WARNING, source="REF; OAI (invalid_value)")
def unknown_event(subject: Subject) -> Iterator[Problem]:
    """No event of this name is known to be sent by a client."""
    if isinstance(subject.nodes[0].model, UnknownClientEvent):
        if subject.type in SERVER_EVENTS:
            yield "type", f"{quote(subject.type)} is sent by the service, not by a client"
        else:
            yield "type", f"{quote(subject.type)} is no known event{did_you_mean(subject.type, CLIENT_EVENTS)}"


@rule("unknown-kind", WARNING, source="SDK, REF, OBS")
def unknown_kind(subject: Subject) -> Iterator[Problem]:
    """The type of an object is none that its place is known to take."""
    for node in subject.nodes[1:]:
        if type(node.model) in _KINDS:
            tag_field = node.model.__struct_config__.tag_field
            kind, known = node.model.get(tag_field), _KINDS[type(node.model)]
            if kind not in known:
                yield node.at(tag_field), f"{quote(kind)} is no known {tag_field} here{did_you_mean(kind, known, tell=True)}"


@rule("unknown-key", WARNING, source="SDK, REF; OAI (unknown_parameter)")
def unknown_key(subject: Subject) -> Iterator[Problem]:
    """An object has a key that no known version of the service has in it."""
    for node in subject.nodes:
        extra = getattr(node.model, EXTRA_FIELD, None)
        if isinstance(extra, Extra) and not isinstance(node.model, Unknown):
            known = [field.encode_name for field in fields(declared_class(type(node.model)))]
            for key in extra.keys:
                yield node.at(key), f"unknown key{did_you_mean(key, known)}"


@rule("missing-key", WARNING, source="SDK (required fields)")
def missing_key(subject: Subject) -> Iterator[Problem]:
    """A key that the official models require is missing or null."""
    for node in subject.nodes:
        if not isinstance(node.model, Unknown):
            for field in fields(declared_class(type(node.model))):
                if field.required and node.keys.get(field.encode_name) is None:
                    yield node.at(field.encode_name), "required here, and missing or null"


def did_you_mean(word: Any, known: Iterable[str], *, tell: bool = False) -> str:
    """The end of a message: the known word that is nearest, or, when asked to tell, all of them."""
    by_lower = {str(name).lower(): str(name) for name in known}
    near = difflib.get_close_matches(str(word).lower(), by_lower, n=1)
    if near:
        return f"; did you mean {by_lower[near[0]]!r}?"
    return f"; known are {', '.join(by_lower.values())}" if tell else ""


def _kinds() -> dict[type, tuple[str, ...]]:
    """Unknown class of a family -> the kinds that its place takes."""
    kinds: dict[type, tuple[str, ...]] = {}
    for family in _SENT_FAMILIES:
        members = get_args(FAMILIES[family])
        if Deferred in members:
            members = get_args(members[1])
        tags = tuple(dict.fromkeys(member.__struct_config__.tag for member in members if not issubclass(member, Unknown)))
        kinds |= {member: tags + _WITHOUT_CLASS.get(member, ()) for member in members if issubclass(member, Unknown)}
    return kinds


_KINDS = _kinds()

RULES = (wrong_type, unknown_event, unknown_kind, unknown_key, missing_key)
