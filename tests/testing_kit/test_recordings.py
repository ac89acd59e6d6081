"""Recordings of real calls, compared and played again as server and as client."""

import base64
import itertools
import json
import random

import anyio
import pytest

from voicelive import AzureKeyCredential, ConnectionClosed, connect
from voicelive.testing import answer_text, compare, expect, recorded_steps, replay_as_client, reply, scripted_server, silence, speak
from voicelive.testing._alignment import aligned
from voicelive_transports import ConnectOptions, get_opener
from voicelive_transports.record import Moment, Recording, read_recording, record


async def a_call(url, path, *, audio="elided", say="Tell me.", code=1000):
    """A text turn, a function call, and a spoken question, recorded."""
    options = {"credential": AzureKeyCredential("S3CR3T"), "model": "gpt-realtime"}
    async with connect(endpoint=url, transport=record(get_opener("auto"), path, audio=audio), **options) as connection:
        await connection.session.update(session={"modalities": ["text"], "tools": [{"type": "function", "name": "find"}]})
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": say}]}
        await connection.conversation.item.create(item=message)
        called = (await (await connection.response.create()).done(timeout=30)).output[0]
        await connection.conversation.item.create(item={"type": "function_call_output", "call_id": called.call_id, "output": "x"})
        handle = await connection.response.create()
        await handle.done(timeout=30)
        for _ in range(3):
            await connection.input_audio_buffer.append(audio=silence(100))
        await connection.input_audio_buffer.clear()
        await connection.wait_for("input_audio_buffer.cleared", timeout=30)
        await connection.close(code=code)
        return handle.text


@pytest.fixture
def recorded(tmp_path):
    """Make a recording of a call with a server of its own."""

    def make(name="call", answer="It is here.", **options):
        path = tmp_path / f"{name}.jsonl"
        with scripted_server() as server:
            server.call("find", what="key")
            server.reply(answer)
            anyio.run(lambda: a_call(server.url, path, **options))
        return path

    return make


def test_no_credential_is_in_a_recording(recorded):
    assert "S3CR3T" not in recorded().read_text()


def test_two_calls_that_are_the_same(recorded):
    comparison = compare(recorded("a"), recorded("b"), tolerance_ms=60_000)
    assert comparison.is_same, str(comparison)
    assert str(comparison).splitlines()[2:] == ["order and types: the same", "fields: the same", "timing: the same"]


def test_two_calls_that_differ(recorded):
    comparison = compare(recorded("a"), recorded("b", say="Show me.", answer="Nowhere.", code=1001), tolerance_ms=60_000)
    assert not comparison.is_same
    assert comparison.order == []
    assert [each for each in comparison.fields if "response" not in each] == [
        "2/2 client conversation.item.create: item.content[0].text: 'Tell me.', 'Show me.'",
        next(each for each in comparison.fields if "conversation.item.created: item.content[0].text: 'Tell me.', 'Show me.'" in each),
        next(each for each in comparison.fields if each.endswith("the close: code: 1000, 1001")),
    ]
    assert any("server response.text.delta: delta: 'It is here.', 'Nowhere.'" in each for each in comparison.fields)


def moments(*lines):
    """A recording of these; what is a dict is JSON in it, but for the end."""
    return Recording(
        None,
        [
            Moment(at_s, kind, content if kind == "closed" or isinstance(content, str) else json.dumps(content))
            for at_s, kind, content in lines
        ],
    )


def event(kind, **fields):
    return {"type": kind, **fields}


def test_what_only_one_has_and_what_has_moved():
    first = moments(
        (0.0, "received", event("session.created")),
        (0.1, "sent", event("response.create")),
        (0.2, "received", event("response.created")),
        (0.3, "received", event("rate_limits.updated")),
        (0.4, "received", event("response.done")),
    )
    second = moments(
        (0.0, "received", event("session.created")),
        (0.1, "sent", event("response.create")),
        (0.15, "received", event("rate_limits.updated")),
        (0.2, "received", event("response.created")),
        (0.3, "received", event("warning")),
        (1.4, "received", event("response.done")),
        (1.5, "received", "{"),
    )
    assert compare(second, first).order[-1] == "-    7 server no event"
    report = str(compare(first, second)).splitlines()
    assert report == [
        "- the first: 5 messages",
        "+ the second: 7 messages",
        "order and types:",
        "  ~    4 server rate_limits.updated (in the other at 3)",
        "  +    5 server warning",
        "  +    7 server no event",
        "fields: the same",
        "timing:",
        "  5/6 server response.done: 300 ms, 1300 ms (+1000)",
    ]


