"""The fixtures, in real runs of pytest: blocking, pytest-asyncio, anyio on both loops, pytest-trio."""

import subprocess
import sys
import textwrap

import pytest

BODY = """
    voicelive_server.reply("Good day to you.")
    {a}with voicelive_session{blocking}() as connection:
        {w}connection.session.update(session={{"modalities": ["text"]}})
        handle = {w}connection.response.create()
        response = {w}handle.done(timeout=30)
        assert (response.status, handle.text) == ("completed", "Good day to you.")
    voicelive_server.assert_received("session.update", session={{"modalities": ["text"]}})
    voicelive_server.assert_complete()
"""
ASYNC, BLOCKING = BODY.format(a="async ", w="await ", blocking=""), BODY.format(a="", w="", blocking=".blocking")
PROGRAMS = {
    "blocking": f"def test(voicelive_server, voicelive_session):{BLOCKING}",
    "asyncio": f"import pytest\n@pytest.mark.asyncio\nasync def test(voicelive_server, voicelive_session):{ASYNC}",
    "anyio": f"import pytest\npytestmark = pytest.mark.anyio\nasync def test(voicelive_server, voicelive_session):{ASYNC}",
    "trio": f"import pytest\n@pytest.mark.trio\nasync def test(voicelive_server, voicelive_session):{ASYNC}",
}


SETTINGS = ("-o", "asyncio_default_fixture_loop_scope=function")
"""pytest-asyncio warns without."""


def run_pytest(tmp_path, program, *arguments):
    (tmp_path / "test_it.py").write_text(textwrap.dedent(program), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-W",
        "error",
        *SETTINGS,
        *arguments,
        "test_it.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("flavour", PROGRAMS)
def test_the_fixtures_under_every_kind_of_test(tmp_path, flavour):
    code, output = run_pytest(tmp_path, PROGRAMS[flavour])
    assert code == 0, output
    assert f"{2 if flavour == 'anyio' else 1} passed" in output


def test_options_by_marker_and_an_agent(tmp_path):
    code, output = run_pytest(
        tmp_path,
        """
        import pytest
        from voicelive import HandshakeRejected

        @pytest.mark.voicelive(api_key="secret")
        def test(voicelive_session):
            with pytest.raises(HandshakeRejected), voicelive_session.blocking():
                pass

        def test_agent(voicelive_session):
            with voicelive_session.blocking(agent_name="clerk", project_name="shop") as connection:
                assert connection.recv().type == "session.created"
        """,
        "--strict-markers",
    )
    assert (code, "2 passed" in output) == (0, True), output


def test_a_run_that_uses_none_imports_nothing_heavy(tmp_path):
    code, output = run_pytest(
        tmp_path,
        """
        import sys

        def test():
            assert not {"numpy", "websockets", "azure.core", "voicelive.emulator", "voicelive_proto"} & set(sys.modules)
        """,
    )
    assert code == 0, output
