"""The goals: what was to be reached, what was measured, met or missed.

They were set from prototypes measured beside the same rivals, as ratios within one run. Each is judged by the ratio of the least figures of
interleaved rounds; the median of the rounds' own ratios stands beside it. With state tracking off for the codec, on for the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import imports, loopback, scale
from .capacity import SESSIONS
from .codec import OFFICIAL as CODEC_OFFICIAL
from .codec import OURS, UNTYPED
from .codec.cases import append, audio_delta, turn
from .figures import Figures, Ratio, Results
from .grid import Grid, number
from .lag import PEAK
from .wire.rivals import LIMIT, OFFICIAL, ON_ASYNCIO, ON_TRIO

LAGGING_KIB = 256


@dataclass(frozen=True)
class Check:
    """One figure that a goal asks for."""

    what: str
    bound: float
    at_least: bool
    best: float | None
    """What is judged; None where it wasn't measured."""
    median: float | None
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether it is there; what wasn't measured isn't."""
        return self.best is not None and (self.best >= self.bound if self.at_least else self.best <= self.bound)

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        wanted = f"{self.what} {sign} {self.bound:g}{self.unit}: "
        if self.best is None or self.median is None:
            return wanted + "not measured"
        found = f"**{number(self.best)}{self.unit}**" if self.met else f"{number(self.best)}{self.unit}"
        middle = f" ({number(self.median)})" if number(self.median) != number(self.best) else ""
        return wanted + found + middle


@dataclass(frozen=True)
class Goal:
    """A row."""

    number: int
    text: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        """Met, missed in some of its figures, or not measured."""
        if any(check.best is None for check in self.checks):
            return "not measured"
        missed = sum(not check.met for check in self.checks)
        return f"missed ({missed} of {len(self.checks)})" if missed else "met"


def _check(what: str, ratio: Ratio | None, *, at_least: float | None = None, at_most: float | None = None) -> Check:
    bound = at_least if at_least is not None else at_most
    assert bound is not None
    best, median = (ratio.best, ratio.median) if ratio else (None, None)
    return Check(what, bound, at_least is not None, best, median)


class _Codec:
    """The checks of the codec: one case, ours against another."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def official(self, what: str, case: str, bound: float, *, ours: str = OURS) -> Check:
        return _check(what, self.figures.ratio((CODEC_OFFICIAL, case), (ours, case)), at_least=bound)

    def limit(self, what: str, case: str, bound: float) -> Check:
        return _check(what, self.figures.ratio((OURS, case), ("limit", case)), at_most=bound)

    def untyped(self, case: str) -> Ratio | None:
        """The fastest untyped decoder's time in terms of ours."""
        fastest = self.figures.least(UNTYPED, case)
        return self.figures.ratio((fastest, case), (OURS, case)) if fastest else None


def _codec_goals(figures: Figures) -> list[Goal]:
    codec = _Codec(figures)
    untyped = {ms: codec.untyped(turn(ms, animated=True)) for ms in (100, 20)}
    spellings = ("spaced", "escaped", "delta first")
    small = ("transcript.delta", "viseme.delta", "function_call_arguments.delta")
    large = {"response.done": 85, "session.created": 65, "blendshapes.delta": 80}
    built = {"session.update": 40, "conversation.item.create": 85, "response.create": 65}
    return [
        Goal(
            1,
            "decode `audio.delta` of 100 ms, with its PCM",
            (
                codec.official("official", audio_delta(100), 24),
                codec.limit("of the limit", audio_delta(100), 2.1),
                _check("fastest untyped", codec.untyped(audio_delta(100)), at_least=1.25),
            ),
        ),
        Goal(
            2,
            "the same of 20 ms and 200 ms",
            (
                codec.official("20 ms: official", audio_delta(20), 25),
                codec.limit("of the limit", audio_delta(20), 1.9),
                codec.official("200 ms: official", audio_delta(200), 27),
                codec.limit("of the limit", audio_delta(200), 1.8),
            ),
        ),
        Goal(
            3,
            "a whole animated turn, PCM used",
            (
                codec.official("100 ms: official", turn(100, animated=True), 46),
                codec.official("20 ms: official", turn(20, animated=True), 38),
                *(_check(f"{ms} ms: of untyped", ratio and ratio.inverse(), at_most=1.05) for ms, ratio in untyped.items()),
                *(codec.official(f"{ms} ms with state: official", turn(ms, animated=True), 30, ours="state tracked") for ms in (100, 20)),
            ),
        ),
        Goal(
            4,
            "decode small and large events",
            (
                *(codec.official(name, f"decode {name}", 55) for name in small),
                *(codec.official(name, f"decode {name}", bound) for name, bound in large.items()),
            ),
        ),
        Goal(
            5,
            "any legal spelling of `audio.delta`, PCM exact to the byte",
            tuple(codec.official(name, f"{audio_delta(100)}, {name}", 10) for name in spellings),
        ),
        Goal(
            6,
            "append raw PCM",
            (
                codec.official("20 ms: official", append(20), 38),
                codec.limit("of the limit", append(20), 1.15),
                codec.official("100 ms: official", append(100), 50),
                codec.limit("of the limit", append(100), 1.15),
            ),
        ),
        Goal(
            7,
            "build and encode the other client events",
            tuple(codec.official(name, f"build and encode {name}", bound) for name, bound in built.items()),
        ),
    ]


