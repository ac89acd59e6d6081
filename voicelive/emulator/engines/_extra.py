"""Libraries of the extras, loaded where they are needed."""

from importlib import import_module
from typing import Any


def import_extra(module: str, purpose: str, extra: str = "emulator") -> Any:
    """Import a module of an extra.

    Raises:
        ImportError: it is missing or broken; the text says what needs it and how to install it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{purpose} needs {module} ({error}): pip install 'voicelive[{extra}]'", name=module) from error
