"""``voicelive demo`` as a user runs it: a process, with the local server in it."""

import io
import json
import re
import wave

import numpy as np
import pytest
from support import port_of_nobody

from voicelive.testing import scripted_server

from .support_cli import one_line, read_pcm, scripted_service, spoken, voicelive, voicelive_here, write_pcm

PIECE = "AAAA" * 800
"""50 ms of audio."""
PARTIAL = "the answer so far (50 ms of audio) is in answer.wav"
LATENCIES = ["speech_stopped", "response_created", "first_audio", "response_done"]


def result_of(*arguments, cwd):
    done = voicelive("demo", "--fast", "--json", *arguments, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def assert_answered_aloud(path, audio_ms):
    samples, rate_hz, channels = read_pcm(path)
    assert (rate_hz, channels) == (24_000, 1)
    assert len(samples) // 24 == audio_ms > 200
    assert np.abs(samples.astype(int)).max() > 1000


@pytest.fixture(scope="module")
def default_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("default")
    return folder, result_of(cwd=folder)


def test_the_default_question_is_heard_and_answered(default_run):
    folder, result = default_run
    assert result["question"] == "How much is nine times seven?"
    assert result["question_heard"] == "how much is nine times seven"
    assert "63" in result["answer"]
    assert result["status"] == "completed"
    assert list(result["latencies_ms"]) == LATENCIES
    assert result["output"] == "answer.wav"
    assert_answered_aloud(folder / "answer.wav", result["audio_ms"])


def test_another_question_from_a_stereo_file_gets_another_answer(default_run, tmp_path):
    asked = write_pcm(tmp_path / "asked.wav", spoken("How much is seven minus five?", 44_100), 44_100, channels=2)
    result = result_of("--wav", asked, "--output", tmp_path / "reply.wav", cwd=tmp_path)
    assert result["question"] == "asked.wav"
    assert "minus" in result["question_heard"]
    assert result["answer"] != default_run[1]["answer"]
    assert re.search(r"\b2\b", result["answer"])
    assert_answered_aloud(tmp_path / "reply.wav", result["audio_ms"])


def test_a_question_given_as_text(tmp_path):
    result = result_of("--say", "What time is it?", "--voice", "echo", cwd=tmp_path)
    assert result["question"] == "What time is it?"
    assert re.search(r"\d\d?:\d\d", result["answer"])


def test_what_is_shown(tmp_path):
    done = voicelive("demo", "--fast", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert not re.search(r"[^\n\x20-\x7e\u00a0-\uffff]", done.stdout), "no control characters in a pipe"
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"local server at http://127\.0\.0\.1:\d+", lines[0])
    assert "How much is nine times seven?" in lines[1]
    shown = [line.split()[2:4] for line in lines if re.match(r" *\d+\.\d{3} s ", line)]
    assert shown[:3] == [["<-", "session.created"], ["->", "session.update"], ["<-", "session.updated"]] or shown[:3] == [
        ["->", "session.update"],
        ["<-", "session.created"],
        ["<-", "session.updated"],
    ]
    assert shown[-1] == ["<-", "response.done"]
    assert any(re.search(r"-> input_audio_buffer\.append +x\d+  \d+\.\d\d s", line) for line in lines)
    assert any(re.search(r"<- response\.audio\.delta +x\d+  \d+\.\d\d s", line) for line in lines)
    assert any(re.match(r" +you  .*times", line) for line in lines)
    assert any(re.match(r" +Voice Live  .*63", line) for line in lines)
    assert re.match(r"since the end of speech: speech stopped -?\d+ ms, response created ", lines[-2])
    assert re.fullmatch(
        r'heard ".*times.*", answered ".*63.*"; \d+ ms of audio saved to answer\.wav; first audio after .* ms, done .* ms', lines[-1]
    )


def test_every_piece_on_its_own_line(tmp_path):
    done = voicelive("demo", "--fast", "--verbose", cwd=tmp_path)
    assert done.returncode == 0
    pieces = re.findall(r"-> input_audio_buffer\.append +(x\d+  \d+\.\d\d s)", done.stdout)
    assert len(pieces) > 50
    assert set(pieces) == {"x1  0.02 s"}


def test_at_the_pace_of_speech_a_pause_ends_no_conversation(tmp_path):
    first, second, pause = spoken("What time is it?"), spoken("How much is seven minus five?"), np.zeros(36_000, np.int16)
    asked = write_pcm(tmp_path / "asked.wav", np.concatenate([first, pause, second]), 24_000)
    done = voicelive("demo", "--json", "--wav", asked, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert re.search("what time.*how much.*seven", result["question_heard"])
    assert re.search(r"seven|\b2\b", result["answer"])
    assert_answered_aloud(tmp_path / "answer.wav", result["audio_ms"])


class TestAgainstAService:
    """A service with a script, reached by ``--endpoint``."""

    def test_key_model_and_version_reach_the_service(self, tmp_path, question_wav):
        requests = []

        def answer(script):
            requests.append(script.websocket.request)
            script.set_up()
            script.hear()
            script.respond()
            script.say("Good day.", PIECE)
            script.respond("completed")
            script.transcribe("good day")
            script.stay()

        with scripted_service(answer) as endpoint:
            options = ["--endpoint", endpoint, "--model", "gpt-4o", "--api-version", "2026-04-10", "--voice", "en-US-AvaNeural"]
            done = voicelive("demo", "--fast", "--json", "--wav", question_wav, *options, cwd=tmp_path, AZURE_VOICELIVE_API_KEY="key-4711")
        assert (done.returncode, done.stderr) == (0, "")
        result = json.loads(done.stdout)
        assert (result["question_heard"], result["answer"], result["audio_ms"]) == ("good day", "Good day.", 50)
        (request,) = requests
        assert request.headers["api-key"] == "key-4711"
        assert "model=gpt-4o" in request.path
        assert "api-version=2026-04-10" in request.path

    def test_an_answer_in_text_alone_is_no_file(self, tmp_path, question_wav):
        def answer(script):
            script.set_up()
            script.hear()
            script.respond()
            script.send("response.text.delta", response_id="resp_1", item_id="item_2", output_index=0, content_index=0, delta="Silent.")
            script.respond("completed")
            script.stay()

        with scripted_service(answer) as endpoint:
            arguments = ["--fast", "--wav", question_wav, "--endpoint", endpoint, "--timeout", "2"]
            done = voicelive_here("demo", *arguments, cwd=tmp_path, AZURE_VOICELIVE_API_KEY="k")
        assert (done.returncode, done.stderr) == (0, "")
        assert re.search(r'no transcript of the question, answered "Silent\."; no audio; done after -?\d+ ms', done.stdout.splitlines()[-1])
        assert not (tmp_path / "answer.wav").exists()


def hearing(*steps):
    """A service that sets the session up, takes these steps once audio comes, and then waits."""

    def run(script):
        script.set_up()
        for take in steps:
            take(script)
        script.stay()

    return run


def abort(script):
    script.websocket.socket.shutdown(2)


def step(name, *arguments, **fields):
    """A step of a script: a method of `Script`, to be called later."""
    return lambda script: getattr(script, name)(*arguments, **fields)


BEGIN = (step("hear"), step("respond"))
SPEECH = step("send", "input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_1")
REFUSAL = {"type": "invalid_request_error", "code": "invalid_value", "message": "no such voice", "param": "session.voice"}
REASON = {"type": "failed", "error": {"code": "server_error", "message": "the model is away"}}


@pytest.mark.parametrize(
    ("script", "part"),
    [
        (step("stay"), "did not set the session up within 2 s"),
        (hearing(), "heard no speech in the question within 2 s"),
        (hearing(SPEECH), "did not notice the end of the question within 2 s"),
        (hearing(step("hear")), "did not answer within 2 s"),
        (hearing(*BEGIN, step("say", "Well", PIECE)), "did not go on with its answer within 2 s (--timeout); " + PARTIAL),
        (hearing(step("send", "error", error=REFUSAL)), "the service reports invalid_value: no such voice (at session.voice)"),
        (hearing(*BEGIN, step("respond", "failed", status_details=REASON)), "the response failed: the model is away"),
        (hearing(*BEGIN, step("respond", "failed")), "the response failed: the service gives no reason"),
        (hearing(*BEGIN, step("respond", "completed"), step("transcribe", "x")), "ended as 'completed' and without an answer"),
        (hearing(abort), "code 1006"),
        (hearing(lambda script: script.websocket.close(1011, "overloaded")), "1011: overloaded"),
        (hearing(lambda script: script.websocket.close(1000, "bye")), "code 1000"),
    ],
    ids=[
        "silent from the start", "hears nothing", "hears no end", "no answer", "half an answer", "error event", "failed response",
        "failed without reason", "empty answer", "connection lost", "service fails", "service leaves",
    ],
)  # fmt: skip
def test_a_service_that_disappoints_is_one_line(script, part, tmp_path, question_wav):
    with scripted_service(script) as endpoint:
        patience = "2" if "within 2 s" in part else "60"
        arguments = ["--fast", "--wav", question_wav, "--endpoint", endpoint, "--timeout", patience]
        done = voicelive_here("demo", *arguments, cwd=tmp_path, AZURE_VOICELIVE_API_KEY="key-4711")
    assert done.returncode == 1
    assert part in one_line(done.stderr)
    assert "key-4711" not in done.stdout + done.stderr


def wav_bytes(rate_hz):
    """A file of three samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(b"\1\2" * 3)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "arguments", "part"),
    [
        (None, ["--wav", "file.wav"], "file.wav: no such file"),
        (b"", ["--wav", "file.wav"], "file.wav is empty"),
        (b"hello, I am text", ["--wav", "file.wav"], "file.wav is not a WAV file"),
        (None, ["--wav", "."], "is a folder"),
        (None, ["--wav", "a.wav", "--say", "b"], "--wav and --say are two questions"),
        (wav_bytes(2_000_000_000), ["--wav", "file.wav"], "file.wav is too short: 3 samples at 2000000000 Hz"),
        (None, ["--say", " "], "nothing to speak"),
        (None, ["--say", ""], "--say '' gives nothing to speak"),
        (None, ["--output", "nowhere/answer.wav"], "there is no folder nowhere"),
        (None, ["--output", "."], "is a folder"),
        (b"", ["--wav", "file.wav", "--output", "file.wav"], "is the question itself"),
        (None, ["--timeout", "soon"], "--timeout"),
        (None, ["--sing"], "--sing"),
        (None, ["--endpoint", "https://here.services.ai.azure.com"], "AZURE_VOICELIVE_API_KEY"),
        (None, ["--endpoint", "here.services.ai.azure.com"], "has no scheme"),
    ],
)
def test_a_wrong_call_is_one_line(content, arguments, part, tmp_path):
    if content is not None:
        (tmp_path / "file.wav").write_bytes(content)
    done = voicelive_here("demo", "--fast", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert part in one_line(done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("endpoint", "exit_code", "part"),
    [
        ("here.services.ai.azure.com", 2, "has no scheme"),
        ("http://here.services.ai.azure.com", 2, "unencrypted"),
        ("https://no-such-host.invalid", 1, "can't connect to wss://no-such-host.invalid/voice-live/realtime"),
        ("http://127.0.0.1:PORT", 1, "can't connect to ws://127.0.0.1"),
    ],
)
def test_an_endpoint_that_is_none_is_one_line(endpoint, exit_code, part, tmp_path, question_wav):
    with port_of_nobody() as port:
        arguments = ["--wav", question_wav, "--endpoint", endpoint.replace("PORT", str(port))]
        done = voicelive_here("demo", *arguments, cwd=tmp_path, AZURE_VOICELIVE_API_KEY="key-4711")
    assert done.returncode == exit_code
    assert part in one_line(done.stderr)
    assert "key-4711" not in done.stdout + done.stderr


def test_a_server_of_this_machine_needs_no_key(tmp_path, question_wav):
    with scripted_server() as server:
        server.reply("Good day.")
        done = voicelive_here("demo", "--fast", "--json", "--wav", question_wav, "--endpoint", server.url, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["answer"] == "Good day."


def test_a_name_that_is_too_long_for_a_file_is_one_line(tmp_path):
    done = voicelive_here("demo", "--fast", "--output", "a" * 300, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "can't be written" in one_line(done.stderr)


def test_a_file_that_cannot_be_written_in_the_end_is_one_line(tmp_path, question_wav):
    (tmp_path / "answer.wav").symlink_to(tmp_path / "nowhere" / "answer.wav")
    done = voicelive("demo", "--fast", "--wav", question_wav, cwd=tmp_path)
    assert done.returncode == 1
    assert one_line(done.stderr) == "voicelive: can't write answer.wav: No such file or directory"
