"""Recording what crosses the seam, and playing it back."""

import base64
import contextlib
import json
import re
from pathlib import Path

import anyio
import pytest

from voicelive_transports import ConnectFailed, ConnectOptions, TransportClosed, memory_pair
from voicelive_transports.record import FORMAT, VERSION, Moment, read_recording, record, replay

from .far_side import ending, run

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])
AUDIO = base64.b64encode(bytes(range(256)) * 4).decode()


def recorder(path, **options):
    """An opener of one recorded memory transport, and the far end of it."""
    ours, theirs = memory_pair()

    async def opener(url, options):
        assert (url, options) == ("wss://h/p?q", ConnectOptions())
        return ours

    return record(opener, path, **options), theirs


async def a_call(path, **options):
    opener, peer = recorder(path, **options)
    transport = await opener("wss://h/p?q", ConnectOptions())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(transport.send, '{"type":"input_audio_buffer.append","audio":"' + AUDIO + '"}')
        await peer.receive()
    for text in ('{"type":"session.created","é":"😀\u2028"}', '{"type":"response.audio.delta","delta":"' + AUDIO + '"}'):
        await peer.send(text)
        assert await transport.receive() == text.encode()
    await peer.aclose(1001, "session limit")
    assert (await ending(transport)).code == 1001
    assert (transport.close_code, transport.close_reason) == (1001, "session limit")
    await transport.aclose()


@BACKENDS
def test_a_recording_is_json_lines_in_order_with_times(tmp_path, backend):
    path = tmp_path / "call.jsonl"
    run(a_call, path, backend=backend)
    head, *lines = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    assert head == {"format": FORMAT, "version": VERSION, "adapter": "memory", "url": "memory:", "audio": "elided"}
    assert [line.pop("at_s") for line in lines] == sorted(each.at_s for each in read_recording(path)[1])
    assert lines == [
        {"audio": {"bytes": 1024}, "sent": '{"type":"input_audio_buffer.append","audio":"..."}'},
        {"received": '{"type":"session.created","é":"😀\u2028"}'},
        {"audio": {"bytes": 1024}, "received": '{"type":"response.audio.delta","delta":"..."}'},
        {"closed": {"code": 1001, "reason": "session limit", "clean": True}},
    ]


def test_of_the_query_the_version_and_the_model_are_kept(tmp_path):
    queries = {
        "?api-version=2025-10-01&model=gpt-4.1%20mini&api-key=S3CR3T&Authorization=Bearer%20T0K3NT0K3N": ("2025-10-01", "gpt-4.1 mini"),
        "?model=Bearer%20T0K3NT0K3N": (None, "Bearer ..."),
        "?": (None, None),
        "": (None, None),
    }

    async def opener(_url, _options):
        return memory_pair()[0]

    async def a_call(url):
        transport = await record(opener, tmp_path / "call.jsonl")(url, ConnectOptions())
        await transport.aclose()

    for query, kept in queries.items():
        run(a_call, f"wss://h/p{query}")
        info = read_recording(tmp_path / "call.jsonl").info
        assert (info.api_version, info.model) == kept
        assert not re.search("S3CR3T|T0K3N", (tmp_path / "call.jsonl").read_text())


def test_a_recording_that_does_not_say_its_version_is_read(tmp_path):
    write(tmp_path / "call.jsonl")
    info = read_recording(tmp_path / "call.jsonl").info
    assert (info.api_version, info.model) == (None, None)


@BACKENDS
@pytest.mark.parametrize("speed", [None, 1000.0])
def test_what_was_recorded_plays_back(tmp_path, backend, speed):
    async def main():
        path = tmp_path / "call.jsonl"
        await a_call(path, audio="kept")
        transport = await replay(path, speed=speed)("wss://anything/", ConnectOptions())
        assert transport.info.adapter == "replay"
        assert (transport.close_code, transport.close_reason) == (None, None)
        await transport.send("goes nowhere")
        assert json.loads(await transport.receive())["type"] == "session.created"
        assert json.loads(await transport.receive())["delta"] == AUDIO
        for operation in (transport.receive(), transport.receive(), transport.send("late")):
            with pytest.raises(TransportClosed) as caught:
                await operation
            assert (caught.value.code, caught.value.reason, caught.value.clean) == (1001, "session limit", True)
        assert (transport.close_code, transport.close_reason) == (1001, "session limit")

    run(main, backend=backend)


def test_the_pace_is_that_of_the_recording(tmp_path):
    path = tmp_path / "call.jsonl"
    lines = [{"at_s": at_s, "received": str(at_s)} for at_s in (0.1, 0.2, 0.3)]
    write(path, *lines)

    async def main():
        transport = await replay(path, speed=0.5)("", ConnectOptions())
        begun = anyio.current_time()
        for line in lines:
            with anyio.move_on_after(0.01):
                await transport.receive()
                raise AssertionError("too early")
            assert await transport.receive() == line["received"].encode()
            assert anyio.current_time() - begun >= line["at_s"] * 2 - 0.01

    run(main)


def test_a_recording_without_an_end_ends_with_1006_and_our_close_ends_it_before(tmp_path):
    path = tmp_path / "call.jsonl"
    write(path, {"at_s": 1, "received": "a", "added": "later"}, {"at_s": 2, "new": "kind"})

    async def main():
        transport = await replay(path)("", ConnectOptions())
        assert await transport.receive() == b"a"
        end = await ending(transport)
        assert (end.code, end.reason, end.clean) == (1006, "the recording ends here", False)
        transport = await replay(path)("", ConnectOptions())
        await transport.aclose(4000, "enough")
        end = await ending(transport)
        assert (end.code, end.reason, end.clean) == (4000, "enough", True)

    run(main)


