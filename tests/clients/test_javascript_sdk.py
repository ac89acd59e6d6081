"""The official JavaScript SDK, as a program of its own under Node, against the local server."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import corpus

from voicelive.emulator import ToolCall
from voicelive.testing import scripted_server, silence, speak

PROGRAM = Path(__file__).parent / "js" / "turns.mjs"
MODULES = Path(sys.prefix) / "js"
LIMIT_S = 90
"""Ends what hangs; decides no result."""

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
    pytest.mark.skipif(not (MODULES / "node_modules").exists(), reason="needs npm when `make install` runs, for the JavaScript SDK"),
]


def run(step, server, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = ["node", PROGRAM, step, server.url, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=environment | {"VOICELIVE_JS_MODULES": str(MODULES)}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def question(tmp_path):
    """A spoken question, and the silence in which it is answered."""
    file = tmp_path / "question.pcm"
    file.write_bytes(speak("How much is nine times seven?") + silence(1500))
    return str(file)


def test_a_text_turn():
    with scripted_server() as server:
        server.reply("hello there")
        assert run("text", server) == {"modalities": ["text"], "text": "hello there", "status": "completed"}
        assert server.turns[0].text == "hello there"


def test_a_spoken_turn_with_turn_detection(question):
    with scripted_server(recogniser="auto") as server:
        outcome = run("spoken", server, question)
    assert outcome["transcript"] == "9 times 7 is 63."
    assert outcome["audio"] > 24_000
    heard = [kind.rpartition(".")[2] for kind in outcome["types"] if kind.startswith("input_audio_buffer.")]
    assert heard == ["speech_started", "speech_stopped", "committed"]


def test_an_interruption(question):
    with scripted_server(pace="lead") as server:
        server.reply("This answer is long. " * 60)
        assert run("interruption", server, question) == {"status": "cancelled", "reason": "turn_detected"}


def test_a_function_call():
    with scripted_server() as server:
        server.reply(ToolCall("get_weather", {"city": "Oslo"}), "It is 7 degrees.")
        assert run("call", server) == {"name": "get_weather", "arguments": '{"city":"Oslo"}', "text": "It is 7 degrees."}
        assert server.turns[1].tool_outputs == ("7 degrees",)


def test_a_truncation():
    with scripted_server() as server:
        server.reply("Something long enough to be cut short.")
        assert run("truncate", server) == {"same": True, "end": 100}


def test_every_event_is_decoded():
    """Each kind of event reaches the program, under its wire name and with more than that."""
    lines = {line["type"]: line["message"] for line in reversed(list(corpus("server.jsonl")))}  # the first, fullest of each
    assert len(lines) >= 56
    with scripted_server() as server:
        for message in [*lines.values(), {"type": "session.updated", "event_id": "test_end", "session": {}}]:
            server.faults.insert(message, after="session.created")
        seen = {event["type"]: event["keys"] for event in run("everything", server)}
        server.assert_complete()
    assert set(lines) - set(seen) == set()
    assert [kind for kind in lines if len(seen[kind]) < 2] == []
