import pytest


@pytest.fixture
def anyio_backend():
    """The server is made of asyncio."""
    return "asyncio"


@pytest.fixture(autouse=True)
def no_proxy_in_environment(monkeypatch):
    for scheme in ("http", "https", "all", "ws", "wss", "socks", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)
