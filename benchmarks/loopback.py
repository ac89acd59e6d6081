"""One connection over loopback: what receiving and sending cost, round trips, connecting; plain and over TLS.

A cheap server in a process of its own sends frames made beforehand as fast as they are taken, and reads whatever is sent. CPU time is the
client process's alone. The PCM of every audio delta is taken, but by the raw libraries.
"""

import functools
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from . import payloads
from .suite import Job, Suite
from .wire import server
from .wire.rivals import LIMIT, OFFICIAL, ON_ASYNCIO, ON_TRIO, opener, run
from .wire.sessions import Session

OpenModel = Callable[[str], AbstractAsyncContextManager[Any]]

UVLOOP = ("picows uvloop", "aiohttp uvloop", "websockets uvloop", "anyio uvloop", "official uvloop")
RAW = ("raw websockets asyncio", "raw aiohttp asyncio", "raw picows asyncio")
RIVALS = (*ON_ASYNCIO, ON_TRIO, *UVLOOP, OFFICIAL, "openai asyncio", *RAW, LIMIT)
QUICK_RIVALS = (*ON_ASYNCIO, ON_TRIO, OFFICIAL, "raw websockets asyncio", LIMIT)
TLS_RIVALS = (*ON_ASYNCIO, ON_TRIO, OFFICIAL, "openai asyncio", LIMIT)

RECEIVED = {"100 ms": "receive-100", "20 ms": "receive-20", "turn": "turns"}
"""What is received -> the server's script. A turn is an animated one, 100 ms a delta."""
SENT_MS = (20, 100)


def receiving(what: str) -> str:
    """Name of the case: CPU µs an event."""
    return f"receive {what}: CPU µs"


def sending(delta_ms: int) -> str:
    """Name of the case: CPU µs an append."""
    return f"send {delta_ms} ms: CPU µs"


ROUND_TRIP = "round trip p50 µs"
ROUND_TRIP_P99 = "round trip p99 µs"
CONNECT = "connect ms"


@dataclass(frozen=True)
class Effort:
    """How long a round takes."""

    phase_s: float = 0.15
    """CPU time for each thing measured."""
    first: int = 500
    """So many events at first, to warm up and to see how many make up the time."""
    trips: int = 800
    connects: int = 12


async def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """CPU and wall seconds of some work."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    await work()
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


async def _receive(open_model: OpenModel, script: str, events: int) -> tuple[float, float]:
    """CPU and wall µs an event; opening is left out."""
    async with open_model(f"{script}-{events}") as session:
        await session.receive(1)
        before = session.taken
        cpu_s, wall_s = await _timed(lambda: session.receive(events - 1))
        count = session.taken - before
    return cpu_s / count * 1e6, wall_s / count * 1e6


async def _send(open_model: OpenModel, pcm: bytes, events: int) -> tuple[float, float]:
    """CPU and wall µs an append, until the server says that it has all."""

    async def all_sent(session: Session) -> None:
        await session.send(pcm, events)
        await session.receive(1)

    async with open_model(f"send-{events}") as session:
        cpu_s, wall_s = await _timed(lambda: all_sent(session))
    return cpu_s / events * 1e6, wall_s / events * 1e6


async def _round_trips(open_model: OpenModel, trips: int) -> dict[str, float]:
    """A 20 ms append, answered by a 20 ms delta."""
    pcm = payloads.pcm(20)
    took_us = []
    async with open_model("echo") as session:
        for _ in range(trips):
            begin = time.perf_counter()
            await session.send(pcm, 1)
            await session.receive(1)
            took_us.append((time.perf_counter() - begin) * 1e6)
    took_us.sort()
    return {ROUND_TRIP: statistics.median(took_us), ROUND_TRIP_P99: took_us[int(len(took_us) * 0.99)]}


async def _connects(open_model: OpenModel, connects: int) -> dict[str, float]:
    """Opening a connection; libraries are loaded."""
    took_ms = []
    for _ in range(connects):
        begin = time.perf_counter()
        async with open_model("idle"):
            took_ms.append((time.perf_counter() - begin) * 1e3)
    return {CONNECT: statistics.median(took_ms)}


async def _phase(effort: Effort, measure: Callable[[int], Any]) -> tuple[float, float]:
    """Warm up, then measure for about the effort's time."""
    cpu_us, _ = await measure(effort.first)
    found: tuple[float, float] = await measure(max(effort.first, int(effort.phase_s / max(cpu_us, 0.5) * 1e6)))
    return found


async def _all(open_model: OpenModel, effort: Effort) -> dict[str, float]:
    figures: dict[str, float] = {}
    for what, script in RECEIVED.items():
        cpu_us, wall_us = await _phase(effort, functools.partial(_receive, open_model, script))
        figures |= {receiving(what): cpu_us, f"receive {what}: events/s": 1e6 / wall_us}
    for delta_ms in SENT_MS:
        cpu_us, wall_us = await _phase(effort, functools.partial(_send, open_model, payloads.pcm(delta_ms)))
        figures |= {sending(delta_ms): cpu_us, f"send {delta_ms} ms: events/s": 1e6 / wall_us}
    return figures | await _round_trips(open_model, effort.trips) | await _connects(open_model, effort.connects)


def measure(rival: str, *, tls: bool = False, **effort: Any) -> dict[str, float]:
    """One round of one rival, in this process."""
    with server.running(tls=tls) as address:
        open_session = opener(rival)
        return run(rival, lambda: _all(lambda model: open_session(address, model), Effort(**effort)))


_QUICK = {"phase_s": 0.04, "first": 200, "trips": 200, "connects": 4}

LOOPBACK = Suite(
    name="loopback",
    title="one connection over loopback",
    jobs=tuple(Job(rival) for rival in RIVALS),
    quick_jobs=tuple(Job(rival, _QUICK) for rival in QUICK_RIVALS),
    module=__name__,
    rounds=6,
    budget_s=145,
    quick_budget_s=18,
)
TLS = Suite(
    name="tls",
    title="one connection over loopback and TLS",
    jobs=tuple(Job(rival, {"tls": True}) for rival in TLS_RIVALS),
    quick_jobs=tuple(Job(rival, {"tls": True} | _QUICK) for rival in TLS_RIVALS),
    module=__name__,
    rounds=5,
    budget_s=58,
    quick_budget_s=14,
)
