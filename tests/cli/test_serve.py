"""``voicelive serve``: a process to connect to."""

import asyncio
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from azure.core.credentials import AzureKeyCredential

import voicelive as package

from .support_cli import LIMIT_S, environment, one_line, started, voicelive, voicelive_here


@contextmanager
def serving(*arguments, cwd):
    """Run the server on a free port; gives the process and its endpoint."""
    with started("serve", "--port", "0", *arguments, cwd=cwd) as process:
        line = process.stdout.readline()
        yield process, re.fullmatch(r"Voice Live server at (http://127\.0\.0\.1:\d+) \(Ctrl-C ends it\)\n", line)[1]


async def answer_in_text(endpoint, key="any"):
    async with package.connect(endpoint=endpoint, credential=AzureKeyCredential(key), model="gpt-realtime") as connection:
        await connection.session.update(session={"modalities": ["text"]})
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is two plus three?"}]}
        await connection.conversation.item.create(item=message)
        await connection.response.create()
        async for event in connection:
            if event.type == "response.done":
                break
        return connection.state.responses[event.response.id].text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_sessions_come_and_go_until_a_signal_ends_it(number, tmp_path):
    with serving("-v", cwd=tmp_path) as (process, endpoint):
        assert re.search(r"\b(5|five)\b", asyncio.run(answer_in_text(endpoint)))
        with urllib.request.urlopen(f"{endpoint}/healthz") as answer:  # noqa: S310 - http on loopback
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"{endpoint}/elsewhere")  # noqa: S310 - http on loopback
        refused.value.close()
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, stdout) == (0, "")
    assert re.search(r"session \S+ opened for gpt-realtime\n.*session \S+ closed with code 1000\n", stderr)
    assert "Traceback" not in stderr


def test_open_sessions_are_told_of_the_end(tmp_path):
    async def stay(process, endpoint):
        async with package.connect(endpoint=endpoint, credential=AzureKeyCredential("any"), model="gpt-realtime") as connection:
            await connection.recv()
            process.send_signal(signal.SIGINT)
            async for _ in connection:
                pass
            return connection.close_code

    with serving(cwd=tmp_path) as (process, endpoint):
        assert asyncio.run(stay(process, endpoint)) == 1001
        stdout, stderr = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, stdout, stderr) == (0, "", "")


