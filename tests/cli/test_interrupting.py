"""Ctrl-C, and readers that go away."""

import signal
import subprocess
import sys
import threading

from .support_cli import LIMIT_S, environment, one_line, read_pcm, scripted_service, started, wait_for_line


def half_an_answer(script):
    script.set_up()
    script.hear()
    script.respond()
    script.say("A long story.", "AAAA" * 800)
    script.stay()


def interrupted_at(part, script, tmp_path, question_wav):
    """Run a demo, press Ctrl-C once a line with this part is shown, and see it end."""
    with scripted_service(script) as endpoint:
        arguments = ["demo", "--verbose", "--wav", question_wav, "--endpoint", endpoint]
        with started(*arguments, cwd=tmp_path, AZURE_VOICELIVE_API_KEY="k") as process:
            wait_for_line(process.stdout, part)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=LIMIT_S)
            return process.returncode, one_line(stderr)


def test_ctrl_c_saves_what_came_of_the_answer(tmp_path, question_wav):
    code, line = interrupted_at("<- response.audio.delta", half_an_answer, tmp_path, question_wav)
    assert (code, line) == (130, "voicelive: interrupted; the answer so far (50 ms of audio) is in answer.wav")
    samples, _, _ = read_pcm(tmp_path / "answer.wav")
    assert len(samples) == 1200


def test_ctrl_c_before_any_answer(tmp_path, question_wav):
    code, line = interrupted_at("<- session.created", lambda script: (script.set_up(), script.stay()), tmp_path, question_wav)
    assert (code, line) == (130, "voicelive: interrupted")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_enough(tmp_path, question_wav):
    """As in ``voicelive demo | head -1``; there is something more to show when it has gone."""
    gone = threading.Event()

    def wait_and_answer(script):
        assert gone.wait(LIMIT_S)
        half_an_answer(script)

    with scripted_service(wait_and_answer) as endpoint:
        arguments = ["demo", "--fast", "--verbose", "--wav", question_wav, "--endpoint", endpoint]
        with started(*arguments, cwd=tmp_path, AZURE_VOICELIVE_API_KEY="k") as process:
            process.stdout.readline()
            process.stdout.close()
            gone.set()
            assert "nobody reads the output" in one_line(process.stderr.read())
            assert process.wait(timeout=LIMIT_S) == 1


def test_ctrl_c_while_the_command_is_still_being_loaded(tmp_path):
    """Python raises KeyboardInterrupt wherever it is; here the import of typer stands for that place."""
    program = """
import sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from voicelive.__main__ import main
sys.exit(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
