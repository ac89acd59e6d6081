"""Instruction counts of the hot paths against those that are kept: a regression is seen without trusting a clock."""

import json
import shutil

import pytest

from benchmarks import guard


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")
@pytest.mark.skipif(not guard.kept(), reason=f"no counts are kept for Python {guard.version()}: python -m benchmarks.guard --write")
@pytest.mark.timeout(1800)
def test_no_hot_path_takes_more_instructions_than_before():
    assert guard.grown(guard.measured(), guard.kept()) == []


def test_what_has_grown_is_named():
    before = {"decode": 1.0, "encode": 2.0}
    assert guard.grown({"decode": 1.1, "encode": 2.2}, before) == []
    assert guard.grown({"decode": 1.13, "encode": 1.0}, before) == ["decode: 1.13 times the reference, it was 1.00"]


def test_every_case_is_kept_and_runs():
    names = {name for name in guard.cases() if name != guard.REFERENCE}
    assert all(set(figures) == names for figures in json.loads(guard.KEPT.read_text(encoding="utf-8")).values())
    for name in guard.cases():
        guard.run(name)
