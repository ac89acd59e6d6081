"""A turn in the form of OpenAI's chat completions: messages, tools, the choice of a tool."""

from collections.abc import Iterator, Mapping
from typing import Any

from ._turn import Turn

NOT_UNDERSTOOD = "(The user said something that could not be made out.)"
NO_OUTPUT = "(There is no output yet.)"


def messages_of(turn: Turn, instructions: str = "") -> list[dict[str, Any]]:
    """The conversation so far.

    The endpoint demands that each call is followed by its output, so outputs are put there, wherever they stand in the conversation.

    Args:
        turn: the turn.
        instructions: the system message, if the turn has no instructions.
    """
    system = turn.instructions or instructions
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    outputs = {item["call_id"]: item["output"] for item in turn.items if item["type"] == "function_call_output"}
    called: list[Mapping[str, Any]] = []
    for item in (*turn.items, None):
        if item is not None and item["type"] in ("function_call", "mcp_call"):
            called.append(item)
        elif item is None or item["type"] == "message":
            messages += _calls(called, outputs)
            called = []
            messages += [_message(item)] if item is not None else []
    return messages


def _message(item: Mapping[str, Any]) -> dict[str, Any]:
    parts = list(_parts(item))
    images = [part for part in parts if part["type"] == "image_url"]
    text = " ".join(part["text"] for part in parts if part["type"] == "text")
    if not images:
        return {"role": item["role"], "content": text}
    return {"role": item["role"], "content": [*([{"type": "text", "text": text}] if text else []), *images]}


def _parts(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in item.get("content") or ():
        if part["type"] == "input_image":
            url = part.get("image_url") or part.get("url")
            yield {"type": "image_url", "image_url": {"url": url, **({"detail": part["detail"]} if part.get("detail") else {})}}
        else:
            text = part.get("text") or part.get("transcript")
            yield {"type": "text", "text": text or (NOT_UNDERSTOOD if part["type"] == "input_audio" else "")}


def _calls(called: list[Mapping[str, Any]], outputs: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Calls that follow each other, as one message, and the output of each."""
    if not called:
        return
    calls = [{"id": _id(each), "type": "function", "function": {"name": each["name"], "arguments": each["arguments"]}} for each in called]
    yield {"role": "assistant", "content": None, "tool_calls": calls}
    for each in called:
        own = each.get("output") or (each.get("error") or {}).get("message")
        yield {"role": "tool", "tool_call_id": _id(each), "content": own or outputs.get(_id(each)) or NO_OUTPUT}


def _id(call: Mapping[str, Any]) -> str:
    return str(call.get("call_id") or call["id"])


def tools_of(turn: Turn) -> list[dict[str, Any]]:
    """The tools as functions; those of MCP servers are called by the local server, which the model need not know."""
    keys = ("name", "description", "parameters")
    return [{"type": "function", "function": {key: tool[key] for key in keys if tool.get(key)}} for tool in turn.tools]


def tool_choice_of(turn: Turn) -> Any:
    """A mode as it is; a selected tool by its name."""
    choice = turn.tool_choice
    if isinstance(choice, Mapping) and choice.get("name"):
        return {"type": "function", "function": {"name": choice["name"]}}
    return choice if isinstance(choice, str) else None
