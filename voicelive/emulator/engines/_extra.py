"""Libraries of the extra ``voicelive[emulator]``, loaded where they are needed."""

from importlib import import_module
from typing import Any


def import_extra(module: str, purpose: str) -> Any:
    """Import a module of the extra.

    Raises:
        ImportError: it is missing or broken; the text says what needs it and how to install it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{purpose} needs {module} ({error}): pip install 'voicelive[emulator]'", name=module) from error
