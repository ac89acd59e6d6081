"""``python -m benchmarks.guard``: instruction counts of the hot paths, compared with those kept in ``guard.json``.

A clock can't be trusted on a shared machine; the number of instructions can: valgrind counts them, and two counts of the same code differ
by less than a percent. Each case is counted in a fresh process beside one that does nothing of it, so that start-up drops out, and is
given as a ratio to msgspec's plain decoding of the same delta, so that another build of Python moves both.

``--write`` keeps what is counted now. Needs valgrind; takes half a minute on two processors.
"""

import argparse
import gc
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from voicelive_proto import CLIENT, Connection, Decoder, append_frame, encode
from voicelive_proto.client_events import ResponseCancel

from . import payloads

KEPT = Path(__file__).parent / "guard.json"
TOLERANCE = 0.12
"""A ratio that has grown by more is a regression; one that has shrunk by more should be kept anew."""

REFERENCE = "reference: delta to a dict"
COUNT = 4000
"""So many that what differs from one start of Python to the next, some 300,000 instructions, is little beside it."""
WARM_UP = 30


def cases() -> dict[str, Callable[[], object]]:
    """What is counted: name, and one call of it."""
    turn = payloads.turn(20)
    delta = next(frame for frame in turn if b'"response.audio.delta"' in frame)
    transcript = next(frame for frame in turn if b'"response.audio_transcript.delta"' in frame)
    done = next(frame for frame in turn if b'"response.done"' in frame)
    decode = Decoder("server").decode
    stateful = Connection(CLIENT)
    for frame in turn[: turn.index(delta)]:
        stateful.receive(frame)
    plain = msgspec.json.Decoder().decode
    audio = bytes(960)
    return {
        REFERENCE: lambda: plain(delta),
        "decode an audio delta of 20 ms": lambda: decode(delta),
        "the same with state": lambda: stateful.receive(delta),
        "decode a transcript delta": lambda: decode(transcript),
        "decode response.done": lambda: decode(done),
        "append 20 ms of audio": lambda: append_frame(audio),
        "build and encode response.cancel": lambda: encode(ResponseCancel(response_id="resp_1")),
    }


def run(name: str | None) -> None:
    """Warm everything up, then do one case so many times; None does no more."""
    all_cases = cases()
    for call in all_cases.values():
        for _ in range(WARM_UP):
            call()
    if name is not None:
        call = all_cases[name]
        for _ in range(COUNT):
            call()


def instructions(name: str | None) -> int:
    """How many instructions a process takes for it, in all.

    Raises:
        RuntimeError: valgrind gave no count; the message has what it said.
    """
    child = [sys.executable, "-m", "benchmarks.guard", "--run", name or ""]
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *child]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment | {"PYTHONHASHSEED": "0"})
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if counted is None or done.returncode:
        raise RuntimeError(f"valgrind counted nothing: {done.stderr[-500:]}")
    return int(counted[1])


def measured() -> dict[str, float]:
    """Ratio of each case to the reference, by name."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        nothing, *totals = pool.map(instructions, [None, *cases()])
    counts = {name: (total - nothing) / COUNT for name, total in zip(cases(), totals, strict=True)}
    for name, count in counts.items():
        sys.stderr.write(f"{count:9.0f} instructions: {name}\n")
    return {name: round(count / counts[REFERENCE], 3) for name, count in counts.items() if name != REFERENCE}


def version() -> str:
    """Under which the figures are kept: they differ from one Python to the next."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def kept() -> dict[str, float]:
    """What is kept for this Python; empty for none."""
    figures: dict[str, dict[str, float]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return figures.get(version(), {})


def grown(now: dict[str, float], before: dict[str, float]) -> list[str]:
    """The cases that take more than they did, in words."""
    return [
        f"{name}: {now[name]:.2f} times the reference, it was {ratio:.2f}"
        for name, ratio in before.items()
        if now[name] > ratio * (1 + TOLERANCE)
    ]


def main() -> int:
    """Count, compare, and keep where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the figures of this run")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run is not None:
        gc.disable()  # when it comes around depends on all that was made before, and it takes more than the case
        run(arguments.run or None)
        return 0
    if shutil.which("valgrind") is None:
        sys.stderr.write("valgrind isn't here; it counts the instructions\n")
        return 2
    now = measured()
    if arguments.write:
        figures = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        KEPT.write_text(json.dumps(figures | {version(): now}, indent=1) + "\n", encoding="utf-8")
        return 0
    for name, ratio in now.items():
        sys.stdout.write(f"{ratio:7.2f}  {name} (kept: {kept().get(name, 'nothing')})\n")
    worse = grown(now, kept())
    for line in worse:
        sys.stdout.write(f"MORE THAN BEFORE  {line}\n")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
