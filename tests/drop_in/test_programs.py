"""Programs written for the official SDK run unchanged but for the import, and print the same."""

import os
import sys
import wave
from pathlib import Path

import anyio
import numpy
import pytest

from voicelive.emulator import ToolCall, Turn, serve
from voicelive.emulator.engines.voice import EspeakVoice

PROGRAMS = Path(__file__).parent / "programs"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
LIMIT_S = 90
"""Ends what hangs; decides no result."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A question, spoken, and the silence that ends it."""
    sentences = EspeakVoice().speak("What is two plus three?", voice_name=None, rate_hz=24_000)
    pcm = b"".join(sentence.pcm16 for sentence in sentences)
    path = tmp_path_factory.mktemp("spoken") / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes(numpy.zeros(12_000, "<i2").tobytes() + pcm + numpy.zeros(36_000, "<i2").tobytes())
    return path


async def weather(turn: Turn):
    """Call the tool first; tell what it said then."""
    if not turn.tool_outputs:
        return ToolCall("get_weather", {"city": "Oslo"})
    return f"The tool said {turn.tool_outputs[-1]}"


async def story(turn: Turn) -> str:
    return f"You asked for {turn.text}. " * 5


RESPONDERS = {"voice_assistant": None, "function_calling": weather, "agent": story}


async def output_of(source, *arguments):
    done = await anyio.run_process([sys.executable, "-W", "ignore", "-c", source, *arguments], env=ENVIRONMENT, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("name", sorted(path.stem for path in PROGRAMS.glob("*.py")))
def test_a_program_prints_the_same_with_either(name, recording):
    source = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
    ours = source.replace("azure.ai.voicelive", "voicelive")
    assert ours != source
    responder = RESPONDERS[name]
    options = {"responder": responder} if responder else {}

    async def main():
        with anyio.fail_after(LIMIT_S):
            printed = []
            for program in (source, ours):
                async with serve(pace=None if name != "agent" else "lead", **options) as server:
                    printed.append(await output_of(program, server.url, *([str(recording)] if name == "voice_assistant" else [])))
        assert printed[1] == printed[0]
        assert len(printed[0]) >= 5

    anyio.run(main)
