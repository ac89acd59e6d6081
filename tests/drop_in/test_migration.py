"""docs/migration.md: every difference in it is shown by a test; and nothing public of the official SDK is missing."""

import asyncio
import enum
import inspect
import json
import re
from pathlib import Path

import anyio
import azure.ai.voicelive.aio as official_aio
import azure.ai.voicelive.models as official
import pytest
from azure.core.credentials import AzureKeyCredential
from facade.local_service import joined_in_memory

import voicelive.aio
from voicelive import ResponseHandle, models
from voicelive.emulator import serve

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
PROOFS = re.findall(r"\| `(test_\w+\.py)::(test_\w+)` \|$", PAGE, flags=re.MULTILINE)


def test_every_row_names_its_proof():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| what", "| ---"))]
    assert len(rows) == len(PROOFS) >= 19


@pytest.mark.parametrize(("file", "name"), PROOFS)
def test_the_proof_is_there(file, name):
    (path,) = [path for folder in ("facade", "drop_in") for path in (ROOT / "tests" / folder).glob(file)]
    assert re.search(rf"^(async )?def {name}\(", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def methods():
    for owner in official_aio.__all__:
        theirs = getattr(official_aio, owner)
        for name, method in inspect.getmembers(theirs, inspect.isfunction):
            if not name.startswith("_") or name in ("__aiter__", "__aenter__", "__aexit__"):
                yield pytest.param(owner, name, method, id=f"{owner}.{name}")


@pytest.mark.parametrize(("owner", "name", "theirs"), list(methods()))
def test_every_public_method_takes_what_the_official_one_takes(owner, name, theirs):
    ours = getattr(getattr(voicelive.aio, owner), name)
    known = inspect.signature(ours).parameters
    for each in inspect.signature(theirs).parameters.values():
        if each.kind is not inspect.Parameter.VAR_KEYWORD:
            assert each.name in known
            assert (known[each.name].default is inspect.Parameter.empty) == (each.default is inspect.Parameter.empty)


def test_connect_takes_what_the_official_one_takes():
    known = inspect.signature(voicelive.aio.connect).parameters
    theirs = inspect.signature(official_aio.connect).parameters
    assert {name for name, each in theirs.items() if each.kind is each.KEYWORD_ONLY} <= set(known)


def fields(model):
    """Attributes that a class of the official SDK declares, itself or by its bases."""
    return {name for base in model.__mro__ for name, value in vars(base).items() if type(value).__name__ == "_RestField"}


def model_classes():
    return [name for name in official.__all__ if fields(getattr(official, name))]


@pytest.mark.parametrize("name", model_classes())
def test_every_model_is_built_from_the_keywords_of_the_official_one(name):
    """Each declared attribute of the official class is one of ours."""
    theirs, ours = getattr(official, name), getattr(models, name)
    discriminators = (
        {"type", "model"} if getattr(theirs, "__mapping__", None) else set()
    )  # a family's base has none of its own here, its members do
    assert {attribute for attribute in fields(theirs) if not hasattr(ours, attribute)} <= discriminators


def test_there_are_models_to_compare():
    assert len(model_classes()) >= 150


def test_response_create():
    async def main():
        for newer in (False, True):
            connection, peer = joined_in_memory(echoes_metadata=newer)
            assert isinstance(await connection.response.create(), ResponseHandle)
            sent = json.loads(await peer.receive_frame())
            metadata = {"client_event_id": sent.pop("event_id")}
            assert sent == {"type": "response.create"} | ({"response": {"metadata": metadata}} if newer else {})

    anyio.run(main)


def test_enum_values():
    data = {"type": "response.done", "event_id": "e", "response": {"id": "r", "status": "completed", "output": []}}
    theirs = official.ServerEvent._deserialize(data, [])
    ours = models.ServerEvent.from_dict(data)
    assert theirs.response.status == ours.response.status == official.ResponseStatus.COMPLETED == models.ResponseStatus.COMPLETED
    assert f"{ours.response.status}" == "completed"
    assert "COMPLETED" in str(theirs.response.status)
    assert theirs.response.status.value == "completed"
    assert not hasattr(ours.response.status, "value")
    assert (str(official.Modality.TEXT), str(models.Modality.TEXT)) == ("Modality.TEXT", "text")
    assert official.Modality.TEXT.value == models.Modality.TEXT.value == "text"


def test_models_when_printed():
    data = {"type": "error", "event_id": "e", "error": {"type": "t", "message": "m"}}
    theirs, ours = official.ServerEvent._deserialize(data, []), models.ServerEvent.from_dict(data)
    assert str(theirs) == str(data) == str(theirs.as_dict()) == str(ours.as_dict() | data)
    assert str(ours) == "Error(event_id='e', error=ServerEventErrorDetails(type='t', message='m'))"
    assert (type(theirs).__name__, type(ours).__name__) == ("ServerEventError", "Error")
    assert isinstance(ours, models.ServerEventError)


def test_required_fields():
    assert official.AvatarConfig(character="lisa").as_dict() == {"character": "lisa"}
    with pytest.raises(TypeError, match="AvatarConfig needs 'customized'"):
        models.AvatarConfig(character="lisa")
    assert models.AvatarConfig({"character": "lisa"}).as_dict() == {"character": "lisa"}


def test_attributes_that_a_model_lacks():
    theirs, ours = official.RequestSession(), models.RequestSession()
    theirs.newer = 1
    assert theirs.as_dict() == {}
    with pytest.raises(AttributeError, match="newer"):
        ours.newer = 1


def test_what_lies_below_a_connection():
    class Socket:
        def __init__(self):
            self.sent = []

        async def send_str(self, text):
            self.sent.append(json.loads(text))

    update = {"type": "session.update", "session": {"newer": 1}}

    async def main():
        socket = Socket()
        theirs = official_aio.VoiceLiveConnection(None, socket)
        ours, peer = joined_in_memory()
        await theirs._connection.send_str(json.dumps(update))
        assert not hasattr(ours, "_connection")
        await ours.send(update)
        assert json.loads(await peer.receive_frame()) == socket.sent[0] == update
        watched = []
        for connection in (theirs, ours):

            async def watch(event):
                watched.append(event)

            connection.send = watch
            await connection.input_audio_buffer.clear()
        assert len(watched) == 1
        assert json.loads(await peer.receive_frame()) == {"type": "input_audio_buffer.clear"}
        assert len(socket.sent) == 1

    anyio.run(main)


def test_after_our_own_close():
    async def main():
        async with serve() as server:
            for package, codes in ((official_aio, [1006]), (voicelive.aio, [1000, 1000])):
                connecting = package.connect(endpoint=server.url, credential=AzureKeyCredential("any"), model="gpt-realtime")
                connection = await connecting.__aenter__()
                await connection.recv()
                receiving = asyncio.create_task(connection.recv())
                await asyncio.sleep(0)
                await connection.close()
                ended = [await error_of(receiving, package), await error_of(connection.response.cancel(), package)]
                assert [error.code for error in ended if isinstance(error, package.ConnectionClosed)] == codes

    anyio.run(main)


async def error_of(call, package):
    with pytest.raises(package.ConnectionError) as raised:
        await call
    return raised.value


def test_keywords_given_as_none():
    for module in (official, models):
        assert module.RequestSession(turn_detection=None).as_dict() == {"turn_detection": None}
    assert official.ResponseCreateParams(instructions=None).as_dict() == {}
    assert models.ResponseCreateParams(instructions=None).as_dict() == {"instructions": None}
    assert models.ResponseCreateParams().as_dict() == {}


def test_models_are_read_as_mappings():
    theirs, ours = official.RequestSession(instructions="a"), models.RequestSession(instructions="a")
    assert theirs["instructions"] == ours["instructions"] == "a"
    theirs["instructions"] = ours["instructions"] = "b"
    assert dict(ours) == dict(theirs)
    theirs["newer"] = 1
    with pytest.raises(KeyError, match=r"RequestSession\.from_dict\(\) keeps those"):
        ours["newer"] = 1
    assert theirs.pop("newer") == 1
    assert not hasattr(ours, "pop")
    data = {"type": "error", "event_id": "e", "error": {"type": "t", "message": "m"}}
    official.ServerEvent._deserialize(data, [])["event_id"] = "f"
    with pytest.raises(TypeError, match="does not support item assignment"):
        models.ServerEvent.from_dict(data)["event_id"] = "f"
    assert vars(theirs)
    with pytest.raises(TypeError, match="__dict__"):
        vars(ours)


def test_discriminators_given_by_keyword():
    for module in (official, models):
        voice = module.AzureStandardVoice(name="n", type="azure-standard")
        assert voice.as_dict() == {"type": "azure-standard", "name": "n"}
        detection = module.AzureSemanticDetection(model="semantic_detection_v1")
        assert detection.as_dict() == {"model": "semantic_detection_v1"}
    with pytest.raises(ValueError, match="leave it out"):
        models.AzureStandardVoice(name="n", type="azure-custom")
    official.InputTextContentPart(type="input_text", text="x")
    with pytest.raises(TypeError, match="type"):
        models.InputTextContentPart(type="input_text", text="x")


def test_a_client_event_may_have_its_id_later():
    for module in (official, models):
        event = module.ClientEventInputAudioBufferCommit()
        event.event_id = "e"
        assert event.as_dict() == {"type": "input_audio_buffer.commit", "event_id": "e"}


def test_audio_given_to_a_model():
    theirs, ours = (module.InputAudioContentPart(audio=b"raw") for module in (official, models))
    assert (theirs.audio, ours.audio) == ("cmF3", b"raw")
    assert ours["audio"] == theirs["audio"] == "cmF3"


def test_models_and_mappings():
    plain = {"modalities": ["text"], "voice": {"type": "azure-standard", "name": "n"}}
    theirs, ours = official.RequestSession(plain), models.RequestSession(plain)
    assert theirs == plain != ours
    assert theirs.as_dict(exclude_readonly=True) == ours.as_dict(exclude_readonly=True) == plain
    assert isinstance(ours.voice, models.AzureStandardVoice)
    item = {"type": "message", "role": "user", "content": []}
    assert official.UserMessageItem(item).as_dict() == models.UserMessageItem.from_dict(item).as_dict() == item
    with pytest.raises(TypeError, match="positional"):
        models.UserMessageItem(item)
    session = {"turn_detection": {"type": "server_vad"}}
    assert isinstance(official.RequestSession(**session).turn_detection, official.ServerVad)
    assert models.RequestSession(**session).turn_detection == session["turn_detection"]
    assert isinstance(models.RequestSession(session).turn_detection, models.ServerVad)


def test_a_copy_is_shallow():
    session = models.RequestSession(tools=[models.FunctionTool(name="f")])
    copied = session.copy()
    assert (copied, type(copied)) == (session, models.RequestSession)
    assert copied.tools is session.tools
    copied.instructions = "other"
    assert session.instructions is None


BASES = [
    (name, base.__name__)
    for name in official.__all__
    if inspect.isclass(getattr(official, name))
    for base in getattr(official, name).__mro__[1:]
    if base.__name__ in official.__all__ and base.__module__.startswith("azure.ai.voicelive")
]


def test_base_classes_are_those_of_the_official_sdk():
    assert len(BASES) >= 100
    assert [pair for pair in BASES if not issubclass(getattr(models, pair[0]), getattr(models, pair[1]))] == []


@pytest.mark.parametrize("name", [each for each in official.__all__ if issubclass(getattr(official, each, object), enum.Enum)])
def test_members_are_found_by_name_in_any_case_and_by_value(name):
    theirs, ours = getattr(official, name), getattr(models, name)
    for member in theirs:
        assert {ours[each] for each in (member.name, member.name.lower(), member.name.title())} == {ours(member.value)} == {member.value}
        assert theirs[member.name.lower()] == ours[member.name.lower()]
