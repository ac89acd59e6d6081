import os
import subprocess
import sys

import pytest

import voicelive_transports


def python(code, *, measured=False):
    """Run code in a fresh interpreter; if it isn't measured for coverage, what is imported is its own."""
    environment = {name: value for name, value in os.environ.items() if measured or not name.startswith("COVERAGE_")}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return ran.stdout


def test_importing_the_package_imports_no_network_library_and_no_loop():
    loaded = python("import sys, voicelive_transports; print(*sys.modules)").split()
    assert "voicelive_transports" in loaded
    assert not {"asyncio", "anyio", "websockets", "ssl", "socket", "trio"} & set(loaded)


def test_the_memory_pair_needs_no_adapter():
    loaded = python("import sys; from voicelive_transports import memory_pair; print(*sys.modules)").split()
    assert "websockets" not in loaded


@pytest.mark.parametrize(
    ("adapter", "library", "install"),
    [
        ("websockets", "websockets", "voicelive"),
        ("aiohttp", "aiohttp", "voicelive[aiohttp]"),
        ("picows", "picows", "voicelive[picows]"),
        ("anyio", "websockets", "voicelive"),
    ],
)
def test_a_missing_library_is_named_with_what_to_install(adapter, library, install):
    said = python(
        f"import sys; sys.modules[{library!r}] = None\n"
        "from voicelive_transports import get_opener\n"
        f"try: get_opener({adapter!r})\n"
        "except ImportError as exc: print(exc, exc.__cause__ is not None)",
        measured=True,
    )
    assert said == f"transport {adapter!r} needs the {library} library: pip install {install!r} True\n"


def test_an_unknown_adapter_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown transport 'websocket'; known are 'auto', .*'websockets', 'anyio'"):
        voicelive_transports.get_opener("websocket")


def test_every_public_name_is_there_and_no_other():
    for name in voicelive_transports.__all__:
        assert getattr(voicelive_transports, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'memory_pear'"):
        _ = voicelive_transports.memory_pear
