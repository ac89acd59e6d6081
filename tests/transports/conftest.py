import pytest

from .far_side import ASYNCIO_ADAPTERS, MISSING


@pytest.fixture(autouse=True)
def no_proxy_in_environment(monkeypatch):
    for scheme in ("http", "https", "all", "ws", "wss", "socks", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)


@pytest.fixture(params=ASYNCIO_ADAPTERS)
def adapter(request):
    """Each adapter that runs on asyncio, by name."""
    return request.param


def pytest_terminal_summary(terminalreporter):
    if MISSING:
        terminalreporter.write_line(f"transports were not tested with what isn't installed: {', '.join(MISSING)}", yellow=True)
