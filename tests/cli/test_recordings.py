"""``voicelive record``, ``replay`` and ``compare``: calls written down, played again, and held against each other."""

import json
import re
import signal
import socket
import struct
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import port_of_nobody

from voicelive import AzureKeyCredential, ConnectionClosed, HandshakeRejected
from voicelive.sync import connect
from voicelive.testing import raw, scripted_server
from voicelive_transports.record import read_recording

from .support_cli import LIMIT_S, one_line, started, voicelive_here


@contextmanager
def listening(*arguments, cwd):
    """Run a command that listens on a free port; gives the process and its endpoint."""
    with started(*arguments, "--port", "0", cwd=cwd) as process:
        line = process.stdout.readline()
        yield process, re.search(r" at (http://127\.0\.0\.1:\d+) \(Ctrl-C ends it\)\n", line)[1]


def ask(url, key="S3CR3T"):
    with connect(endpoint=url, credential=AzureKeyCredential(key), model="gpt-realtime") as connection:
        connection.session.update(session={"modalities": ["text"]})
        handle = connection.response.create()
        handle.done(timeout=30)
        return handle.text


def ended(process, number=signal.SIGINT):
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, stderr) == (0, "")
    return stdout


def test_a_call_is_recorded_replayed_and_compared(tmp_path):
    with scripted_server(api_key="S3CR3T") as server:
        server.reply("It is here.", "It is there.", "It is here.")
        with listening("record", "call.jsonl", "--endpoint", server.url, "--audio", "wav", cwd=tmp_path) as (process, url):
            assert [ask(url), ask(url)] == ["It is here.", "It is there."]
            with pytest.raises(HandshakeRejected, match="401"):
                ask(url, key="wrong")
            server.faults.refuse(429, headers={"Retry-After": "7"})
            with pytest.raises(HandshakeRejected) as refused:
                ask(url)
            assert (refused.value.status, dict(refused.value.headers)["Retry-After"]) == (429, "7")
            told = ended(process)
        assert told.splitlines() == ["session in call.jsonl", "session in call-2.jsonl", "refused with 401", "refused with 429"]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["call-2.jsonl", "call.jsonl"]
        assert "S3CR3T" not in (tmp_path / "call.jsonl").read_text()
        assert read_recording(tmp_path / "call.jsonl").moments[-1].content["code"] == 1000

        with listening("replay", "call.jsonl", cwd=tmp_path) as (process, url):
            assert [ask(url), ask(url)] == ["It is here.", "It is here."]
            with connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
                connection.send({"type": "response.cancel"})
                with pytest.raises(ConnectionClosed, match="4000"):
                    list(connection)
            told = ended(process, signal.SIGTERM)
        first, second, third, *_ = told.splitlines()
        assert first == second == "a client did as recorded"
        assert third.startswith("came response.cancel at step ")

        replayed = ("replay", "call.jsonl", "--endpoint", server.url, "--record", "again.jsonl")
        done = voicelive_here(*replayed, cwd=tmp_path, AZURE_VOICELIVE_API_KEY="S3CR3T")
        assert (done.returncode, done.stdout, done.stderr) == (0, "everything came as recorded\n", "")
    same = voicelive_here("compare", "call.jsonl", "again.jsonl", "--tolerance-ms", "60000", cwd=tmp_path)
    assert (same.returncode, same.stderr) == (0, ""), same.stdout
    differs = voicelive_here("compare", "call.jsonl", "call-2.jsonl", "--tolerance-ms", "60000", cwd=tmp_path)
    assert differs.returncode == 1
    assert "response.text.delta: delta: 'It is here.', 'It is there.'" in differs.stdout


