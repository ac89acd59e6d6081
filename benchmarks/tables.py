"""The tables of every suite."""

from collections.abc import Callable

from . import codec, imports, loopback, scale
from .capacity import LATE_MS, SESSIONS
from .codec.cases import CLIENT_EVENT, EVENT
from .figures import Figures, Results
from .grid import Grid, by_case, by_rival
from .lag import PEAK
from .wire.rivals import OFFICIAL

_RECEIVED = {f"receive {what}": loopback.receiving(what) for what in loopback.RECEIVED}
_SENT = {f"send {ms} ms": loopback.sending(ms) for ms in loopback.SENT_MS}


def of(results: Results) -> list[Grid]:
    """All tables that have rows, and one of what failed."""
    grids = []
    for name, figures in results.suites.items():
        grids += [grid for grid in _BY_SUITE[name](figures) if grid.rows]
    failed = [[f"{name}: {rival}", reason] for name, figures in results.suites.items() for rival, reason in figures.failures.items()]
    if failed:
        grids.append(Grid("Failed", "the last reason of each; its other rounds count", ["who", "why"], failed, words=2))
    return grids


def _codec(figures: Figures) -> list[Grid]:
    rivals = ["voicelive", "state tracked", "structs", "official", "openai", *codec.UNTYPED, "limit"]
    cases = figures.cases()
    plain = {case: case for case in cases if not case.startswith((EVENT, CLIENT_EVENT))}
    events = {case.removeprefix(EVENT): case for case in cases if case.startswith(EVENT)}
    client = {case.removeprefix(CLIENT_EVENT): case for case in cases if case.startswith(CLIENT_EVENT)}
    each = ["voicelive", "structs", "official", "openai", *codec.UNTYPED]
    against = codec.OFFICIAL
    return [
        by_case(figures, "Codec, µs of CPU a call", plain, rivals, against),
        by_case(figures, "Decoding of every server event, each complete, µs", events, each, against),
        by_case(figures, "Encoding of every client event, each complete, µs", client, each, against),
    ]


def _wire(figures: Figures, where: str) -> list[Grid]:
    rivals = loopback.RIVALS
    rates = {case.partition(":")[0]: case for case in figures.cases() if case.endswith("events/s")}
    waits = {name: name for name in (loopback.ROUND_TRIP, loopback.ROUND_TRIP_P99, loopback.CONNECT)}
    return [
        by_rival(figures, f"Receiving{where}, CPU µs an event", _RECEIVED, rivals, OFFICIAL),
        by_rival(figures, f"Sending{where}, CPU µs an append", _SENT, rivals, OFFICIAL),
        by_rival(figures, f"Round trips and connecting{where}", waits, rivals, OFFICIAL),
        by_rival(figures, f"Events a second{where}, both ends together", rates, rivals, None),
    ]


def _scale(figures: Figures) -> list[Grid]:
    measured = sorted({int(case.split()[0]) for case in figures.cases()})

    def sizes(name: Callable[[int], str]) -> dict[str, str]:
        return {str(size): name(size) for size in measured}

    title = "Sessions at real-time pace, columns are their number:"
    rivals = scale.RIVALS
    return [
        by_rival(figures, f"{title} CPU, % of a core", sizes(scale.cpu_percent), rivals, OFFICIAL),
        by_rival(figures, f"{title} CPU, µs an event", sizes(scale.cpu_us), rivals, OFFICIAL),
        by_rival(figures, f"{title} lateness p99, ms", sizes(scale.late_ms), rivals, None),
        by_rival(figures, f"{title} KiB a session, idle", sizes(scale.idle_kib), rivals, OFFICIAL),
        by_rival(figures, f"{title} KiB a session, after the run", sizes(scale.busy_kib), rivals, OFFICIAL),
    ]


def _capacity(figures: Figures) -> list[Grid]:
    title = f"Sessions that one process holds with p99 lateness under {LATE_MS} ms"
    return [by_rival(figures, title, {SESSIONS: SESSIONS}, figures.samples, None)]


def _lag(figures: Figures) -> list[Grid]:
    return [by_rival(figures, "A lagging reader: resident memory of one connection", {PEAK: PEAK}, figures.samples, OFFICIAL)]


def _import(figures: Figures) -> list[Grid]:
    cases = {name: name for name in (imports.IMPORT, imports.RSS, imports.LOADED, imports.FIRST)}
    return [by_rival(figures, "Importing, in a fresh interpreter", cases, imports.MODULES, imports.OFFICIAL)]


_BY_SUITE = {
    "codec": _codec,
    "loopback": lambda figures: _wire(figures, ""),
    "tls": lambda figures: _wire(figures, " over TLS"),
    "scale": _scale,
    "capacity": _capacity,
    "lag": _lag,
    "import": _import,
}
