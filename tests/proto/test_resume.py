"""Resume plans: applied to a fresh pair of cores and a small honest server, they give the same conversation."""

import base64
import json

import pytest
from support import dialogue, scenarios

from voicelive_proto import CLIENT, SERVER, Connection, Limits
from voicelive_proto._plain import to_plain
from voicelive_proto.client_events import ConversationItemCreate, SessionUpdate
from voicelive_proto.resume import cut_at_word, resume_plan
from voicelive_proto.session import RequestSession

MAY_BE_NULL = {"turn_detection", "input_audio_noise_reduction", "input_audio_echo_cancellation", "input_audio_transcription"}
PARTS = {"user": {"input_text", "input_image"}, "system": {"input_text"}, "assistant": {"text"}}


class Service:
    """Answers session.update and conversation.item.create as the service facts say, and refuses what they say it refuses."""

    def __init__(self, first_config):
        self.connection = Connection(SERVER, strict=True)
        self.config = dict(first_config)
        self.order = []
        self.greeting = self.connection.send({"type": "session.created", "session": self.config})

    def answer(self, frame):
        event = self.connection.receive(frame)
        asked = to_plain(event)
        try:
            reply = self.updated(asked["session"]) if isinstance(event, SessionUpdate) else self.created(asked)
        except AssertionError as error:
            reply = {"type": "error", "error": {"type": "invalid_request_error", "message": str(error), "event_id": event.event_id}}
        return self.connection.send(reply)

    def updated(self, settings):
        assert "model" not in settings, "the model is fixed by the URL"
        assert settings.get("modalities") != ["audio"], "audio alone is refused"
        assert "voice" not in settings or "audio" in settings.get("modalities", ["audio"]), "Text to speech synthesizer is not configured"
        assert settings.get("parallel_tool_calls") is not True, "refused by realtime models"
        assert all(value is not None or key in MAY_BE_NULL for key, value in settings.items()), "null where it means nothing"
        self.config |= settings
        return {"type": "session.updated", "session": self.config}

    def created(self, asked):
        item, previous = asked["item"], asked.get("previous_item_id")
        assert previous == "root" or previous in self.order, "previous_item_id does not exist"
        assert item["id"] not in self.order, "an item of this id exists"
        if item["type"] == "message":
            assert item["content"], "a message needs content"
            assert all(part["type"] in PARTS[item["role"]] for part in item["content"]), "unsupported_content_type"
        else:
            assert item["type"] in ("function_call", "function_call_output")
        if item["type"] == "function_call_output":
            calls = [known.item.call_id for known in self.connection.conversation.items if known.type == "function_call"]
            assert item["call_id"] in calls, "no such call"
        index = 0 if previous == "root" else self.order.index(previous) + 1
        self.order.insert(index, item["id"])
        before = self.order[index - 1] if index else None
        return {"type": "conversation.item.created", "previous_item_id": before, "item": {"status": "completed"} | item}


def resumed(connection):
    """A client on a new session that has carried out the plan, which the service took without an error."""
    plan = resume_plan(connection)
    service, client = Service(connection.session.first_config), Connection(CLIENT, strict=True)
    client.receive(service.greeting)
    for event in plan.events:
        client.receive(service.answer(client.send(event)))
    assert client.errors.last is None, client.errors.last
    assert client.session.pending_updates == []
    return client, plan


def shown(connection):
    """Ids, kinds, roles and texts of the conversation in order."""
    return [
        (item.id, item.type, item.role, item.text or item.transcript, item.item.get("call_id"), item.item.get("output"))
        for item in connection.conversation.items
    ]


def events_of(plan):
    return [event.as_dict() for event in plan.events]