def test_how_the_two_directions_cross_is_chance():
    sent = [(0.0, "sent", event("session.update")), (0.0, "sent", event("response.create"))]
    came = [(0.0, "received", event("session.created")), (0.1, "received", event("session.updated")), (0.2, "received", event("warning"))]
    first = moments(*sent, *came)
    assert compare(first, moments(sent[0], came[0], sent[1], *came[1:])).is_same
    assert compare(first, moments(*came[:1], *sent, *came[1:])).is_same
    assert compare(first, moments(*reversed(sent), *came)).order == ["~    2 client response.create (in the other at 1)"]
    assert compare(first, moments(came[0], came[2], *sent, came[1])).order == ["~    5 server warning (in the other at 2)"]


def test_a_client_that_sends_at_once_does_as_one_that_waits_for_the_session(tmp_path):
    async def main(url, path, waits):
        opener = record(get_opener("auto"), path)
        async with connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime", transport=opener) as connection:
            if waits:
                await connection.wait_for("session.created", timeout=30)
            await connection.session.update(session={"modalities": ["text"]})
            await (await connection.response.create()).done(timeout=30)

    for waits in (False, True):
        with scripted_server() as server:
            server.reply("It is here.")
            anyio.run(main, server.url, tmp_path / f"{waits}.jsonl", waits)
    comparison = compare(tmp_path / "False.jsonl", tmp_path / "True.jsonl", tolerance_ms=60_000)
    assert comparison.is_same, str(comparison)


def test_ids_may_differ_if_they_do_everywhere_and_deltas_may_be_cut_otherwise():
    def call(names, pieces, last):
        deltas = [(0, "received", event("response.text.delta", item_id=names[0], delta=piece)) for piece in pieces]
        spoken = [(0, "received", event("response.audio.delta", item_id=names[0], delta=base64.b64encode(bytes(6)).decode()))] * 2
        other = (0, "received", event("response.done", item_id=names[last], event_id=names[1], logged=True))
        return moments(*[each for pair in zip(deltas, spoken, strict=False) for each in pair], *deltas[2:], other)

    assert compare(call("ab", ["x", "yz"], 0), call("cd", ["xy", "z"], 0)).is_same
    assert compare(call("ab", ["x", "yz"], 0), call("cd", ["xy", "zz"], 0)).fields == [
        "1/1 server response.text.delta: delta: 'xyz', 'xyzz'",
    ]
    assert compare(call("ab", ["x", "yz"], 0), call("cd", ["x", "yz"], 1)).fields == [
        "5/5 server response.done: item_id: 'a' and 'd' stand for different things",
    ]
    assert compare(moments((0, "sent", event("x", a=1, b=[1]))), moments((0, "sent", event("x", b=[1, 2])))).fields == [
        "1/1 client x: a: 1, nothing",
        "1/1 client x: b: [1], [1, 2]",
    ]


def received(kind, *fields):
    """Events of a kind, in which that alone differs."""
    return moments(*((0, "received", event(kind, item_id="i", output_index=0, content_index=0) | each) for each in fields))


