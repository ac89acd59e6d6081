"""Items: create, retrieve, delete, truncate, streamed text; and everything that is refused."""

import base64
import json

import pytest
from emulator.support_server import QUERY, client

from voicelive.emulator import serve
from voicelive_proto import CLIENT_EVENTS

pytestmark = pytest.mark.anyio


def text_item(text="hello", role="user", **keys):
    kind = "text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}], **keys}


async def create(one, item, **keys):
    await one.send("conversation.item.create", item=item, **keys)
    return await one.until("conversation.item.created")


async def test_items_keep_their_ids_and_order():
    async with serve(recogniser=None) as server, client(server) as one:
        first = await create(one, text_item(id="note-1"))
        assert first["previous_item_id"] is None
        assert first["item"] == {
            "id": "note-1",
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_text", "text": "hello"}],
        }
        assert (await create(one, text_item(id="note-2")))["previous_item_id"] == "note-1"
        assert (await create(one, text_item("Be brief.", "system"), previous_item_id="root"))["previous_item_id"] is None
        between = await create(one, text_item("yes", "assistant"), previous_item_id="note-1")
        assert between["previous_item_id"] == "note-1"
        assert between["item"]["content"] == [{"type": "text", "text": "yes"}]
        (session,) = server.sessions
        assert [item["role"] for item in session.items] == ["system", "user", "assistant", "user"]


async def test_output_text_is_reported_as_text():
    async with serve(recogniser=None) as server, client(server) as one:
        item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yes"}]}
        assert (await create(one, item))["item"]["content"] == [{"type": "text", "text": "yes"}]


async def test_function_items_and_images_are_echoed():
    async with serve(recogniser=None) as server, client(server) as one:
        call = {"type": "function_call", "name": "f", "call_id": "c1", "arguments": "{}"}
        assert (await create(one, call))["item"].items() >= {**call, "status": "completed"}.items()
        output = {"type": "function_call_output", "call_id": "c1", "output": "42"}
        assert (await create(one, output))["item"].items() >= output.items()
        image = {"type": "input_image", "url": "data:image/png;base64,AAAA"}
        created = await create(one, {"type": "message", "role": "user", "content": [image]})
        assert created["item"]["content"] == [image]


async def test_retrieve_and_delete():
    async with serve(recogniser=None) as server, client(server) as one:
        created = await create(one, text_item(id="n"))
        await one.send("conversation.item.retrieve", item_id="n")
        assert (await one.until("conversation.item.retrieved"))["item"] == created["item"]
        await one.send("conversation.item.delete", item_id="n")
        assert (await one.until("conversation.item.deleted"))["item_id"] == "n"
        error = await one.refused("conversation.item.retrieve", item_id="n")
        assert (error["code"], error["param"]) == ("item_retrieve_invalid_item_id", "item_id")


async def test_audio_in_an_item_is_not_echoed():
    async with serve(recogniser=None) as server, client(server) as one:
        audio = base64.b64encode(bytes(4_800)).decode()
        item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": audio}]}
        assert (await create(one, item))["item"]["content"] == [{"type": "input_audio", "transcript": None}]


async def test_streamed_text():
    async with serve(recogniser=None) as server, client(server) as one:
        await create(one, {"type": "message", "role": "user", "id": "s", "content": []})
        for delta in ("When", " is the", " ferry?"):
            await one.send("input_text.delta", id="s", delta=delta)
        await one.send("input_text.done", id="s")
        await one.send("conversation.item.retrieve", item_id="s")
        item = (await one.until("conversation.item.retrieved"))["item"]
        assert item["content"] == [{"type": "input_text", "text": "When is the ferry?"}]
        assert (await one.refused("input_text.delta", id="t", delta="x"))["param"] == "id"
        assert (await one.refused("input_text.delta", id="s", delta="x", content_index=7))["param"] == "content_index"


