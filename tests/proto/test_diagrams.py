"""docs/states.md is what the tables say."""

import re
import runpy
import shutil
from pathlib import Path

import pytest

from voicelive_proto._state.tables import TABLES

DOCS = Path(__file__).parents[2] / "docs"
MAKER = runpy.run_path(str(DOCS / "make_states.py"))
PAGE = (DOCS / "states.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date():
    assert MAKER["page"]() == PAGE, "run: python docs/make_states.py"


@pytest.mark.parametrize("entity", TABLES)
def test_every_row_is_drawn(entity):
    section = PAGE.partition(f"## {entity.capitalize()}\n")[2].partition("\n## ")[0]
    for state, row in TABLES[entity].items():
        for column, target in row.items():
            kind, status = column if isinstance(column, tuple) else (column, None)
            arrow = rf"    {re.escape(MAKER['name'](state))} --> {target.name}: .*{re.escape(kind.type)}"
            assert re.search(arrow + (rf" \({status}\)" if status else ""), section)
    assert section.count("```mermaid") == 1


def test_the_script_writes_the_page_beside_itself(tmp_path):
    runpy.run_path(shutil.copy(DOCS / "make_states.py", tmp_path), run_name="__main__")
    assert (tmp_path / "states.md").read_text(encoding="utf-8") == PAGE
