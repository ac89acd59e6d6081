"""The command itself: help, version, wrong use, missing libraries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import voicelive as package

from .support_cli import LIMIT_S, environment, one_line, voicelive, voicelive_here


@pytest.mark.parametrize("arguments", [[], ["--help"], ["demo", "--help"], ["serve", "--help"]], ids=" ".join)
def test_help(arguments, tmp_path):
    done = voicelive_here(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: voicelive")


def test_version(tmp_path):
    done = voicelive("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"voicelive {package.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "part"), [(["dance"], "No such command 'dance'"), (["--loud"], "No such option: --loud"), (["serve", "x"], "x")]
)
def test_wrong_use_is_one_line(arguments, part, tmp_path):
    done = voicelive_here(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert part in one_line(done.stderr)


def test_a_stream_without_unicode_shows_what_it_can(tmp_path):
    done = voicelive("demo", "--wav", "größer.wav", cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2
    assert one_line(done.stderr) == "voicelive: gr??er.wav: no such file"


RECORDING = '{"format": "voicelive-recording", "version": 1, "adapter": "memory", "url": "wss://h/p", "audio": "kept"}\n'
COMMANDS = [["--version"], ["demo", "--help"], ["serve", "--port", "0"], ["compare", "call.jsonl", "call.jsonl"], ["demo", "--fast"]]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_an_output_that_takes_nothing_is_one_line(arguments, tmp_path):
    (tmp_path / "call.jsonl").write_text(RECORDING)
    assert ended('"$@" >/dev/full', arguments, tmp_path) == (1, "voicelive: can't write the output: No space left on device")


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that can close a stream")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_an_output_that_is_closed_is_one_line(arguments, tmp_path):
    (tmp_path / "call.jsonl").write_text(RECORDING)
    assert ended('"$@" >&-', arguments, tmp_path) == (1, "voicelive: there is no stdout to write to")


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that can close a stream")
def test_a_failure_that_nobody_can_be_told_keeps_its_exit_code(tmp_path):
    done = subprocess.run(
        ["sh", "-c", '"$@" >&- 2>&-', "sh", sys.executable, "-m", "voicelive", "--version"], cwd=tmp_path, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 1


def ended(line, arguments, cwd):
    """The exit code and the one line of a command that the shell runs so."""
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "voicelive", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment(), stderr=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False)
    return done.returncode, one_line(done.stderr)


@pytest.mark.parametrize(
    ("missing", "arguments", "part"),
    [
        ("typer", ["--help"], "typer: pip install 'voicelive[cli]'"),
        ("rich", ["demo"], "rich: pip install 'voicelive[cli]'"),
        ("numpy", ["demo"], "numpy: pip install 'voicelive[emulator]'"),
        ("espeakng_loader", ["demo"], "pip install 'voicelive[emulator]'"),
        ("espeakng_loader", ["serve", "--port", "0"], "pip install 'voicelive[emulator]'"),
        ("numpy", ["serve"], "pip install 'voicelive[emulator]'"),
        ("miniaudio", ["talk"], "miniaudio: pip install 'voicelive[sound]'"),
    ],
)
def test_a_missing_library_is_one_line_with_the_cure(missing, arguments, part, tmp_path):
    program = f"import sys; sys.modules[{missing!r}] = None; from voicelive.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert part in one_line(done.stderr)


def test_another_missing_module_is_a_bug_and_not_hidden(tmp_path):
    program = "import sys; sys.modules['voicelive.models'] = None; from voicelive.__main__ import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr
