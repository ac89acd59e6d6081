"""``python -m benchmarks.transports``: CPU time and rate of receiving events through each adapter, beside the official SDK.

A cheap server in a process of its own sends frames made beforehand over loopback, as fast as they are taken; each rival receives them in a
fresh process. The PCM of every delta is taken.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.progress import track
from rich.table import Table

from . import payloads

DELTAS = {20: 20_000, 100: 6_000}
"""Duration of a delta in ms -> how many of them a round takes."""

RIVALS = (
    "websockets asyncio",
    "aiohttp asyncio",
    "picows asyncio",
    "anyio asyncio",
    "anyio trio",
    "websockets uvloop",
    "aiohttp uvloop",
    "picows uvloop",
    "official asyncio",
)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def ws_frame(payload: bytes) -> bytes:
    """An unmasked text frame."""
    size = len(payload)
    head = bytes([0x81, size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    return head + payload


def accept_websocket(client: socket.socket) -> None:
    """Answer a client's handshake."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    lines = [line.partition(b":") for line in request.split(b"\r\n")]
    (key,) = [value.strip() for name, _, value in lines if name.lower() == b"sec-websocket-key"]
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())  # noqa: S324 - as RFC 6455 says
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def serve(listener: socket.socket, delta_ms: int, count: int) -> None:
    """Shake hands with one client, send it the frames, and wait for it to go."""
    client, _ = listener.accept()
    accept_websocket(client)
    for frame in payloads.turn(delta_ms)[: payloads.TURN_START]:
        client.sendall(ws_frame(frame))
    block = ws_frame(payloads.audio_delta(delta_ms)) * 50
    for _ in range(count // 50):
        client.sendall(block)
    if client.recv(65536):  # the client's close frame: answered, so that nobody waits for us
        client.sendall(b"\x88\x00")


async def receive_ours(url: str, adapter: str, count: int) -> None:
    """All deltas through the facade."""
    from voicelive import AzureKeyCredential, connect

    async with connect(endpoint=url, credential=AzureKeyCredential("k"), model="m", transport=adapter) as connection:
        await _take(connection.recv, count)


async def receive_official(url: str, count: int) -> None:
    """All deltas through the official SDK."""
    from azure.ai.voicelive.aio import connect
    from azure.core.credentials import AzureKeyCredential

    async with connect(endpoint=url, credential=AzureKeyCredential("k"), model="m") as connection:
        await _take(connection.recv, count)


async def _take(recv: Callable[[], Awaitable[object]], count: int) -> None:
    taken = 0
    while taken < count:
        event = await recv()
        taken += bool(getattr(event, "delta", None))
        if taken == 1:
            _start.extend([time.process_time(), time.perf_counter()])
    _end.extend([time.process_time(), time.perf_counter()])


_start: list[float] = []
_end: list[float] = []


def one_round(rival: str, delta_ms: int) -> tuple[float, float]:
    """In this process: µs of CPU and of time per event."""
    count = DELTAS[delta_ms]
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener, delta_ms, count), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    adapter, loop = rival.split()
    coroutine = receive_official(url, count) if adapter == "official" else receive_ours(url, adapter, count)
    if loop == "trio":
        import trio

        coroutine.close()
        trio.run(receive_ours, url, adapter, count)
    elif loop == "uvloop":
        import uvloop

        uvloop.run(coroutine)
    else:
        asyncio.run(coroutine)
    server.join(5)
    return (_end[0] - _start[0]) / count * 1e6, (_end[1] - _start[1]) / count * 1e6


def main() -> None:
    """Measure every rival in fresh processes, rounds interleaved, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transports", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each rival (default 3, about three minutes)")
    parser.add_argument("--one", nargs=2, metavar=("RIVAL", "DELTA_MS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one_round(arguments.one[0], int(arguments.one[1]))))
        return
    console = Console()
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    steps = [(rival, delta_ms) for _ in range(arguments.rounds) for delta_ms in DELTAS for rival in RIVALS]
    for rival, delta_ms in track(steps, description="measuring", console=console, disable=not console.is_terminal):
        command = [sys.executable, "-m", "benchmarks.transports", "--one", rival, str(delta_ms)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        found.setdefault((rival, delta_ms), []).append(tuple(json.loads(result.stdout)))
    table = Table(
        title="receiving audio deltas with their PCM: CPU µs an event (minimum; median in brackets), and events a second (median)"
    )
    table.add_column("adapter and loop")
    for delta_ms in DELTAS:
        table.add_column(f"{delta_ms} ms: CPU µs", justify="right")
        table.add_column("events/s", justify="right")
    for rival in RIVALS:
        cells = []
        for delta_ms in DELTAS:
            rounds = found[rival, delta_ms]
            cpu = [cpu for cpu, _ in rounds]
            cells += [f"{min(cpu):.1f} ({statistics.median(cpu):.1f})", f"{1e6 / statistics.median(wall for _, wall in rounds):,.0f}"]
        table.add_row(rival, *cells)
    console.print(table)


if __name__ == "__main__":
    main()
