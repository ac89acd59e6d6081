"""The command line as a user runs it, and services that it may meet.

Most tests run a process. Those that differ in one small thing, such as the errors, call the same `main` in this one, which is quicker.
"""

import io
import json
import os
import re
import subprocess
import sys
import threading
import wave
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve as serve_websockets

from voicelive._audio import resample
from voicelive.cli import main
from voicelive.emulator.engines.voice import EspeakVoice

LIMIT_S = 90
"""Far more than anything here takes: it ends what hangs, and decides no result."""

_NOT_OURS = re.compile(r"(?i).*_proxy|AZURE_.*|COLUMNS|LINES|FORCE_COLOR|NO_COLOR|TTY_.*|PYTHONIOENCODING")


def environment(**changes):
    """This process's environment without what would change a result."""
    return {name: value for name, value in os.environ.items() if not _NOT_OURS.fullmatch(name)} | changes


def voicelive(*arguments, cwd, **changes):
    """Run the command to its end."""
    command = [sys.executable, "-m", "voicelive", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment(**changes), capture_output=True, text=True, encoding="utf-8", timeout=LIMIT_S, check=False
    )


@contextmanager
def started(*arguments, cwd, **changes):
    """Run the command beside the test, with Ctrl-C as in a terminal: who runs tests in the background may have it ignored."""
    program = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); runpy.run_module('voicelive', None, '__main__')"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=cwd, env=environment(**changes), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        watchdog = threading.Timer(LIMIT_S, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            process.kill()
            watchdog.cancel()


@dataclass
class Done:
    """How a command ended, with the names of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


@contextmanager
def in_folder(path, **changes):
    """The folder and environment of a command that runs here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        for name in set(os.environ) - set(environment()):
            patch.delenv(name)
        for name, value in changes.items():
            patch.setenv(name, value)
        yield


def voicelive_here(*arguments, cwd, **changes):
    """Run the command to its end, in this process."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with in_folder(cwd, **changes), redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        code = main([str(argument) for argument in arguments])
    for stream in streams:
        stream.flush()
    return Done(code, *(stream.buffer.getvalue().decode() for stream in streams))


def wait_for_line(stream, part):
    """Read lines until one holds this part; returns all of them."""
    lines = []
    for line in stream:
        lines.append(line)
        if part in line:
            return lines
    raise AssertionError(f"no line with {part!r} in {lines}")


def one_line(stderr):
    """The one line that a failing command writes, without its end."""
    assert "Traceback" not in stderr
    assert stderr.count("\n") == 1, stderr
    assert stderr.startswith("voicelive: ")
    return stderr.rstrip("\n")


def spoken(text, rate_hz=24_000):
    """A text as samples."""
    pcm16 = b"".join(EspeakVoice().synthesize(text, voice_name=None, rate_hz=22_050))
    return resample(np.frombuffer(pcm16, "<i2").astype(np.int16), 22_050, rate_hz)


def write_pcm(path, samples, rate_hz, channels=1):
    """Write a WAV file with the standard library alone; every channel gets the same samples."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(samples.astype("<i2"), channels).tobytes())
    return path


def read_pcm(path):
    """Samples, rate, channels of a WAV file with 16-bit samples."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate(), file.getnchannels()


class Script:
    """What a scripted service says and waits for, one frame at a time."""

    def __init__(self, websocket):
        self.websocket = websocket

    def send(self, event_type, **fields):
        self.websocket.send(json.dumps({"type": event_type, "event_id": "event_x", **fields}))

    def wait_for(self, event_type):
        while (event := json.loads(self.websocket.recv()))["type"] != event_type:
            pass
        return event

    def set_up(self):
        session = {"id": "sess_1", "model": "gpt-realtime"}
        self.send("session.created", session=session)
        self.wait_for("session.update")
        self.send("session.updated", session=session)
        self.wait_for("input_audio_buffer.append")

    def hear(self):
        """Notice the whole question, whatever it is."""
        self.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_1")
        self.send("input_audio_buffer.speech_stopped", audio_end_ms=600_000, item_id="item_1")
        self.send("input_audio_buffer.committed", item_id="item_1", previous_item_id=None)

    def transcribe(self, transcript):
        kind = "conversation.item.input_audio_transcription.completed"
        self.send(kind, item_id="item_1", content_index=0, transcript=transcript)

    def respond(self, status="in_progress", **fields):
        kind = "response.created" if status == "in_progress" else "response.done"
        self.send(kind, response={"id": "resp_1", "object": "realtime.response", "status": status, "output": [], **fields})

    def say(self, text, audio):
        place = {"response_id": "resp_1", "item_id": "item_2", "output_index": 0, "content_index": 0}
        self.send("response.audio_transcript.delta", delta=text, **place)
        self.send("response.audio.delta", delta=audio, **place)

    def stay(self):
        """Take whatever comes until the client leaves."""
        for _ in self.websocket:
            pass


@contextmanager
def scripted_service(script):
    """Serve on loopback: ``script(Script)`` for each connection; gives the endpoint."""

    def handle(websocket):
        with suppress(ConnectionClosed):  # the client may leave first
            script(Script(websocket))

    # Without a limit to its queue: a script that has stopped reading must still see the close frame.
    with serve_websockets(handle, "127.0.0.1", 0, max_queue=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()
