"""``python -m benchmarks [NAME ...]``: measure beside the official SDK, openai-python, plain libraries and the limit.

Each rival runs in fresh processes, the rounds of all interleaved. Without a name everything is measured, in less than ten minutes;
``--quick`` does with a few short rounds of each, in less than one and a half. Ctrl-C ends the run and keeps what was measured.
"""

import argparse
import dataclasses
import shlex
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from . import goals, machine, report, tables
from .figures import Figures, Results
from .suite import Job, Suite, run_suite
from .suites import SUITES


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(SUITES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer rivals, short rounds")
    parser.add_argument("--rounds", type=int, help="so many rounds of each rival, however long they take")
    parser.add_argument("--rivals", nargs="+", metavar="RIVAL", help="these alone, such as 'picows asyncio'; others aren't compared")
    parser.add_argument("--sessions", type=int, nargs="+", metavar="N", help="these sizes of scale alone, in every round")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round there")
    parser.add_argument("--out", type=Path, metavar="DIRECTORY", help="write figures, report and plots there")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(SUITES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(SUITES)}")
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    known = {job.rival: None for name in arguments.names or SUITES for job in (*SUITES[name].jobs, *SUITES[name].quick_jobs)}
    if unknown := set(arguments.rivals or ()) - set(known):
        parser.error(f"nobody here is {', '.join(sorted(unknown))}; choose from {', '.join(known)}")
    if arguments.sessions and "scale" not in (arguments.names or SUITES):
        parser.error("--sessions is for scale")
    if arguments.out is not None and (arguments.names or arguments.rivals or arguments.sessions):
        parser.error("--out is for the report of a whole run; write the figures of a part with --json")
    return arguments


def _jobs(suite: Suite, arguments: argparse.Namespace) -> tuple[Job, ...]:
    jobs = suite.quick_jobs if arguments.quick else suite.jobs
    if arguments.rivals:
        jobs = tuple(job for job in jobs if job.rival in arguments.rivals)
    if arguments.sessions and suite.name == "scale":
        pattern = {job.rival: job for job in jobs}.values()
        jobs = tuple(
            dataclasses.replace(job, parameters={**job.parameters, "sessions": sessions}, every_round=True)
            for sessions in arguments.sessions
            for job in pattern
        )
    return jobs


def _run(arguments: argparse.Namespace, results: Results, console: Console) -> None:
    """Fill the results, suite by suite."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)

        def advance(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        spare_s = 0.0
        for name in arguments.names or SUITES:
            suite = SUITES[name]
            jobs = _jobs(suite, arguments)
            if not jobs:
                continue
            # What one suite doesn't use is the next one's, and what it overdraws is not.
            budget_s = spare_s + (suite.quick_budget_s if arguments.quick else suite.budget_s)
            rounds, limit_s = (arguments.rounds, float("inf")) if arguments.rounds else (suite.rounds, budget_s)
            begin_s = time.perf_counter()
            results.suites[name] = figures = Figures()
            run_suite(suite, jobs, figures, rounds=rounds, budget_s=limit_s, advance=advance)
            took_s = time.perf_counter() - begin_s
            spare_s = budget_s - took_s
            console.print(f"{name}: {suite.title}, {figures.rounds} {'round' if figures.rounds == 1 else 'rounds'} in {took_s:.0f} s")


def _show(arguments: argparse.Namespace, results: Results, console: Console) -> None:
    """On the terminal, and into files where asked."""
    grids = tables.of(results)
    if not arguments.names:
        grids.append(goals.grid(results))
    for grid in grids:
        console.print(grid.rich())
    if arguments.json is not None:
        results.save(arguments.json)
    if arguments.out is not None:
        # What is incomplete stands in the way of nothing.
        directory = arguments.out / "interrupted" if "interrupted" in results.machine else arguments.out
        report.write(results, directory)
        console.print(f"written: {directory / 'report.md'}, results.json and plots beside it")


def main() -> int:
    """Measure, print, and write what was asked for."""
    arguments = _arguments()
    console = Console()
    begin_s = time.perf_counter()
    results = Results(machine.describe(shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])), {})
    console.print(results.machine)
    try:
        _run(arguments, results, console)
    except KeyboardInterrupt:
        results.machine["interrupted"] = True
        _show(arguments, results, console)
        console.print("interrupted: the figures are those of the rounds until then")
        return 130
    _show(arguments, results, console)
    console.print(f"{time.perf_counter() - begin_s:.0f} s in all")
    return 0 if any(figures.samples for figures in results.suites.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
