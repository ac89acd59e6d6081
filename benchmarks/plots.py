"""Pictures of the figures, as SVG."""

from pathlib import Path
from typing import Any

from . import codec, imports, loopback, scale
from .codec.cases import append, audio_delta, turn
from .figures import Figures, Results
from .grid import number
from .lag import PEAK
from .wire.rivals import LIMIT, OFFICIAL, ON_ASYNCIO, ON_TRIO

OURS_COLOUR, OTHERS_COLOUR, LIMIT_COLOUR = "#0f6cbd", "#b0b0b0", "#4caf50"
_OURS = {*ON_ASYNCIO, ON_TRIO, *loopback.UVLOOP[:-1], codec.OURS, "state tracked", "voicelive_proto", "voicelive", "voicelive.aio"}

_CODEC_CASES = {
    "audio.delta 100 ms": audio_delta(100),
    "audio.delta 20 ms": audio_delta(20),
    "transcript.delta": "decode transcript.delta",
    "response.done": "decode response.done",
    "a whole turn": turn(100, animated=True),
    "append 20 ms": append(20),
}


def draw(results: Results, directory: Path) -> list[Path]:
    """Draw what there are figures for.

    Returns:
        The files, each named after what it shows.
    """
    import matplotlib as mpl

    mpl.use("svg")
    # Text stays text, and the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "voicelive", "axes.spines.top": False, "axes.spines.right": False})
    drawn = []
    for name, picture in (("codec", _codec), ("loopback", _loopback), ("scale", _scale), ("memory", _memory), ("import", _imports)):
        figure = picture(results)
        if figure is not None:
            path = directory / f"{name}.svg"
            figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
            path.write_text("\n".join(line.rstrip() for line in path.read_text(encoding="utf-8").splitlines()) + "\n", encoding="utf-8")
            drawn.append(path)
    return drawn


def _canvas(columns: int, height: float, rows: int = 1) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * columns, height), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def _bars(axes: Any, title: str, bars: dict[str, float]) -> None:
    """Horizontal bars, the shortest on top, each with its figure."""
    names = sorted(bars, key=lambda name: -bars[name])
    colours = [OURS_COLOUR if name in _OURS else LIMIT_COLOUR if name.startswith("limit") else OTHERS_COLOUR for name in names]
    drawn = axes.barh([name.removesuffix(" asyncio") for name in names], [bars[name] for name in names], color=colours)
    axes.bar_label(drawn, labels=[number(bars[name]) for name in names], padding=3, fontsize=8)
    axes.set_title(title, fontsize=10, loc="left")
    axes.tick_params(labelsize=8)
    axes.margins(x=0.12)


def _best(figures: Figures, rivals: "tuple[str, ...] | list[str]", case: str) -> dict[str, float]:
    return {rival: best for rival in rivals if (best := figures.best(rival, case)) is not None}


def _codec(results: Results) -> Any:
    figures = results.suite("codec")
    panels = {title: _best(figures, [*codec.RIVALS], case) for title, case in _CODEC_CASES.items()}
    panels = {title: bars for title, bars in panels.items() if bars}
    if not panels:
        return None
    canvas, axes = _canvas(3, 5.6, rows=2)
    for place, (title, bars) in zip(axes, panels.items(), strict=False):
        _bars(place, f"{title}, µs (log)", bars)
        place.set_xscale("log")
        place.minorticks_off()
        place.margins(x=0.25)
    return canvas


def _loopback(results: Results) -> Any:
    figures = results.suite("loopback")
    rivals = (*ON_ASYNCIO, ON_TRIO, "picows uvloop", "aiohttp uvloop", OFFICIAL, "openai asyncio", *loopback.RAW, LIMIT)
    cases = (loopback.receiving("20 ms"), loopback.receiving("100 ms"), loopback.sending(20))
    panels = [(case, bars) for case in cases if (bars := _best(figures, rivals, case))]
    if not panels:
        return None
    canvas, axes = _canvas(len(panels), 3.8)
    for place, (case, bars) in zip(axes, panels, strict=True):
        _bars(place, case.replace(": CPU µs", ", CPU µs an event"), bars)
    return canvas


def _scale(results: Results) -> Any:
    """CPU of a second of audio and lateness over the number of sessions."""
    figures = results.suite("scale")
    if not figures.samples:
        return None
    canvas, (work, late) = _canvas(2, 3.8)
    for rival in scale.RIVALS:
        sizes = [size for size in scale.SIZES if figures.median(rival, scale.cpu_us(size)) is not None]
        style = {"marker": "o", "markersize": 3, "label": rival, "linestyle": {OFFICIAL: "--", scale.LIMIT: ":"}.get(rival, "-")}
        work.plot(sizes, [scale.audio_second_ms(figures, rival, size) for size in sizes], **style)
        late.plot(sizes, [figures.median(rival, scale.late_ms(size)) for size in sizes], **style)
    for place, title in ((work, "CPU ms for a second of all sessions' audio"), (late, "lateness p99, ms")):
        place.set(xscale="log", yscale="log", xlabel="sessions")
        place.minorticks_off()
        place.set_title(title, fontsize=10, loc="left")
        place.tick_params(labelsize=8)
    work.legend(fontsize=8, frameon=False)
    return canvas


def _memory(results: Results) -> Any:
    figures, lag = results.suite("scale"), results.suite("lag")
    panels = {
        "KiB a session among 1000, idle": _best(figures, scale.RIVALS, scale.idle_kib(1000)),
        "the same under load": _best(figures, scale.RIVALS, scale.busy_kib(1000)),
        "KiB a connection, reader lags": _best(lag, [*lag.samples], PEAK),
    }
    panels = {title: bars for title, bars in panels.items() if bars}
    if not panels:
        return None
    canvas, axes = _canvas(len(panels), 2.6)
    for place, (title, bars) in zip(axes, panels.items(), strict=True):
        _bars(place, title, bars)
    return canvas


def _imports(results: Results) -> Any:
    figures = results.suite("import")
    panels = [(case, bars) for case in (imports.IMPORT, imports.RSS) if (bars := _best(figures, imports.MODULES, case))]
    if not panels:
        return None
    canvas, axes = _canvas(len(panels), 2.6)
    for place, (case, bars) in zip(axes, panels, strict=True):
        _bars(place, case, bars)
    return canvas