@pytest.mark.parametrize("role", [CLIENT, SERVER])
@pytest.mark.parametrize("name", scenarios())
def test_a_resumed_dialogue_is_the_same_conversation(name, role):
    connections = {"client": Connection(CLIENT), "server": Connection(SERVER)}
    for direction, wire_message in dialogue(name):
        other = "server" if direction == "client" else "client"
        connections[other].receive(connections[direction].send(wire_message))
    broken = connections[role.value]
    client, plan = resumed(broken)
    gone = {line.split("'")[1] for line in plan.lost if line.startswith("item ") and "what it says after" not in line}
    expected = [line for line in shown(broken) if line[0] not in gone]
    for (item_id, *kind, text, call, result), (fresh_id, *fresh_kind, fresh_text, fresh_call, fresh_result) in zip(
        expected, shown(client), strict=True
    ):
        assert (item_id, kind, call, result) == (fresh_id, fresh_kind, fresh_call, fresh_result)
        heard = broken.conversation.get(item_id)
        assert text == fresh_text or (heard.heard_ms < heard.audio_ms and text.startswith(fresh_text))
    changed = {key: value for key, value in broken.session.accepted.items() if key != "model"}
    assert {key: client.session.config[key] for key in changed} == changed
    again = resume_plan(client)
    assert events_of(again) == events_of(plan)
    assert again.lost == ()


def test_what_the_dialogues_lose_is_said():
    broken = Connection(CLIENT)
    for direction, wire_message in dialogue("mcp_call_with_approval"):
        if direction == "client":
            broken.send(wire_message)
        else:
            broken.receive(json.dumps(wire_message))
    plan = resume_plan(broken)
    kinds = [line.partition(": ")[2] for line in plan.lost]
    assert kinds == [
        f"a client can not put a {kind} into a conversation"
        for kind in ("mcp_list_tools", "mcp_call", "mcp_approval_request", "mcp_approval_response")
    ]
    assert [event.type for event in plan.events] == ["session.update", "conversation.item.create", "conversation.item.create"]


def client_with(*items, config=None, first_config=None, limits=None):
    """A client that has seen these items created."""
    client = Connection(CLIENT, limits=limits)
    if first_config is not None:
        client.receive(json.dumps({"type": "session.created", "session": first_config}))
    if config is not None:
        client.receive(json.dumps({"type": "session.updated", "session": config}))
    for item in items:
        client.receive(json.dumps({"type": "conversation.item.created", "previous_item_id": None, "item": item}))
    return client


def message(item_id, role, *parts):
    return {"type": "message", "id": item_id, "role": role, "status": "completed", "content": list(parts)}


def bodies(plan):
    return [event.as_dict()["item"] for event in plan.events if isinstance(event, ConversationItemCreate)]


def test_the_chain_begins_at_the_root():
    client = client_with(*[message(name, "user", {"type": "input_text", "text": name}) for name in "abc"])
    assert [event.previous_item_id for event in resume_plan(client).events] == ["root", "a", "b"]


def say(client, text, duration_ms, *, finished=True):
    part = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}
    answer = message("a", "assistant") | {"status": "in_progress"}
    steps = [
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": answer},
        {"type": "conversation.item.created", "item": answer},
        {"type": "response.content_part.added", **part, "part": {"type": "audio"}},
        {"type": "response.audio_transcript.delta", **part, "delta": text},
        {"type": "response.audio.delta", **part, "delta": base64.b64encode(bytes(48 * duration_ms)).decode()},
    ]
    if finished:
        said = message("a", "assistant", {"type": "audio", "transcript": text})
        steps += [
            {"type": "response.content_part.done", **part, "part": {"type": "audio", "transcript": text}},
            {"type": "response.output_item.done", "response_id": "r", "output_index": 0, "item": said},
            {"type": "response.done", "response": {"id": "r", "status": "completed"}},
        ]
    for step in steps:
        client.receive(json.dumps(step))


@pytest.mark.parametrize(
    ("played_ms", "text"),
    [
        (1000, "The next ferry leaves at 14:25."),
        (999, "The next ferry leaves at"),
        (500, "The next ferry"),
        (480, "The next ferry"),
        (440, "The next"),
        (100, "The"),
        (60, None),
        (0, None),
    ],
)
def test_an_answer_ends_with_the_last_word_that_was_heard(played_ms, text):
    client = client_with()
    say(client, "The next ferry leaves at 14:25.", 1000)
    client.conversation.report_playback("a", played_ms)
    plan = resume_plan(client)
    assert [body["content"] for body in bodies(plan)] == ([[{"type": "text", "text": text}]] if text else [])
    whole = played_ms == 1000
    assert [line for line in plan.lost if "nobody heard" in line] == (
        [] if whole else [f"item 'a': what it says after {played_ms} of 1000 ms, which nobody heard"]
    )
    assert any("nothing of this assistant message" in line for line in plan.lost) == (text is None)


