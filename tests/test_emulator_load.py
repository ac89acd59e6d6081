"""The benchmark of the local server under load runs, and gets all that was asked for."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_small_run(tmp_path):
    path = tmp_path / "figures.json"
    options = ["--sessions", "3", "--sentences", "1", "--spread", "0", "--microphone", "room", "--json", str(path)]
    command = [sys.executable, "-m", "benchmarks.emulator_load", *options]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert "3 sessions, microphone: room" in shown
    (figures,) = json.loads(path.read_text())
    assert figures["audio_s"] > 2
    assert figures["deltas"] == 3 * -(-figures["audio_s"] * 1000 // 100)
    assert 0 <= figures["late_p50_ms"] <= figures["late_p99_ms"] <= figures["late_max_ms"]
