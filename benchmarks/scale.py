"""``python -m benchmarks.scale``: many sessions in one process at real-time pace: CPU, lateness and memory, beside the official SDK.

A server in a process of its own sends each session a 20 ms audio delta every 20 ms, and writes into it when it was due; both processes
read the same clock. Each client is a fresh process with one task for each session, which takes the PCM of every delta.
"""

import argparse
import asyncio
import gc
import heapq
import json
import multiprocessing
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from . import payloads
from .transports import accept_websocket, ws_frame

DELTA_MS = 20
SECONDS = 5.0
SESSIONS = (1, 10, 100, 200)
RIVALS = ("picows asyncio", "aiohttp asyncio", "websockets asyncio", "anyio trio", "official asyncio")
_DUE = b"0" * 20
"""Stands in the prepared frame where the time goes at which it was due."""


def serve(listener: socket.socket, sessions: int, seconds: float) -> None:
    """Shake hands with all clients, then send each its deltas in time until they are through, and wait for them to go."""
    clients = []
    for _ in range(sessions):
        client, _ = listener.accept()
        accept_websocket(client)
        clients.append(client)
        client.sendall(ws_frame(payloads.turn(DELTA_MS)[0]))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    frame = ws_frame(payloads.audio_delta(DELTA_MS).replace(payloads.EVENT_ID.encode(), _DUE, 1))
    head, tail = frame.split(_DUE)
    begin_ns = time.monotonic_ns() + 500_000_000
    step_ns = DELTA_MS * 1_000_000
    due = [(begin_ns + step_ns * index // sessions, index) for index in range(sessions)]
    end_ns = begin_ns + int(seconds * 1e9)
    while due:
        due_ns, index = due[0]
        wait_ns = due_ns - time.monotonic_ns()
        if wait_ns > 50_000:
            time.sleep(wait_ns / 1e9)
        clients[index].sendall(head + b"%020d" % due_ns + tail)
        if due_ns + step_ns < end_ns:
            heapq.heapreplace(due, (due_ns + step_ns, index))
        else:
            heapq.heappop(due)
    waiting = list(clients)
    while waiting:
        for client in select.select(waiting, [], [])[0]:
            if client.recv(65536):
                client.sendall(b"\x88\x00")
            waiting.remove(client)


class Watch:
    """What one client process measures."""

    def __init__(self) -> None:
        self.late_ns: list[int] = []
        self.begun: tuple[float, float] | None = None
        self.ended = (0.0, 0.0)

    async def take(self, recv: Callable[[], Awaitable[object]], count: int) -> None:
        """Receive so many deltas of one session."""
        taken = 0
        while taken < count:
            event = await recv()
            if getattr(event, "delta", None):
                self.late_ns.append(time.monotonic_ns() - int(event.event_id))
                taken += 1
                if self.begun is None:
                    self.begun = time.process_time(), time.perf_counter()
        self.ended = time.process_time(), time.perf_counter()

    def figures(self) -> dict[str, float]:
        """CPU in % of one core, lateness in ms."""
        assert self.begun is not None
        cpu_s, wall_s = self.ended[0] - self.begun[0], self.ended[1] - self.begun[1]
        late_ms = sorted(late / 1e6 for late in self.late_ns)
        return {
            "cpu_percent": 100 * cpu_s / wall_s,
            "late_p50_ms": statistics.median(late_ms),
            "late_p99_ms": late_ms[int(len(late_ms) * 0.99)],
        }


def rss_kib() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/smaps_rollup").read_text().split("Rss:")[1].split()[0])


async def run_sessions(rival: str, url: str, sessions: int, count: int) -> dict[str, float]:
    """In this process: all sessions beside each other, each in a task."""
    import anyio

    adapter = rival.split(maxsplit=1)[0]
    if adapter == "official":
        from azure.ai.voicelive.aio import connect
        from azure.core.credentials import AzureKeyCredential

        options = {}
    else:
        from voicelive import AzureKeyCredential, connect

        options = {"transport": adapter}
    watch = Watch()
    async with AsyncExitStack() as stack:
        before_kib = 0
        connections = []
        for index in range(sessions):
            context = connect(endpoint=url, credential=AzureKeyCredential("k"), model="m", **options)
            connections.append(await stack.enter_async_context(context))
            if index == 0:  # libraries are loaded
                gc.collect()
                before_kib = rss_kib()
        gc.collect()
        idle_kib = (rss_kib() - before_kib) / max(1, sessions - 1)
        async with anyio.create_task_group() as group:
            for connection in connections:
                group.start_soon(watch.take, connection.recv, count)
        busy_kib = (rss_kib() - before_kib - len(watch.late_ns) * 40 / 1024) / max(1, sessions - 1)
    return watch.figures() | {"idle_kib": idle_kib, "busy_kib": busy_kib}


def one_run(rival: str, sessions: int, seconds: float) -> dict[str, float]:
    """In this process: one rival with so many sessions."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener, sessions, seconds), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    arguments = (rival, url, sessions, int(seconds * 1000 / DELTA_MS) - 1)
    if rival.endswith("trio"):
        import trio

        found: dict[str, float] = trio.run(run_sessions, *arguments)
    elif rival.endswith("uvloop"):
        import uvloop

        found = uvloop.run(run_sessions(*arguments))
    else:
        found = asyncio.run(run_sessions(*arguments))
    server.join(5)
    return found


def main() -> None:
    """Measure every rival at every size in fresh processes, rounds interleaved, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each rival (default 3)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"length of a run (default {SECONDS:g})")
    parser.add_argument("--sessions", type=int, nargs="+", default=SESSIONS, help="sizes")
    parser.add_argument("--rivals", nargs="+", default=RIVALS, help="such as 'picows uvloop'")
    parser.add_argument("--json", type=Path, help="file for the figures of all rounds")
    parser.add_argument("--one", nargs=3, metavar=("RIVAL", "SESSIONS", "SECONDS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one_run(arguments.one[0], int(arguments.one[1]), float(arguments.one[2]))))
        return
    console = Console()
    found: dict[str, list[dict[str, float]]] = {}
    steps = [(rival, size) for _ in range(arguments.rounds) for size in arguments.sessions for rival in arguments.rivals]
    for rival, size in track(steps, description="measuring", console=console, disable=not console.is_terminal):
        command = [sys.executable, "-m", "benchmarks.scale", "--one", rival, str(size), str(arguments.seconds)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        found.setdefault(f"{rival} {size}", []).append(json.loads(result.stdout))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))
    console.print(_table(found, arguments.rivals, arguments.sessions))


def _table(found: dict[str, list[dict[str, float]]], rivals: list[str], sizes: list[int]) -> Table:
    table = Table(title="sessions in one process, a 20 ms delta each every 20 ms (medians of the rounds)")
    for name in ("adapter and loop", "sessions", "CPU %", "late p50 ms", "late p99 ms", "KiB a session, idle", "after the run"):
        table.add_column(name, justify="left" if name.startswith("adapter") else "right")
    for rival in rivals:
        for size in sizes:
            rounds = found[f"{rival} {size}"]
            medians = {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}
            memory = [f"{medians[key]:.1f}" if size > 1 else "-" for key in ("idle_kib", "busy_kib")]
            cells = [f"{medians['cpu_percent']:.1f}", f"{medians['late_p50_ms']:.2f}", f"{medians['late_p99_ms']:.2f}", *memory]
            table.add_row(rival, str(size), *cells)
    return table


if __name__ == "__main__":
    main()