@pytest.mark.parametrize("transcript", ["one two three four five", "", None])
def test_an_answer_retrieved_after_its_truncation_is_not_cut_again(transcript):
    client = client_with()
    say(client, "one two three four five six seven eight nine.", 1000)
    client.receive(b'{"type":"conversation.item.truncated","item_id":"a","content_index":0,"audio_end_ms":500}')
    before = resume_plan(client)
    part = {"type": "audio"} | ({} if transcript is None else {"transcript": transcript})
    client.receive(json.dumps({"type": "conversation.item.retrieved", "item": message("a", "assistant", part)}))
    after = resume_plan(client)
    assert [body["content"] for body in bodies(after)] == [[{"type": "text", "text": "one two three four"}]]
    assert (bodies(after), after.lost) == (bodies(before), before.lost)


def test_words_stay_known_when_the_response_is_let_go_and_the_item_comes_without_them():
    client = client_with(limits=Limits(max_responses=1))
    say(client, "one two three four five six seven eight nine.", 1000)
    client.receive(b'{"type":"conversation.item.truncated","item_id":"a","content_index":0,"audio_end_ms":500}')
    heard = {"type": "input_audio", "transcript": "Wann?"}
    output = {"type": "function_call_output", "id": "o", "call_id": "c", "output": ""}
    for previous, item in (("a", message("u", "user", heard)), ("u", output)):
        client.receive(json.dumps({"type": "conversation.item.created", "item": item, "previous_item_id": previous}))
    for response in ("r1", "r2"):
        for kind in ("created", "done"):
            client.receive(json.dumps({"type": f"response.{kind}", "response": {"id": response, "status": "completed"}}))
    assert list(client.responses) == ["r2"]
    before = resume_plan(client)
    for item in (
        message("a", "assistant", {"type": "audio"}),
        message("u", "user", {"type": "input_audio", "transcript": None}),
        output,
    ):
        client.receive(json.dumps({"type": "conversation.item.retrieved", "item": item}))
    assert [part["text"] for body in bodies(before) for part in body["content"]] == ["one two three four", "Wann?"]
    assert bodies(resume_plan(client)) == bodies(before)


def test_each_part_of_the_user_s_audio_keeps_its_words():
    client = client_with()
    parts = [{"type": "input_audio"}, {"type": "input_audio"}, {"type": "input_audio"}]
    client.receive(json.dumps({"type": "conversation.item.created", "item": message("u", "user", *parts)}))
    heard = {"type": "conversation.item.input_audio_transcription.completed", "item_id": "u"}
    for index, text in ((1, "second"), (0, "first")):
        client.receive(json.dumps(heard | {"content_index": index, "transcript": text}))
    plan = resume_plan(client)
    assert [part["text"] for part in bodies(plan)[0]["content"]] == ["first", "second"]
    assert plan.lost == ("item 'u': a part of type 'input_audio'",)


def test_each_response_that_is_going_on_is_named():
    client = client_with()
    for response in ("r1", "r2"):
        client.receive(json.dumps({"type": "response.created", "response": {"id": response}}))
    assert resume_plan(client).lost == tuple(f"response {one!r}: the rest of it; ask for an answer again" for one in ("r1", "r2"))


def test_an_answer_retrieved_without_a_truncation_is_as_the_service_has_it():
    client = client_with()
    say(client, "one two three", 1000)
    shorter = message("a", "assistant", {"type": "audio", "transcript": "one two"})
    client.receive(json.dumps({"type": "conversation.item.retrieved", "item": shorter}))
    assert [body["content"] for body in bodies(resume_plan(client))] == [[{"type": "text", "text": "one two"}]]


@pytest.mark.parametrize(
    ("cut_at_ms", "text", "lost"),
    [
        (200, "The next ferry", "how much of it was heard: 200 ms of an unknown length, so all its words are restored"),
        (0, None, "what it says, which nobody heard"),
        (None, "The next ferry", None),
    ],
)
def test_an_answer_of_unknown_length_is_not_cut_and_that_is_said(cut_at_ms, text, lost):
    client = client_with(config={"output_audio_format": "opus_48k"})
    say(client, "The next ferry", 1000)
    if cut_at_ms is not None:
        truncated = {"type": "conversation.item.truncated", "item_id": "a", "content_index": 0, "audio_end_ms": cut_at_ms}
        client.receive(json.dumps(truncated))
    plan = resume_plan(client)
    assert [part["text"] for body in bodies(plan) for part in body["content"]] == ([text] if text else [])
    assert plan.lost[:1] == ((f"item 'a': {lost}",) if lost else ())


