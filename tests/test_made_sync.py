"""The blocking facade's modules are those that the generator makes now."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import make_sync  # noqa: E402


@pytest.mark.parametrize("name", make_sync.MADE)
def test_up_to_date(name):
    made = (make_sync.TARGET / f"{name}.py").read_text(encoding="utf-8")
    assert make_sync.make(name) == made, "run `make sync`"
    assert "await " not in made.replace("await an", "")


def test_a_source_that_changed_under_the_table_is_an_error(monkeypatch):
    monkeypatch.setitem(make_sync.CHANGES, "_gate", (("a line that is not there", ""),))
    with pytest.raises(ValueError, match=r"_gate\.py has changed"):
        make_sync.make("_gate")
