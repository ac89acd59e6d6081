"""A plain WebSocket client of the local server, and the rules that every dialogue with it must keep."""

import asyncio
import base64
import itertools
import json
from contextlib import asynccontextmanager

import websockets

from voicelive_proto import CLIENT, Connection

QUERY = "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime"
PATIENCE_S = 60
"""Only a hang takes so long."""


BESIDE = ("audio_timestamp", "animation_viseme", "animation_blendshapes")
"""What goes beside the audio when it is asked for; its done events come in this order."""


class Client:
    """Sends events by wire name and keeps every event that comes."""

    def __init__(self, websocket):
        self.websocket = websocket
        self.events = []
        self.core = Connection(CLIENT, strict=True)

    async def send(self, kind, **keys):
        frame = json.dumps({"type": kind, **keys})
        self.core.send(json.loads(frame))
        await self.websocket.send(frame)

    async def send_raw(self, frame):
        await self.websocket.send(frame)

    async def append(self, audio):
        await self.send("input_audio_buffer.append", audio=base64.b64encode(audio).decode())

    async def say(self, text):
        content = [{"type": "input_text", "text": text}]
        await self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        return await self.until("conversation.item.created")

    async def ask(self, text, **response):
        await self.say(text)
        await self.send("response.create", response=response)
        return (await self.until("response.done"))["response"]

    async def next(self):
        frame = await asyncio.wait_for(self.websocket.recv(), PATIENCE_S)
        self.core.receive(frame)
        event = json.loads(frame)
        self.events.append(event)
        return event

    async def until(self, *kinds):
        """The next event of one of these types; what comes before it is kept."""
        while True:
            event = await self.next()
            if event["type"] in kinds:
                return event

    async def update(self, **session):
        await self.send("session.update", session=session)
        return (await self.until("session.updated"))["session"]

    async def refused(self, kind, **keys):
        """Send what must be refused; the body of the error that says so."""
        await self.send(kind, event_id="the-one", **keys)
        error = (await self.until("error"))["error"]
        assert error["event_id"] == "the-one"
        assert error["type"] == "invalid_request_error"
        return error

    async def settle(self):
        """Wait until everything sent so far is answered, by asking for something that can only be refused."""
        marker = f"settle-{len(self.events)}"
        await self.send("conversation.item.retrieve", item_id=marker, event_id=marker)
        while (await self.until("error"))["error"]["event_id"] != marker:
            pass

    def all(self, *kinds):
        return [event for event in self.events if event["type"] in kinds]

    def types(self):
        """Types in order, repetitions of one type as one."""
        return [kind for kind, _ in itertools.groupby(event["type"] for event in self.events)]

    def audio(self):
        return b"".join(base64.b64decode(event["delta"]) for event in self.all("response.audio.delta"))


@asynccontextmanager
async def client(server, *, query=QUERY, checked=True, **options):
    """A connected client that has read ``session.created``; its dialogue is checked when the block ends.

    It sends no pings of its own: the library's would give up a server that a busy machine holds up for 20 s.
    """
    url = server.url.replace("http", "ws", 1) + query
    async with websockets.connect(url, max_size=None, proxy=None, **{"ping_interval": None, **options}) as websocket:
        one = Client(websocket)
        assert (await one.next())["type"] == "session.created"
        yield one
    if checked:
        check_order(one.events)
        assert not one.core.violations


def check_order(events):
    """The rules of service facts, section 7, for one whole dialogue."""
    assert events[0]["type"] == "session.created"
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    check_turns(events)
    check_items(events)
    responses = [event["response"]["id"] for event in events if event["type"] == "response.created"]
    assert len(set(responses)) == len(responses)
    cascaded = "realtime" not in events[0]["session"]["model"]
    for response_id in responses:
        check_response([event for event in events if response_of(event) == response_id], cascaded=cascaded)
    check_one_at_a_time(events)


def response_of(event):
    return event["response"]["id"] if "response" in event else event.get("response_id")


def check_one_at_a_time(events):
    running = None
    for event in events:
        if event["type"] in ("response.created", "response.done") and event["response"]["conversation_id"] is not None:
            if event["type"] == "response.created":
                assert running is None, "a response began before the last was done"
                running = event["response"]["id"]
            else:
                running = None


def check_turns(events):
    """Speech starts and stops in turn, and each utterance is committed once, directly followed by its item; see `check_cascade`."""
    speaking = None
    for event, following in itertools.pairwise([*events, {"type": None}]):
        if event["type"] == "input_audio_buffer.speech_started":
            assert speaking is None
            speaking = event
        elif event["type"] == "input_audio_buffer.speech_stopped":
            assert event["item_id"] == speaking["item_id"]
            assert event["audio_end_ms"] >= speaking["audio_start_ms"] >= 0
            speaking = None
        elif event["type"] == "input_audio_buffer.committed":
            if following["type"] != "conversation.item.created":
                check_cascade(events, event["item_id"])
                continue
            assert following["item"]["id"] == event["item_id"]
            assert following["previous_item_id"] == event["previous_item_id"]
    committed = [event["item_id"] for event in events if event["type"] == "input_audio_buffer.committed"]
    assert len(set(committed)) == len(committed)


def check_cascade(events, item_id):
    """In a cascade an item comes directly after its transcript, and has it."""
    ends = ("conversation.item.input_audio_transcription.completed", "conversation.item.input_audio_transcription.failed")
    at = next(place for place, event in enumerate(events) if event["type"] in ends and event["item_id"] == item_id)
    created = events[at + 1]
    assert (created["type"], created["item"]["id"]) == ("conversation.item.created", item_id)
    assert created["item"]["content"] == [{"type": "input_audio", "transcript": events[at].get("transcript")}]