def test_an_answer_that_was_going_on_keeps_what_was_said_so_far():
    client = client_with()
    say(client, "The next ferry", 300, finished=False)
    client.receive_close(1006)
    plan = resume_plan(client)
    assert [body["content"] for body in bodies(plan)] == [[{"type": "text", "text": "The next ferry"}]]
    assert plan.lost == ("response 'r': the rest of it; ask for an answer again",)


def test_parts_of_an_answer_are_cut_in_their_order():
    client = client_with()
    say(client, "x", 1000)
    parts = ({"type": "audio", "transcript": "one two "}, {"type": "text", "text": "(note)"}, {"type": "audio", "transcript": "three four"})
    client.receive(json.dumps({"type": "conversation.item.retrieved", "item": message("a", "assistant", *parts)}))
    client.conversation.report_playback("a", 800)
    assert [part["text"] for part in bodies(resume_plan(client))[0]["content"]] == ["one two ", "(note)", "three"]
    client.conversation.report_playback("a", 300)
    assert [part["text"] for part in bodies(resume_plan(client))[0]["content"]] == ["one", "(note)"]


@pytest.mark.parametrize(
    ("text", "max_chars", "cut"),
    [
        ("whole", 5, "whole"),
        ("one two", 3, "one"),
        ("one two", 4, "one"),
        ("one two", 6, "one"),
        ("one two", 2, ""),
        ("", 0, ""),
        ("次のフェリーは", 3, "次のフ"),
        ("cafe\u0301s", 4, "caf"),
        ("e\u0301te\u0301", 1, ""),
    ],
)
def test_cutting_at_a_word(text, max_chars, cut):
    assert cut_at_word(text, max_chars) == cut
    assert len(cut) <= max(max_chars, 0)


def test_what_a_user_said_becomes_text():
    client = client_with(
        message(
            "u", "user", {"type": "input_audio", "transcript": None}, {"type": "input_text", "text": "(typed)"}, {"type": "input_audio"}
        ),
        message("v", "user", {"type": "input_audio", "transcript": "Already there."}),
        message("w", "user", {"type": "input_audio"}),
        message(
            "p", "user", {"type": "input_image", "image_url": "https://example.org/map.png", "detail": None}, {"type": "smell", "text": 5}
        ),
        message("q", "user", {"type": "input_image"}),
        message("n", "narrator", {"type": "input_text", "text": "Meanwhile"}),
    )
    heard = {"type": "conversation.item.input_audio_transcription.completed", "content_index": 0}
    client.receive(json.dumps(heard | {"item_id": "u", "transcript": "Wann?"}))
    client.receive(json.dumps(heard | {"item_id": "early", "transcript": "Und dann?"}))
    plan = resume_plan(client)
    assert [(body["id"], body["content"]) for body in bodies(plan)] == [
        ("u", [{"type": "input_text", "text": "Wann?"}, {"type": "input_text", "text": "(typed)"}]),
        ("v", [{"type": "input_text", "text": "Already there."}]),
        ("p", [{"type": "input_image", "image_url": "https://example.org/map.png"}]),
        ("early", [{"type": "input_text", "text": "Und dann?"}]),
    ]
    assert plan.lost == (
        "item 'u': a part of type 'input_audio'",
        "item 'w': nothing of this user message is known as text",
        "item 'p': a part of type 'smell'",
        "item 'q': nothing of this user message is known as text",
        "item 'n': a client can not send a message of role 'narrator'",
    )