def test_the_endpoint_as_json_and_a_key(tmp_path):
    with started("serve", "--json", "--port", "0", "--api-key", "right-key", cwd=tmp_path) as process:
        place = json.loads(process.stdout.readline())
        assert place == {"endpoint": f"http://127.0.0.1:{place['port']}", "host": "127.0.0.1", "port": place["port"]}
        assert asyncio.run(answer_in_text(place["endpoint"], "right-key"))
        done = voicelive("demo", "--say", "hello", "--endpoint", place["endpoint"], cwd=tmp_path, AZURE_VOICELIVE_API_KEY="wrong-key")
    assert done.returncode == 1
    assert "HTTP 401" in one_line(done.stderr)
    assert "wrong-key" not in done.stdout + done.stderr


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = voicelive_here("serve", "--port", port, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"port {port} of 127.0.0.1 is taken" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "part"),
    [
        (["--port", "65536"], 2, "--port"),
        (["--port", "-1"], 2, "--port"),
        (["--port", "http"], 2, "--port"),
        (["--port", "0", "--host", "256.0.0.1"], 1, "cannot listen on 256.0.0.1:0"),
    ],
)
def test_a_wrong_address_is_one_line(arguments, exit_code, part, tmp_path):
    done = voicelive_here("serve", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert part in one_line(done.stderr)


def test_tls(tmp_path):
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with started("serve", "--json", "--port", "0", "--tls-cert", "both.pem", cwd=tmp_path) as process:
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        assert endpoint.startswith("https://")
        with urllib.request.urlopen(f"{endpoint}/healthz", context=trusting) as answer:  # noqa: S310 - https on loopback
            assert answer.status == 200


def test_a_certificate_that_is_none(tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")
    for arguments, part in ((["--tls-cert", "empty.pem"], "no certificate with its key"), (["--tls-key", "empty.pem"], "--tls-cert")):
        done = voicelive("serve", *arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert part in one_line(done.stderr)


FIRST_EVENT = """
import sys
from voicelive.sync import connect
from azure.core.credentials import AzureKeyCredential
with connect(endpoint=sys.argv[1], credential=AzureKeyCredential("any"), model="m") as connection:
    print(connection.recv().type)
"""


def test_a_certificate_made_for_the_host(tmp_path):
    with started("serve", "--json", "--port", "0", "--tls", "--host", "localhost", cwd=tmp_path) as process:
        place = json.loads(process.stdout.readline())
        trusting = ssl.create_default_context(cafile=place["certificate"])
        with urllib.request.urlopen(f"{place['endpoint']}/healthz", context=trusting) as answer:  # noqa: S310 - https on loopback
            assert answer.status == 200
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"{place['endpoint']}/healthz", context=ssl.create_default_context())  # noqa: S310 - the same
        folder = Path(place["certificate"]).parent
        assert [path.name for path in folder.iterdir()] == ["certificate.pem"], "the key is not left on disk"
        command = [sys.executable, "-c", FIRST_EVENT, place["endpoint"].replace("localhost", "127.0.0.1")]
        trusting_environment = environment(SSL_CERT_FILE=place["certificate"])
        assert subprocess.run(command, env=trusting_environment, capture_output=True, text=True, check=True).stdout == "session.created\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
    assert not folder.exists()


def test_how_to_trust_is_said(tmp_path):
    with started("serve", "--port", "0", "--tls", cwd=tmp_path) as process:
        lines = [process.stdout.readline() for _ in range(3)]
    assert re.fullmatch(r"Voice Live server at https://127\.0\.0\.1:\d+ \(Ctrl-C ends it\)\n", lines[0])
    path = lines[1].partition(": ")[2].strip()
    assert f"SSL_CERT_FILE={path}, " in lines[2]
    assert f"NODE_EXTRA_CA_CERTS={path}\n" in lines[2]


def test_a_file_of_settings_and_an_option_before_it(tmp_path):
    (tmp_path / "my_bot.py").write_text("async def answer(turn):\n    return f'You said {turn.text}'\n")
    (tmp_path / "server.toml").write_text('port = 0\napi_key = "file"\nrecogniser = "none"\nresponder = "my_bot:answer"\npace = "none"\n')
    with started("serve", "--config", "server.toml", "--json", "--api-key", "option", cwd=tmp_path) as process:
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        assert asyncio.run(answer_in_text(endpoint, "option")) == "You said What is two plus three?"


@pytest.mark.parametrize(
    ("config", "arguments", "part"),
    [
        ("prot = 1", [], "server.toml:1: there is no setting 'prot'; did you mean 'port'?"),
        ('port = 0\n[voice]\nengine = "espeak"\nmodel = "x"', [], "server.toml:4: voice 'espeak' has no option 'model'; it has none"),
        ('port = 0\n[voice]\nengine = "espeek"', [], "server.toml:2: there is no voice 'espeek' (did you mean 'espeak'?)"),
        ('port = 0\nvoice = "espeek"', ["--voice", "espeac"], "voicelive: there is no voice 'espeac' (did you mean 'espeak'?)"),
        ('mcp = {math = "nowhere:TOOLS"}', [], "mcp.math: 'nowhere:TOOLS' cannot be imported"),
        ("", ["--pace", "quick"], "--pace: it can be 'lead' or 'none', not 'quick'"),
        ("", ["--mcp-calls-end", "x"], "--mcp-calls-end: it can be 'after_response' or 'in_response', not 'x'"),
        ("", ["--session-limit-s", "0"], "--session-limit-s: Expected `float` > 0.0"),
        ('tls_key = "key.pem"', [], "--tls-cert"),
    ],
)
def test_what_the_settings_cannot_be_is_one_line(config, arguments, part, tmp_path):
    (tmp_path / "server.toml").write_text(config)
    done = voicelive_here("serve", "--config", "server.toml", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert part in one_line(done.stderr)


STUCK = """
import threading
class Stuck:
    def synthesize(self, text, **_):
        print("asked", flush=True)
        threading.Event().wait()
"""


def test_an_engine_that_never_ends_does_not_keep_the_server(tmp_path):
    (tmp_path / "stuck.py").write_text(STUCK)

    async def ask(endpoint):
        async with package.connect(endpoint=endpoint, credential=AzureKeyCredential("any"), model="gpt-realtime") as connection:
            await connection.response.create()
            assert await asyncio.to_thread(process.stdout.readline) == "asked\n"

    with started("serve", "--json", "--port", "0", "--voice", "stuck:Stuck", cwd=tmp_path) as process:
        asyncio.run(ask(json.loads(process.stdout.readline())["endpoint"]))
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=LIMIT_S) == ("", "")
    assert process.returncode == 0


def test_a_certificate_without_the_library_that_makes_one(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    done = voicelive_here("serve", "--tls", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the local server can't run: making a certificate needs cryptography" in one_line(done.stderr)
    assert "pip install 'voicelive[tls]'" in done.stderr
