"""The version of the distribution, as pyproject.toml states it; a test keeps the two equal."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
