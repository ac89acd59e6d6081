"""``python -m benchmarks [--rounds N] [--json FILE]``: the codec beside the official SDK and the limit."""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from .rivals import RIVALS

BASE = "voicelive"


def one_round(rival: str) -> dict[str, float]:
    """Run a rival once, in a fresh process."""
    result = subprocess.run([sys.executable, "-m", "benchmarks.worker", rival], check=True, capture_output=True, text=True)
    return dict(json.loads(result.stdout))


def collect(rounds: int, console: Console) -> dict[str, dict[str, list[float]]]:
    """Rival -> case -> µs of each round; the rounds of the rivals are interleaved."""
    found: dict[str, dict[str, list[float]]] = {rival: {} for rival in RIVALS}
    steps = [(number, rival) for number in range(rounds) for rival in RIVALS]
    for _, rival in track(steps, description="measuring", console=console, disable=not console.is_terminal):
        for case, time_us in one_round(rival).items():
            found[rival].setdefault(case, []).append(time_us)
    return found


def report(found: dict[str, dict[str, list[float]]], console: Console) -> None:
    """Print a table: minima and spread of each rival, and its ratio to ours, from medians of the rounds' ratios."""
    table = Table(title="codec: µs a call (minimum; median in brackets), and times ours")
    table.add_column("case")
    for rival in found:
        table.add_column(rival, justify="right")
    for case, ours in found[BASE].items():
        cells = []
        for rival, cases in found.items():
            times = cases.get(case)
            if times is None:
                cells.append("-")
                continue
            ratio = statistics.median(theirs / mine for theirs, mine in zip(times, ours, strict=True))
            cells.append(f"{min(times):.2f} ({statistics.median(times):.2f})" + ("" if rival == BASE else f"  {ratio:.2f}x"))
        table.add_row(case, *cells)
    console.print(table)


def main() -> None:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each rival (default 5)")
    parser.add_argument("--json", type=Path, help="file for the figures of all rounds")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    console = Console()
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version(name) for name in ("azure-ai-voicelive", "msgspec", "pybase64")},
    }
    console.print(machine)
    found = collect(arguments.rounds, console)
    report(found, console)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({"machine": machine, "us_per_call": found}, indent=1))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
