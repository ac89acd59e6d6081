"""Every documented error, with its code, type, param and the client's event id (service facts, sections 8 and 9)."""

import asyncio
import base64
import json

import pytest
import websockets
from emulator.support_server import QUERY, Client, client

from voicelive.emulator import serve
from voicelive_proto import MAX_APPEND_BYTES

pytestmark = pytest.mark.anyio

TEXT = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}
ECHO = "session.input_audio_echo_cancellation"
AUDIO = base64.b64encode(bytes(4_800)).decode()
APPEND = {"type": "input_audio_buffer.append", "audio": AUDIO}
AGENT = "/voice-live/realtime?api-version=2025-10-01&agent-name=a&agent-project-name=p"


def update(**session):
    return {"type": "session.update", "session": session}


def echo(**keys):
    return update(input_audio_echo_cancellation={"type": "server_echo_cancellation", **keys})


def item(verb, item_id="none", **keys):
    return {"type": f"conversation.item.{verb}", "item_id": item_id, **keys}


def create(**keys):
    return {"type": "conversation.item.create", "item": TEXT | keys.pop("item", {}), **keys}


def cut(audio_end_ms, item_id="spoken", content_index=0):
    return item("truncate", item_id, content_index=content_index, audio_end_ms=audio_end_ms)


# What was sent before; the event that is refused; code, param.
ERRORS = [
    ([], update(temperature=9.5), "invalid_value", "session.temperature"),
    ([], update(modalities=["audio"]), "invalid_value", "session.modalities"),
    ([], update(model="gpt-4o"), "invalid_value", "session.model"),
    ([], update(turn_detection={"type": "server_vad", "threshold": 2}), "invalid_value", "session.turn_detection.threshold"),
    ([], update(tools=[{"type": "function", "name": "f"}, {"type": "hammer"}]), "invalid_value", "session.tools[1].type"),
    ([], update(temprature=0.7), "unknown_parameter", "session.temprature"),
    ([], update(turn_detection={"type": "server_vad", "patience": 1}), "unknown_parameter", "session.turn_detection.patience"),
    ([], update(voice={"type": "openai"}), "missing_required_parameter", "session.voice.name"),
    ([], update(tools=[{"type": "mcp", "server_label": "x"}]), "missing_required_parameter", "session.tools[0].server_url"),
    ([], {"type": "session.update"}, "missing_required_parameter", "session"),
    ([], {"type": "response.create", "response": {"max_output_tokens": 0}}, "invalid_value", "response.max_output_tokens"),
    ([], {"type": "make.coffee"}, "invalid_event", "type"),
    ([], {"type": "input_audio_buffer.append", "audio": "?"}, "invalid_value", "audio"),
    ([], {"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
    ([], {"type": "input_audio_buffer.append", "audio": "A" * (MAX_APPEND_BYTES // 3 * 4 + 4)}, "invalid_value", "audio"),
    ([], {"type": "input_audio_buffer.append", "audio": "AA=="}, "invalid_value", "audio"),
    ([], {"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
    (
        [update(turn_detection=None), {"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(4_798)).decode()}],
        {"type": "input_audio_buffer.commit"},
        "input_audio_buffer_commit_empty",
        None,
    ),
    ([APPEND], update(input_audio_format="g711_ulaw"), "invalid_value", "session.input_audio_format"),
    ([{"type": "response.create"}], {"type": "response.create"}, "conversation_already_has_active_response", None),
    ([], {"type": "response.cancel"}, "response_cancel_not_active", None),
    ([], item("truncate", content_index=0, audio_end_ms=0), "item_truncate_invalid_item_id", "item_id"),
    ([], item("delete"), "item_delete_invalid_item_id", "item_id"),
    ([], item("retrieve"), "item_retrieve_invalid_item_id", "item_id"),
    ([create(item={"id": "mine"})], cut(0, "mine"), "invalid_value", "item_id"),
    (["speak"], cut(60_000), "invalid_value", "audio_end_ms"),
    (["speak"], cut(0, content_index=1), "invalid_value", "content_index"),
    (["speak", cut(100)], cut(200), "item_already_truncated", "audio_end_ms"),
    ([], create(previous_item_id="none"), "invalid_value", "previous_item_id"),
    ([create(item={"id": "mine"})], create(item={"id": "mine"}), "invalid_value", "item.id"),
    ([], create(item={"content": [{"type": "audio"}]}), "unsupported_content_type", "item.content[0].type"),
    ([], echo(reference_source="server", channels=2), "invalid_ec_channels_requires_client", ECHO),
    ([], echo(reference_source="client", channels=1), "invalid_ec_reference_channels", ECHO),
    (
        [],
        update(
            input_audio_format="g711_ulaw",
            input_audio_echo_cancellation={"type": "server_echo_cancellation", "reference_source": "client", "channels": 2},
        ),
        "invalid_ec_channels_format",
        ECHO,
    ),
    ([echo(reference_source="server", channels=1)], echo(reference_source="client", channels=2), "change_in_ec_channels_not_allowed", ECHO),
    ([], {"type": "session.avatar.connect", "client_sdp": AUDIO}, "invalid_value", "session.avatar"),
    ([], {"type": "input_audio.turn.end", "turn_id": "t"}, "invalid_value", "turn_id"),
    ([], {"type": "input_text.delta", "id": "none", "delta": "x"}, "invalid_value", "id"),
]  # fmt: skip

ELSEWHERE = {
    "session_expired": "test_a_session_ends_at_its_longest_duration",
    "rate_limit_exceeded": "test_beyond_the_quota_responses_fail_in_every_session",
    "message_creation_failed": "test_an_agent_that_fails",
}
"""Codes that are not answers to an event, and the test of each."""

DOCUMENTED = {
    "invalid_value",
    "unknown_parameter",
    "missing_required_parameter",
    "invalid_event",
    "input_audio_buffer_commit_empty",
    "conversation_already_has_active_response",
    "response_cancel_not_active",
    "item_truncate_invalid_item_id",
    "item_delete_invalid_item_id",
    "item_retrieve_invalid_item_id",
    "unsupported_content_type",
    "session_expired",
    "rate_limit_exceeded",
    "message_creation_failed",
    "invalid_ec_channels_requires_client",
    "invalid_ec_reference_channels",
    "invalid_ec_channels_format",
    "change_in_ec_channels_not_allowed",
}
"""Without those of the handshake, which is refused by an HTTP status here."""


async def endless(_turn):
    yield "This is the beginning. "
    await asyncio.Event().wait()


async def speak(one):
    """Have something said; give the id of its item."""
    await one.send(
        "response.create", response={"pre_generated_assistant_message": {"content": [{"type": "text", "text": "One two three."}]}}
    )
    return (await one.until("response.done"))["response"]["output"][0]["id"]


@pytest.mark.parametrize(("before", "event", "code", "param"), ERRORS)
async def test_an_error(before, event, code, param):
    async with serve(responder=endless, recogniser=None, pace=None) as server, client(server) as one:
        spoken = None
        for sent in before:
            if sent == "speak":
                spoken = await speak(one)
            else:
                await one.send_raw(json.dumps(sent).replace('"spoken"', f'"{spoken}"'))
        await one.send_raw(json.dumps(event | {"event_id": "mine"}).replace('"spoken"', f'"{spoken}"'))
        error = (await one.until("error"))["error"]
        assert (error["code"], error.get("param"), error.get("event_id")) == (code, param, "mine")
        assert error["type"] == "invalid_request_error"
        assert len(error["message"]) > 15
        await one.settle()
        if one.all("response.created") and not one.all("response.done"):
            assert one.all("response.created")[0]["response"]["id"] in error["message"], "it names the response that is active"
            await one.send("response.cancel")
            await one.until("response.done")


async def test_an_event_without_an_id_is_not_named():
    async with serve(recogniser=None) as server, client(server) as one:
        await one.send("response.cancel")
        error = (await one.until("error"))["error"]
        assert (error["code"], error.get("event_id")) == ("response_cancel_not_active", None)


def test_every_documented_code_is_in_the_table():
    assert {code for _, _, code, _ in ERRORS} >= DOCUMENTED - set(ELSEWHERE)


@pytest.mark.parametrize("frame", ["not JSON", "[1]", "{}", '{"type": 1}', b"\xff\xfe"])
async def test_frames_that_are_no_event_are_answered_and_the_session_goes_on(frame):
    async with serve(recogniser=None) as server:
        url = server.url.replace("http", "ws", 1) + QUERY
        async with websockets.connect(url, proxy=None) as websocket:
            one = Client(websocket)
            await one.next()
            await websocket.send(frame)
            error = (await one.until("error"))["error"]
            assert (error["type"], error["code"], error.get("event_id")) == ("invalid_request_error", "invalid_event", None)
            await one.settle()


async def test_an_agent_that_fails():
    async def broken(_turn):
        raise OSError("no backend")

    for query, code in ((AGENT, "message_creation_failed"), (QUERY, "server_error")):
        async with serve(responder=broken, recogniser=None) as server, client(server, query=query) as one:
            response = await one.ask("hello")
            assert response["status"] == "failed"
            error = response["status_details"]["error"]
            assert (error["code"], error["message"]) == (code, "no backend")
            assert not one.all("error"), "the response says it"
