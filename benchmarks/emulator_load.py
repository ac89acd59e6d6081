"""``python -m benchmarks.emulator_load --sessions 200``: the local server under load: lateness of audio, CPU and memory.

The server runs in a process of its own. Light clients in this one ask each for the same long answer, and note when each audio delta came.
A delta is due so long after the answer's first as the server's pace says (`voicelive.emulator._pacing.due_ms`); its lateness counts
from the schedule of its own answer that the earliest of its deltas fits, so that a late first one hides nothing.
"""

import argparse
import asyncio
import base64
import contextlib
import gc
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import websockets
from rich.console import Console
from rich.table import Table

from voicelive.emulator import Turn, serve
from voicelive.emulator._pacing import due_ms

from .memory import rss_kib

SENTENCES = (
    "The ferry to Gull Island leaves from the old pier at half past two.",
    "It takes about forty minutes when the sea is calm, and an hour when it is not.",
    "There is a small harbour with a cafe, a lighthouse, and a path along the cliffs.",
    "Most people walk it in the morning and take the boat back after lunch.",
    "Bring a coat, because the wind is stronger out there than you would think.",
    "The last boat back leaves at seven, and nobody waits for those who are late.",
)
"""About 25 seconds of speech."""

SAMPLE_BYTES_A_MS = 48
"""pcm16 at 24 kHz."""

TALKING_S = 5
"""So long after the last session has begun, all of them talk: memory is read then."""

QUERY = "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime"
SETTINGS = {"type": "session.update", "session": {"turn_detection": None}}
APPEND_MS = 100
MICROPHONES = {"none": None, "muted": 0.0, "room": 130.0}
"""What clients send meanwhile, by the level of its noise: nothing, digital silence, or a room at -48 dB of full scale."""


