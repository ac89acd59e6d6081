"""The documented reference, read line by line: every signature, property, option and exception in it is there."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from voicelive import aio, models
from voicelive._connect import DEFAULT_API_VERSION

from .local_service import joined_in_memory

REFERENCE = (Path(__file__).parents[1] / "data" / "api-reference.md").read_text()


def sections():
    """Heading -> text of each section of second level."""
    parts = re.split(r"^## (.+)$", REFERENCE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


SECTIONS = sections()


def documented_methods():
    """Class name, method name, and its arguments as the parser sees them."""
    methods = []
    for heading, text in SECTIONS.items():
        for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
            if "async def" in block:
                nodes = ast.parse(textwrap.dedent(block)).body
                methods.extend(pytest.param(heading, node.name, node.args, id=f"{heading}.{node.name}") for node in nodes)
    return methods


def table(text, title):
    """First column of the table under a heading of third level, or in the whole section."""
    part = text.split(f"### {title}\n")[1].split("\n### ")[0] if title else text
    return [row.split("|")[1].strip().strip("`") for row in part.splitlines() if row.startswith("| `")]


@pytest.mark.parametrize(("owner", "name", "arguments"), documented_methods())
def test_methods_have_their_documented_signature(owner, name, arguments):
    method = getattr(getattr(aio, owner), name)
    if name != "__aiter__":  # documented as a coroutine, which the language does not allow
        assert inspect.iscoroutinefunction(method)
    parameters = dict(inspect.signature(method).parameters)
    del parameters["self"]
    parameters.pop("kwargs", None)  # refused by name
    keywords = {each.arg: default for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
    if name == "send":
        assert inspect.signature(method).parameters["event"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert [each.arg for each in arguments.args] == list(parameters)
        return
    assert list(parameters) == list(keywords)
    for keyword, default in keywords.items():
        assert parameters[keyword].kind is inspect.Parameter.KEYWORD_ONLY
        expected = inspect.Parameter.empty if default is None else ast.literal_eval(default)
        assert parameters[keyword].default == expected


def test_the_walk_sees_every_documented_method():
    found = [(each.values[0], each.values[1]) for each in documented_methods()]
    assert len(found) == len(re.findall(r"^async def", REFERENCE, flags=re.MULTILINE)) == 17


def test_connect_has_its_documented_arguments_first_and_with_their_defaults():
    text = SECTIONS["connect() Function"]
    names = table(text, "Parameters")
    signature = inspect.signature(aio.connect)
    assert list(signature.parameters)[: len(names)] == names
    assert signature.parameters["api_version"].default == DEFAULT_API_VERSION
    assert f'api_version: str = "{DEFAULT_API_VERSION}"' in text
    for name in names:
        parameter = signature.parameters[name]
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        documented = re.search(rf"^    {name}: .*?(?: = (.+?))?,?$", text, flags=re.MULTILINE)
        expected = inspect.Parameter.empty if documented[1] is None else ast.literal_eval(documented[1])
        assert parameter.default == expected


def test_the_connection_has_its_documented_properties():
    connection, _ = joined_in_memory()
    rows = re.findall(r"^\| `(\w+)` \| `(\w+Resource)` \|", REFERENCE, flags=re.MULTILINE)
    assert len(rows) == 7
    for name, kind in rows:
        owner = connection.conversation if name == "item" else connection
        assert type(getattr(owner, name)) is getattr(aio, kind)


def test_the_options_are_the_documented_ones():
    own = {"ssl_context", "proxy"}
    assert set(aio.WebsocketConnectionOptions.__annotations__) - own == set(table(SECTIONS["WebsocketConnectionOptions"], None))


@pytest.mark.parametrize(
    ("section", "title", "model"),
    [
        ("SessionResource", "RequestSession Fields", models.RequestSession),
        ("ResponseResource", "ResponseCreateParams Fields", models.ResponseCreateParams),
    ],
)
def test_documented_fields_can_be_set(section, title, model):
    for field in table(SECTIONS[section], title):
        assert model.from_dict({field: None}).as_dict() == {field: None}


@pytest.mark.parametrize(
    "item",
    [{"type": "message", "role": role, "content": [{"type": "input_text", "text": "..."}]} for role in ("user", "assistant", "system")]
    + [
        {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "QUJD"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "audio", "audio": "QUJD", "transcript": "..."}]},
        {"type": "function_call", "call_id": "c", "name": "function_name", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "{}"},
    ],
)
def test_documented_items_keep_all_their_keys(item):
    assert models.ConversationRequestItem.from_dict(item).as_dict() == item


def test_the_exceptions_are_the_documented_ones():
    closed = aio.ConnectionClosed(1008, "policy")
    assert isinstance(closed, aio.ConnectionError)
    assert (closed.code, closed.reason) == (1008, "policy")
    assert [base.__name__ for base in aio.ConnectionError.__mro__[:3]] == ["ConnectionError", "VoiceLiveError", "AzureError"]
