"""docs/local-server.md is what its script makes, and names tests that are there."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKER = runpy.run_path(str(ROOT / "docs" / "make_local_server_table.py"))


def test_the_page_is_up_to_date():
    assert MAKER["PAGE"].read_text(encoding="utf-8") == MAKER["page"](), "run: python docs/make_local_server_table.py"


def test_the_tests_that_it_names_are_there():
    files = [path for folder in ("emulator", "cli", "clients", "testing_kit") for path in (ROOT / "tests" / folder).glob("test_*.py")]
    found = {
        name for path in files for name in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert MAKER["named_tests"]() - found == set()


def test_what_is_said_to_be_there_names_a_test():
    assert [what for rows in MAKER["ROWS"].values() for what, state, tests in rows if state != "absent" and not tests] == []