async def run_server(sentences: int) -> None:
    """Serve until the input ends, with the same answer for everybody; each line of it is answered with what has been used so far."""

    async def responder(_turn: Turn) -> str:
        return " ".join(SENTENCES[:sentences])

    async with serve(responder=responder, recogniser=None) as server:
        print(server.url, flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            if line == "at rest\n":
                gc.collect()  # which would stop everything else for a while
            print(json.dumps({"cpu_s": time.process_time(), "wall_s": time.monotonic(), "rss_kib": rss_kib()}), flush=True)


class ServerProcess:
    """The server, and what it has used."""

    def __init__(self, sentences: int) -> None:
        command = [sys.executable, "-m", "benchmarks.emulator_load", "--serve", "--sentences", str(sentences)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def used(self, *, at_rest: bool = True) -> dict[str, float]:
        """CPU seconds, the time, resident memory."""
        assert self._process.stdin is not None
        print("at rest" if at_rest else "busy", file=self._process.stdin, flush=True)
        found: dict[str, float] = json.loads(self._read())
        return found

    def close(self) -> None:
        """End it, and wait for that."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@dataclass
class Answer:
    """What one client saw of its answer.

    Attributes:
        asked_s: when it was asked for.
        deltas: when each delta came, and how much audio went before it in ms.
        audio_ms: length of the answer.
    """

    asked_s: float = 0.0
    deltas: list[tuple[float, float]] = field(default_factory=list)
    audio_ms: float = 0.0

    def late_ms(self) -> list[float]:
        """How late each delta was."""
        after_due_ms = [came_s * 1000 - due_ms(int(before_ms)) for came_s, before_ms in self.deltas]
        begin_ms = min(after_due_ms)
        return [each - begin_ms for each in after_due_ms]

    def first_ms(self) -> float:
        """From the question to the first audio."""
        return (self.deltas[0][0] - self.asked_s) * 1000


async def ask(websocket: Any, answer: Answer, wait_s: float, *, microphone: list[str] | None) -> None:
    """Ask once and take the whole answer."""
    await asyncio.sleep(wait_s)
    sending = asyncio.create_task(send_noise(websocket, microphone)) if microphone else None
    answer.asked_s = time.monotonic()
    await websocket.send('{"type":"response.create"}')
    while True:
        frame = await websocket.recv(decode=False)
        came_s = time.monotonic()
        head = frame[:160]
        if b'"response.audio.delta"' in head:
            event = json.loads(frame)
            answer.deltas.append((came_s, answer.audio_ms))
            answer.audio_ms += len(event["delta"]) * 3 / 4 / SAMPLE_BYTES_A_MS
        elif b'"response.done"' in head:
            assert json.loads(frame)["response"]["status"] == "completed", frame
            break
    if sending is not None:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending


async def send_noise(websocket: Any, frames: list[str]) -> None:
    """A microphone before which nobody speaks."""
    due_s = time.monotonic()
    for frame in itertools.cycle(frames):
        await websocket.send(frame)
        due_s += APPEND_MS / 1000
        await asyncio.sleep(due_s - time.monotonic())


def noise(level: float) -> list[str]:
    """Ten seconds of noise as appends of the same length."""
    samples = np.random.default_rng(7).normal(0, level, (100, APPEND_MS * SAMPLE_BYTES_A_MS // 2)).astype("<i2")
    return [json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(each.tobytes()).decode()}) for each in samples]


async def run_clients(server: ServerProcess, sessions: int, spread_s: float, *, microphone: list[str] | None) -> dict[str, float]:
    """All clients beside each other; the figures of one run."""
    url = server.url.replace("http", "ws", 1) + QUERY
    chance = random.Random(7)
    async with contextlib.AsyncExitStack() as stack:
        clients = []
        used = [server.used()]
        for number in range(sessions + 1):
            websocket = await stack.enter_async_context(websockets.connect(url, compression=None, proxy=None, max_queue=None))
            await websocket.recv()
            if number == 0:  # it asks alone, so that all engines are loaded and the answer is in the cache
                await ask(websocket, Answer(), 0, microphone=microphone)
                used = [await asyncio.to_thread(server.used)]
                continue
            if not microphone:
                await websocket.send(json.dumps(SETTINGS))
                await websocket.recv()
            clients.append(websocket)
        used.append(await asyncio.to_thread(server.used))
        answers = [Answer() for _ in clients]
        asking = [
            asyncio.create_task(ask(websocket, answer, chance.uniform(0, spread_s), microphone=microphone))
            for websocket, answer in zip(clients, answers, strict=True)
        ]
        await asyncio.wait(asking, timeout=spread_s + TALKING_S)
        used.append(await asyncio.to_thread(server.used, at_rest=False))
        await asyncio.gather(*asking)
        used.append(await asyncio.to_thread(server.used))
    return figures(answers, used, sessions)


def figures(answers: list[Answer], used: list[dict[str, float]], sessions: int) -> dict[str, float]:
    """One run in numbers."""
    before, idle, talking, after = used
    late_ms = sorted(late for answer in answers for late in answer.late_ms())
    first_ms = sorted(answer.first_ms() for answer in answers)
    return {
        "load_average": os.getloadavg()[0],
        "deltas": len(late_ms),
        "audio_s": statistics.fmean(answer.audio_ms for answer in answers) / 1000,
        "late_p50_ms": statistics.median(late_ms),
        "late_p99_ms": late_ms[int(len(late_ms) * 0.99)],
        "late_max_ms": late_ms[-1],
        "first_p50_ms": statistics.median(first_ms),
        "first_p99_ms": first_ms[int(len(first_ms) * 0.99)],
        "cpu_percent": 100 * (after["cpu_s"] - idle["cpu_s"]) / (after["wall_s"] - idle["wall_s"]),
        "idle_kib": (idle["rss_kib"] - before["rss_kib"]) / sessions,
        "talking_kib": (talking["rss_kib"] - before["rss_kib"]) / sessions,
        "after_kib": (after["rss_kib"] - before["rss_kib"]) / sessions,
    }


def one_run(sessions: int, spread_s: float, level: float | None, sentences: int) -> dict[str, float]:
    """One fresh server and its clients."""
    server = ServerProcess(sentences)
    microphone = None if level is None else noise(level)
    try:
        return asyncio.run(run_clients(server, sessions, spread_s, microphone=microphone))
    finally:
        server.close()


NAMES = {
    "late_p50_ms": "late p50 ms",
    "late_p99_ms": "p99",
    "late_max_ms": "max",
    "first_p50_ms": "first audio p50 ms",
    "first_p99_ms": "p99",
    "cpu_percent": "server CPU %",
    "idle_kib": "KiB a session, idle",
    "talking_kib": "talking",
    "after_kib": "after",
}


def main() -> None:
    """Measure, and print each run and the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator_load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=200, help="sessions at once (default 200)")
    parser.add_argument("--spread", type=float, default=2.0, help="seconds over which they begin to ask (default 2)")
    parser.add_argument("--sentences", type=int, default=len(SENTENCES), help=f"length of the answer (default {len(SENTENCES)})")
    parser.add_argument("--rounds", type=int, default=1, help="runs, each with a fresh server (default 1)")
    parser.add_argument(
        "--microphone", choices=MICROPHONES, default="none", help="what each client sends meanwhile, with turn detection on"
    )
    parser.add_argument("--json", type=Path, help="file for the figures of all rounds")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(run_server(arguments.sentences))
        return
    rounds = [
        one_run(arguments.sessions, arguments.spread, MICROPHONES[arguments.microphone], arguments.sentences)
        for _ in range(arguments.rounds)
    ]
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds, indent=1))
    spoken = f"{rounds[0]['audio_s']:.1f} s of speech each, {rounds[0]['deltas']} deltas"
    title = f"{arguments.sessions} sessions, microphone: {arguments.microphone}, {spoken}"
    table = Table(title=title)
    for name in ("round", *NAMES.values()):
        table.add_column(name, justify="right")
    for number, found in enumerate(rounds, 1):
        table.add_row(str(number), *(f"{found[key]:.1f}" for key in NAMES))
    table.add_row("median", *(f"{statistics.median(found[key] for found in rounds):.1f}" for key in NAMES))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