async def test_truncation_cuts_audio_and_transcript():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("Repeat after me: one two three four five six seven eight nine ten.")
        (item,) = response["output"]
        length_ms = len(one.audio()) // 48
        keys = {"item_id": item["id"], "content_index": 0}
        error = await one.refused("conversation.item.truncate", **keys, audio_end_ms=length_ms + 1_000)
        assert (error["code"], error["param"]) == ("invalid_value", "audio_end_ms")
        await one.send("conversation.item.truncate", **keys, audio_end_ms=length_ms // 2)
        assert (await one.until("conversation.item.truncated"))["audio_end_ms"] == length_ms // 2
        await one.send("conversation.item.retrieve", item_id=item["id"])
        kept = (await one.until("conversation.item.retrieved"))["item"]["content"][0]["transcript"]
        spoken = item["content"][0]["transcript"]
        assert spoken.startswith(kept)
        assert 0 < len(kept) < len(spoken)
        error = await one.refused("conversation.item.truncate", **keys, audio_end_ms=length_ms)
        assert error["param"] == "audio_end_ms"


@pytest.mark.parametrize(
    ("api_version", "key"), [("2025-10-01", "url"), ("2026-04-10", "url"), ("2026-06-01-preview", "image_url"), ("2026-07-15", "image_url")]
)
async def test_an_image_needs_its_picture(api_version, key):
    query = QUERY.replace("2025-10-01", api_version)
    async with serve(recogniser=None) as server, client(server, query=query) as one:
        picture = "data:image/png;base64,AAAA"
        for keys in ({}, {"image_url" if key == "url" else "url": picture}):
            item = {"type": "message", "role": "user", "content": [{"type": "input_image", **keys}]}
            error = await one.refused("conversation.item.create", item=item)
            assert (error["code"], error["param"]) == ("missing_required_parameter", f"item.content[0].{key}")
        item["content"][0] = {"type": "input_image", key: picture}
        assert (await create(one, item))["item"]["content"] == item["content"]


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "conversation.item.create", "item": text_item(status="banana")}, "invalid_value", "item.status"),
        (
            {"type": "response.create", "response": {"append_input_items": [text_item(), {"type": "item_reference"}]}},
            "invalid_value",
            "response.append_input_items[1].type",
        ),
        (
            {"type": "response.create", "response": {"input_items": [{"type": "message", "role": "user", "content": [{"type": "text"}]}]}},
            "unsupported_content_type",
            "response.input_items[0].content[0].type",
        ),
        (
            {"type": "response.create", "response": {"input_items": [{"type": "function_call_output", "call_id": "c"}]}},
            "missing_required_parameter",
            "response.input_items[0].output",
        ),
        ({"type": "conversation.item.create"}, "missing_required_parameter", "item"),
        ({"type": "conversation.item.create", "item": {"type": "poem"}}, "invalid_value", "item.type"),
        ({"type": "conversation.item.create", "item": text_item(role="prophet")}, "invalid_value", "item.role"),
        ({"type": "conversation.item.create", "item": text_item(id="taken")}, "invalid_value", "item.id"),
        (
            {"type": "conversation.item.create", "item": text_item(), "previous_item_id": "none"},
            "invalid_value",
            "previous_item_id",
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "assistant", "content": [{"type": "input_audio", "audio": ""}]},
            },
            "unsupported_content_type",
            "item.content[0].type",
        ),
        (
            {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": [{"type": "input_text"}]}},
            "missing_required_parameter",
            "item.content[0].text",
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "!!"}]},
            },
            "invalid_value",
            "item.content",
        ),
        (
            {"type": "conversation.item.create", "item": {"type": "function_call_output", "output": "x"}},
            "missing_required_parameter",
            "item.call_id",
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "mcp_approval_response", "approval_request_id": "r", "approve": True},
            },
            "invalid_value",
            "item.approval_request_id",
        ),
        ({"type": "conversation.item.delete", "item_id": "none"}, "item_delete_invalid_item_id", "item_id"),
        (
            {"type": "conversation.item.truncate", "item_id": "none", "content_index": 0, "audio_end_ms": 0},
            "item_truncate_invalid_item_id",
            "item_id",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "taken", "content_index": 0, "audio_end_ms": 0},
            "invalid_value",
            "item_id",
        ),
        ({"type": "response.cancel"}, "response_cancel_not_active", None),
        ({"type": "response.cancel", "response_id": "resp_none"}, "response_cancel_not_active", None),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "input_audio.turn.end", "turn_id": "t"}, "invalid_value", "turn_id"),
        ({"type": "mcp_approval_response"}, "not_supported", "type"),
        ({"type": "make.coffee"}, "invalid_event", "type"),
        ({"type": "session.created", "session": {}}, "invalid_event", "type"),
        ({"type": "conversation.item.delete"}, "missing_required_parameter", "item_id"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
    ],
)
async def test_what_is_refused(event, code, param):
    async with serve(recogniser=None) as server, client(server) as one:
        await create(one, text_item(id="taken"))
        await one.send_raw(json.dumps({**event, "event_id": "the-one"}))
        error = (await one.until("error"))["error"]
        assert (error["code"], error["param"], error["event_id"]) == (code, param, "the-one")
        assert len(error["message"]) > 10
        await one.settle()


@pytest.mark.parametrize("frame", ["not JSON", "[1, 2]", '{"no": "type"}', '{"type": 7}', "\ud7ff", '"text"'])
async def test_frames_that_are_no_events(frame):
    async with serve(recogniser=None) as server, client(server) as one:
        await one.send_raw(frame)
        error = (await one.until("error"))["error"]
        assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_event")
        await one.settle()


async def test_webrtc_is_refused_by_its_own_event():
    async with serve(recogniser=None) as server, client(server) as one:
        await one.send("rtc.call.sdp.create", sdp_offer="v=0")
        assert (await one.until("rtc.call.error"))["error"]["code"] == "not_supported"


async def test_output_audio_buffer_clear():
    async with serve(recogniser=None) as server, client(server) as one:
        await one.send("output_audio_buffer.clear")
        await one.until("output_audio_buffer.cleared")


@pytest.mark.parametrize("kind", sorted(CLIENT_EVENTS))
async def test_every_client_event_is_answered_or_refused(kind):
    """Each with the least it needs; only audio may pass in silence, and nothing may end the session."""
    least = {
        "item_id": "x",
        "id": "x",
        "delta": "x",
        "turn_id": "t",
        "audio": "",
        "client_sdp": "x",
        "sdp_offer": "x",
        "session": {},
        "item": text_item(),
        "content_index": 0,
        "audio_end_ms": 0,
    }
    fields = CLIENT_EVENTS[kind].__struct_fields__
    async with serve(recogniser=None, pace=None) as server, client(server, checked=False) as one:
        await one.send_raw(json.dumps({"type": kind} | {key: least[key] for key in fields if key in least}))
        await one.settle()
        if kind == "response.create":
            await one.until("response.done")
        assert len(one.events) >= (2 if kind in ("input_audio_buffer.append", "input_audio.turn.start") else 3)
