"""From the session's settings and a ``response.create`` to what the response is to be."""

from collections.abc import Callable, Mapping
from typing import Any

from ._beside import wanted
from ._conversation import Entry, audio_of, item_from_client
from ._errors import Refused
from ._settings import Settings, checked_response, is_cascaded
from ._stream import Plan

NewId = Callable[[str], str]


def make_plan(settings: Settings, params: Mapping[str, Any], new_id: NewId, additional_instructions: str | None = None) -> Plan:
    """Override the session's settings for one response.

    Args:
        settings: session settings in force.
        params: ``response`` of the ``response.create``; empty for the answer to a spoken turn.
        new_id: gives ids to items that have none.
        additional_instructions: added to the session's instructions.

    Raises:
        Refused: a wrong value, with its path in ``param``.
    """
    given = checked_response(params)
    if "max_response_output_tokens" in given:  # the older name
        given.setdefault("max_output_tokens", given["max_response_output_tokens"])
    chosen = settings | {"max_output_tokens": settings["max_response_output_tokens"]} | given
    instructions = (chosen["instructions"], additional_instructions)
    context = _entries(given["input_items"], "input_items", new_id) if "input_items" in given else None
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
        extra_context=_entries(given.get("append_input_items", ()), "append_input_items", new_id),
        interim=chosen.get("interim_response") if is_cascaded(settings["model"]) else None,
        included=frozenset(settings.get("include") or ()),
        avatar=settings["avatar"],
        beside=wanted(settings, chosen["voice"]),
        spoken_as_given=_only_text(given.get("pre_generated_assistant_message")),
    )


def _entries(items: Any, key: str, new_id: NewId) -> list[Entry]:
    entries = [Entry(item_from_client(item, new_id)) for item in items]
    if any(audio_of(item) for item in items if item["type"] == "message"):
        message = f"'response.{key}' can hold text; audio goes into the conversation with conversation.item.create"
        raise Refused(message, code="unsupported_content_type", param=f"response.{key}")
    return entries


def _only_text(message: Mapping[str, Any] | None) -> str | None:
    """The text of a ready assistant message, which has exactly one text part (API reference)."""
    if message is None:
        return None
    content = message.get("content") or []
    if len(content) != 1 or not isinstance(content[0].get("text"), str):
        path = "response.pre_generated_assistant_message"
        raise Refused(f"'{path}' needs exactly one text part", param=f"{path}.content")
    text: str = content[0]["text"]
    return text