def write(path, *lines, version=VERSION):
    head = {"format": FORMAT, "version": version, "adapter": "memory", "url": "wss://h/p", "audio": "kept"}
    path.write_text("".join(json.dumps(line) + "\n" for line in (head, *lines)))


def test_reading_gives_moments(tmp_path):
    path = tmp_path / "call.jsonl"
    write(path, {"at_s": 0.5, "sent": "x"})
    info, moments = read_recording(path)
    assert (info.url, info.tls) == ("wss://h/p", True)
    assert moments == [Moment(0.5, "sent", "x")]


@pytest.mark.parametrize("content", ["", "[]\n", "{}\n", '{"format":"other","version":1}\n'])
def test_what_is_no_recording_is_refused(tmp_path, content):
    path = tmp_path / "call.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match="is no recording of version 1"):
        read_recording(path)


def test_each_connection_has_a_file_of_its_own(tmp_path):
    path = tmp_path / "call.jsonl"
    answers = iter(["no", "yes", "no", "yes"])

    async def opener(url, _options):
        if next(answers) == "no":
            raise ConnectFailed(url, "no")
        return memory_pair()[0]

    async def main():
        recorded = record(opener, path)
        for _ in range(4):
            with contextlib.suppress(ConnectFailed):
                await (await recorded("wss://h/p", ConnectOptions())).aclose()

    anyio.run(main)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["call-2.jsonl", "call.jsonl"]
    for file in tmp_path.iterdir():
        assert [moment.kind for moment in read_recording(file).moments] == ["closed"]


def test_a_refused_connection_takes_no_special_file_away():
    async def opener(url, _options):
        raise ConnectFailed(url, "no")

    with pytest.raises(ConnectFailed):
        anyio.run(record(opener, "/dev/null"), "wss://h/p", ConnectOptions())
    assert Path("/dev/null").exists()


@pytest.mark.parametrize("content", ["hello\n", '"x"\n'])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "call.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"call\.jsonl is no recording of version 1: its first line is no JSON object"):
        read_recording(path)


@pytest.mark.parametrize("rest", ['{"at_s":0.5,"se', "[]"])
def test_a_recording_that_was_cut_off_is_named_with_its_line(tmp_path, rest):
    path = tmp_path / "call.jsonl"
    write(path, {"at_s": 0.5, "sent": "x"})
    path.write_text(path.read_text() + rest)
    with pytest.raises(ValueError, match=r"call\.jsonl, line 3, is no JSON object; delete the line if the recording was cut off"):
        read_recording(path)


def test_a_later_version_and_a_wrong_speed_are_refused(tmp_path):
    path = tmp_path / "call.jsonl"
    write(path, version=2)
    with pytest.raises(ValueError, match="is no recording of version 1"):
        read_recording(path)
    with pytest.raises(ValueError, match="speed must be above 0"):
        replay(path, speed=0)


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        ('{"authorization":"S3CR3T\\" S3CR3T"}', '{"authorization":"..."}'),
        ('{"tools":[{"headers": {"X-Key": "S3CR3T", "b": "}S3CR3T"},"n":1}]}', '{"tools":[{"headers": "...","n":1}]}'),
        ('{"ice_servers":[{"username":"u", "credential" : "S3CR3T"}]}', '{"ice_servers":[{"username":"u", "credential" : "..."}]}'),
        ('{"API-Key":"S3CR3T","Token":"S3CR3T"}', '{"API-Key":"...","Token":"..."}'),
        ('{"text":"the password is swordfish"}', '{"text":"the password is swordfish"}'),
    ],
)
@pytest.mark.parametrize("audio", ["elided", "kept", "wav"])
def test_credentials_in_messages_are_elided(tmp_path, frame, shown, audio):
    path = tmp_path / "call.jsonl"

    async def main():
        opener, peer = recorder(path, audio=audio)
        transport = await opener("wss://h/p?q", ConnectOptions())
        await transport.send(frame)
        assert await peer.receive() == frame.encode()
        await transport.aclose()

    run(main)
    assert read_recording(path)[1][0].content == shown
    assert "S3CR3T" not in path.read_text()


def test_our_close_is_recorded_even_when_it_is_cancelled(tmp_path):
    path = tmp_path / "call.jsonl"

    async def main():
        opener, _ = recorder(path)
        transport = await opener("wss://h/p?q", ConnectOptions())
        with pytest.raises(ValueError, match="close code"):
            await transport.aclose(1005)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await transport.aclose(4000, "bye")
        await transport.aclose()

    run(main)
    (moment,) = read_recording(path)[1]
    assert moment.content == {"code": 4000, "reason": "bye", "clean": True}


def test_a_failed_connect_leaves_no_open_file(tmp_path):
    async def main():
        async def failing(url, _):
            raise ConnectFailed(url, "no route")

        with pytest.raises(ConnectFailed):
            await record(failing, tmp_path / "call.jsonl")("wss://h/", ConnectOptions())
        with pytest.raises(OSError, match="no/such"):
            await record(failing, tmp_path / "no/such/call.jsonl")("wss://h/", ConnectOptions())

    run(main)