def check_items(events):
    """Items are created once, after ones that exist; what happens to an item happens after its creation."""
    known = set()
    for event in events:
        if event["type"] == "conversation.item.created":
            assert event["item"]["id"] not in known
            assert event["previous_item_id"] is None or event["previous_item_id"] in known
            known.add(event["item"]["id"])
        elif event["type"].startswith("conversation.item.") and "transcription" not in event["type"]:
            assert (event.get("item_id") or event["item"]["id"]) in known


def check_response(events, *, cascaded):
    """One response: created, whole items one after the other, done; joined deltas are the text of the dones.

    MCP calls alone may be done later, also after their response, which then does not have their outcome.
    """
    assert events[0]["type"] == "response.created"
    assert events[0]["response"]["status"] == "in_progress"
    assert [event["type"] for event in events].count("response.done") == 1
    end = next(place for place, event in enumerate(events) if event["type"] == "response.done")
    done, late = events[end]["response"], events[end + 1 :]
    calls_done = [event for event in events if event["type"] == "response.output_item.done" and event["item"]["type"] == "mcp_call"]
    assert all(event in calls_done for event in late)
    indexes = [event["output_index"] for event in events[1:end] if event not in calls_done]
    assert indexes == sorted(indexes)
    within = sorted(events[1:end] + late, key=lambda event: event["output_index"])
    items = [list(group) for _, group in itertools.groupby(within, key=lambda event: event["output_index"])]
    for index, (item, shown) in enumerate(zip(items, done["output"], strict=True)):
        last = item[-1]
        if last["type"] == "response.mcp_call_arguments.done":  # the dialogue ended before the call
            continue
        assert (without_outcome(last["item"]) if last in late else last["item"]) == shown
        check_item(item, index, cut_short=done["status"] != "completed" and index == len(items) - 1, cascaded=cascaded)
    if done["usage"] is not None:
        check_usage(done["usage"])


def without_outcome(call):
    return {key: value for key, value in call.items() if key not in ("output", "error")}


def check_usage(usage):
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    for side in ("input", "output"):
        details = usage[f"{side}_token_details"]
        assert usage[f"{side}_tokens"] == details["text_tokens"] + details["audio_tokens"]
    assert set(usage["input_token_details"]["cached_tokens_details"]) == {"text_tokens", "audio_tokens", "image_tokens"}


def check_item(events, index, *, cut_short, cascaded):
    added, done = events[0], events[-1]
    assert added["type"] == "response.output_item.added"
    assert done["type"] == "response.output_item.done"
    assert added["item"]["id"] == done["item"]["id"]
    assert all(event.get("item_id", done["item"]["id"]) == done["item"]["id"] for event in events)
    assert {event["output_index"] for event in events} == {index}
    if done["item"]["type"].startswith("mcp_"):
        check_mcp(events[1:-1], done["item"])
        return
    assert added["item"]["status"] == ("incomplete" if cascaded and added["item"]["type"] == "message" else "in_progress")
    statuses = {"message": {"incomplete"}, "function_call": {"completed", "incomplete"}} if cut_short else {}
    assert done["item"]["status"] in statuses.get(done["item"]["type"], {"completed"})
    checks = {"message": check_message, "function_call": check_function_call}
    check = checks.get(done["item"]["type"], check_search)
    check(events[1:-1], done["item"])


def check_message(events, item):
    """Exactly one part: added, deltas, the dones of its kind, done."""
    (part,) = item["content"]
    kinds = [event["type"].removeprefix("response.") for event in events]
    audio = part["type"] == "audio"
    beside = [f"{kind}.done" for kind in BESIDE if f"{kind}.done" in kinds]
    tail = ["audio.done", "audio_transcript.done", *beside, "content_part.done"] if audio else ["text.done", "content_part.done"]
    allowed = (
        {"audio.delta", "audio_transcript.delta", "audio_transcript.annotation.added", *(f"{kind}.delta" for kind in BESIDE)}
        if audio
        else {"text.delta"}
    )
    assert kinds[0] == "content_part.added"
    assert kinds[-len(tail) :] == tail
    assert set(kinds[1 : -len(tail)]) <= allowed
    text = "".join(event["delta"] for event in events if event["type"].endswith(("transcript.delta", "text.delta")))
    assert part["transcript" if audio else "text"] == text
    assert events[-1]["part"] == part
    assert events[-len(tail) + 1 if audio else -2]["transcript" if audio else "text"] == text


def check_function_call(events, item):
    kinds = {event["type"] for event in events[:-1]}
    assert kinds <= {"response.function_call_arguments.delta"}
    assert events[-1]["type"] == "response.function_call_arguments.done"
    assert "".join(event["delta"] for event in events[:-1]) == events[-1]["arguments"] == item["arguments"]
    assert {event["call_id"] for event in events} == {item["call_id"]}
    if item["status"] == "completed":
        json.loads(item["arguments"])


def check_search(events, item):
    progress = [(event["type"], event["sequence_number"]) for event in events]
    assert progress == [
        (f"response.{item['type']}.{state}", number) for number, state in enumerate(("in_progress", "searching", "completed"))
    ]


def check_mcp(events, item):
    """A request for approval is nothing but its item; a call streams its arguments. (That it runs is said without the response's id.)"""
    kinds = [event["type"].removeprefix("response.") for event in events if event["type"] != "response.mcp_call_arguments.delta"]
    if item["type"] == "mcp_approval_request":
        assert kinds == []
        return
    assert kinds == ["mcp_call_arguments.done"]
    assert "".join(event["delta"] for event in events if "delta" in event) == item["arguments"]
