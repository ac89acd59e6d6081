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


def run(name, *arguments, cwd, **changes):
    command = [sys.executable, EXAMPLES / name, *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment(**changes), capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_example_is_run_here():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {"blocking_text_turn.py", "text_turn.py", "spoken_turn.py", "function_call.py"}


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


@pytest.mark.parametrize("name", ["text_turn.py", "function_call.py", "spoken_turn.py", "blocking_text_turn.py"])
def test_a_service_is_named_by_the_environment(name, tmp_path, caplog):
    """The service lets nobody in without its key, and logs the model that is asked for."""

    async def main():
        async with serve(api_key="key-4711") as server:
            variables = {"AZURE_VOICELIVE_ENDPOINT": server.url, "AZURE_VOICELIVE_API_KEY": "key-4711", "AZURE_VOICELIVE_MODEL": "gpt-4o"}
            await asyncio.to_thread(run, name, cwd=tmp_path, **variables)

    caplog.set_level(logging.INFO, "voicelive.emulator")
    asyncio.run(main())
    assert re.search(r"session \S+ opened for gpt-4o$", caplog.text, flags=re.MULTILINE)