def sent(kind, *fields):
    return moments(*((0, "sent", event(kind) | each) for each in fields))


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (
            received("response.animation_viseme.delta", {"viseme_id": 0}, {"viseme_id": 1}),
            received("response.animation_viseme.delta", {"viseme_id": 0}, {"viseme_id": 19}, {"viseme_id": 3}),
            ["+    3 server response.animation_viseme.delta", "2/2 server response.animation_viseme.delta: viseme_id: 1, 19"],
        ),
        (
            received("response.audio_timestamp.delta", {"text": "a"}, {"text": "b"}),
            received("response.audio_timestamp.delta", {"text": "a"}, {"text": "c"}),
            ["2/2 server response.audio_timestamp.delta: text: 'b', 'c'"],
        ),
        (
            received("response.animation_blendshapes.delta", {"frames": [[0.5]]}, {"frames": [[0.5]]}),
            received("response.animation_blendshapes.delta", {"frames": [[0.5]]}, {"frames": [[0.6]]}),
            ["2/2 server response.animation_blendshapes.delta: frames[0][0]: 0.5, 0.6"],
        ),
        (
            received("response.video.delta", {"codec": "h264", "delta": "AA"}, {"codec": "h264", "delta": "BB"}),
            received("response.video.delta", {"codec": "h264", "delta": "AA"}, {"codec": "hevc", "delta": "BB"}),
            ["+    2 server response.video.delta", "1/1 server response.video.delta: delta: 'AABB', 'AA'"],
        ),
        (
            received("response.text.delta", {"delta": "x"}, {"content_index": 1, "delta": "yz"}),
            received("response.text.delta", {"delta": "xyz"}),
            ["-    2 server response.text.delta", "1/1 server response.text.delta: delta: 'x', 'xyz'"],
        ),
        (
            sent("input_text.delta", {"id": "a", "delta": "x"}, {"id": "b", "delta": "yz"}),
            sent("input_text.delta", {"id": "a", "delta": "xyz"}),
            ["-    2 client input_text.delta", "1/1 client input_text.delta: delta: 'x', 'xyz'"],
        ),
        (
            sent("input_audio.turn.append", {"turn_id": "a", "audio": "A" * 4}, {"turn_id": "b", "audio": "A" * 12}),
            sent("input_audio.turn.append", {"turn_id": "a", "audio": "A" * 16}),
            ["-    2 client input_audio.turn.append", "1/1 client input_audio.turn.append: audio_bytes: 3, 12"],
        ),
    ],
)
def test_deltas_that_say_different_things(first, second, told):
    comparison = compare(first, second)
    assert [*comparison.order, *comparison.fields] == told


def test_deltas_that_were_only_cut_otherwise():
    transcription = "conversation.item.input_audio_transcription.delta"
    x, y = ({"token": token, "logprob": -0.5} for token in "xy")
    cut = received(transcription, {"event_id": "1", "delta": "x", "logprobs": [x]}, {"event_id": "2", "delta": "y", "logprobs": [y]})
    assert compare(cut, received(transcription, {"event_id": "3", "delta": "xy", "logprobs": [x, y]})).is_same
    assert not compare(cut, received(transcription, {"delta": "xy", "logprobs": [x, x]})).is_same
    assert not compare(cut, received(transcription, {"delta": "x", "logprobs": [x]}, {"logprobs": [y]})).is_same
    odd = received("novelty.delta", {"item_id": ["i"], "number": 1, "delta": "x"}, {"item_id": ["i"], "number": 2, "delta": "y"})
    whole = received("novelty.delta", {"item_id": ["i"], "delta": "xy"})
    assert not compare(odd, whole).is_same
    assert compare(odd, whole, ignore=["number"]).is_same


def test_what_has_moved_is_named_and_the_turns_around_it_stay():
    def call(warned):
        kinds = ["response.created", "response.output_item.added", "response.text.done", "response.output_item.done", "response.done"]
        turns = [[*kinds, *(["warning"] if number in warned else [])] for number in range(1, 11)]
        return moments(*((0, "received", event(kind)) for turn in turns for kind in turn))

    assert compare(call({2, 6}), call({4, 8})).order == [
        "~   11 server warning (in the other at 21)",
        "~   32 server warning (in the other at 42)",
    ]


def test_an_alignment_leaves_over_as_little_as_can_be():
    chance = random.Random(7)
    for _ in range(300):
        left, right = ([chance.choice("abcd") for _ in range(chance.randrange(14))] for _ in range(2))
        pairs = aligned(left, right)
        assert all(left[place] == right[other] for place, other in pairs)
        assert all(one < next_one and other < next_other for (one, other), (next_one, next_other) in itertools.pairwise(pairs))
        assert len(pairs) == longest(left, right)


def longest(left, right):
    """How long a common subsequence can be, by the definition."""
    rows = [[0] * (len(right) + 1)]
    for one in left:
        row = [0]
        for place, other in enumerate(right):
            row.append(rows[-1][place] + 1 if one == other else max(row[place], rows[-1][place + 1]))
        rows.append(row)
    return rows[-1][-1]


