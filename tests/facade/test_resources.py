"""Every method of every resource, on the wire: its frame equals the corpus message made from the same arguments."""

import base64
import json
from operator import attrgetter

import numpy
import pytest
from support import corpus

from voicelive import InvalidEvent, models
from voicelive_proto._registry import CLIENT_EVENTS
from voicelive_proto.items import ResponseMCPApprovalRequestItem

from .local_service import connect_to, joined_in_memory, local_service, run

WITHOUT_METHOD = {"mcp_approval_response", "byom_credential.update"}  # no documented form
METHODS = {kind: attrgetter(kind) for kind in CLIENT_EVENTS if kind not in WITHOUT_METHOD}
TURN_METHODS = {kind for kind in METHODS if kind.startswith("input_audio.turn.")}
MODELS = {"session": models.RequestSession, "response": models.ResponseCreateParams, "item": models.ConversationRequestItem}
HALF_SAMPLES = {"audio:1-bytes", "audio:3-bytes"}
BEYOND_CORPUS = [
    {"type": "rtc.call.sdp.create", "variant": "least", "message": {"type": "rtc.call.sdp.create", "sdp_offer": "v=0"}},
    {
        "type": "rtc.call.sdp.create",
        "variant": "all",
        "message": {"type": "rtc.call.sdp.create", "sdp_offer": "v=0", "session": {"voice": "alloy"}, "event_id": "e"},
    },
]
LINES = [
    line
    for line in [*corpus("client.jsonl"), *BEYOND_CORPUS]
    if line["type"] in METHODS
    and line["variant"] not in HALF_SAMPLES
    and (line["type"] != "conversation.item.create" or "item" in line["message"])
]
PCM = bytes(range(16))


def arguments_of(message):
    return {key: value for key, value in message.items() if key != "type"}


def modelled(kind, arguments):
    """The arguments with models in place of plain mappings."""
    if kind == "transcription_session.update":
        return arguments
    return {key: MODELS[key].from_dict(value) if key in MODELS else value for key, value in arguments.items()}


def test_every_method_has_a_line():
    assert {line["type"] for line in LINES} == set(METHODS)


@pytest.mark.parametrize("form", ["mapping", "model"])
def test_frames_over_a_socket_equal_the_corpus(form):
    lines = [line for line in LINES if line["type"] not in TURN_METHODS]

    async def main():
        async with local_service() as service:
            async with connect_to(service.url) as connection:
                for line in lines:
                    arguments = arguments_of(line["message"])
                    if form == "model":
                        arguments = modelled(line["type"], arguments)
                    await METHODS[line["type"]](connection)(**arguments)
            peer, _ = await service.finished()
        sent = peer.messages()
        assert sent == [with_own_id(line["message"], message) for line, message in zip(lines, sent, strict=True)]

    run(main)


async def sent_by(call, *, turn_id=None):
    """The message that a call puts on the wire; the named turn is open before it."""
    connection, peer = joined_in_memory()
    if turn_id is not None:
        await connection.input_audio.turn.start(turn_id=turn_id)
        await peer.receive_frame()
    await call(connection)
    return json.loads(await peer.receive_frame())


def with_own_id(message, sent):
    """A request for a response has an id, so that a refusal can name it."""
    if message["type"] == "response.create" and "event_id" not in message:
        assert sent["event_id"].startswith("response_create_")
        return message | {"event_id": sent["event_id"]}
    return message


@pytest.mark.parametrize("line", [line for line in LINES if line["type"] in TURN_METHODS], ids=lambda line: line["variant"])
def test_frames_of_named_turns_equal_the_corpus(line):
    async def main():
        kind, message = line["type"], line["message"]
        opened = None if kind.endswith("start") else message["turn_id"]
        assert await sent_by(lambda to: METHODS[kind](to)(**arguments_of(message)), turn_id=opened) == message

    run(main)


@pytest.mark.parametrize("approve", [True, False])
def test_an_approval_goes_as_an_item(approve):
    async def main():
        sent = await sent_by(lambda to: to.mcp_approval_response.create(approval_request_id="mcpr_1", approve=approve, event_id="e"))
        item = {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": approve}
        assert sent == {"type": "conversation.item.create", "item": item, "event_id": "e"}
        with pytest.raises(TypeError, match="approve must be a bool"):
            await sent_by(lambda to: to.mcp_approval_response.create(approval_request_id="mcpr_1", approve="yes"))
        item = {"id": "mcpr_2", "type": "mcp_approval_request", "name": "f", "arguments": "{}", "server_label": "s"}
        request = ResponseMCPApprovalRequestItem.from_dict(item)
        sent = await sent_by(lambda to: to.mcp_approval_response.create(approval_request_id=request, approve=True))
        assert sent["item"]["approval_request_id"] == "mcpr_2"
        nameless = ResponseMCPApprovalRequestItem.from_dict({**item, "id": None})
        with pytest.raises(ValueError, match="approval_request_id is empty"):
            await sent_by(lambda to: to.mcp_approval_response.create(approval_request_id=nameless, approve=True))

    run(main)


@pytest.mark.parametrize(
    "audio",
    [
        PCM,
        bytearray(PCM),
        memoryview(PCM),
        memoryview(b"--" + PCM)[2:],
        numpy.frombuffer(PCM, dtype=numpy.int16),
        base64.b64encode(PCM).decode(),
    ],
    ids=lambda audio: type(audio).__name__,
)
@pytest.mark.parametrize("event_id", [None, "own"])
def test_audio_in_every_form(audio, event_id):
    async def main():
        message = await sent_by(lambda to: to.input_audio_buffer.append(audio=audio, event_id=event_id))
        expected = {"type": "input_audio_buffer.append", "audio": base64.b64encode(PCM).decode()}
        assert message == (expected | {"event_id": "own"} if event_id else expected)

    run(main)


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (b"123", "whole 16-bit samples"),
        ("not base64!", "not base64"),
        (None, "audio must be raw audio as bytes"),
        ([1, 2], "audio must be raw audio as bytes"),
        (numpy.zeros(4, dtype=numpy.float32), "16-bit integers"),
        (numpy.zeros((480, 2), dtype=numpy.int16), r"shape \(480, 2\); pass one channel"),
        (bytes(15 * 1024 * 1024 + 2), "send smaller chunks"),
    ],
    ids=["half a sample", "text", "None", "list", "float32", "stereo", "too long"],
)
def test_audio_that_is_refused_leaves_everything_as_it_was(audio, message):
    async def main():
        connection, peer = joined_in_memory()
        with pytest.raises(InvalidEvent, match=message) as caught:
            await connection.input_audio_buffer.append(audio=audio)
        assert caught.value.event_type == "input_audio_buffer.append"
        assert connection.state.input_audio.buffer_bytes == 0
        await connection.input_audio_buffer.append(audio=PCM)
        assert json.loads(await peer.receive_frame())["audio"] == base64.b64encode(PCM).decode()

    run(main)


