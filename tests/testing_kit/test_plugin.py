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
ASYNC_TEST = f"async def test(voicelive_server, voicelive_session):{ASYNC}"
MODULES = {
    "test_blocking": f"def test(voicelive_server, voicelive_session):{BLOCKING}",
    "test_asyncio": f"import pytest\npytestmark = pytest.mark.asyncio\n{ASYNC_TEST}",
    "test_anyio": f"import pytest\npytestmark = pytest.mark.anyio\n{ASYNC_TEST}",
    "test_trio": f"import pytest\npytestmark = pytest.mark.trio\n{ASYNC_TEST}",
}
SETTINGS = ("-o", "asyncio_default_fixture_loop_scope=function", "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "error")
"""pytest-asyncio warns without the first."""


def run_pytest(tmp_path, modules, *arguments):
    for name, program in modules.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(program), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", *SETTINGS, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_fixtures_under_every_kind_of_test(tmp_path):
    code, output = run_pytest(tmp_path, MODULES)
    assert code == 0, output
    for passed in (
        "test_blocking.py::test",
        "test_asyncio.py::test",
        "test_anyio.py::test[asyncio]",
        "test_anyio.py::test[trio]",
        "test_trio.py::test",
    ):
        assert f"{passed} PASSED" in output


def test_the_fixtures_where_pytest_asyncio_takes_every_coroutine(tmp_path):
    code, output = run_pytest(tmp_path, {"test_auto": ASYNC_TEST}, "-o", "asyncio_mode=auto")
    assert code == 0, output
    assert "test_auto.py::test PASSED" in output


def test_scripts_are_checked_at_the_end(tmp_path):
    code, output = run_pytest(
        tmp_path,
        {
            "test_scripts": """
            import pytest
            from voicelive import ConnectionClosed
            from voicelive.testing import expect

            def test_incomplete(voicelive_server):
                voicelive_server.script(expect("response.create"))

            def test_left(voicelive_server, voicelive_session):
                voicelive_server.script(expect("response.create"))
                with voicelive_session.blocking() as connection:
                    connection.recv(timeout=30)
                    connection.send({"type": "response.cancel"})
                    with pytest.raises(ConnectionClosed):
                        connection.recv(timeout=30)

            def test_left_and_failed_by_itself(voicelive_server, voicelive_session):
                voicelive_server.script(expect("response.create"))
                with voicelive_session.blocking() as connection:
                    connection.send({"type": "response.cancel"})
                    list(connection)

            def test_an_answer_too_many(voicelive_server):
                voicelive_server.reply("Nobody asks.")

            def test_failed_by_itself(voicelive_server, voicelive_session):
                voicelive_server.script(expect("input_audio_buffer.clear"), expect("response.create"))
                with voicelive_session.blocking() as connection:
                    connection.recv(timeout=30)
                    connection.input_audio_buffer.clear()
                    voicelive_server.assert_received("input_audio_buffer.clear", timeout_s=30)
                    voicelive_server.received.clear()
                    assert voicelive_server.received, "on purpose"

            @pytest.mark.voicelive(check=False)
            def test_unchecked(voicelive_server):
                voicelive_server.script(expect("response.create"))

            def test_checked_before(voicelive_server):
                voicelive_server.script(expect("response.create"))
                with pytest.raises(AssertionError, match="no client connected"):
                    voicelive_server.assert_complete(timeout_s=0)
            """
        },
    )
    assert code == 1
    summary = [line.split(" - ")[0] for line in output.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert summary == [
        "FAILED test_scripts.py::test_left_and_failed_by_itself",
        "FAILED test_scripts.py::test_failed_by_itself",
        "ERROR test_scripts.py::test_incomplete",
        "ERROR test_scripts.py::test_left",
        "ERROR test_scripts.py::test_left_and_failed_by_itself",
        "ERROR test_scripts.py::test_an_answer_too_many",
    ]
    assert "type: expected 'response.create', came 'response.cancel'" in output
    assert "answer 'Nobody asks.' was never asked for" in output
    shown = output.rpartition("voicelive_server: the last events")[2].splitlines()
    assert shown[1].startswith('server  session.created {"session": {')
    assert shown[2] == "client  input_audio_buffer.clear"


def test_tests_that_do_not_come_to_their_end_are_not_told_of_their_scripts(tmp_path):
    code, output = run_pytest(
        tmp_path,
        {
            "test_outcomes": """
            import pytest
            from voicelive.testing import expect

            @pytest.fixture(autouse=True)
            def asked(voicelive_server):
                voicelive_server.script(expect("response.create"))

            @pytest.fixture
            def broken(voicelive_server):
                raise OSError("on purpose")

            @pytest.fixture
            def skipping(voicelive_server):
                pytest.skip("not here")

            def test_skipped(voicelive_server):
                pytest.skip("not here")

            def test_skipped_in_its_set_up(skipping):
                pass

            @pytest.mark.xfail
            def test_expected_to_fail(voicelive_server):
                assert voicelive_server.received

            @pytest.mark.xfail
            def test_expected_to_leave_the_script(voicelive_session):
                with voicelive_session.blocking() as connection:
                    connection.send({"type": "response.cancel"})
                    list(connection)

            @pytest.mark.xfail(strict=True)
            def test_expected_to_fail_and_does_not(voicelive_server):
                pass

            def test_failed_in_its_set_up(broken):
                pass
            """
        },
    )
    assert code == 1
    assert "2 skipped, 2 xfailed, 1 error" in output, output
    assert "script is not complete" not in output


def test_options_by_marker_and_an_agent(tmp_path):
    code, output = run_pytest(
        tmp_path,
        {
            "test_options": """
        import pytest
        from voicelive import HandshakeRejected

        @pytest.mark.voicelive(api_key="secret")
        def test(voicelive_session):
            with pytest.raises(HandshakeRejected), voicelive_session.blocking():
                pass

        def test_agent(voicelive_session):
            with voicelive_session.blocking(agent_name="clerk", project_name="shop") as connection:
                assert connection.recv().type == "session.created"
        """
        },
        "--strict-markers",
    )
    assert (code, "2 passed" in output) == (0, True), output


def test_an_option_that_serve_does_not_have_is_said_with_the_marker(tmp_path):
    code, output = run_pytest(
        tmp_path,
        {
            "test_options": """
        import pytest

        @pytest.mark.voicelive(recognizer="auto")
        def test(voicelive_server):
            pass

        @pytest.mark.voicelive(between=None)
        def test_what_is_set_here(voicelive_server):
            pass
        """
        },
    )
    assert code == 1
    told = [line for line in output.splitlines() if line.startswith("@pytest.mark.voicelive")]
    assert told == [
        "@pytest.mark.voicelive: serve() has no option 'recognizer'; did you mean 'recogniser'?",
        "@pytest.mark.voicelive: serve() has no option 'between'",
    ]
    assert "Traceback" not in output


def test_the_types_of_the_fixtures_are_public(voicelive_server, voicelive_session, voicelive_clock):
    from voicelive.testing import FakeClock, ScriptedServer, Sessions

    fixtures = (voicelive_server, voicelive_session, voicelive_clock)
    assert [type(each) for each in fixtures] == [ScriptedServer, Sessions, FakeClock]


def test_a_run_that_uses_none_imports_nothing_heavy(tmp_path):
    code, output = run_pytest(
        tmp_path,
        {
            "test_nothing": """
        import sys

        def test():
            assert not {"numpy", "websockets", "azure.core", "voicelive.emulator", "voicelive_proto"} & set(sys.modules)
        """
        },
    )
    assert code == 0, output


def test_the_package_names_what_it_has():
    import voicelive.testing

    assert set(voicelive.testing.__all__) == set(dir(voicelive.testing))
    assert all(getattr(voicelive.testing, name) is not None for name in dir(voicelive.testing))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = voicelive.testing.nothing


def test_what_is_missing_is_named_with_what_to_install():
    program = """
import sys
sys.modules["numpy"] = None
from voicelive.testing import compare, expect, reply
for name in ("speak", "scripted_server"):
    try:
        __import__("voicelive.testing", fromlist=[name]).__getattr__(name)
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=True)
    assert done.stdout.splitlines() == ["sound needs numpy: pip install 'voicelive[emulator]'"] * 2