@pytest.mark.parametrize("audio", ["elided", "wav"])
def test_a_recording_is_a_server(recorded, tmp_path, audio):
    path = recorded(audio=audio)
    with scripted_server() as server:
        server.replay(path)
        assert anyio.run(lambda: a_call(server.url, tmp_path / "again.jsonl", audio=audio)) == "It is here."
        server.assert_complete()
    comparison = compare(path, tmp_path / "again.jsonl", tolerance_ms=60_000)
    assert comparison.is_same, str(comparison)


def test_a_client_that_does_something_else_is_told(recorded, voicelive_session, voicelive_server):
    script = voicelive_server.replay(recorded())
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
        connection.send({"type": "response.cancel"})
        with pytest.raises(ConnectionClosed, match="4000"):
            connection.recv(timeout=30)
    with pytest.raises(AssertionError, match=r"came response\.cancel at step 2 of "):
        voicelive_server.assert_complete()
    assert script.failure


def test_the_pace_of_the_recording_is_on_the_clock(voicelive_server, voicelive_session, voicelive_clock):
    warning = event("warning", event_id="e", warning={"message": "late"})
    lines = [
        (0.5, "sent", event("response.create")),
        (10.5, "received", warning),
        (10.5, "closed", {"code": 1011, "reason": "bye", "clean": True}),
    ]
    voicelive_server.replay(moments(*lines), speed=2)
    with voicelive_session.blocking() as connection:
        connection.send({"type": "response.create"})
        voicelive_clock.advance(4_999)
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.05)
        voicelive_clock.advance(1)
        assert connection.recv(timeout=30).type == "warning"
        with pytest.raises(ConnectionClosed, match="bye"):
            connection.recv(timeout=30)


def test_a_client_that_spoke_first_is_no_reason_to_wait_twice(voicelive_server, voicelive_session, voicelive_clock):
    lines = [
        (0.0, "sent", event("session.update")),
        (8.0, "received", event("session.created", event_id="e", session={"id": "s"})),
        (9.0, "received", event("session.updated", event_id="e", session={"id": "s"})),
    ]
    voicelive_server.replay(moments(*lines), speed=1)
    with voicelive_session.blocking() as connection:
        connection.session.update(session={})
        voicelive_clock.advance(8_000)
        assert connection.recv(timeout=30).type == "session.created"
        voicelive_clock.advance(1_000)
        assert connection.recv(timeout=30).type == "session.updated"


def test_a_connection_that_was_lost_is_lost_again(voicelive_server, voicelive_session):
    voicelive_server.replay(moments((0, "sent", "{"), (0, "sent", "[]"), (0.1, "closed", {"code": 1006, "reason": "", "clean": False})))
    with voicelive_session.blocking() as connection, pytest.raises(ConnectionClosed, match="1006"):
        connection.recv(timeout=30)


async def played(url, recording, path, **options):
    opener = record(get_opener("auto"), path)
    transport = await opener(f"{url.replace('http', 'ws')}/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime", ConnectOptions())
    try:
        return await replay_as_client(recording, transport, **options)
    finally:
        await transport.aclose()


@pytest.mark.parametrize("speed", [None, 20])
def test_a_recording_is_a_client(recorded, tmp_path, speed):
    path = recorded()
    with scripted_server() as server:
        server.call("find", what="key")
        server.reply("It is here.")
        assert anyio.run(lambda: played(server.url, path, tmp_path / "again.jsonl", speed=speed)) == []
        output = server.assert_received("conversation.item.create", item={"type": "function_call_output"})["item"]
        server.assert_complete()
    comparison = compare(path, tmp_path / "again.jsonl", tolerance_ms=60_000)
    assert comparison.is_same, str(comparison)
    assert output["call_id"] not in path.read_text()  # it is this server's


