"""Names: what is public, what comes when, and under which names the official SDK has it."""

import importlib
import importlib.metadata
import subprocess
import sys

import pytest
from azure.ai.voicelive import aio as official_aio
from azure.core.credentials import AzureKeyCredential

import voicelive
from voicelive import aio
from voicelive._options import WebsocketConnectionOptions
from voicelive_transports import ConnectOptions

HEAVY = {"azure", "azure.core", "aiohttp", "websockets", "asyncio"}


def modules_after(statement):
    program = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement", ["import voicelive", "import voicelive.aio", "from voicelive.aio import connect", "import voicelive.models"]
)
def test_importing_brings_no_network_library_and_no_azure_core(statement):
    assert not HEAVY & modules_after(statement)


def test_the_core_comes_with_the_first_connection():
    """It takes two thirds of the time: who imports and does not connect does not pay for it."""
    assert not {"msgspec", "voicelive_proto"} & modules_after("from voicelive.aio import connect")


def test_every_public_name_is_there():
    for module in (voicelive, aio):
        assert dir(module) == sorted(module.__all__)
        assert all(getattr(module, name) is not None for name in module.__all__)


def test_a_name_that_is_not_there():
    for module in (voicelive, aio):
        with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'conect'"):
            module.conect  # noqa: B018 - reading it is the test


def test_both_modules_give_the_same_objects():
    for name in set(voicelive.__all__) & set(aio.__all__):
        assert getattr(voicelive, name) is getattr(aio, name)
    assert voicelive.AzureKeyCredential is AzureKeyCredential


def test_aio_has_every_name_of_the_official_one():
    assert set(aio.__all__) == set(official_aio.__all__)


def test_the_version_is_that_of_the_distribution():
    assert voicelive.__version__ == importlib.metadata.version("voicelive")


def test_the_options_are_those_of_the_official_sdk_and_of_the_transports():
    own = {"ssl_context", "proxy"}
    assert set(WebsocketConnectionOptions.__annotations__) - own == set(official_aio.WebsocketConnectionOptions.__annotations__)
    assert set(WebsocketConnectionOptions.__annotations__) == set(ConnectOptions.__dataclass_fields__) - {"headers"}