@pytest.mark.parametrize(
    ("role", "parts", "restored", "lost"),
    [
        ("user", [{"type": "input_audio"}, {"type": "input_text", "text": "hi"}], ["hi"], ["input_audio"]),
        ("user", [{"type": "input_audio"}, {"type": "input_image", "url": "u"}], [None], ["input_audio"]),
        ("user", [{"type": "input_audio"}, {"type": "input_audio", "transcript": "So."}], ["So."], ["input_audio"]),
        ("user", [{"type": "input_audio", "transcript": "So."}, {"type": "input_audio", "transcript": "Yes."}], ["So.", "Yes."], []),
        ("system", [{"type": "input_text", "text": "Hm."}, {"type": "input_text", "text": None}], ["Hm."], ["input_text"]),
        ("assistant", [{"type": "text", "text": "a"}, {"type": "output_image"}, {"type": "audio"}], ["a"], ["output_image", "audio"]),
        ("assistant", [{"type": "audio", "transcript": None}, {"type": "audio", "transcript": "Well."}], ["Well."], ["audio"]),
    ],
)
def test_each_part_that_is_not_restored_is_named(role, parts, restored, lost):
    plan = resume_plan(client_with(message("m", role, *parts)))
    assert [part.get("text") for part in bodies(plan)[0]["content"]] == restored
    assert plan.lost == tuple(f"item 'm': a part of type {kind!r}" for kind in lost)


def call(item_id, call_id, status="completed", **more):
    return {"type": "function_call", "id": item_id, "name": "ferry", "call_id": call_id, "arguments": "{}", "status": status} | more


def output(item_id, call_id, **more):
    return {"type": "function_call_output", "id": item_id, "call_id": call_id, "output": "14:25"} | more


def test_calls_come_with_their_outputs_or_not_at_all():
    client = client_with(
        call("f1", "c1"), output("o1", "c1"), call("f2", "c2"), call("f3", "c3", "incomplete"), output("o3", "c3"), output("o4", "c4"),
        call("f5", "c5", arguments=""), output("o5", "c5", output=None), call("f6", None), output("o6", None),
    )  # fmt: skip
    plan = resume_plan(client)
    assert [(body["id"], body["call_id"], body.get("arguments"), body.get("output")) for body in bodies(plan)] == [
        ("f1", "c1", "{}", None),
        ("o1", "c1", None, "14:25"),
        ("f5", "c5", "{}", None),
        ("o5", "c5", None, ""),
    ]
    assert plan.lost == (
        "item 'f2': the call of ferry awaits its output",
        "item 'f3': the call of ferry was never completed",
        "item 'o3': the output of call 'c3', which is not in the conversation",
        "item 'o4': the output of call 'c4', which is not in the conversation",
        "item 'f6': the call of ferry was never completed",
        "item 'o6': the output of call None, which is not in the conversation",
    )


@pytest.mark.parametrize(
    "fields", [{"name": "ferry", "call_id": "c", "arguments": "{}"}, {"name": "ferry", "call_id": "c", "arguments": "{}", "status": None}]
)
def test_a_call_without_a_status_is_complete(fields):
    client = client_with({"type": "function_call", "id": "f"} | fields, output("o", "c"))
    plan = resume_plan(client)
    assert [body["id"] for body in bodies(plan)] == ["f", "o"]
    assert plan.lost == ()
    again = resume_plan(client_with(*bodies(plan)))  # as a service would that reports items as they were sent
    assert (bodies(again), again.lost) == (bodies(plan), ())


def test_a_call_without_a_status_that_is_still_coming_is_not_complete():
    client = client_with()
    coming = {"type": "function_call", "id": "f", "name": "ferry", "call_id": "c", "arguments": ""}
    for event in (
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": coming},
        {"type": "conversation.item.created", "item": coming},
        {"type": "conversation.item.created", "item": output("o", "c")},
    ):
        client.receive(json.dumps(event))
    plan = resume_plan(client)
    assert bodies(plan) == []
    assert plan.lost[:2] == (
        "item 'f': the call of ferry was never completed",
        "item 'o': the output of call 'c', which is not in the conversation",
    )


def test_a_call_comes_before_its_output():
    typed = message("u", "user", {"type": "input_text", "text": "u"})
    client = client_with(
        output("o1", "c1"), output("o2", "c2"), typed, call("f1", "c1"), call("f2", "c2"), call("f3", "c3"), output("o3", "c3")
    )
    fresh, plan = resumed(client)
    assert [body["id"] for body in bodies(plan)] == ["u", "f1", "o1", "f2", "o2", "f3", "o3"]
    assert plan.lost == ()
    assert [item.id for item in fresh.conversation.items] == ["u", "f1", "o1", "f2", "o2", "f3", "o3"]