class _Wire:
    """The checks over a socket: official against one of ours, CPU time."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def official(self, what: str, ours: str | None, case: str, bound: float) -> Check:
        return _check(what, self.figures.ratio((OFFICIAL, case), (ours, case)) if ours else None, at_least=bound)

    def of(self, what: str, ours: str | None, other: str, case: str, bound: float) -> Check:
        return _check(what, self.figures.ratio((ours, case), (other, case)) if ours else None, at_most=bound)

    def best_receiving(self, bounds: dict[str, float]) -> list[Check]:
        """With the adapter on asyncio that takes least for each."""
        cases = {what: loopback.receiving(what) for what in bounds}
        best = {what: self.figures.least(ON_ASYNCIO, case) for what, case in cases.items()}
        return [self.official(f"{what}: official", best[what], cases[what], bound) for what, bound in bounds.items()]

    def best_sending(self, bound: float) -> list[Check]:
        cases = {ms: loopback.sending(ms) for ms in loopback.SENT_MS}
        return [self.official(f"send {ms} ms: official", self.figures.least(ON_ASYNCIO, case), case, bound) for ms, case in cases.items()]

    def receiving(self, ours: str, bounds: dict[str, float]) -> list[Check]:
        return [self.official(f"{what}: official", ours, loopback.receiving(what), bound) for what, bound in bounds.items()]

    def receiving_of(self, ours: Callable[[str], str | None], other: str, bound: float, name: str) -> list[Check]:
        cases = {what: loopback.receiving(what) for what in loopback.RECEIVED}
        return [self.of(f"{what}: of {name}", ours(case), other, case, bound) for what, case in cases.items()]


def _wire_goals(plain: Figures, tls: Figures) -> list[Goal]:
    wire, secure = _Wire(plain), _Wire(tls)
    websockets, raw = "websockets asyncio", "raw websockets asyncio"
    trip = loopback.ROUND_TRIP
    return [
        Goal(
            8,
            "receive, CPU per event, best adapter on asyncio",
            (
                *wire.best_receiving({"100 ms": 10, "20 ms": 14, "turn": 22}),
                *wire.receiving_of(lambda case: plain.least(ON_ASYNCIO, case), LIMIT, 3, "the limit"),
            ),
        ),
        Goal(
            9,
            "the same with the websockets adapter",
            (
                *wire.receiving(websockets, {"100 ms": 3.5, "20 ms": 4.7, "turn": 7.5}),
                *wire.receiving_of(lambda _: websockets, raw, 1.6, "raw websockets"),
            ),
        ),
        Goal(10, "the same on trio", tuple(wire.receiving(ON_TRIO, {"100 ms": 7, "20 ms": 8, "turn": 11}))),
        Goal(11, "send, CPU per append, best adapter on asyncio", tuple(wire.best_sending(5))),
        Goal(
            12,
            "over TLS, best adapter on asyncio",
            (*secure.best_receiving({"100 ms": 7, "20 ms": 12, "turn": 16}), *secure.best_sending(6)),
        ),
        Goal(
            13,
            "round trip, p50",
            (
                wire.of("best on asyncio: of official", plain.least(ON_ASYNCIO, trip), OFFICIAL, trip, 0.65),
                wire.of("trio: of official", ON_TRIO, OFFICIAL, trip, 0.5),
            ),
        ),
    ]


def _medians(figures: Figures, over: str, under: str, case: str) -> Ratio | None:
    """The ratio of the medians, for what swings too much for a least figure to mean anything."""
    first, second = figures.median(over, case), figures.median(under, case)
    return Ratio(first / second, first / second) if first is not None and second else None


def _scale_goals(figures: Figures, capacity: Figures, lag: Figures) -> list[Goal]:
    def of_official(what: str, ours: str, case: str, bound: float) -> Check:
        return _check(what, figures.ratio((ours, case), (OFFICIAL, case)), at_most=bound)

    cpu, idle, busy = scale.cpu_percent(scale.COMPARED), scale.idle_kib(1000), scale.busy_kib(1000)
    measured = ("aiohttp asyncio", "websockets asyncio", ON_TRIO)
    held = {"aiohttp asyncio": 2.6, "picows asyncio": 4}
    return [
        Goal(
            14,
            "sessions in one process with p99 lateness under 20 ms, median of three searches",
            tuple(
                _check(f"{ours}: official", _medians(capacity, ours, OFFICIAL, SESSIONS), at_least=bound) for ours, bound in held.items()
            ),
        ),
        Goal(
            15,
            "CPU at 100 paced sessions",
            (
                of_official("aiohttp, the default without picows: of official", "aiohttp asyncio", cpu, 0.5),
                of_official("picows, the default: of official", "picows asyncio", cpu, 0.3),
            ),
        ),
        Goal(
            16,
            "memory of a session among 1000, idle (all but picows) and under overload",
            (
                *(of_official(f"{ours}, idle: of official", ours, idle, 0.75) for ours in measured),
                *(of_official(f"{ours}, overload: of official", ours, busy, 0.25) for ours in (*measured, "picows asyncio")),
            ),
        ),
        Goal(
            18,
            "a lagging reader: resident memory of a connection",
            tuple(
                Check(ours, LAGGING_KIB, False, max(lag.values(ours, PEAK), default=None), lag.median(ours, PEAK), " KiB")
                for ours in (*ON_ASYNCIO, ON_TRIO)
            ),
        ),
    ]


def _import_goal(figures: Figures) -> Goal:
    def of_official(what: str, ours: str, case: str, bound: float) -> Check:
        return _check(what, figures.ratio((ours, case), (imports.OFFICIAL, case)), at_most=bound)

    return Goal(
        17,
        "import, beside the official SDK's",
        (
            of_official("core, time", "voicelive_proto", imports.IMPORT, 0.2),
            of_official("core, RSS", "voicelive_proto", imports.RSS, 0.2),
            of_official("`voicelive.aio`, time", "voicelive.aio", imports.IMPORT, 0.4),
            of_official("`voicelive.aio`, RSS", "voicelive.aio", imports.RSS, 0.4),
        ),
    )


def goals(results: Results) -> list[Goal]:
    """All rows, by number."""
    found = [
        *_codec_goals(results.suite("codec")),
        *_wire_goals(results.suite("loopback"), results.suite("tls")),
        *_scale_goals(results.suite("scale"), results.suite("capacity"), results.suite("lag")),
        _import_goal(results.suite("import")),
    ]
    return sorted(found, key=lambda goal: goal.number)


def grid(results: Results) -> Grid:
    """As a table."""
    rows = [[str(goal.number), goal.text, "; ".join(map(str, goal.checks)), goal.verdict] for goal in goals(results)]
    met = sum(row[-1] == "met" for row in rows)
    return Grid(
        f"Goals: {met} of {len(rows)} met",
        "ratio of the least figures, in brackets the median of the rounds' ratios where it differs; bold is met",
        ["#", "goal", "measured", "verdict"],
        rows,
        words=4,
    )
