"""``python -m benchmarks.first_audio``: how soon a long answer is heard that is still being written.

A responder writes like a model, word by word. The time counts from the word that shows the first sentence to be whole, until the client has
the first ``response.audio.delta``; the words that follow come at the pace of a model, so that writing and speaking overlap. Server and
clients share one process and talk over loopback. Sessions ask about once a second, each when it likes.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator

from rich.console import Console
from rich.table import Table

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import Turn, serve
from voicelive.emulator.config import ServerSettings, SettingsFile

from . import machine

FIRST = {
    "5 words": "The ferry leaves at noon.",
    "17 words": "The ferry to Gull Island leaves from the old pier at half past two every other day.",
    "45 words": (
        "Most people walk along the cliffs in the morning, have their lunch in the small cafe by the lighthouse, and take the boat back "
        "in the afternoon, because the wind is stronger out there than you would think and nobody waits for those who are late."
    ),
}
"""First sentences."""

REST = "It takes about forty minutes when the sea is calm, and an hour when it is not. " * 5
WORD_S = 0.02
"""A model of 50 words a second."""

PAUSE_S = 1.0
"""Between two questions of a session, on average."""

GOAL_MS = 150


class Writer:
    """The responder: the first sentence at once, the rest word by word; notes when the first was whole."""

    def __init__(self) -> None:
        self.whole_s: dict[str, float] = {}

    async def __call__(self, turn: Turn) -> AsyncIterator[str]:
        """Answer; the question is the number of a turn and the name of a first sentence."""
        question = turn.text or ""
        number, _, name = question.partition(" ")
        yield f"{FIRST[name].removesuffix('.')}, {number}."  # a sentence that was never said: the server keeps those that were
        self.whole_s[question] = time.perf_counter()
        for word in REST.split():
            yield f" {word}"
            await asyncio.sleep(WORD_S)


async def first_audio_ms(connection: VoiceLiveConnection, writer: Writer, question: str) -> float:
    """Ask once; milliseconds from the whole sentence to its first sound. The answer is cancelled then."""
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    await connection.conversation.item.create(item=item)
    await connection.response.create()
    heard_s = 0.0
    async for event in connection:
        if event.type == "response.audio.delta" and not heard_s:
            heard_s = time.perf_counter()
            await connection.response.cancel()
        elif event.type == "response.done":
            break
    return (heard_s - writer.whole_s[question]) * 1000


async def measure(settings: ServerSettings, sessions: int, rounds: int) -> dict[str, list[float]]:
    """All first sentences in some sessions at once, each so many times."""
    writer = Writer()
    options = settings.options() | {"responder": writer, "recogniser": None, "host": "127.0.0.1", "port": 0, "api_key": None}
    found: dict[str, list[float]] = {name: [] for name in FIRST}
    async with serve(**options) as server:

        async def talk(number: int) -> None:
            async with connect(endpoint=server.url, credential=AzureKeyCredential("any"), model="gpt-realtime") as connection:
                for turn in range(rounds):
                    for name, times_ms in found.items():
                        await asyncio.sleep(random.uniform(0, 2 * PAUSE_S))
                        times_ms.append(await first_audio_ms(connection, writer, f"{number}-{turn} {name}"))

        await talk(-1)  # the engines' first use
        for times_ms in found.values():
            times_ms.clear()
        await asyncio.gather(*map(talk, range(sessions)))
    return found


def main() -> int:
    """Measure and print; the exit code says whether the goal was reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", metavar="FILE", help="settings of the server, such as its voice")
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10], metavar="N", help="at once (default: 1 10)")
    parser.add_argument("--rounds", type=int, default=20, help="of each sentence in each session (default: 20)")
    arguments = parser.parse_args()
    settings = SettingsFile(arguments.config).settings if arguments.config else ServerSettings()
    console = Console()
    console.print(machine.describe("python -m benchmarks.first_audio"))
    table = Table("sessions", "first sentence", "median ms", "p99 ms", "worst ms", title="From the first whole sentence to its first audio")
    worst_ms = 0.0
    for sessions in arguments.sessions:
        for name, times_ms in asyncio.run(measure(settings, sessions, arguments.rounds)).items():
            p99_ms = statistics.quantiles(times_ms, n=100, method="inclusive")[-1]
            table.add_row(str(sessions), name, f"{statistics.median(times_ms):.1f}", f"{p99_ms:.1f}", f"{max(times_ms):.1f}")
            worst_ms = max(worst_ms, p99_ms)
    console.print(table)
    return 0 if worst_ms <= GOAL_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
