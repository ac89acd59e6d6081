"""``voicelive talk``: without a sound card, with a microphone that is our synthesiser, and with a whole sound system where there is one."""

import io
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager

import anyio
import pytest

from voicelive import AzureKeyCredential, connect, stay_connected
from voicelive.cli._screen import Screen
from voicelive.cli._service import Service
from voicelive.cli._talk import Talk
from voicelive.emulator import serve
from voicelive.sound_card import SoundCard
from voicelive.testing import scripted_server, speak

from .support_cli import LIMIT_S, one_line, spoken, started, voicelive_here, wait_for_line, write_pcm

GREETING = (
    "Welcome. This greeting goes on and on, and whoever wants to ask something had better interrupt it, as it has no end that is near."
)
QUESTION = "How much is nine times seven?"


class Speaker(SoundCard):
    """A sound card of no sound, whose microphone is a voice: it says the next text while something is being played."""

    def __init__(self, *texts):
        super().__init__(backend="null")
        self._texts = list(texts)
        self._sound = b""

    async def receive(self):
        silence = await super().receive()
        if not self._sound and self._texts and self.playing:
            self._sound = speak(self._texts.pop(0))
        piece, self._sound = self._sound[: len(silence)], self._sound[len(silence) :]
        return piece.ljust(len(silence), b"\0")


def session():
    return Service(None, "gpt-realtime", None, "2025-10-01").session()


def talk(card, url, enough, *, greeting):
    """Talk until ``enough(lines)``; gives the lines."""
    shown = io.StringIO()

    def lines():
        return shown.getvalue().splitlines()

    async def main():
        context = connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime")
        with anyio.fail_after(LIMIT_S), card:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: stay_connected(context, Talk(card, Screen(shown), session(), greeting), delay_s=lambda _: 0.01))
                while not enough(lines()):  # noqa: ASYNC110 - the screen tells nobody
                    await anyio.sleep(0.02)
                tasks.cancel_scope.cancel()

    anyio.run(main)
    return lines()


@pytest.fixture
def local_server():
    with ExitStack() as stack:
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        yield stack.enter_context(portal.wrap_async_context_manager(serve()))


def test_a_greeting_is_interrupted_and_the_question_answered(local_server):
    card = Speaker(QUESTION)
    lines = talk(card, local_server.url, lambda lines: any("63" in line for line in lines), greeting=GREETING)
    shown = [line.strip() for line in lines]
    assert shown[0] == "Voice Live  Welcome."
    (interrupted,) = [line for line in shown if re.fullmatch(r"\(interrupted after \d+\.\d s\)", line)]
    assert shown.index(interrupted) < shown.index("you  how much is nine times seven")
    assert shown[-1] == "Voice Live  9 times 7 is 63."


def test_what_was_not_heard_was_not_said():
    with scripted_server() as server:
        server.reply(GREETING)

        def cuts():
            return [event for event in server.received if event["type"] == "conversation.item.truncate"]

        talk(Speaker(QUESTION), server.url, lambda _: cuts(), greeting=GREETING)
        (cut,) = cuts()
    assert 0 < cut["audio_end_ms"] < 10_000
    assert cut["content_index"] == 0


def test_a_lost_connection_is_replaced_and_told_of():
    with scripted_server() as server:
        server.faults.cut(after="response.done")
        card = Speaker()
        lines = talk(card, server.url, lambda lines: any("connected again" in line for line in lines), greeting="Hello.")
    assert not card.playing
    assert lines[0].strip() == "Voice Live  Hello."
    assert re.match("connected again after .* closed with code 1006", lines[1])


def test_what_the_service_reports_is_shown_and_ends_nothing():
    error = {"type": "invalid_request_error", "code": "bad", "message": "no such thing"}
    with scripted_server() as server:
        server.faults.insert({"type": "error", "event_id": "e", "error": error}, after="session.updated")
        lines = talk(Speaker(), server.url, lambda lines: len(lines) == 2, greeting="Hello.")
    assert sorted(line.strip() for line in lines) == ["Voice Live  Hello.", "the service reports bad: no such thing"]


