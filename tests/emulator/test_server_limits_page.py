"""docs/server-limits.md names every limit with its usual value."""

import re
from pathlib import Path

import msgspec
import pytest

from voicelive.emulator import ServerLimits

PAGE = Path(__file__).parents[2] / "docs" / "server-limits.md"
UNITS = {"MiB": 1024**2, "GiB": 1024**3}


def number(text):
    value, _, unit = text.strip().replace(",", "").partition(" ")
    return float(value) * UNITS.get(unit, 1)


def test_every_limit_is_there_with_its_value():
    rows = re.findall(r"^\| (`.*?`) \| (.*?) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shown = {}
    for names, values in rows:
        for name, value in zip(re.findall(r"`(\w+)`", names), re.split(r", (?=\d+$)", values), strict=True):
            shown[name] = number(value)
    assert shown == {field.name: field.default for field in msgspec.structs.fields(ServerLimits)}


def test_a_limit_must_be_above_0():
    with pytest.raises(ValueError, match="max_items is 0; it must be above 0"):
        ServerLimits(max_items=0)