def test_the_servers_ids_are_put_into_what_is_sent(tmp_path):
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}
    reference = {"type": "item_reference", "id": "item_then"}
    recording = moments(
        (0.0, "received", event("session.created", session={"tools": [{"id": "t"}]})),
        (0.1, "sent", event("conversation.item.create", item=message)),
        (0.2, "received", event("conversation.item.created", item={"id": "item_then", "content": [{"type": "input_text"}]})),
        (0.3, "sent", event("response.create", response={"input_items": [reference], "modalities": ["text"]})),
        (0.4, "received", event("response.done")),
    )
    with scripted_server() as server:
        server.script(
            expect("conversation.item.create"),
            reply("conversation.item.created", item={"id": "item_now"}),
            expect("response.create", response={"input_items": [{"id": "item_now"}], "modalities": ["text"]}),
            answer_text("Hm."),
        )
        assert anyio.run(lambda: played(server.url, recording, tmp_path / "again.jsonl")) == []
        server.assert_complete()


def test_an_event_that_does_not_come_is_told(recorded, tmp_path):
    path = recorded()
    with scripted_server() as server:
        server.call("find", what="key")
        server.reply("It is here.")
        server.faults.drop("session.updated")
        told = anyio.run(lambda: played(server.url, path, tmp_path / "again.jsonl", timeout_s=5))
        server.assert_complete()
    assert [each.partition(": ")[2] for each in told] == ["session.updated did not come within 5 s"]


def test_an_end_that_comes_too_early_is_told(recorded, tmp_path):
    path = recorded()
    with scripted_server() as server:
        server.faults.close(1011, "out of order", after="response.created")
        told = anyio.run(lambda: played(server.url, path, tmp_path / "again.jsonl"))
    assert [each.partition(": ")[2] for each in told] == ["the server closed with code 1011 out of order"]


def test_a_client_may_wait_for_each_answer_or_send_all_at_once(voicelive_server, voicelive_session):
    lines = [
        *(
            ("sent", event(kind))
            for kind in ("input_audio_buffer.append", "input_audio_buffer.append", "session.update", "response.create")
        ),
        ("received", event("session.created", event_id="e", session={"id": "s"})),
        ("received", event("session.updated", event_id="e", session={"id": "s"})),
        ("received", event("response.created", event_id="e", response={"id": "r", "status": "in_progress"})),
        ("sent", event("conversation.item.delete", item_id="i")),
    ]
    recording = moments(*((0.1 * number, *line) for number, line in enumerate(lines)))
    for _ in range(2):
        voicelive_server.replay(recording)
    with voicelive_session.blocking() as connection:
        assert connection.recv(timeout=30).type == "session.created"
        for _ in range(3):
            connection.input_audio_buffer.append(audio=b"")
        connection.session.update(session={})
        assert connection.recv(timeout=30).type == "session.updated"
        connection.send({"type": "response.create"})
        assert connection.recv(timeout=30).type == "response.created"
        connection.conversation.item.delete(item_id="i")
    with voicelive_session.blocking() as connection:
        for kind in ("input_audio_buffer.append", "session.update", "response.create"):
            connection.send({"type": kind, "audio": b"", "session": {}} if kind != "response.create" else {"type": kind})
        connection.conversation.item.delete(item_id="i")
        assert [connection.recv(timeout=30).type for _ in range(3)] == ["session.created", "session.updated", "response.created"]


@pytest.mark.parametrize(
    "call", [lambda path: recorded_steps(path, speed=0), lambda path: anyio.run(lambda: replay_as_client(path, None, speed=-1))]
)
def test_a_wrong_speed_is_refused(recorded, call):
    with pytest.raises(ValueError, match="speed must be above 0"):
        call(recorded())


def test_a_spoken_turn_is_replayed_with_its_sound(tmp_path):
    async def main(url, path):
        async with connect(
            endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime", transport=record(get_opener("auto"), path, audio="wav")
        ) as connection:
            await connection.input_audio_buffer.append(audio=speak("Hello.") + silence(1_000))
            heard = b""
            async for each in connection:
                heard += each.delta if each.type == "response.audio.delta" else b""
                if each.type == "response.done":
                    break
            return heard

    with scripted_server() as server:
        server.reply("Hello to you.")
        first = anyio.run(main, server.url, tmp_path / "a.jsonl")
    assert sum(each.audio_bytes or 0 for each in read_recording(tmp_path / "a.jsonl").moments if each.kind == "received") == len(first) > 0
    with scripted_server() as server:
        server.replay(tmp_path / "a.jsonl")
        assert anyio.run(main, server.url, tmp_path / "b.jsonl") == first
