"""A suite is a list of jobs; each job is one rival in a fresh process. The rounds of all are interleaved."""

import json
import os
import signal
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
    took_s: dict[int, float] = {}
    for number in range(rounds):
        in_round = [(index, job) for index, job in enumerate(jobs) if job.every_round or number == 0]
        expected_s = sum(took_s.get(index, 0) for index, _ in in_round)
        if not in_round or (number and time.perf_counter() - begin_s + expected_s > budget_s):
            return
        figures.begin_round()
        for done, (index, job) in enumerate(in_round):
            advance(f"{suite.name}, round {number + 1}: {job.rival}", done, len(in_round))
            job_begin_s = time.perf_counter()
            _run_job(suite, job, figures)
            took_s[index] = max(took_s.get(index, 0), time.perf_counter() - job_begin_s)


def _run_job(suite: Suite, job: Job, figures: Figures) -> None:
    """A rival that fails becomes a row that says so; the others go on."""
    command = [sys.executable, "-m", "benchmarks.worker", suite.module, job.rival, json.dumps(dict(job.parameters))]
    try:
        code, printed, complaint = _in_group(command, suite.timeout_s)
    except subprocess.TimeoutExpired:
        figures.failures[job.rival] = f"no figures within {suite.timeout_s:g} s"
        return
    if code:
        last = (complaint.strip().splitlines() or [f"exit code {code}"])[-1]
        figures.failures[job.rival] = last[:200]
    else:
        figures.add(job.rival, json.loads(printed))


def _in_group(command: list[str], timeout_s: float) -> tuple[int, str, str]:
    """Exit code, output and errors of a command; it and the processes that it started end with us.

    Raises:
        subprocess.TimeoutExpired: it took longer.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            printed, complaint = process.communicate(timeout=timeout_s)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return process.returncode, printed, complaint
