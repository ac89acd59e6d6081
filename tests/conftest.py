"""What holds for all tests."""

import sys

from hypothesis import HealthCheck, settings

# No time decides a test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config):
    if sys.version_info < (3, 11):
        # Python 3.10 takes a TLS transport that the peer ended for one left open, and aiohttp leaves it at that. The transports' own tests
        # count sockets.
        config.addinivalue_line("filterwarnings", "ignore:unclosed transport <asyncio.sslproto._SSLProtocolTransport:ResourceWarning")
