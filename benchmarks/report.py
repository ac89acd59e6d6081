"""``python -m benchmarks.report``: the report of a run, and the figures in the documentation.

A run with ``--out`` writes ``results.json``, ``report.md`` and the plots. ``--write`` puts the figures of the results that are kept in
``benchmarks/results`` into the pages that name some, between two comments each; a test fails where a page says otherwise.
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from . import goals, loopback, plots, scale, tables
from .capacity import SESSIONS
from .codec import OFFICIAL as CODEC_OFFICIAL
from .codec import OURS
from .codec.cases import append, audio_delta, turn
from .figures import Results
from .grid import FIGURES, MISSING, Grid, by_case, by_rival, number, times
from .wire.rivals import OFFICIAL, ON_ASYNCIO, ON_TRIO

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "results"
PAGES = (ROOT / "README.md", ROOT / "docs" / "performance.md", ROOT / "docs" / "transports.md")


HOW_TO_READ = (
    "Each rival ran in fresh processes, the rounds of all interleaved, the server on the other core. *Official* is azure-ai-voicelive, "
    "*structs* our classes with msgspec alone, *limit* the least work in Python for the same bytes, no usable client. "
    "A cell has how many times as much the official SDK takes "
    f"(by the least figures, and the median of the rounds), then {FIGURES}."
)


def write(results: Results, directory: Path) -> None:
    """Figures, report and plots into a directory, which is made where it isn't there."""
    directory.mkdir(parents=True, exist_ok=True)
    results.save(directory / "results.json")
    pictures = plots.draw(results, directory)
    (directory / "report.md").write_text(markdown(results, pictures), encoding="utf-8")


def conditions(results: Results) -> str:
    """When, where and with what, in a few lines."""
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['date']}, commit {machine['commit']}, `{machine['command']}`. {machine['cpu']}, {machine['cores']} cores, "
        f"load before {machine['load before']}; {machine['system']}, {machine['python']}; {versions}. "
        f"Rounds: {', '.join(f'{name} {figures.rounds}' for name, figures in results.suites.items())}."
    )


def markdown(results: Results, pictures: list[Path]) -> str:
    """The whole report."""
    parts = [
        "# Benchmarks\n\n" + conditions(results),
        HOW_TO_READ,
    ]
    if results.machine.get("interrupted"):
        parts.append("**The run was interrupted: what is missing here wasn't measured.**")
    grids = (goals.grid(results), growth(results), *tables.of(results))
    parts += [f"## {grid.title}\n\n{grid.note}\n\n{grid.markdown()}" for grid in grids if grid.rows]
    parts += [f"![{path.stem}]({path.name})" for path in pictures]
    return "\n\n".join(parts) + "\n"


def growth(results: Results) -> Grid:
    """How CPU and memory grow with the number of sessions."""
    figures = results.suite("scale")
    header = ["", "CPU, exponent from 1 to 100 sessions", "from 100 to 1000", "KiB a session, idle: 100", "1000"]
    rows = []
    for rival in scale.RIVALS:
        exponents = [scale.exponent(figures, rival, fewer, more) for fewer, more in ((1, 100), (100, 1000))]
        memory = [figures.median(rival, scale.idle_kib(sessions)) for sessions in (100, 1000)]
        if any(exponent is not None for exponent in exponents):
            rows.append([rival, *(MISSING if value is None else number(value) for value in (*exponents, *memory))])
    return Grid(
        "Growth with the number of sessions", "an exponent of 1 is in proportion, of less is better, of 2 with the square", header, rows
    )


# What the pages show of it


def _readme(results: Results) -> str:
    codec, wire, held = results.suite("codec"), results.suite("loopback"), results.suite("capacity")
    receive, send = loopback.receiving("20 ms"), loopback.sending(20)
    best = {case: wire.least(ON_ASYNCIO, case) or "-" for case in (receive, send)}
    ratios = {
        "decode 100 ms of audio to PCM": codec.ratio((CODEC_OFFICIAL, audio_delta(100)), (OURS, audio_delta(100))),
        "decode a whole turn with everything in it, state tracked": codec.ratio(
            (CODEC_OFFICIAL, turn(100, animated=True)), ("state tracked", turn(100, animated=True))
        ),
        "encode 20 ms of audio": codec.ratio((CODEC_OFFICIAL, append(20)), (OURS, append(20))),
        f"receive 20 ms of audio over a socket ({best[receive].split()[0]})": wire.ratio((OFFICIAL, receive), (best[receive], receive)),
        "the same with the websockets adapter": wire.ratio((OFFICIAL, receive), ("websockets asyncio", receive)),
        "the same on trio": wire.ratio((OFFICIAL, receive), (ON_TRIO, receive)),
        f"send 20 ms of audio over a socket ({best[send].split()[0]})": wire.ratio((OFFICIAL, send), (best[send], send)),
    }
    rows = [[what, times(ratio.best), times(ratio.median)] for what, ratio in ratios.items() if ratio]
    ours, official = (held.median(rival, SESSIONS) for rival in ("picows asyncio", OFFICIAL))
    more = f" One process holds {ours:.0f} sessions in time, with the official SDK {official:.0f}." if ours and official else ""
    table = Grid("", "", ["time that the official SDK takes, in terms of ours", "best of the rounds", "median"], rows).markdown()
    met = goals.grid(results).title.removeprefix("Goals: ").removesuffix(" met")
    picture = "![CPU of an event over a socket](benchmarks/results/loopback.svg)"
    return f"{table}\n\n{picture}\n\n[Goals](docs/performance.md) met: {met}.{more} {_short(results)}"