def test_a_microphone_that_is_gone_ends_it(monkeypatch, tmp_path):
    monkeypatch.setattr("voicelive.sound_card.SILENT_S", 0.0)
    done = voicelive_here("talk", "--backend", "null", cwd=tmp_path)
    assert done.returncode == 1
    assert "the microphone has given nothing for 0 s" in one_line(done.stderr)


def test_without_a_sound_card(tmp_path):
    with started(
        "talk", "--backend", "null", "--greeting", "Good day. How are you?", "--instructions", "Be brief.", cwd=tmp_path
    ) as process:
        lines = wait_for_line(process.stdout, "How are you?")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, stderr) == (0, "")
    assert re.fullmatch(r"local server at http://127\.0\.0\.1:\d+; speak, Ctrl-C ends it\n", lines[0])
    assert "hears itself" in lines[1]
    assert [line.strip() for line in lines[2:]] == ["Voice Live  Good day.", "Voice Live  How are you?"]


def test_a_service_is_asked_to_cancel_the_echo_and_its_end_is_told(tmp_path):
    with scripted_server() as server:
        server.faults.close(1000, after="response.done")
        done = voicelive_here("talk", "--backend", "null", "--greeting", "Hello.", "--endpoint", server.url, cwd=tmp_path)
        settings = server.assert_received("session.update")["session"]
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.strip() for line in done.stdout.splitlines()] == [
        f"service at {server.url}; speak, Ctrl-C ends it",
        "Voice Live  Hello.",
        "the service closed the connection (code 1000)",
    ]
    assert settings["input_audio_echo_cancellation"] == {"type": "server_echo_cancellation"}
    assert settings["input_audio_noise_reduction"] == {"type": "azure_deep_noise_suppression"}


@pytest.mark.parametrize(
    ("arguments", "exit_code", "part"),
    [
        (["--backend", "parrot"], 2, "backend is 'parrot'; here it can be "),
        (["--backend", "parrot", "--devices"], 2, "backend is 'parrot'"),
        (["--backend", "null", "--microphone", "parrot"], 1, "no microphone has 'parrot' in its name; there are 'NULL Capture Device'"),
        (["--backend", "null", "--endpoint", "nowhere"], 2, "has no scheme"),
        (["--backend", "null", "--endpoint", "https://h.example"], 2, "AZURE_VOICELIVE_API_KEY"),
    ],
)
def test_wrong_calls(arguments, exit_code, part, tmp_path):
    done = voicelive_here("talk", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert part in one_line(done.stderr)


def test_the_devices_are_listed(tmp_path):
    done = voicelive_here("talk", "--backend", "null", "--devices", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "microphone: NULL Capture Device\nloudspeaker: NULL Playback Device\n")


@contextmanager
def sound_system(folder):
    """PulseAudio with a mouth, whose sound is the microphone's, and ears; gives the environment of its programs."""
    folder.chmod(0o700)
    loads = ["module-native-protocol-unix", "module-null-sink sink_name=ears", "module-null-sink sink_name=mouth"]
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", *(f"--load={load}" for load in loads)]
    environment = {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "PATH": os.environ["PATH"]}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            deadline_s = time.monotonic() + LIMIT_S
            while subprocess.run(
                ["pactl", "set-default-source", "mouth.monitor"], env=environment, capture_output=True, check=False
            ).returncode:
                assert time.monotonic() < deadline_s
                time.sleep(0.1)
            yield environment
        finally:
            process.terminate()


@pytest.mark.skipif(not all(map(shutil.which, ("pulseaudio", "pactl", "paplay"))), reason="needs PulseAudio")
def test_by_a_whole_sound_system(tmp_path):
    question = write_pcm(tmp_path / "question.wav", spoken(QUESTION), 24_000)
    with sound_system(tmp_path) as environment, started("talk", "--greeting", "Good day.", cwd=tmp_path, **environment) as process:
        wait_for_line(process.stdout, "Good day.")
        subprocess.run(["paplay", "--device=mouth", question], env=environment, timeout=LIMIT_S, check=True)
        lines = wait_for_line(process.stdout, "63")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert "how much is nine times seven" in "".join(lines)