def test_deleted_and_forgotten_items_are_absent():
    client = Connection(CLIENT, limits=Limits(max_items=2))
    for name in "abcd":
        item = message(name, "user", {"type": "input_text", "text": name})
        client.receive(json.dumps({"type": "conversation.item.created", "item": item}))
    client.receive(b'{"type":"conversation.item.deleted","item_id":"c"}')
    plan = resume_plan(client)
    assert [body["id"] for body in bodies(plan)] == ["d"]
    assert plan.lost == ("the first 2 items of the conversation, which the limits let go",)


def updates(plan):
    return [event.as_dict()["session"] for event in plan.events if isinstance(event, SessionUpdate)]


def test_settings_go_in_the_words_of_the_client():
    client = client_with(first_config={"id": "s", "voice": {"type": "openai", "name": "alloy"}, "temperature": 0.8})
    client.send(SessionUpdate(session={"voice": "echo", "model": "gpt-realtime", "x_new": [1]}))
    client.send(SessionUpdate(session={"turn_detection": None}))
    client.send(SessionUpdate(session={"temperature": 99}, event_id="hot"))
    client.send(SessionUpdate(session={"instructions": "Be brief."}))
    assert updates(resume_plan(client)) == [
        {"voice": "echo", "x_new": [1]},
        {"turn_detection": None},
        {"temperature": 99},
        {"instructions": "Be brief."},
    ]
    reported = {"id": "s", "voice": {"type": "openai", "name": "echo"}, "temperature": 0.8}
    client.receive(json.dumps({"type": "session.updated", "session": reported}))
    client.receive(json.dumps({"type": "session.updated", "session": reported | {"turn_detection": None}}))
    client.receive(b'{"type":"error","error":{"type":"invalid_request_error","message":"too hot","event_id":"hot"}}')
    assert updates(resume_plan(client)) == [{"voice": "echo", "x_new": [1], "turn_detection": None}, {"instructions": "Be brief."}]


def test_a_null_that_clears_nothing_is_not_brought_over():
    client = client_with(first_config={"id": "s", "voice": "marin"})
    for asked in ({"voice": "alloy", "temperature": 0.7}, RequestSession(voice=None, instructions="x")):
        client.send(SessionUpdate(session=asked))
        client.receive(b'{"type":"session.updated","session":{"id":"s","voice":"alloy","temperature":0.7,"instructions":"x"}}')
    client.send(SessionUpdate(session=RequestSession(voice=None, turn_detection=None, instructions="y")))
    accepted = {"voice": "alloy", "temperature": 0.7, "instructions": "x"}
    assert updates(resume_plan(client)) == [accepted, {"turn_detection": None, "instructions": "y"}]
    fresh, _ = resumed(client)
    assert fresh.session.config["voice"] == "alloy"


def test_settings_that_the_limits_let_go_are_counted():
    client = client_with(limits=Limits(max_calls=1))
    for number in range(3):
        client.send(SessionUpdate(session={f"new_{number}": 1}))
        client.receive(b'{"type":"session.updated","session":{}}')
    plan = resume_plan(client)
    assert updates(plan) == [{"new_2": 1}]
    assert plan.lost == ("2 settings of a newer service, which the limits let go",)


def test_settings_that_nobody_asked_for_go_as_reported_where_they_changed():
    client = client_with(
        first_config={"id": "s", "model": "gpt-4o", "temperature": 0.8, "instructions": ""},
        config={
            "id": "s",
            "object": "realtime.session",
            "model": "gpt-4.1",
            "modalities": ["audio"],
            "temperature": 0.8,
            "instructions": "Be brief.",
            "parallel_tool_calls": True,
            "turn_detection": {"type": "server_vad", "threshold": None, "silence_duration_ms": 500},
            "input_audio_transcription": None,
            "avatar": None,
            "tools": [{"type": "function", "name": "f", "description": None, "parameters": {"properties": {"a": {"default": None}}}}],
        },
    )
    assert updates(resume_plan(client)) == [
        {
            "instructions": "Be brief.",
            "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
            "input_audio_transcription": None,
            "tools": [{"type": "function", "name": "f", "parameters": {"properties": {"a": {"default": None}}}}],
        }
    ]


