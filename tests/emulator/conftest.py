import pytest


@pytest.fixture
def anyio_backend():
    """The server is made of asyncio."""
    return "asyncio"


@pytest.fixture
def sent_at_once(monkeypatch):
    """Audio is played at the pace of speech, but goes out as soon as it is made: who has all of it has as long as it lasts."""
    for limit in ("HEAD_START_MS", "MAX_LEAD_MS"):
        monkeypatch.setattr(f"voicelive.emulator._pacing.{limit}", 3_600_000)


@pytest.fixture(autouse=True)
def no_proxy_in_environment(monkeypatch):
    for scheme in ("http", "https", "all", "ws", "wss", "socks", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)
