"""The programs in the pages of docs/ run as they stand there; embedding.md has a test of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PROGRAMS = [
    pytest.param(block, id=f"{page.relative_to(DOCS).with_suffix('')}-{number}")
    for page in sorted(DOCS.rglob("*.md"))
    if page.name != "embedding.md"
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL))
]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
LIMIT_S = 90
"""Ends what hangs; decides no result."""


def test_there_are_programs():
    assert len(PROGRAMS) >= 21


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_of_the_docs_runs(program, tmp_path):
    how = ["-c", program]
    if "def test_" in program:  # tests, for pytest
        (tmp_path / "test_page.py").write_text(program, encoding="utf-8")
        how = ["-m", "pytest", "-q", "-o", "asyncio_default_fixture_loop_scope=function", "test_page.py"]
    done = subprocess.run(
        [sys.executable, "-W", "error", *how],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env=ENVIRONMENT,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
