"""Tables that look the same on the terminal and in Markdown."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.markup import escape
from rich.table import Table

from .figures import Figures, Ratio

MISSING = "-"


@dataclass
class Grid:
    """A title, a line that says how to read it, a header, and rows of texts."""

    title: str
    note: str
    header: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    words: int = 1
    """So many columns, from the first, hold words."""

    def markdown(self) -> str:
        """As a Markdown table without its title; the first column is aligned to the left."""
        ruler = ["---"] * self.words + ["---:"] * (len(self.header) - self.words)
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in (self.header, ruler, *self.rows))

    def rich(self) -> Table:
        """For the terminal."""
        table = Table(title=f"{escape(self.title)}\n{escape(self.note)}", title_justify="left")
        for index, name in enumerate(self.header):
            table.add_column(escape(name), justify="left" if index < self.words else "right", overflow="fold")
        for row in self.rows:
            table.add_row(*(re.sub(r"\*\*(.+?)\*\*", r"[bold]\1[/bold]", escape(text)) for text in row))
        return table


def number(value: float) -> str:
    """Three significant digits, no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if value >= 10 else 2}f}"


def times(value: float) -> str:
    """A ratio."""
    return f"{number(value)}x"


MORE_IS_BETTER = ("events/s", "sessions held")
"""Of such cases the median is shown alone."""
MEDIANS = "the median of the rounds and half their spread"
FIGURES = "the least figure, in brackets the median of the rounds and half their spread"
RATIOS = "ratio of the least figures, median of the ratios within the rounds"


def cell(figures: Figures, rival: str, case: str, against: str | None) -> str:
    """How many times the figure of ``against`` is this one's, then the figure."""
    best, median, spread = figures.best(rival, case), figures.median(rival, case), figures.spread(rival, case)
    if best is None or median is None:
        return "failed" if rival in figures.failures and not figures.samples.get(rival) else MISSING
    ratio = figures.ratio((against, case), (rival, case)) if against and against != rival else None
    if case.endswith(MORE_IS_BETTER):
        return number(median) + (f" ±{spread:.0f}%" if spread is not None else "")
    rest = f" ({number(median)} ±{spread:.0f}%)" if spread is not None else ""
    return (f"{ratios(ratio, alone=spread is None)} " if ratio else "") + number(best) + rest


def ratios(ratio: Ratio, *, alone: bool = False) -> str:
    """That of the least figures and the median; ``alone`` when there was one round."""
    return f"**{times(ratio.best)}**" + ("" if alone else f", {times(ratio.median)};")


def by_rival(figures: Figures, title: str, cases: dict[str, str], rivals: Iterable[str], against: str | None) -> Grid:
    """A row for each rival; ``cases`` are header and case."""
    rows = [[rival, *(cell(figures, rival, case, against) for case in cases.values())] for rival in rivals]
    note = MEDIANS if all(case.endswith(MORE_IS_BETTER) for case in cases.values()) else _note(against)
    return Grid(title, note, ["", *cases], [row for row in rows if set(row[1:]) != {MISSING}])


def by_case(figures: Figures, title: str, cases: dict[str, str], rivals: Iterable[str], against: str | None) -> Grid:
    """A row for each case; ``cases`` are label and case."""
    rivals = list(rivals)
    rows = [[label, *(cell(figures, rival, case, against) for rival in rivals)] for label, case in cases.items()]
    return Grid(title, _note(against), ["", *rivals], [row for row in rows if set(row[1:]) != {MISSING}])


def _note(against: str | None) -> str:
    return f"{against} in terms of each: {RATIOS}; then {FIGURES}" if against else FIGURES