def test_a_replayed_client_asks_for_what_the_recording_asked_for(tmp_path):
    with scripted_server() as server, listening("record", "call.jsonl", "--endpoint", server.url, cwd=tmp_path) as (process, url):
        server.reply(*["It is here."] * 3)
        with connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-4.1", api_version="2025-05-01-preview") as connection:
            connection.session.update(session={"modalities": ["text"]})
            connection.response.create().done(timeout=30)
        ended(process)
        asked = ("replay", "call.jsonl", "--endpoint", server.url, "--record")
        assert voicelive_here(*asked, "same.jsonl", cwd=tmp_path).returncode == 0
        other = ("--api-version", "2025-10-01", "--model", "phi4-mini")
        assert voicelive_here(*asked, "other.jsonl", *other, cwd=tmp_path).returncode == 0
    infos = [read_recording(tmp_path / f"{name}.jsonl").info for name in ("call", "same", "other")]
    assert [(info.model, info.api_version) for info in infos] == [
        ("gpt-4.1", "2025-05-01-preview"),
        ("gpt-4.1", "2025-05-01-preview"),
        ("phi4-mini", "2025-10-01"),
    ]
    same = voicelive_here("compare", "call.jsonl", "same.jsonl", "--tolerance-ms", "60000", cwd=tmp_path)
    assert (same.returncode, same.stderr) == (0, ""), same.stdout


@pytest.mark.parametrize("command", ["record", "serve"])
@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("::1", "[::1]"),
        ("", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - only for this test
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_address_that_is_printed_can_be_used(command, host, shown, tmp_path):
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with scripted_server() as server:
        of_its_own = ["call.jsonl", "--endpoint", server.url] if command == "record" else ["--recogniser", "none"]
        with started(command, *of_its_own, "--host", host, "--port", "0", cwd=tmp_path) as process:
            url = re.fullmatch(r".* at (http://.*) \(Ctrl-C ends it\)\n", process.stdout.readline())[1]
            assert url.startswith(f"http://{shown}:")
            assert ask(url)


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_the_services_end_reaches_the_client_and_the_file(tmp_path):
    with scripted_server() as server, listening("record", "call.jsonl", "--endpoint", server.url, cwd=tmp_path) as (process, url):
        server.faults.close(1011, "out of order", after="session.created")
        server.faults.cut(after="session.created", nth=2)
        for reason in ("1011: out of order", "1011"):
            with (
                connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection,
                pytest.raises(ConnectionClosed, match=reason),
            ):
                list(connection)
        ended(process)
    ends = [read_recording(tmp_path / name).moments[-1].content for name in ("call.jsonl", "call-2.jsonl")]
    assert [end["code"] for end in ends] == [1011, 1006]


def test_a_client_that_vanishes_ends_its_session(tmp_path):
    with scripted_server() as server, listening("record", "call.jsonl", "--endpoint", server.url, cwd=tmp_path) as (process, url):
        with connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            connection.recv(timeout=30)
            connection.close(code=4001, reason="enough")
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:  # one that goes before it is let in
            request = (
                "GET /voice-live/realtime?api-version=2025-10-01&model=m HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade"
            )
            client.sendall(f"{request}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            connection.recv(timeout=30)  # others go on
        ended(process)
    assert read_recording(tmp_path / "call.jsonl").moments[-1].content == {"code": 4001, "reason": "enough", "clean": True}


def test_nobody_at_the_other_end(tmp_path):
    with (
        port_of_nobody() as port,
        listening("record", "call.jsonl", "--endpoint", f"http://127.0.0.1:{port}", cwd=tmp_path) as (process, url),
    ):
        with pytest.raises(HandshakeRejected, match="502"):
            ask(url)
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:  # a header that can't be passed on
            request = "GET /voice-live/realtime HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Note: \u00fc"
            client.sendall(f"{request}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
            assert client.recv(1000).startswith(b"HTTP/1.1 502")
        nobody, header = ended(process).splitlines()
    assert "127.0.0.1" in nobody
    assert "X-Note" in header
    assert list(tmp_path.iterdir()) == []


def write(path, *lines):
    head = {"format": "voicelive-recording", "version": 1, "adapter": "memory", "url": "wss://h/p", "audio": "kept"}
    path.write_text("".join(json.dumps(line) + "\n" for line in (head, *lines)))
    return path


def test_what_does_not_come_is_told(tmp_path):
    write(tmp_path / "call.jsonl", {"at_s": 0, "received": '{"type":"session.created"}'}, {"at_s": 0.1, "received": '{"type":"warning"}'})
    with scripted_server() as server:
        done = voicelive_here("replay", "call.jsonl", "--endpoint", server.url, "--timeout", "5", "--speed", "5", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "2: warning did not come within 5 s\n")


def test_a_server_that_sends_what_is_no_event(tmp_path):
    write(tmp_path / "call.jsonl", {"at_s": 0, "received": '{"type":"session.created"}'}, {"at_s": 0.1, "received": '{"type":"warning"}'})
    with scripted_server() as server:
        server.script(*(raw(frame) for frame in ("no JSON", "[1]", "{}", '{"type": 1}', '{"type": "warning"}')))
        done = voicelive_here("replay", "call.jsonl", "--endpoint", server.url, "--timeout", "20", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "everything came as recorded\n", "")


def test_fields_that_may_differ(tmp_path):
    for number in (1, 2):
        write(tmp_path / f"{number}.jsonl", {"at_s": 0, "received": json.dumps({"type": "warning", "note": {"number": number}})})
    differs = voicelive_here("compare", "1.jsonl", "2.jsonl", cwd=tmp_path)
    assert (differs.returncode, "1/1 server warning: note.number: 1, 2" in differs.stdout) == (1, True)
    assert voicelive_here("compare", "1.jsonl", "2.jsonl", "--ignore", "x", "--ignore", "number", cwd=tmp_path).returncode == 0


NOWHERE = ("--endpoint", "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "call.jsonl", "none.jsonl"], "can't compare: .*none.jsonl"),
        (["compare", "call.jsonl", "other.txt"], "can't compare: other.txt is no recording of version 1"),
        (["replay", "other.txt"], "can't replay: other.txt is no recording"),
        (["replay", "call.jsonl", "--speed", "0"], "--speed must be above 0, not 0"),
        (["replay", "call.jsonl", "--endpoint", "https://h.example"], "set the environment variable AZURE_VOICELIVE_API_KEY"),
        (["replay", "call.jsonl", "--endpoint", "nowhere"], "has no scheme"),
        (
            ["replay", "call.jsonl", "--endpoint", "http://127.0.0.1:1", "--record", "no/x.jsonl"],
            "no/x.jsonl is nowhere: there is no folder no",
        ),
        (["replay", "call.jsonl", *NOWHERE, "--record", "call.jsonl"], "call.jsonl exists; name another file"),
        (["replay", "call.jsonl", *NOWHERE, "--record", f"{'x' * 300}.jsonl"], "can't record: .*too long"),
        (["replay", "call.jsonl", "--record", "new.jsonl"], "--record does nothing without --endpoint"),
        (["replay", "call.jsonl", "--timeout", "1"], "--timeout does nothing without --endpoint"),
        (["replay", "call.jsonl", *NOWHERE, "--port", "0"], "--port does nothing with --endpoint"),
        (["record", "call.jsonl", "--endpoint", "http://localhost"], "call.jsonl exists; name another file"),
        (["record", "no/call.jsonl", "--endpoint", "http://localhost"], "there is no folder no"),
        (["record", "new.jsonl", "--endpoint", "http://localhost", "--audio", "mp3"], "--audio is 'mp3'; it can be elided, kept or wav"),
        (["record", "new.jsonl", "--endpoint", "http://far.example"], "unencrypted"),
    ],
)
def test_wrong_calls(tmp_path, arguments, said):
    write(tmp_path / "call.jsonl")
    (tmp_path / "other.txt").write_text("{}\n")
    done = voicelive_here(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert re.search(said, one_line(done.stderr))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a folder in which nobody can make a file")
def test_a_recording_that_cannot_be_written(tmp_path):
    write(tmp_path / "call.jsonl")
    done = voicelive_here("replay", "call.jsonl", *NOWHERE, "--record", "/proc/x.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert re.search("can't record: .*/proc/x.jsonl", one_line(done.stderr))


def test_a_port_that_is_taken(tmp_path):
    with scripted_server() as server:
        port = server.url.rpartition(":")[2]
        done = voicelive_here("record", "new.jsonl", "--endpoint", server.url, "--port", port, cwd=tmp_path)
    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}" in one_line(done.stderr)


def test_the_commands_of_the_page_exist(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "recordings.md").read_text(encoding="utf-8")
    commands = [
        line.split()
        for block in re.findall(r"^```console\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    assert {words[1] for words in commands} == {"record", "replay", "compare"}
    for _, name, *rest in commands:
        known = voicelive_here(name, "--help", cwd=tmp_path).stdout
        assert {word for word in rest if word.startswith("--")} <= set(re.findall(r"--[a-z-]+", known))
