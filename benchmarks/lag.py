"""A lagging reader: what one connection holds in memory while far more comes than the application takes.

The server sends every session 2 MiB as fast as it is taken; the application takes one event now and then, while its loop is free to run.
After a while it takes the rest, and everything must have come.
"""

from contextlib import AsyncExitStack
from typing import Any

from .memory import rss_kib
from .scale import open_all, start_turns
from .suite import Job, Suite
from .wire.paced import Pacer, pacing
from .wire.rivals import OFFICIAL, ON_ASYNCIO, ON_TRIO, Open, opener, run

RIVALS = (*ON_ASYNCIO, ON_TRIO, OFFICIAL)
SENT_DELTAS = 1500
"""To each session, 20 ms each: 2 MiB."""
PAUSE_S = 0.05
"""The application takes one event in this time."""

PEAK = "KiB a connection, at most"


async def _lag(sessions: list[Any], pacer: Pacer, steps: int) -> int:
    """The most memory in KiB while all readers lag; then read the rest.

    Raises:
        RuntimeError: not every event came.
    """
    import anyio

    pacer.flood(len(sessions), SENT_DELTAS)
    most_kib = 0
    for _ in range(steps):
        for session in sessions:
            await session.receive(1)
        await anyio.sleep(PAUSE_S)
        most_kib = max(most_kib, rss_kib())
    pcm_bytes = sessions[0].pcm_bytes // steps * SENT_DELTAS
    async with anyio.create_task_group() as group:
        for session in sessions:
            group.start_soon(session.receive, SENT_DELTAS - steps)
    if any(session.pcm_bytes != pcm_bytes for session in sessions):
        raise RuntimeError("not all that was sent has come")
    return most_kib


async def _run(open_session: Open, pacer: Pacer, sessions: int, steps: int) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        opened, one_kib = await open_all(stack, open_session, pacer, sessions)
        await start_turns(opened, pacer)
        most_kib = await _lag(opened, pacer, steps)
        pacer.farewell()
    # The first connection's own memory stands in both; its backlog is one of so many.
    return {PEAK: (most_kib - one_kib) / (sessions - 1)}


def measure(rival: str, *, sessions: int, steps: int) -> dict[str, float]:
    """One run of one rival, in this process."""
    open_session = opener(rival)
    with pacing(sessions) as pacer:
        return run(rival, lambda: _run(open_session, pacer, sessions, steps))


LAG = Suite(
    name="lag",
    title="a lagging reader: resident memory",
    jobs=tuple(Job(rival, {"sessions": 40, "steps": 20}) for rival in RIVALS),
    quick_jobs=tuple(Job(rival, {"sessions": 20, "steps": 10}) for rival in RIVALS),
    module=__name__,
    rounds=2,
    budget_s=18,
    quick_budget_s=12,
)
