"""A suite is a list of jobs; each job is one rival in a fresh process. The rounds of all are interleaved."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .figures import Figures

Advance = Callable[[str, int, int], None]
"""Called before each job: what is done now, jobs done in this round, jobs of a round."""


@dataclass(frozen=True)
class Job:
    """One rival, with what its ``measure()`` is told."""

    rival: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    every_round: bool = True
    """False: in the first round alone."""


@dataclass(frozen=True)
class Suite:
    """What belongs together: one server, one kind of figures, one table."""

    name: str
    title: str
    jobs: tuple[Job, ...]
    quick_jobs: tuple[Job, ...]
    module: str
    """Has ``measure(rival, **parameters)``, which gives figures by case."""
    rounds: int
    """At most; the first is always finished, more are begun while they fit into the budget."""
    budget_s: float
    quick_budget_s: float
    timeout_s: float = 60
    """Ends a rival that hangs; it counts as failed."""


def run_suite(suite: Suite, jobs: tuple[Job, ...], figures: Figures, *, rounds: int, budget_s: float, advance: Advance) -> None:
    """Add the figures of each round; stops before a round that would probably not fit into the budget."""
    begin_s = time.perf_counter()
    longest_s = 0.0
    for number in range(rounds):
        in_round = [job for job in jobs if job.every_round or number == 0]
        round_begin_s = time.perf_counter()
        if not in_round or (number and round_begin_s - begin_s + longest_s > budget_s):
            return
        figures.begin_round()
        for index, job in enumerate(in_round):
            advance(f"{suite.name}, round {number + 1}: {job.rival}", index, len(in_round))
            _run_job(suite, job, figures)
        # The first round may have jobs of its own; its length says little about the others.
        longest_s = max(longest_s if number > 1 else 0, time.perf_counter() - round_begin_s)


def _run_job(suite: Suite, job: Job, figures: Figures) -> None:
    """A rival that fails becomes a row that says so; the others go on."""
    command = [sys.executable, "-m", "benchmarks.worker", suite.module, job.rival, json.dumps(dict(job.parameters))]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=suite.timeout_s)
        figures.add(job.rival, json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        figures.failures[job.rival] = f"no figures within {suite.timeout_s:g} s"
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1]
        figures.failures[job.rival] = last[:200]
    except ValueError as error:
        figures.failures[job.rival] = f"printed no figures: {error}"
