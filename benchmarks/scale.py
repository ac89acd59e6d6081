"""Many sessions in one process at real-time pace: CPU, memory and lateness at each size.

Each client is a fresh process with one task for each session, which takes the PCM of every delta. Lateness counts from the moment at which
a delta was due.
"""

import math
import time
from array import array
from contextlib import AsyncExitStack
from typing import Any

from . import payloads
from .figures import Figures
from .memory import rss_kib
from .suite import Job, Suite
from .wire.paced import DELTA_MS, LEAD_NS, Pacer, pacing
from .wire.rivals import OFFICIAL, ON_TRIO, Open, opener, run

SIZES = (1, 10, 100, 500, 1000)
LIMIT = "limit (epoll)"
RIVALS = ("picows asyncio", "aiohttp asyncio", "websockets asyncio", ON_TRIO, OFFICIAL, LIMIT)
COMPARED = 100
"""The size that is measured in every round; the others in the first alone."""


def cpu_percent(sessions: int) -> str:
    """Name of the case: CPU in % of one core."""
    return f"{sessions} sessions: CPU %"


def cpu_us(sessions: int) -> str:
    """Name of the case: CPU time of one event."""
    return f"{sessions} sessions: CPU µs an event"


def late_ms(sessions: int, percentile: int = 99) -> str:
    """Name of the case: lateness."""
    return f"{sessions} sessions: late p{percentile} ms"


def idle_kib(sessions: int) -> str:
    """Name of the case: memory of a session before anything was sent."""
    return f"{sessions} sessions: KiB a session, idle"


def busy_kib(sessions: int) -> str:
    """Name of the case: memory of a session after the run."""
    return f"{sessions} sessions: KiB a session, after the run"


async def open_all(stack: AsyncExitStack, open_session: Open, pacer: Pacer, sessions: int) -> tuple[list[Any], int]:
    """Open all sessions, one after the other, and take the server's greeting.

    Returns:
        The sessions; and the memory with one of them in KiB, when all libraries are loaded.
    """
    opened, one_kib = [], 0
    for _ in range(sessions):
        session = await stack.enter_async_context(open_session(pacer.address, "many"))
        await session.receive(1)
        opened.append(session)
        one_kib = one_kib or rss_kib()
    return opened, one_kib


async def start_turns(sessions: list[Any], pacer: Pacer) -> None:
    """Have a turn started in each session, so that the deltas that come belong to one."""
    pacer.start(len(sessions))
    for session in sessions:
        await session.receive(payloads.TURN_START)


async def take_paced(sessions: list[Any], pacer: Pacer, count: int) -> "array[int]":
    """Have that many deltas sent to each session, and take them; how late each was, in ns."""
    import anyio

    late_ns = array("q")

    async def take(session: Any) -> None:
        recv, pcm = session.recv, session.pcm
        for _ in range(count):
            event = await recv()
            pcm(event)
            late_ns.append(time.monotonic_ns() - int(event.event_id))

    pacer.pace(len(sessions), count)
    async with anyio.create_task_group() as group:
        for session in sessions:
            group.start_soon(take, session)
    return late_ns


def percentile_ms(late_ns: "array[int]", percentile: int) -> float:
    """So many % of the deltas were at most that late."""
    return sorted(late_ns)[len(late_ns) * percentile // 100] / 1e6


async def _run(open_session: Open, pacer: Pacer, sessions: int, count: int) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        opened, one_kib = await open_all(stack, open_session, pacer, sessions)
        others = max(1, sessions - 1)
        idle = (rss_kib() - one_kib) / others
        await start_turns(opened, pacer)
        clock = _Clock()
        late_ns = await take_paced(opened, pacer, count)
        figures = clock.figures(sessions, late_ns)
        busy = (rss_kib() - one_kib - len(late_ns) * late_ns.itemsize / 1024) / others
        pacer.farewell()
    return figures | ({idle_kib(sessions): max(idle, 0.1), busy_kib(sessions): max(busy, 0.1)} if sessions > 1 else {})


class _Clock:
    """CPU and wall time from when it was made."""

    def __init__(self) -> None:
        self._cpu_s, self._wall_s = time.process_time(), time.perf_counter()

    def figures(self, sessions: int, late_ns: "array[int]") -> dict[str, float]:
        """Of a run that ends now."""
        cpu_s, wall_s = time.process_time() - self._cpu_s, time.perf_counter() - self._wall_s
        return {
            # The lead before the first delta is spent waiting.
            cpu_percent(sessions): 100 * cpu_s / max(wall_s - LEAD_NS / 1e9, 0.1),
            cpu_us(sessions): cpu_s / len(late_ns) * 1e6,
            late_ms(sessions, 50): percentile_ms(late_ns, 50),
            late_ms(sessions, 99): percentile_ms(late_ns, 99),
        }


def _run_limit(pacer: Pacer, sessions: int, count: int) -> dict[str, float]:
    from .wire.polled import PolledSessions

    opened = PolledSessions(pacer, sessions)
    clock = _Clock()
    pacer.pace(sessions, count)
    figures = clock.figures(sessions, opened.take(count))
    opened.close()
    return figures


def measure(rival: str, *, sessions: int, seconds: float) -> dict[str, float]:
    """One run of one rival, in this process."""
    count = int(seconds * 1000 / DELTA_MS)
    with pacing(sessions) as pacer:
        if rival == LIMIT:
            return _run_limit(pacer, sessions, count)
        open_session = opener(rival)
        return run(rival, lambda: _run(open_session, pacer, sessions, count))


def _jobs(sizes: tuple[int, ...], seconds: float, rivals: tuple[str, ...] = RIVALS) -> tuple[Job, ...]:
    return tuple(Job(rival, {"sessions": size, "seconds": seconds}, every_round=size == COMPARED) for size in sizes for rival in rivals)


SCALE = Suite(
    name="scale",
    title="sessions in one process, a 20 ms delta each every 20 ms",
    jobs=_jobs(SIZES, 2.4),
    quick_jobs=_jobs((1, 100), 1.0),
    module=__name__,
    rounds=5,
    budget_s=140,
    quick_budget_s=16,
)


def audio_second_ms(figures: Figures, rival: str, sessions: int) -> float | None:
    """CPU ms for one second of audio of all sessions."""
    event_us = figures.median(rival, cpu_us(sessions))
    return None if event_us is None else event_us * sessions * (1000 / DELTA_MS) / 1000


def exponent(figures: Figures, rival: str, fewer: int, more: int) -> float | None:
    """How CPU grows from one number of sessions to the other: 1 is in proportion, less is better, 2 would be with the square."""
    first, second = (audio_second_ms(figures, rival, sessions) for sessions in (fewer, more))
    return math.log(second / first) / math.log(more / fewer) if first and second else None