def _short(results: Results) -> str:
    machine = results.machine
    return (
        f"Measured {machine['date'][:10]} on {machine['cores']} cores ({machine['cpu']}), {machine['python']}, "
        f"azure-ai-voicelive {machine['versions'].get('azure-ai-voicelive', '?')}, by `make bench`."
    )


def _goals(results: Results) -> str:
    grid = goals.grid(results)
    return f"{conditions(results)}\n\n{grid.title}; {grid.note}.\n\n{grid.markdown()}"


def _codec(results: Results) -> str:
    figures = results.suite("codec")
    cases = {case: case for case in figures.cases() if case.startswith(("decode ", "encode ", "build "))}
    grid = by_case(figures, "", cases, ["voicelive", "state tracked", "structs", "official", "msgspec", "limit"], CODEC_OFFICIAL)
    return f"µs of CPU a call; {grid.note}.\n\n{grid.markdown()}"


def _one_connection(results: Results) -> str:
    cases = {f"receive {what}": loopback.receiving(what) for what in loopback.RECEIVED} | {"send 20 ms": loopback.sending(20)}
    figures = results.suite("loopback")
    grid = by_rival(figures, "", cases, (*ON_ASYNCIO, ON_TRIO, *loopback.UVLOOP, OFFICIAL), OFFICIAL)
    return f"{_short(results)} CPU µs an event; {grid.note}.\n\n{grid.markdown()}"


def _many_sessions(results: Results) -> str:
    figures = results.suite("scale")
    sizes = (1, 100, 500, 1000)
    cases = {f"CPU µs an event: {size}": scale.cpu_us(size) for size in sizes}
    cases |= {f"late p99 ms: {size}": scale.late_ms(size) for size in sizes[1:]}
    cases |= {"KiB a session among 1000, idle": scale.idle_kib(1000), "after the run": scale.busy_kib(1000)}
    rows = []
    for rival in scale.RIVALS:
        found = [figures.median(rival, case) for case in cases.values()]
        if any(value is not None for value in found):
            rows.append([rival, *(MISSING if value is None else number(value) for value in found)])
    return f"{_short(results)} Medians of the rounds.\n\n{Grid('', '', ['', *cases], rows).markdown()}"


BLOCKS: dict[str, Callable[[Results], str]] = {
    "summary": _readme,
    "goals": _goals,
    "codec": _codec,
    "one connection": _one_connection,
    "many sessions": _many_sessions,
}
"""Name in the comments -> what stands between them."""

_BLOCK = re.compile(r"(<!-- figures: (?P<name>[a-z ]+): begin -->\n).*?(<!-- figures: (?P=name): end -->)", re.DOTALL)


def filled(page: str, results: Results) -> str:
    """A page with the figures of these results.

    Raises:
        KeyError: the page asks for figures of a name that doesn't exist.
    """
    return _BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block['name']](results)}\n{block[3]}", page)


def outside(page: str) -> str:
    """What stands in a page beside the figures."""
    return _BLOCK.sub("", page)


def main() -> int:
    """Write the pages, or say which of them are behind."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="put the figures into the pages")
    parser.add_argument("--results", type=Path, default=KEPT / "results.json", help="of which run (default: the one that is kept)")
    arguments = parser.parse_args()
    results = Results.load(arguments.results)
    behind = [page for page in PAGES if filled(page.read_text(encoding="utf-8"), results) != page.read_text(encoding="utf-8")]
    for page in behind:
        if arguments.write:
            page.write_text(filled(page.read_text(encoding="utf-8"), results), encoding="utf-8")
        print(f"{page.relative_to(ROOT)}: {'written' if arguments.write else 'is behind; --write brings it up to date'}")
    return 1 if behind and not arguments.write else 0


if __name__ == "__main__":
    sys.exit(main())
