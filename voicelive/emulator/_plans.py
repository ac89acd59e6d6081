"""From the session's settings and a ``response.create`` to what the response is to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ._beside import wanted
from ._conversation import Entry, Item, audio_of
from ._errors import Refused
from ._mcp import McpCall
from ._settings import Settings, checked_response, is_cascaded

MakeItem: TypeAlias = Callable[..., Item]
"""Turns an item that a client sends, and its ``path``, into the one that the service reports."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a response was asked to be.

    Attributes:
        modalities: ``["text"]``, or with ``"audio"`` or others.
        voice: voice object.
        output_audio_format: format name of its audio.
        temperature: reported back, nothing more.
        max_output_tokens: ceiling, or ``"inf"``.
        metadata: reported back.
        instructions: system prompt.
        tools: tools by wire name.
        tool_choice: mode, or one selected tool.
        in_conversation: whether its items join the conversation.
        context: items it sees instead of the conversation, or None.
        extra_context: items it sees after those.
        spoken_as_given: text to be spoken as it is, or None.
        approved: an MCP call that the client approved and that is to run, or None.
        beside: what goes beside the audio, of `_beside.KINDS`.
        interim: what to say while the answer is being worked out, or None.
        included: further details that the session includes.
        avatar: the session's avatar, or None.
        cascaded: whether the model works on text, between a recogniser and a voice.
    """

    modalities: list[str]
    voice: dict[str, Any]
    output_audio_format: str
    temperature: float
    max_output_tokens: int | str
    metadata: dict[str, str] | None
    instructions: str
    tools: list[dict[str, Any]]
    tool_choice: Any
    in_conversation: bool = True
    context: list[Entry] | None = None
    extra_context: list[Entry] = field(default_factory=list)
    spoken_as_given: str | None = None
    approved: McpCall | None = None
    beside: frozenset[str] = frozenset()
    interim: dict[str, Any] | None = None
    included: frozenset[str] = frozenset()
    avatar: dict[str, Any] | None = None
    cascaded: bool = False

    @property
    def speaks(self) -> bool:
        """Whether the answer is spoken, not only written. A face moves with sound, so ``animation`` alone asks for it, too."""
        return "audio" in self.modalities or "animation" in self.modalities


def make_plan(settings: Settings, params: Mapping[str, Any], make_item: MakeItem, additional_instructions: str | None = None) -> Plan:
    """Override the session's settings for one response.

    Args:
        settings: session settings in force.
        params: ``response`` of the ``response.create``; empty for the answer to a spoken turn.
        make_item: makes the items that it sees.
        additional_instructions: added to the session's instructions.

    Raises:
        Refused: a wrong value, with its path in ``param``.
    """
    given = checked_response(params)
    if "max_response_output_tokens" in given:  # the older name
        given.setdefault("max_output_tokens", given["max_response_output_tokens"])
    chosen = settings | {"max_output_tokens": settings["max_response_output_tokens"]} | given
    instructions = (chosen["instructions"], additional_instructions)
    context = _entries(given["input_items"], "response.input_items", make_item) if "input_items" in given else None
    cascaded = is_cascaded(settings["model"])
    return Plan(
        modalities=chosen["modalities"],
        voice=chosen["voice"],
        output_audio_format=chosen["output_audio_format"],
        temperature=chosen["temperature"],
        max_output_tokens=chosen["max_output_tokens"],
        metadata=given.get("metadata"),
        instructions="\n".join(filter(None, instructions)),
        tools=chosen["tools"],
        tool_choice=chosen["tool_choice"],
        in_conversation=given.get("conversation") != "none" and given.get("commit") is not False,
        context=context,
        extra_context=_entries(given.get("append_input_items", ()), "response.append_input_items", make_item),
        interim=chosen.get("interim_response") if cascaded else None,
        cascaded=cascaded,
        included=frozenset(settings.get("include") or ()),
        avatar=settings["avatar"],
        beside=wanted(settings, chosen["voice"]),
        spoken_as_given=_only_text(given.get("pre_generated_assistant_message")),
    )


def _entries(items: Any, path: str, make_item: MakeItem) -> list[Entry]:
    entries = [Entry(make_item(item, path=f"{path}[{index}]")) for index, item in enumerate(items)]
    if any(audio_of(item) for item in items if item["type"] == "message"):
        message = f"'{path}' can hold text; audio goes into the conversation with conversation.item.create"
        raise Refused(message, code="unsupported_content_type", param=path)
    return entries


def _only_text(message: Mapping[str, Any] | None) -> str | None:
    """The text of a ready assistant message, which has exactly one text part (API reference)."""
    if message is None:
        return None
    content = message.get("content")
    part = content[0] if isinstance(content, list) and len(content) == 1 else None
    text = part.get("text") if isinstance(part, Mapping) else None
    if not isinstance(text, str):
        path = "response.pre_generated_assistant_message"
        raise Refused(f"'{path}' needs exactly one text part", param=f"{path}.content")
    return text