def test_a_session_without_audio_gets_no_voice():
    client = client_with(config={"voice": "echo", "modalities": ["text"]})
    plan = resume_plan(client)
    assert updates(plan) == [{"modalities": ["text"]}]
    assert plan.lost == ("setting 'voice': a session without audio refuses one; set it again together with the modality",)


@pytest.mark.parametrize(
    ("modalities", "pending", "sent"),
    [
        (["text"], [{"voice": "verse"}], [{"modalities": ["text"]}]),
        (["text"], [{"voice": "verse", "temperature": 0.8}], [{"modalities": ["text"]}, {"temperature": 0.8}]),
        (None, [{"modalities": ["text"]}, {"voice": "verse"}], [{"modalities": ["text"]}]),
        (["text"], [{"voice": None}, {"voice": "verse"}], [{"modalities": ["text"]}]),
    ],
)
def test_a_session_without_audio_gets_no_voice_that_was_not_answered_yet(modalities, pending, sent):
    client = client_with(config={"modalities": modalities} if modalities else None)
    for asked in pending:
        client.send({"type": "session.update", "session": asked})
    plan = resume_plan(client)
    assert updates(plan) == sent
    assert plan.lost == ("setting 'voice': a session without audio refuses one; set it again together with the modality",)


@pytest.mark.parametrize(
    "pending", [[{"modalities": ["text", "audio"], "voice": "verse"}], [{"modalities": ["text", "audio"]}, {"voice": "verse"}]]
)
def test_a_voice_that_comes_with_the_audio_stays(pending):
    client = client_with(config={"modalities": ["text"]})
    for asked in pending:
        client.send({"type": "session.update", "session": asked})
    plan = resume_plan(client)
    assert updates(plan) == [{"modalities": ["text"]}, *pending]
    assert plan.lost == ()


def test_a_session_that_begins_without_audio_gets_no_voice():
    client = client_with(first_config={"modalities": ["text"]})
    client.send({"type": "session.update", "session": {"voice": "verse"}})
    assert updates(resume_plan(client)) == []


def test_nothing_known_is_nothing_to_do():
    plan = resume_plan(Connection(CLIENT))
    assert (plan.events, plan.lost) == ((), ())


def test_audio_in_an_unknown_format_is_counted_in_bytes():
    client = client_with(config={"input_audio_format": "opus"})
    client.send({"type": "input_audio_buffer.append", "audio": bytes(960)})
    assert resume_plan(client).lost == ("960 bytes of input audio that were not committed",)


def test_what_was_going_on_is_said():
    client = client_with({"type": "mcp_approval_request", "id": "q", "name": "list", "server_label": "s"})
    client.send({"type": "input_audio_buffer.append", "audio": bytes(960)})
    client.send({"type": "input_audio.turn.start", "turn_id": "t"})
    client.send({"type": "input_audio.turn.start", "turn_id": "over"})
    client.send({"type": "input_audio.turn.end", "turn_id": "over"})
    client.send({"type": "session.avatar.connect", "client_sdp": "x"})
    assert resume_plan(client).lost == (
        "item 'q': a client can not put a mcp_approval_request into a conversation",
        "20 ms of input audio that were not committed",
        "item 'q': the approval of list is still to be given",
        "turn 't': what was said in it so far",
        "the avatar's media connection; connect it again",
        "turn 'over': what was said in it, of which there was no item yet",
    )


# What was asked for and not answered


def typed(text, item_id=None, **more):
    return (
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]} | ({"id": item_id} if item_id else {}) | more
    )


def ask(client, item, previous_item_id=None):
    named = {} if previous_item_id is None else {"previous_item_id": previous_item_id}
    client.send({"type": "conversation.item.create", "item": item, **named})


def test_items_that_were_asked_for_are_asked_for_again_at_their_place():
    client = client_with(typed("b", "b"), typed("in use", "resumed_1"))
    ask(client, typed("last"))
    ask(client, typed("a", "a"), "root")
    ask(client, typed("c", "c"), "b")
    ask(client, typed("of a newer last", "d"), "never heard of")
    ask(client, typed("b again", "b"))  # which the service refuses
    ask(client, typed("named like that", "resumed_2"), "d")
    client.receive_close(1006)
    fresh, plan = resumed(client)
    assert [(item.id, item.text) for item in fresh.conversation.items] == [
        ("a", "a"),
        ("b", "b"),
        ("c", "c"),
        ("resumed_1", "in use"),
        ("resumed_3", "last"),
        ("d", "of a newer last"),
        ("resumed_2", "named like that"),
    ]
    assert plan.lost == ()


