"""What was measured, round by round, and the ratios between rivals."""

import json
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Samples = dict[str, dict[str, list[float | None]]]
"""Rival -> case -> its figure in each round; None where the rival failed or wasn't measured."""


@dataclass(frozen=True)
class Ratio:
    """How many times as much one rival takes as another."""

    best: float
    """Of the least figures of all rounds."""
    median: float
    """Of the ratios within each round."""

    def inverse(self) -> "Ratio":
        """The other way round."""
        return Ratio(1 / self.best, 1 / self.median)


@dataclass
class Figures:
    """The figures of one suite."""

    samples: Samples = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Rival -> why it gave no figures, the last time that it failed."""
    rounds: int = 0
    """So many rounds were begun."""

    def begin_round(self) -> None:
        """Every case gets a place for this round's figure."""
        self.rounds += 1
        for values in self._all_values():
            values.append(None)

    def add(self, rival: str, values: Mapping[str, float]) -> None:
        """The figures of one rival in this round, with four significant digits."""
        cases = self.samples.setdefault(rival, {})
        for case, value in values.items():
            cases.setdefault(case, [None] * self.rounds)[-1] = float(f"{value:.4g}")

    def _all_values(self) -> Iterable[list[float | None]]:
        return (values for cases in self.samples.values() for values in cases.values())

    def cases(self) -> list[str]:
        """All cases, in the order in which they first came."""
        return list(dict.fromkeys(case for cases in self.samples.values() for case in cases))

    def values(self, rival: str, case: str) -> list[float]:
        """The figures of the rounds that have one."""
        return [value for value in self.samples.get(rival, {}).get(case, []) if value is not None]

    def best(self, rival: str, case: str) -> float | None:
        """The least figure of all rounds."""
        return min(self.values(rival, case), default=None)

    def median(self, rival: str, case: str) -> float | None:
        """The median of the rounds."""
        values = self.values(rival, case)
        return statistics.median(values) if values else None

    def spread(self, rival: str, case: str) -> float | None:
        """Half the distance from the least to the largest figure, in % of the median; None for fewer than two."""
        values = self.values(rival, case)
        middle = statistics.median(values) if len(values) > 1 else 0
        return 50 * (max(values) - min(values)) / middle if middle else None

    def ratio(self, over: tuple[str, str], under: tuple[str, str]) -> Ratio | None:
        """Two pairs of rival and case: how many times as much the first takes; None where a figure is missing."""
        pairs = [
            (first, second)
            for first, second in zip(self._column(over), self._column(under), strict=False)
            if first is not None and second is not None and second > 0
        ]
        first_best, second_best = self.best(*over), self.best(*under)
        if not pairs or first_best is None or not second_best:
            return None
        return Ratio(first_best / second_best, statistics.median(first / second for first, second in pairs))

    def _column(self, rival_case: tuple[str, str]) -> list[float | None]:
        rival, case = rival_case
        return self.samples.get(rival, {}).get(case, [])

    def least(self, rivals: Iterable[str], case: str) -> str | None:
        """The rival that takes least; None where nobody was measured."""
        found = {rival: best for rival in rivals if (best := self.best(rival, case)) is not None}
        return min(found, key=lambda rival: found[rival]) if found else None


@dataclass
class Results:
    """A whole run: the machine it ran on, and the figures of its suites."""

    machine: dict[str, Any]
    suites: dict[str, Figures]

    def suite(self, name: str) -> Figures:
        """The figures of a suite; empty for one that wasn't run."""
        return self.suites.get(name, Figures())

    def save(self, path: Path) -> None:
        """As JSON: every figure of every round."""
        suites = {
            name: {"rounds": figures.rounds, "failures": figures.failures, "samples": figures.samples}
            for name, figures in self.suites.items()
        }
        path.write_text(_json({"machine": self.machine, "suites": suites}) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Results":
        """What :meth:`save` wrote."""
        read = json.loads(path.read_text(encoding="utf-8"))
        suites = {name: Figures(suite["samples"], suite["failures"], suite["rounds"]) for name, suite in read["suites"].items()}
        return cls(read["machine"], suites)


def _json(value: object, indent: str = "") -> str:
    """JSON with one line for each case, so that a change of the file can be read."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    deeper = indent + " "
    members = (f"{deeper}{json.dumps(key, ensure_ascii=False)}: {_json(member, deeper)}" for key, member in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"