@pytest.mark.parametrize("kind", sorted(METHODS))
@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_not_given_is_left_out(kind, empty):
    smallest = min((line["message"] for line in LINES if line["type"] == kind), key=len)
    optional = {"event_id", "previous_item_id", "response_id", "additional_instructions"}
    named = METHODS[kind](joined_in_memory()[0]).__kwdefaults__.keys() & optional

    opened = smallest["turn_id"] if kind in TURN_METHODS and not kind.endswith("start") else None

    async def main():
        arguments = arguments_of(smallest) | dict.fromkeys(named, empty)
        sent = await sent_by(lambda to: METHODS[kind](to)(**arguments), turn_id=opened)
        assert sent == with_own_id(smallest, sent)

    run(main)


def test_a_response_without_settings():
    async def main():
        sent = await sent_by(lambda to: to.response.create(response=None))
        assert sent == with_own_id({"type": "response.create"}, sent)

    run(main)


def test_none_in_a_session_is_null_on_the_wire():
    async def main():
        for session in (models.RequestSession(turn_detection=None), {"turn_detection": None}):
            message = await sent_by(lambda to, session=session: to.session.update(session=session))
            assert message == {"type": "session.update", "session": {"turn_detection": None}}

    run(main)


def test_numbers_of_numpy_are_numbers():
    async def main():
        message = await sent_by(
            lambda to: to.conversation.item.truncate(item_id="i", audio_end_ms=numpy.int64(1500), content_index=numpy.int8(0))
        )
        assert message == {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1500}

    run(main)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda to: to.session.update(session="alloy"), TypeError, "session must be a RequestSession or a mapping, not str"),
        (lambda to: to.session.update(session=models.ResponseCreateParams()), TypeError, "not ResponseCreateParams"),
        (lambda to: to.session.update(session={}, event_id=7), TypeError, "event_id must be a str or None, not int"),
        (lambda to: to.response.create(response=[]), TypeError, "response must be a ResponseCreateParams or a mapping, not list"),
        (lambda to: to.response.create(additional_instructions=b"x"), TypeError, "additional_instructions must be a str"),
        (lambda to: to.response.cancel(response_id=7), TypeError, "response_id must be a str or None"),
        (lambda to: to.conversation.item.create(item=None), TypeError, "item must be a ConversationRequestItem or a mapping, not NoneType"),
        (lambda to: to.conversation.item.delete(item_id=None), TypeError, "item_id must be a str, not NoneType"),
        (lambda to: to.conversation.item.retrieve(item_id=""), ValueError, "item_id is empty; pass the id"),
        (
            lambda to: to.conversation.item.truncate(item_id="i", audio_end_ms=1.5, content_index=0),
            TypeError,
            "audio_end_ms must be an int",
        ),
        (lambda to: to.conversation.item.truncate(item_id="i", audio_end_ms=-1, content_index=0), ValueError, "0 or more, not -1"),
        (
            lambda to: to.conversation.item.truncate(item_id="i", audio_end_ms=0, content_index="0"),
            TypeError,
            "content_index must be an int",
        ),
        (lambda to: to.transcription_session.update(session="whisper-1"), TypeError, "session must be a mapping, not str"),
        (lambda to: to.input_audio_buffer.append(audio=PCM, event_id=7), TypeError, "event_id must be a str or None"),
    ],
)
def test_arguments_that_are_refused(call, error, message):
    async def main():
        connection, peer = joined_in_memory()
        with pytest.raises(error, match=message):
            await call(connection)
        await connection.input_audio_buffer.commit()
        assert json.loads(await peer.receive_frame())["type"] == "input_audio_buffer.commit"

    run(main)


def test_an_unknown_keyword_is_a_type_error():
    async def main():
        with pytest.raises(TypeError, match="unexpected keyword argument 'sesion'"):
            await joined_in_memory()[0].session.update(sesion={})

    run(main)
