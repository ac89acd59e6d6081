"""The README tells the truth: its programs run, its commands and its links exist."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LIMIT_S = 90
"""Ends what hangs; decides no result."""


def blocks(*languages):
    return re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def commands():
    return [line.removeprefix("$ ") for block in blocks("console", "bash", "sh") for line in block.splitlines() if line]


def run(command, **options):
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=environment, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_is_something_to_check():
    assert len(blocks("python")) == 2
    assert {"make demo", "make test", "voicelive serve"} <= set(commands())
    assert len(blocks(".*?")) == len(blocks("python", "console")), "a block in a language that nothing here checks"


def test_the_first_program_asks_the_local_server(tmp_path):
    first, _ = blocks("python")
    assert run([sys.executable, "-c", first], cwd=tmp_path) == "2 plus 3 is 5.\n"


def test_the_second_program_answers_for_itself(tmp_path):
    _, second = blocks("python")
    assert run([sys.executable, "-c", second], cwd=tmp_path) == ""


@pytest.mark.parametrize("command", commands())
def test_commands_exist(command):
    program, *arguments = shlex.split(command)
    if program == "make":
        # Only shown, not run: a test that ran the tests would not end.
        run(["make", "--dry-run", "--always-make", *arguments], cwd=ROOT)
    elif program == "voicelive":
        run([sys.executable, "-m", "voicelive", arguments[0], "--help"])
    else:
        assert (program, arguments[0]) == ("pip", "install"), f"nothing here knows how to check {command!r}"
        (requirement,) = arguments[1:]
        extras = re.fullmatch(r"\.(?:\[(.*)\])?", requirement)[1]
        assert set(extras.split(",")) <= declared_extras()


def declared_extras():
    table = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[project.optional-dependencies]\n")[1].split("\n[")[0]
    return set(re.findall(r"^(\w+) = ", table, flags=re.MULTILINE))


def test_options_named_in_the_text_exist():
    known = "".join(run([sys.executable, "-m", "voicelive", command, "--help"]) for command in ("demo", "serve"))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert named
    assert {option for option in named if option not in known} == set()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)]+)\)", README))))
def test_links_lead_somewhere(target):
    assert (ROOT / target).exists()
