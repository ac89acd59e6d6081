"""The programs of docs/embedding.md, run as they stand there, against each other on loopback."""

import base64
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text()
BLOCKS = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def write(folder, name):
    path = folder / name
    path.write_text(BLOCKS[name])
    return str(path)


def output_of(*command, stdin=b""):
    done = subprocess.run([sys.executable, *command], input=stdin, capture_output=True, timeout=60, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout.decode().splitlines()


@pytest.fixture
def server(tmp_path):
    """The server of the page, with the address that it prints first."""
    command = [sys.executable, write(tmp_path, "server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        process.url = process.stdout.readline().strip()
        yield process
        process.terminate()


def test_the_page_has_the_programs():
    assert list(BLOCKS) == ["server.py", "blocking.py", "protocol.py", "codec.py"]
    assert PAGE.count("```python") == len(BLOCKS)


def test_the_blocking_client_asks_the_server(tmp_path, server):
    assert output_of(write(tmp_path, "blocking.py"), server.url) == [
        "COMPLETED The next ferry leaves at 14:25.",
        f"{6 * 4800} bytes, 600 ms",
        "[('user', 'When is the next ferry?'), ('assistant', 'The next ferry leaves at 14:25.')]",
    ]
    assert server.stdout.readline() == "closed 1000 after 1 responses\n"


def test_the_asyncio_protocol_asks_the_server(tmp_path, server):
    lines = output_of(write(tmp_path, "protocol.py"), server.url)
    assert lines == ["COMPLETED The next ferry leaves at 14:25.", "Be brief. 1000"]
    assert server.stdout.readline() == "closed 1000 after 1 responses\n"


def test_the_codec_reads_a_recording(tmp_path):
    delta = {"type": "response.audio.delta", "response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    lines = [delta | {"delta": base64.b64encode(bytes(960)).decode()}, {"type": "weather", "wind": 3}, {"wind": 3}]
    recording = "\n".join(json.dumps(line) for line in lines)
    assert output_of(write(tmp_path, "codec.py"), stdin=recording.encode()) == [
        'line 2: {"type":"weather","wind":3}',
        "line 3: frame: no string key 'type' at $",
        "960 bytes of audio",
    ]


def test_the_server_answers_a_bad_frame_with_an_error(server):
    from websockets.sync.client import connect

    with connect(server.url, proxy=None) as websocket:
        assert json.loads(websocket.recv())["type"] == "session.created"
        websocket.send('{"type":"session.update","event_id":"e1","session":{"temperature":"hot"}}')
        error = json.loads(websocket.recv())["error"]
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "session.temperature", "e1")


def test_the_server_survives_events_that_lack_what_they_must_have(server):
    from websockets.sync.client import connect

    with connect(server.url, proxy=None) as websocket:
        assert json.loads(websocket.recv())["type"] == "session.created"
        for message in ({"type": "session.update"}, {"type": "conversation.item.create"}, {"type": "weather"}):
            websocket.send(json.dumps(message | {"event_id": "e1"}))
            error = json.loads(websocket.recv())["error"]
            assert (error["message"], error["event_id"]) == (f"this server has no answer to such a {message['type']}", "e1")
        websocket.send('{"type":"session.update","session":{}}')
        assert json.loads(websocket.recv()) == {"type": "session.updated", "session": {}}


@pytest.mark.parametrize(
    ("error", "words"),
    [({}, "an error that says nothing"), ({"error": {"type": "x"}}, "an error that says nothing"), ({"error": {"message": "No."}}, "No.")],
)
def test_the_blocking_client_ends_with_the_words_of_an_error(tmp_path, error, words):
    from websockets.sync.server import serve

    def refuse(websocket):
        websocket.send(json.dumps({"type": "error"} | error))
        for _ in websocket:
            pass

    with serve(refuse, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        command = [sys.executable, write(tmp_path, "blocking.py"), url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT)
        server.shutdown()
    assert (done.returncode, done.stderr) == (1, f"{words}\n")


def test_what_the_page_says_can_be_asked_is_there():
    from voicelive_proto import CLIENT, Connection

    connection = Connection(CLIENT)
    rows = re.findall(r"^\| `conn\.(\w+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == ["session", "input_audio", "responses", "conversation", "requests", "errors"]
    for name, promised in rows:
        for attribute in re.findall(r"`(\w+)(?:\([^)]*\))?`", promised):
            assert hasattr(getattr(connection, name), attribute) or attribute in BY_ID[name], (name, attribute)


BY_ID = {
    "session": (),
    "input_audio": (),
    "responses": ("state", "status", "status_details", "items", "text", "transcript"),
    "conversation": ("type", "role", "text", "transcript", "transcription", "audio_ms", "heard_ms"),
    "requests": (),
    "errors": ("event_id",),
}
