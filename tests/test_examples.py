"""The examples run, each as a process against a local server: in its own process, or reached by its environment variables."""

import asyncio
import logging
import os
import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from voicelive.emulator import serve

EXAMPLES = Path(__file__).parent.parent / "examples"
LIMIT_S = 90
"""Ends what hangs; decides no result."""


def environment(**changes):
    return {name: value for name, value in os.environ.items() if not re.fullmatch(r"(?i)AZURE_.*|.*_proxy", name)} | changes


def run(name, *arguments, cwd, typed="", **changes):
    command = [sys.executable, EXAMPLES / name, *arguments]
    settings = {"cwd": cwd, "env": environment(**changes), "input": typed, "timeout": LIMIT_S}
    done = subprocess.run(command, capture_output=True, text=True, check=False, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_example_is_run_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES.glob("*.py") if f'run("{path.name}"' not in text] == []
    listed = re.findall(r"^\| \[(\w+\.py)\]\(\1\)", (EXAMPLES / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in EXAMPLES.glob("*.py"))


def test_text_turn(tmp_path):
    assert re.fullmatch(r"9 times 7 is 63\.\n\(completed, \d{3,5} ms of audio\)\n", run("text_turn.py", cwd=tmp_path))
    assert run("text_turn.py", "What is two plus three?", cwd=tmp_path).startswith("2 plus 3 is 5.\n")


def test_blocking_text_turn(tmp_path):
    assert re.fullmatch(r"9 times 7 is 63\.\n\(completed, \d{5,6} bytes of audio\)\n", run("blocking_text_turn.py", cwd=tmp_path))


@pytest.fixture(scope="module")
def spoken_turn(tmp_path_factory):
    """Where the spoken turn was run, and what it showed."""
    folder = tmp_path_factory.mktemp("spoken")
    return folder, run("spoken_turn.py", cwd=folder)


def test_spoken_turn(spoken_turn):
    folder, shown = spoken_turn
    heard, answer, saved = shown.splitlines()
    assert heard == "heard:  how much is nine times seven"
    assert answer == "answer: 9 times 7 is 63."
    with wave.open(str(folder / "answer.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(int)
        assert saved == f"saved:  answer.wav ({len(samples) / file.getframerate():.1f} s)"
    assert np.abs(samples).max() > 1000


def test_spoken_turn_with_a_file(spoken_turn):
    """The question is the answer to another one."""
    folder, _ = spoken_turn
    shown = run("spoken_turn.py", "answer.wav", "reply.wav", cwd=folder)
    assert re.fullmatch(r"heard:  .+\nanswer: .+\nsaved:  reply\.wav \(.*\)\n", shown)
    assert (folder / "reply.wav").stat().st_size > 10_000


def test_spoken_turn_refuses_other_files(tmp_path):
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(400))
    command = [sys.executable, EXAMPLES / "spoken_turn.py", "stereo.wav"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stderr) == (1, "stereo.wav has to hold 16-bit mono PCM\n")


def test_function_call(tmp_path):
    called, answer = run("function_call.py", cwd=tmp_path).splitlines()
    assert re.fullmatch(r'called: get_weather\(\{"city": ?"Oslo"\}\)', called)
    assert "7" in answer
    assert "Lima" in run("function_call.py", "What is the weather in Lima?", cwd=tmp_path)


def test_microphone(tmp_path):
    assert run("microphone.py", "null", cwd=tmp_path) == "answer: Hello. What can I do for you?\n"


def test_manual_turn(tmp_path):
    said, heard, answer = run("manual_turn.py", cwd=tmp_path).splitlines()
    assert re.fullmatch(r"said:   [12]\.\d s of audio", said)
    assert (heard, answer) == ("heard:  how much is nine times seven", "answer: 9 times 7 is 63.")


def test_interruption(tmp_path):
    interrupted, answer = run("interruption.py", cwd=tmp_path).splitlines()
    heard_s, generated_s = map(float, re.fullmatch(r"interrupted after (\d\.\d) s of (\d+\.\d) s", interrupted).groups())
    assert 0.5 < heard_s <= generated_s
    assert answer == "answer: 9 times 7 is 63."


def test_mcp_approval(tmp_path):
    asked = 'may meteo call get_weather({"city":"Oslo"})? [y/n] '
    assert run("mcp_approval.py", cwd=tmp_path, typed="y\n").splitlines() == [
        f"{asked}approved",
        "response.mcp_call.completed",
        "answer: Oslo: 7 degrees.",
    ]


def test_agent(tmp_path):
    opened, greeting, answer, conversation = run("agent.py", cwd=tmp_path).splitlines()
    assert (opened, greeting) == ("session: opened", "agent: Hello! How can I help you?")
    assert answer == "agent: 2 plus 3 is 5."
    assert conversation.startswith("conversation: ")


def test_avatar(tmp_path):
    assert re.fullmatch(r"ICE servers: \d\nsaved: answer\.sdp\n", run("avatar.py", cwd=tmp_path))
    (tmp_path / "offer.sdp").write_bytes(b"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n")
    run("avatar.py", "offer.sdp", "other.sdp", cwd=tmp_path)
    assert (tmp_path / "answer.sdp").read_bytes().startswith(b"v=0")
    assert b"m=video 0" in (tmp_path / "other.sdp").read_bytes()  # refused: the local server has no pictures


def test_transcription(tmp_path):
    first, second = run("transcription.py", cwd=tmp_path).splitlines()
    assert first == "   0.0 s  how much is nine times seven"
    assert re.fullmatch(r"   [23]\.\d s  .+", second)


def test_trio_text_turn(tmp_path):
    said, counted = run("trio_text_turn.py", cwd=tmp_path).splitlines()
    assert said == "9 times 7 is 63."
    assert re.fullmatch(r"\(completed, \d{5,6} bytes of audio in \d+ chunks, over anyio\)", counted)


def test_through_a_proxy(tmp_path):
    straight = run("through_a_proxy.py", "none", cwd=tmp_path)
    assert re.fullmatch(r"session\.created from ws://127\.0\.0\.1:\d+/\S+ over \w+\npeer: 127\.0\.0\.1:\d+\n", straight)

    async def main():
        wanted = []

        async def refuse(reader, writer):
            wanted.append((await reader.readuntil(b"\r\n\r\n")).split()[:2])
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
            url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
            command = [sys.executable, EXAMPLES / "through_a_proxy.py", url]
            done = await asyncio.to_thread(
                subprocess.run, command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=LIMIT_S, check=False
            )
        assert done.returncode == 1
        assert done.stderr.startswith("not connected: ")
        assert wanted[0][0] == b"CONNECT"

    asyncio.run(main())


def test_several_waiting(tmp_path):
    assert re.fullmatch(r"9 times 7 is 63\.\n2 plus 3 is 5\.\n4 items, \d+ tokens\n", run("several_waiting.py", cwd=tmp_path))


def test_telemetry_to_console(tmp_path):
    shown = run("telemetry_to_console.py", cwd=tmp_path)
    for line in (
        r"span   send response\.create \(",
        r"span   response \(\d{3,}",
        r"span   connect \(",
        r"metric gen_ai\.client\.token\.usage \d",
    ):
        assert re.search(line, shown)


def test_reconnect(tmp_path):
    first, log, went_on, lost, second = run("reconnect.py", cwd=tmp_path).splitlines()
    assert (first, second) == ("answer: Nine times seven is 63.", "answer: Two plus three is 5.")
    assert "connecting again in" in log
    assert went_on == "went on after close 1006, with 3 items"
    assert re.fullmatch(r"lost: response '.*': the rest of it; ask for an answer again", lost)


def service_of(name):
    """How an example finds the service, up to where it makes a local server."""
    (text,) = re.findall(
        r"\ndef service\(.*?\n    else:\n|\nasync def service\(.*?\n    else:\n", (EXAMPLES / name).read_text(), flags=re.DOTALL
    )
    return re.sub(r'""".*?"""', "", text)


NAMED = ["agent.py", "blocking_text_turn.py", "function_call.py", "reconnect.py", "spoken_turn.py", "text_turn.py", "trio_text_turn.py"]
"""Run against a service that the environment names; the others find it by the same lines."""


def test_every_example_finds_the_service_in_a_way_that_is_run():
    assert {service_of(path.name) for path in EXAMPLES.glob("*.py")} == {service_of(name) for name in NAMED}


@pytest.mark.parametrize("name", NAMED)
def test_a_service_is_named_by_the_environment(name, tmp_path, caplog):
    """The service lets nobody in without its key, and logs the model that is asked for."""

    async def main():
        async with serve(api_key="key-4711") as server:
            variables = {"AZURE_VOICELIVE_ENDPOINT": server.url, "AZURE_VOICELIVE_API_KEY": "key-4711", "AZURE_VOICELIVE_MODEL": "gpt-4o"}
            await asyncio.to_thread(run, name, cwd=tmp_path, **variables)

    caplog.set_level(logging.INFO, "voicelive.emulator")
    asyncio.run(main())
    assert re.search(r"session \S+ opened for (gpt-4o|concierge)$", caplog.text, flags=re.MULTILINE)