def test_an_output_that_was_on_its_way_comes_with_its_call():
    client = client_with(call("f", "c"))
    ask(client, {"type": "function_call_output", "call_id": "c", "output": "14:25"})
    client.send({"type": "response.create"})
    _, plan = resumed(client)
    assert [(body["type"], body["call_id"]) for body in bodies(plan)] == [("function_call", "c"), ("function_call_output", "c")]
    assert plan.lost == ("an answer that was asked for and not begun; ask for it again",)


@pytest.mark.parametrize("answered", [True, False])
def test_items_that_were_to_be_deleted_are_not_brought_over(answered):
    client = client_with(typed("secret", "u"), typed("kept", "v"))
    ask(client, typed("secret, too", "w"))
    for item_id in "uwx":
        client.send({"type": "conversation.item.delete", "item_id": item_id})
    if answered:
        client.receive(json.dumps({"type": "conversation.item.created", "item": typed("secret, too", "w")}))
        client.receive(b'{"type":"conversation.item.deleted","item_id":"u"}')
    ask(client, typed("in its place", "u"))
    plan = resume_plan(client)
    assert [(body["id"], body["content"][0]["text"]) for body in bodies(plan)] == [("v", "kept"), ("u", "in its place")]
    assert plan.lost == ()


def test_an_answer_is_cut_where_a_truncation_was_to_cut_it():
    client = client_with()
    say(client, "one two three four", 1000)
    cut = {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0}
    client.send(cut | {"audio_end_ms": 250})
    plan = resume_plan(client)
    assert [part["text"] for body in bodies(plan) for part in body["content"]] == ["one"]
    assert plan.lost == ("item 'a': what it says after 250 of 1000 ms, which nobody heard",)
    assert client.conversation.get("a").heard_ms == 1000  # as long as the service has not answered
    client.receive(json.dumps({"type": "error", "error": {"type": "x", "code": "item_truncate_invalid_item_id", "message": "no"}}))
    assert [part["text"] for body in bodies(resume_plan(client)) for part in body["content"]] == ["one two three four"]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({"type": "message", "role": "user", "content": "just text"}, "nothing of this user message is known as text"),
        ({"type": "message", "role": 5, "content": []}, "a client can not send a message of role None"),
        ({"type": "function_call_output", "call_id": "c", "output": {}}, "the output of call None, which is not in the conversation"),
        ({"type": "mcp_approval_response", "approve": 7}, "a client can not put a mcp_approval_response into a conversation"),
        (
            {"id": 5, "type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]},
            "nothing of this user message is known as text",
        ),
    ],
)
def test_what_was_asked_for_and_is_no_item_is_named(item, why):
    client = client_with()
    client.send(ConversationItemCreate(item=item))
    plan = resume_plan(client)
    assert (plan.events, plan.lost) == ((), (f"item 'resumed_1': {why}",))


def test_speech_that_is_no_item_yet_is_named():
    client = client_with()
    for item_id in ("u", "v", "w"):
        client.receive(json.dumps({"type": "input_audio_buffer.committed", "item_id": item_id}))
    heard = {"type": "conversation.item.input_audio_transcription.completed", "content_index": 0, "item_id": "v"}
    client.receive(json.dumps(heard | {"transcript": "Wann?"}))
    client.receive_close(1006)
    plan = resume_plan(client)
    assert [(body["id"], body["content"][0]["text"]) for body in bodies(plan)] == [("v", "Wann?")]
    assert plan.lost == ("item 'u': the speech that was committed for it", "item 'w': the speech that was committed for it")


def test_requests_that_the_limits_let_go_are_counted():
    client = client_with(limits=Limits(max_items=2))
    for name in "abcd":
        ask(client, typed(name, name))
    plan = resume_plan(client)
    assert [body["id"] for body in bodies(plan)] == ["c", "d"]
    assert plan.lost == ("2 requests that were not answered, which the limits let go",)
