"""pytest fixtures; pytest finds them by itself where voicelive is installed.

Everything else is imported inside of them, so that a run that uses none pays nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

_OUTCOME: Final = pytest.StashKey[str]()

if TYPE_CHECKING:
    from ._clock import FakeClock
    from ._server import ScriptedServer
    from ._sessions import Sessions


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    options = "voicelive(check=True, **options): for voicelive_server: whether to check its script at the end, and the options of serve()"
    config.addinivalue_line("markers", options)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how tests ended, and show what passed between client and server in those that failed by themselves."""
    report = yield
    server = getattr(item, "funcargs", {}).get("voicelive_server")
    if call.when != "teardown":
        item.stash[_OUTCOME] = report.outcome
        if report.failed and server is not None and (log := str(server.log)):
            report.sections.append(("voicelive_server: the last events", log))
    return report


@pytest.fixture
def voicelive_server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """A local Voice Live server of this test's own, in a thread: scripted, as fast as it can go, reachable by any client at ``.url``.

    At the end it fails the test if its script is not complete, see `ScriptedServer.assert_complete`; of a test that has failed by itself
    it tells only if the client left the script, of one that was skipped or was expected to fail nothing.
    """
    from ._server import check_options, scripted_server  # noqa: PLC0415 - see above

    marker = request.node.get_closest_marker("voicelive")
    options = dict(marker.kwargs) if marker else {}
    check = options.pop("check", True)
    try:
        check_options(options)
    except TypeError as error:
        pytest.fail(f"@pytest.mark.voicelive: {error}", pytrace=False)
    clock = request.getfixturevalue("voicelive_clock") if "voicelive_clock" in request.fixturenames else None
    with scripted_server(clock=clock, **options) as server:
        yield server
        outcome = request.node.stash.get(_OUTCOME, "passed")
        if check and not server.has_told and (outcome == "passed" or (outcome == "failed" and server.was_left)):
            server.assert_complete()


@pytest.fixture
def voicelive_clock() -> FakeClock:
    """The time of this test's ``voicelive_server``: it stands still, but for ``voicelive_clock.advance(duration_ms)``."""
    from ._clock import FakeClock  # noqa: PLC0415 - see above

    return FakeClock()


@pytest.fixture
def voicelive_session(voicelive_server: ScriptedServer) -> Sessions:
    """Opens connections of this client to ``voicelive_server``."""
    from ._sessions import Sessions  # noqa: PLC0415 - see above

    return Sessions(voicelive_server)
