"""The benchmarks run, and every rival decodes the same audio."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RIVALS = ["voicelive", "state tracked", "azure-ai-voicelive", "untyped", "limit"]


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, cwd=ROOT).stdout


@pytest.mark.parametrize("rival", RIVALS)
def test_a_round_of_each_rival(rival):
    times_us = json.loads(run("-m", "benchmarks.worker", rival))
    assert "decode audio.delta 100 ms" in times_us
    assert all(time_us > 0 for time_us in times_us.values())


def test_the_rivals_do_the_same_work():
    program = """
from benchmarks import payloads
from benchmarks.rivals import RIVALS
for name, rival in RIVALS.items():
    cases = rival()
    assert cases["decode audio.delta 100 ms"]() == payloads.pcm(100), name
"""
    run("-c", program)


def test_the_figures_are_written_where_asked(tmp_path):
    path = tmp_path / "figures.json"
    assert "codec" in run("-m", "benchmarks", "--rounds", "1", "--json", str(path))
    figures = json.loads(path.read_text())
    assert set(figures["us_per_call"]) == set(RIVALS)
    assert figures["machine"]["azure-ai-voicelive"]
