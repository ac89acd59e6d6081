"""``python -m benchmarks.telemetry``: what telemetry adds to receiving an audio delta, over the fastest adapter.

Fresh processes with and without it take turns; of each the quickest thousand deltas in a row count, as another program on the machine can
only make them slower.
"""

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import time

from . import payloads
from .wire.server import running

WINDOW = 1000
COUNT = 12 * WINDOW
DELTA_MS = 20


def instrument() -> None:
    """Switch it on, with the SDK's own providers."""
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider

    from voicelive.telemetry import VoiceLiveInstrumentor

    os.environ["AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING"] = "true"
    trace.set_tracer_provider(TracerProvider())
    metrics.set_meter_provider(MeterProvider())
    VoiceLiveInstrumentor().instrument()


async def receive(url: str) -> float:
    """Seconds of CPU for a thousand deltas, at best."""
    from voicelive import AzureKeyCredential, connect

    ends: list[float] = []
    taken = 0
    model = f"receive-{DELTA_MS}-{COUNT + len(payloads.start())}"
    async with connect(endpoint=url, credential=AzureKeyCredential("k"), model=model, transport="picows") as connection:
        while taken < COUNT:
            event = await connection.recv()
            taken += event.type == "response.audio.delta"
            if taken == len(ends) * WINDOW:
                ends.append(time.process_time())
    return min(after - before for before, after in itertools.pairwise(ends))


def one_round(*, telemetry: bool) -> float:
    """A fresh process; seconds as it says."""
    with running() as address:
        command = [sys.executable, "-m", "benchmarks.telemetry", "--receive", address.endpoint, *(["--telemetry"] if telemetry else [])]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.telemetry", description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--receive", help=argparse.SUPPRESS)
    parser.add_argument("--telemetry", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.receive:
        if arguments.telemetry:
            instrument()
        print(asyncio.run(receive(arguments.receive)))
        return
    off, on = zip(*((one_round(telemetry=False), one_round(telemetry=True)) for _ in range(arguments.rounds)), strict=True)
    print(f"{min(off) / WINDOW * 1e6:.2f} us of CPU for a delta of {DELTA_MS} ms, with telemetry {min(on) / WINDOW * 1e6:.2f} us")
    print(f"telemetry adds {(min(on) / min(off) - 1) * 100:.1f} %")


if __name__ == "__main__":
    main()
